"""What browsers report as blocked, in both of the forms they use, and the line that is made of it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import msgspec
import pytest

from demijohn.debug.csp_reports import CSPReports, Violation, advice, read_reports
from demijohn.errors import HTTPError

if TYPE_CHECKING:
    from tests.internal.debug.conftest import MakeRequest

LEGACY = {
    "csp-report": {
        "document-uri": "http://localhost:8000/notes?q=1",
        "violated-directive": "style-src-elem",
        "effective-directive": "style-src-elem",
        "blocked-uri": "inline",
        "line-number": 12,
        "source-file": "http://localhost:8000/notes",
        "disposition": "enforce",
    }
}
MODERN = {
    "type": "csp-violation",
    "age": 10,
    "url": "http://localhost:8000/notes",
    "body": {
        "documentURL": "http://localhost:8000/notes",
        "effectiveDirective": "img-src",
        "blockedURL": "https://tiles.example/1.png",
        "disposition": "report",
    },
}


def test_both_forms_are_read() -> None:
    assert read_reports(msgspec.json.encode(LEGACY)) == [
        Violation(
            "http://localhost:8000/notes?q=1", "style-src-elem", "inline", 12, "http://localhost:8000/notes", True
        )
    ]
    several = [MODERN, {"type": "deprecation", "body": {}}]
    assert read_reports(msgspec.json.encode(several)) == [
        Violation("http://localhost:8000/notes", "img-src", "https://tiles.example/1.png", None, "", False)
    ]


def test_a_directive_with_its_sources_is_read_as_older_browsers_send_it() -> None:
    report = {"csp-report": {"document-uri": "/x", "violated-directive": "img-src 'self'", "blocked-uri": "data"}}

    assert read_reports(msgspec.json.encode(report)) == [Violation("/x", "img-src", "data")]


@pytest.mark.parametrize(
    ("directive", "blocked", "expected"),
    [
        (
            "style-src-elem",
            "inline",
            "write it as <style> in the source of a template, which gets the nonce, or allow "
            'with app.csp.allow("style-src", "\'unsafe-inline\'", reason="...")',
        ),
        ("style-src-attr", "inline", 'app.csp.allow("style-src-attr", "\'unsafe-inline\'"'),
        ("script-src-elem", "inline", "<script> in the source of a template, which gets the nonce"),
        ("script-src-attr", "inline", "addEventListener()"),
        ("script-src", "eval", 'app.csp.allow("script-src", "\'unsafe-eval\'"'),
        ("script-src", "wasm-eval", "'wasm-unsafe-eval'"),
        ("script-src-elem", "https://cdn.example/a.js", 'app.csp.allow("script-src", "https://cdn.example"'),
        ("connect-src", "wss://live.example:8443/x", 'app.csp.allow("connect-src", "wss://live.example:8443"'),
        ("font-src", "data", 'app.csp.allow("font-src", "data:"'),
        ("media-src", "blob:http://x/1", 'app.csp.allow("media-src", "blob:"'),
        ("object-src", "self", 'app.csp.allow("object-src", "\'self\'"'),
        ("frame-ancestors", "https://partner.example/", '@embeddable(["https://partner.example"])'),
        ("require-trusted-types-for", "trusted-types-sink", "textContent"),
        ("base-uri", "", "app.csp"),
    ],
)
def test_the_advice_fits_what_was_blocked(directive: str, blocked: str, expected: str) -> None:
    assert expected in advice(Violation("http://localhost:8000/x", directive, blocked))


def test_the_line_says_what_and_where() -> None:
    page = "http://localhost:8000/x?y=1"

    assert advice(Violation(page, "style-src-elem", "inline", 12, page)).startswith(
        "blocked inline style on /x (line 12) — "
    )
    other = Violation(page, "img-src", "https://a.example/b", 7, "http://localhost:8000/s.js", False)
    assert advice(other).startswith("would block image from https://a.example on /x (line 7 of /s.js) — ")


@pytest.mark.parametrize(
    "blocked",
    ['https://a"); import os #', "https://a.example@evil\x1b", 'x", reason=__import__("os")', "javascript:'", "ä:"],
)
def test_what_is_going_to_be_copied_holds_nothing_strange(blocked: str) -> None:
    advised = advice(Violation("/", "img-src", blocked)).partition("allow with ")[2]

    assert advised in (
        'app.csp.allow("img-src", "...", reason="...")',
        'app.csp.allow("img-src", "https:", reason="...")',
        'app.csp.allow("img-src", "javascript:", reason="...")',
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 413),
        (b"[" * 10_000, 400),
        (b"null", 400),
        (b"[1]", 400),
        (b'{"csp-report": {}}', 400),
        (b'{"csp-report": {"violated-directive": 7}}', 400),
        (b'{"csp-report": {"effective-directive": "img-src\\", x"}}', 400),
        (b'{"type": "csp-violation", "body": {"effectiveDirective": "\\u001b"}}', 400),
        (b" " * 16_385, 413),
    ],
)
def test_what_is_no_report_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(HTTPError) as refused:
        read_reports(body)

    assert refused.value.status == status


def test_what_browser_extensions_do_is_not_the_projects_concern() -> None:
    inner = {**LEGACY["csp-report"], "source-file": "moz-extension://abc/x.js"}
    outer = {**LEGACY["csp-report"], "blocked-uri": "chrome-extension"}

    assert read_reports(msgspec.json.encode({"csp-report": inner})) == []
    assert read_reports(msgspec.json.encode({"csp-report": outer})) == []


def send(reports: CSPReports, make_request: MakeRequest, body: object, kind: str = "application/csp-report") -> int:
    encoded = msgspec.json.encode(body)
    request = make_request("POST", "/_demijohn/csp-report", headers=[("content-type", kind)], body=encoded)
    return asyncio.run(reports.receive(request)).status


def test_each_kind_is_printed_once(make_request: MakeRequest, caplog: pytest.LogCaptureFixture) -> None:
    reports = CSPReports()

    assert send(reports, make_request, LEGACY) == 204
    assert send(reports, make_request, LEGACY) == 204
    assert send(reports, make_request, [MODERN], "application/reports+json") == 204

    lines = [record.getMessage() for record in caplog.records if record.name == "demijohn.csp"]
    assert [line.partition(" on ")[0] for line in lines] == [
        "blocked inline style",
        "would block image from https://tiles.example",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_a_flood_of_kinds_ends(make_request: MakeRequest, caplog: pytest.LogCaptureFixture) -> None:
    reports = CSPReports()
    for number in range(50):
        body = [{**MODERN, "body": {**MODERN["body"], "documentURL": f"/{number}/{n}"}} for n in range(20)]  # type: ignore[dict-item]  # a dict of both kinds
        send(reports, make_request, body, "application/reports+json")

    assert len(caplog.records) == 500


def test_a_report_cannot_write_to_the_terminal_what_it_likes(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    evil = "http://localhost/\x1b[2J\r\nforged \u202e"
    body = {"csp-report": {**LEGACY["csp-report"], "document-uri": evil, "blocked-uri": evil, "source-file": evil}}

    assert send(CSPReports(), make_request, body) == 204
    assert not {"\x1b", "\r", "\n", "\u202e"} & set(caplog.text.rstrip("\n"))


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_what_a_form_or_script_of_another_site_could_send_is_refused(kind: str, make_request: MakeRequest) -> None:
    with pytest.raises(HTTPError) as refused:
        send(CSPReports(), make_request, LEGACY, kind)

    assert refused.value.status == 415


def test_the_report_of_another_site_s_page_is_not_printed(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    for page in ("https://evil.example/login", "http://localhost.evil.example/", "http://[::1]/", "http://[::1"):
        body = {"csp-report": {**LEGACY["csp-report"], "document-uri": page}}
        assert send(CSPReports(), make_request, body) == 204
    assert not caplog.records
