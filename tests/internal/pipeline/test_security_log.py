from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from demijohn.errors import HTTPError
from demijohn.pipeline.security_log import log_refusal

if TYPE_CHECKING:
    from .conftest import MakeRequest


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("csrf.cross_site", logging.WARNING),
        ("proxy.malformed", logging.WARNING),
        ("host.unknown", logging.INFO),
        ("rate.limited", logging.INFO),
        ("http.not_found", None),
        ("validation", None),
        ("csrfx", None),
    ],
)
def test_refusals_of_protections_are_written_and_others_are_not(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture, code: str, level: int | None
) -> None:
    with caplog.at_level(logging.DEBUG, "demijohn.security"):
        log_refusal(HTTPError(403, code=code), make_request("POST", "/a"))
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == (
        [] if level is None else [(level, f"{code}: POST /a from 127.0.0.1")]
    )


def test_a_path_is_written_printable_and_short(make_request: MakeRequest, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "demijohn.security"):
        log_refusal(HTTPError(403, code="csrf.origin"), make_request("POST", "/\r\n\x1b\u2028" + "x" * 8000))
    (record,) = caplog.records
    message = record.getMessage()
    assert message.startswith("csrf.origin: POST /\\x0d\\x0a\\x1b\\u2028xxx")
    assert len(message) < 300
