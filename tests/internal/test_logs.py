from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from demijohn.logs import JSONFormatter, TextFormatter, configure_logging, printable


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error is not None else None
    made = logging.LogRecord("shop", logging.WARNING, __file__, 1, message, arguments, info)
    made.created = 0.0
    return made


def raised(message: str) -> ValueError:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Give the root logger and put its handlers and level back."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x7f\x85\x9b", "\\x7f\\x85\\x9b"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("a\u202eb\u2066c\u200fd", "a\\u202eb\\u2066c\\u200fd"),
        ("\udc80", "\\udc80"),
        ("naïve ☃ 日本", "naïve ☃ 日本"),
    ],
)
def test_what_could_forge_a_line_is_written_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_text_record_stands_on_one_line_whatever_its_arguments() -> None:
    line = TextFormatter().format(record("path %s", "/x\nERROR fake: all is lost"))
    assert line == "1970-01-01T00:00:00Z WARNING shop: path /x\\x0aERROR fake: all is lost"


def test_a_traceback_is_indented_and_cannot_look_like_a_record() -> None:
    text = TextFormatter().format(record("failed", error=raised("bad\n1970-01-01T00:00:00Z ERROR fake: x\x1b[2J")))
    first, *rest = text.split("\n")
    assert first.endswith("failed")
    assert all(line.startswith("  ") for line in rest)
    assert "\x1b" not in text
    assert any(line.startswith("  Traceback") for line in rest)


def test_a_json_record_is_one_object_on_one_line() -> None:
    made = record("hello %s", "\n", error=raised("bad"))
    made.request_id = "ab12"
    line = JSONFormatter().format(made)
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == "hello \\x0a"
    assert (told["time"], told["level"], told["logger"]) == ("1970-01-01T00:00:00Z", "WARNING", "shop")
    assert told["request"] == "ab12"
    assert told["traceback"][-1] == "ValueError: bad"
    assert {"request", "traceback"} & json.loads(JSONFormatter().format(record("plain"))).keys() == set()


def test_configuring_sends_everything_to_standard_error(root: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging(form="json", level="WARNING")
    logging.getLogger("shop").info("quiet")
    logging.getLogger("shop").warning("loud")
    assert [json.loads(line)["message"] for line in written.getvalue().splitlines()] == ["loud"]
    configure_logging()
    logging.getLogger("shop").info("plain")
    assert written.getvalue().endswith("INFO shop: plain\n")
    assert len(root.handlers) == 1
