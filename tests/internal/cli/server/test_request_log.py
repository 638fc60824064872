"""The line that each request gets while developing."""

from __future__ import annotations

import io
import logging

from demijohn.cli.server.request_log import RequestLog
from demijohn.cli.terminal import Terminal
from demijohn.debug.csp_reports import PATH


def written(path: str, status: int = 200, milliseconds: float = 3.14159) -> str:
    stream = io.StringIO()
    facts = {"status": status, "dt_ms": milliseconds, "method": "GET", "path": path}
    record = logging.LogRecord("granian.access", logging.INFO, "", 0, "%(path)s", (facts,), None)
    RequestLog(Terminal(stream)).emit(record)
    return stream.getvalue()


def test_a_line_tells_status_time_method_and_path() -> None:
    assert written("/notes")[8:] == "  200      3.1 ms  GET /notes\n"


def test_a_path_cannot_write_lines_of_its_own() -> None:
    line = written("/\x1b[31m\n12:00:00  200")

    assert line.count("\n") == 1
    assert "\x1b" not in line


def test_a_report_of_the_browser_has_no_second_line() -> None:
    assert written(PATH, 204) == ""
    assert written(PATH, 404) != ""
    assert written("/notes", 204) != ""


def test_other_records_are_left_out() -> None:
    stream = io.StringIO()
    RequestLog(Terminal(stream)).emit(logging.LogRecord("granian.access", logging.INFO, "", 0, "text", (), None))

    assert stream.getvalue() == ""
