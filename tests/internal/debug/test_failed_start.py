"""What is served in place of an app that cannot start. `demijohn dev` around it: cli/server/test_failed.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from demijohn.debug import failed_start
from demijohn.debug.failed_start import FailedStart
from demijohn.errors import ConfigError, Problem
from demijohn.testing.rsgi import RequestHeaders, Scope

NOTES: dict[str, str] = {}
BROWSER = [("host", "localhost:8000"), ("accept", "text/html")]
CLOSED = "The app does not start. The terminal of `demijohn dev` says why"


class Protocol:
    """Take the answer."""

    def __init__(self) -> None:
        self.status = 0
        self.fields: dict[str, str] = {}
        self.body = b""
        self.closed: int | None = None

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.fields, self.body = status, dict(headers), body

    def close(self, status: int) -> None:
        self.closed = status

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(
    served: FailedStart,
    headers: Sequence[tuple[str, str]] = BROWSER,
    *,
    method: str = "GET",
    client: str = "127.0.0.1:5",
    proto: str = "http",
) -> Protocol:
    scope = Scope(
        proto=proto,  # type: ignore[arg-type]  # one of the two
        scheme="http",
        method=method,
        path="/any",
        query_string="",
        headers=RequestHeaders(list(headers)),
        server="127.0.0.1:8000",
        client=client,
    )
    protocol = Protocol()
    asyncio.run(served.rsgi(scope, protocol))  # type: ignore[arg-type]  # what is called of it is there
    return protocol


@pytest.fixture
def served(raised: Callable[[Callable[[], object]], BaseException]) -> FailedStart:
    return FailedStart(raised(lambda: NOTES["missing"]), "Did you mean this?")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_every_address_shows_why(served: FailedStart, method: str) -> None:
    answer = ask(served, method=method)

    assert answer.status == 500
    assert "<h1>KeyError</h1>" in answer.text
    assert "Did you mean this?" in answer.text
    assert answer.fields["cache-control"] == "no-store"
    nonce = answer.text.partition('nonce="')[2].partition('"')[0]
    assert f"style-src 'self' 'nonce-{nonce}'" in answer.fields["content-security-policy"]
    assert "unsafe" not in answer.fields["content-security-policy"]
    assert answer.fields["x-frame-options"] == "DENY"


def test_a_program_gets_text(served: FailedStart) -> None:
    answer = ask(served, [("host", "localhost")])

    assert answer.fields["content-type"].startswith("text/plain")
    assert answer.text.startswith("KeyError: 'missing'\n\nDid you mean this?\n")
    assert "Traceback (most recent call last):" in answer.text


def test_problems_are_listed() -> None:
    answer = ask(FailedStart(ConfigError([Problem("COLOUR is missing.", ".env", "Write COLOUR=red.")])))

    assert "<h1>A mistake stops the start</h1>" in answer.text
    assert "Write COLOUR=red." in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        [("host", "evil.example"), ("accept", "text/html")],
        [("accept", "text/html")],
        [*BROWSER, ("x-forwarded-for", "127.0.0.1")],
        [*BROWSER, ("x-forwarded-for", "127.0.0.1 ü")],
        [*BROWSER, ("origin", "https://evil.example")],
    ],
)
def test_who_may_not_see_it_is_told_where_to_look(served: FailedStart, headers: list[tuple[str, str]]) -> None:
    answer = ask(served, headers)

    assert answer.status == 500
    assert answer.text.startswith(CLOSED)
    assert "KeyError" not in answer.text


def test_another_machine_is_told_nothing(served: FailedStart) -> None:
    assert ask(served, client="192.168.1.5:5").text.startswith(CLOSED)


def test_head_and_odd_methods_are_answered(served: FailedStart) -> None:
    head = ask(served, method="HEAD")
    assert head.body == b""
    assert int(head.fields["content-length"]) > 1000

    assert ask(served, method="BREW").text.startswith(CLOSED)


def test_a_websocket_is_refused(served: FailedStart) -> None:
    assert ask(served, proto="ws").closed == 500


def test_where_the_page_fails_there_is_still_an_answer(
    served: FailedStart, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("the page is broken")

    monkeypatch.setattr(failed_start, "failure_of", broken)

    assert ask(served).text.startswith(CLOSED)
    assert "the page is broken" in caplog.text
