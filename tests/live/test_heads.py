"""Whatever the head of a request holds, the client gets a refusal or a close, never an error of ours.

`CLOSED` stands for a connection that is closed, or over HTTP/2 a stream that is reset; 501 is for unknown methods and
transfer encodings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.live.clients import Stream2, head, pseudo
from tests.live.setups import HTTP2, SETUPS, Live
from tests.servers import raw

CLOSED = 0
PAIRS = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Head:
    """A head over HTTP/1 and, where it can be said there, over HTTP/2, and what may come back."""

    name: str
    lines: bytes
    fields: PAIRS | None
    outcomes: tuple[int, ...]


def both(
    name: str, method: str, path: str, *fields: tuple[str, str], outcomes: tuple[int, ...] = (400, CLOSED)
) -> Head:
    lines = [f"{key}: {value}" for key, value in fields]
    return Head(name, head(f"{method} {path}", *lines), pseudo(method, path, *fields), outcomes)


def one(name: str, lines: bytes, *outcomes: int) -> Head:
    """Say what HTTP/1 alone can say."""
    return Head(name, lines, None, outcomes or (400, CLOSED))


MANY = [(f"x-{number}", "v") for number in range(130)]

HOSTILE = [
    both("bytes above 127 in the target", "GET", "/caf\xc3\xa9?q=\xff"),
    both("raw byte above 127 in the query", "GET", "/json?q=\xff"),
    both("space in the target", "GET", "/a b"),
    both("NUL in the target", "GET", "/a\0b"),
    both("no slash", "GET", "json", outcomes=(400, 404, CLOSED)),
    both("no target", "GET", ""),
    both("target over 8 KiB", "GET", "/" + "a" * 8300, outcomes=(414,)),
    both("target over 64 KiB", "GET", "/" + "a" * 70_000, outcomes=(400, 414, 431, CLOSED)),
    both("query over 8 KiB", "GET", "/json?" + "a" * 8300, outcomes=(414,)),
    both("NUL, coded", "GET", "/text/%00", outcomes=(400, 404)),
    both("bad UTF-8, coded", "GET", "/hooked/%ff%c3", outcomes=(400, 404)),
    both("dot segments", "GET", "/hooked/../json", outcomes=(400, 404)),
    both("dot segments, coded", "GET", "/file/%2e%2e%2flife", outcomes=(400, 404)),
    both("backslash", "GET", "/file/..\\life", outcomes=(400, 404)),
    both("empty segments", "GET", "//evil.test/json", outcomes=(400, 404)),
    both("bad escape in the path", "GET", "/hooked/%zz", outcomes=(200, 400, 404)),
    both("bad escape in the query", "GET", "/text/1?q=%ff", outcomes=(400,)),
    both("asterisk", "OPTIONS", "*", outcomes=(204, 404)),
    both("lower-case method", "get", "/json", outcomes=(400, 501)),
    both("TRACE", "TRACE", "/json", outcomes=(405,)),
    both("CONNECT", "CONNECT", "/json", outcomes=(400, 405, CLOSED)),
    both("unknown method", "BREW", "/json", outcomes=(400, 501)),
    both("long unknown method", "B" * 5000, "/json", outcomes=(400, 501, CLOSED)),
    both("method with a bad character", "GE(T", "/json"),
    both("130 fields", "GET", "/json", *MANY, outcomes=(431,)),
    both("a field of 20,000 bytes", "GET", "/json", ("x-a", "a" * 20_000), outcomes=(431,)),
    both("a field of 70,000 bytes", "GET", "/json", ("x-a", "a" * 70_000), outcomes=(431,)),
    both("20 fields of 4,000 bytes", "GET", "/json", *[(f"x-{n}", "a" * 4000) for n in range(20)], outcomes=(431,)),
    both("DEL in a value", "GET", "/json", ("x-a", "a\x7fb")),
    both("NUL in a value", "GET", "/json", ("x-a", "a\0b")),
    both("CR in a value", "GET", "/json", ("x-a", "a\rb")),
    both("bad character in a name", "GET", "/json", ("x(a", "b")),
    both("empty name", "GET", "/json", ("", "b")),
    both("two Origins", "GET", "/json", ("origin", "http://localhost"), ("origin", "null"), outcomes=(400,)),
    both("two Content-Types", "GET", "/json", ("content-type", "a/b"), ("content-type", "c/d"), outcomes=(400,)),
    one("space before the colon", head("GET /json", "x-a : b")),
    one("folded line", head("GET /json", "x-a: b", " c")),
    one("no colon", head("GET /json", "x-a")),
    one("bare LF", b"GET /json HTTP/1.1\nhost: localhost\n\n", 200, 400),
    one("garbage", b"\r\n\r\n\x00\xff nonsense\r\n\r\n"),
    one("HTTP/1.2", b"GET /json HTTP/1.2\r\nhost: localhost\r\n\r\n"),
    one("HTTP/9.9", b"GET /json HTTP/9.9\r\nhost: localhost\r\n\r\n"),
    one("HTTP/0.9", b"GET /json\r\n\r\n"),
    one("HTTP/1.0 without Host", b"GET /json HTTP/1.0\r\n\r\n"),
    one("no version", b"GET /json \r\nhost: localhost\r\n\r\n"),
    one("TLS", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"a" * 64),
    one("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    one(
        "WebSocket without its key",
        head("GET /ws/echo", "upgrade: websocket", "connection: upgrade"),
        400,
        404,
        426,
        CLOSED,
    ),
    one(
        "upgrade to HTTP/2", head("GET /json", "upgrade: h2c", "connection: upgrade, http2-settings"), 200, 400, CLOSED
    ),
    Head("connection field", head("GET /json"), pseudo("GET", "/json", ("connection", "close")), (200, CLOSED)),
    Head("unknown pseudo field", head("GET /json"), [(b":evil", b"1"), *pseudo("GET", "/json")], (200, CLOSED)),
    Head("two :path", head("GET /json"), [(b":path", b"/x"), *pseudo("GET", "/json")], (200, CLOSED)),
    Head("late :path", head("GET /json"), [*pseudo("GET", "/json", ("a", "b")), (b":path", b"/x")], (200, CLOSED)),
    Head(
        "transfer-encoding", head("GET /json"), pseudo("GET", "/json", ("transfer-encoding", "chunked")), (200, CLOSED)
    ),
]


def outcome(live: Live, lines: bytes, fields: PAIRS | None) -> raw.Answer | None:
    """Send a head; None where the server closes or resets. Silence fails the test."""
    try:
        if live.is_http2:
            assert fields is not None
            with Stream2(live.server.address, timeout=5) as second:
                return second.receive(second.request(fields))
        with live.http1(timeout=5) as first:
            first.send(lines)
            return first.receive()
    except raw.Closed:
        return None


@pytest.mark.parametrize(
    ("setup", "hostile"),
    [
        pytest.param(setup, hostile, id=f"{setup}: {hostile.name}")
        for setup in SETUPS
        for hostile in HOSTILE
        if setup not in HTTP2 or hostile.fields is not None
    ],
)
def test_a_malformed_head_is_refused_and_the_server_lives_on(live: Live, hostile: Head) -> None:
    pid = live.pid
    answer = outcome(live, hostile.lines, hostile.fields)
    assert (CLOSED if answer is None else answer.status) in hostile.outcomes
    assert live.pid == pid


def test_a_field_that_is_not_ascii_is_refused(live: Live) -> None:
    for name, value in [
        ("x-a", "caf\xe9"),
        ("cookie", "a=\xc3\xa9"),
        ("authorization", "Bearer \xff"),
        ("host", "b\xfccher.test"),
    ]:
        answer = outcome(
            live,
            head("GET /json", f"{name}: {value}", host=None if name == "host" else "localhost"),
            pseudo("GET", "/json", (name, value), authority=None if name == "host" else "localhost"),
        )
        assert answer is not None
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "header.malformed"), name


def test_a_field_that_is_not_ascii_beside_another_of_its_name_is_refused_over_asgi(live: Live) -> None:
    """Over RSGI it cannot be seen: Granian leaves it out of `items()`, and names each field once in `keys()`."""
    answer = live.get("/mirror", ("x-a", "b"), ("x-a", "\xe9"))
    if live.is_rsgi:
        assert [field for field in json.loads(answer.body)["headers"] if field[0] == "x-a"] == [["x-a", "b"]]
    else:
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "header.malformed")


def test_a_hundred_fields_are_taken(live: Live) -> None:
    assert live.get("/json", *MANY[:99]).status == 200  # and Host


HOSTS = [
    ("localhost", 200, ""),
    ("LOCALHOST", 200, ""),
    ("localhost.", 200, ""),
    ("localhost:8000", 200, ""),
    ("127.0.0.1:1", 200, ""),
    ("evil.test", 421, "host.unknown"),
    ("localhost.evil.test", 421, "host.unknown"),
    ("[::1]", 421, "host.unknown"),
    ("localhost:0", 400, "host.malformed"),
    ("localhost:99999", 400, "host.malformed"),
    ("localhost:80:80", 400, "host.malformed"),
    ("user@localhost", 400, "host.malformed"),
    ("localhost/evil", 400, "host.malformed"),
    ("localhost, evil.test", 400, "host.malformed"),
    ("localhost#", 400, "host.malformed"),
    ("local host", 400, "host.malformed"),
    ("[::1", 400, "host.malformed"),
    ("-", 421, "host.unknown"),
]


@pytest.mark.parametrize(("host", "status", "code"), HOSTS)
def test_only_the_apps_own_hosts_are_answered(live: Live, host: str, status: int, code: str) -> None:
    answer = outcome(live, head("GET /json", host=host), pseudo("GET", "/json", authority=host))
    if live.is_http2 and answer is None:  # what is no authority at all is refused by HTTP/2 itself
        assert code == "host.malformed"
        return
    assert answer is not None
    assert answer.status == status
    if code:
        assert json.loads(answer.body)["code"] == code
        assert host not in answer.body.decode()


def test_a_missing_host_is_refused(live: Live) -> None:
    answer = outcome(live, head("GET /json", host=None), pseudo("GET", "/json", authority=None))
    assert answer is not None
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "host.malformed")


def test_two_hosts_are_refused(live1: Live) -> None:
    for second in ("localhost", "evil.test"):
        answer = outcome(live1, head("GET /json", f"host: {second}"), None)
        assert answer is not None
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "host.malformed")


def test_a_target_in_absolute_form_is_the_same_as_a_path(live1: Live) -> None:
    answer = outcome(live1, head("GET http://localhost/number/1"), None)
    assert answer is not None
    assert answer.body == b'{"n":1}'


def test_a_target_that_names_another_host_than_the_field_is_refused(live: Live) -> None:
    """Over ASGI the server shows one of the two; that one must be a host of the app."""
    for other, statuses in [("evil.test", (200, 421)), ("127.0.0.1", (200,))]:
        answer = outcome(live, head(f"GET http://{other}/json"), pseudo("GET", "/json", ("host", other)))
        assert answer is not None
        assert answer.status in ((400,) if live.is_rsgi else statuses)


def test_the_host_may_come_as_a_field_over_http2(live_h2: Live) -> None:
    answer = outcome(live_h2, b"", pseudo("GET", "/json", ("host", "localhost"), authority=None))
    assert answer is not None
    assert answer.status == 200


def test_the_health_path_answers_any_host(live: Live) -> None:
    for host in ("10.0.0.7", "evil.test"):
        answer = outcome(live, head("GET /up", host=host), pseudo("GET", "/up", authority=host))
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"up\n")


def test_the_host_of_a_refused_request_is_not_written_to_the_log_as_it_came(live: Live) -> None:
    live.get("/boom?a=%0d%0aFAKE", ("x-a", "b"))
    live.get("/boom%0d%0aFAKE%20LINE")
    assert not any(line.startswith("FAKE") for line in live.server.complaints().splitlines())
