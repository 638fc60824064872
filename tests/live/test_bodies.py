"""A body is what its framing says, whole and within its limits, or the handler is not called and the client is told."""

from __future__ import annotations

import json
from contextlib import ExitStack
from itertools import product

import pytest

from tests.live.clients import head
from tests.live.setups import Live
from tests.servers import raw

JSON_FORM = ("content-type", "application/json")
CHUNKED = "transfer-encoding: chunked"
THREE = b"3\r\nabc\r\n0\r\n\r\n"
MEGABYTE = 1024 * 1024
PATHS = ["/echo", "/echo/blocking", "/digest", "/form"]


def code(answer: raw.Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["code"]


def is_closed(connection: raw.Http1) -> bool:
    try:
        connection.receive()
    except raw.Closed:
        return True
    return False


@pytest.mark.parametrize("path", ["/echo", "/echo/blocking"])
@pytest.mark.parametrize("size", [0, 1, 100_000, 2 * MEGABYTE])
def test_a_body_arrives_whole(live: Live, path: str, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    answer = live.ask("POST", path, body=body)
    assert (answer.status, answer.body == body) == (200, True)


def test_a_body_in_pieces_arrives_whole(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("POST", "/echo", ("content-length", "26"), ends=False)
        for letter in b"abcdefghijklmnopqrstuvwxyz":
            exchange.send(bytes([letter]))
        exchange.send(b"", ends=True)
        assert exchange.answer().body == b"abcdefghijklmnopqrstuvwxyz"


def test_a_body_without_a_length_arrives_whole_over_http2(live_h2: Live) -> None:
    with live_h2.exchange() as exchange:
        exchange.begin("POST", "/echo", ends=False)
        exchange.send(b"abc")
        exchange.send(b"", ends=True)  # an empty last frame is a good end
        assert exchange.answer().body == b"abc"


# Framing. What is refused closes the connection: what comes next on it cannot be told from the body.
FRAMED = [
    ("chunked", THREE, (CHUNKED,), (200,)),
    ("chunk extension", b'3;a="b"\r\nabc\r\n0\r\n\r\n', (CHUNKED,), (200,)),
    ("two equal lengths", b"abc", ("content-length: 3", "content-length: 3"), (200, 400)),
    ("no body at all", b"", (), (200,)),
    ("length zero", b"", ("content-length: 0",), (200,)),
    ("two lengths that differ", b"abc", ("content-length: 3", "content-length: 2"), (400,)),
    ("length 3, 3", b"abc", ("content-length: 3, 3",), (400,)),
    ("length +3", b"abc", ("content-length: +3",), (400,)),
    ("length -1", b"abc", ("content-length: -1",), (400,)),
    ("length 0x3", b"abc", ("content-length: 0x3",), (400,)),
    ("length 1_0", b"abc", ("content-length: 1_0",), (400,)),
    ("length of 30 digits", b"abc", ("content-length: " + "9" * 30,), (400,)),
    ("length of 18 digits", b"abc", ("content-length: " + "9" * 18,), (413,)),
    ("gzip alone", b"abc", ("transfer-encoding: gzip",), (400,)),
    ("gzip, chunked", THREE, ("transfer-encoding: gzip, chunked",), (400, 501)),
    ("xchunked", THREE, ("transfer-encoding: xchunked",), (400,)),
    ("chunked twice", THREE, (CHUNKED, CHUNKED), (200, 400)),
    ("bad chunk size", b"3\r\nabc\r\nzz\r\n", (CHUNKED,), (400,)),
    ("bad chunk size at once", b"zz\r\nabc\r\n", (CHUNKED,), (400,)),
    ("negative chunk size", b"-3\r\nabc\r\n0\r\n\r\n", (CHUNKED,), (400,)),
    ("huge chunk size", b"fffffffffffffffff\r\nabc\r\n", (CHUNKED,), (400,)),
    ("chunk longer than its size", b"3\r\nabcdef\r\n0\r\n\r\n", (CHUNKED,), (400,)),
    ("chunk extension of 20,000 bytes", b"3;" + b"a" * 20_000 + b"\r\nabc\r\n0\r\n\r\n", (CHUNKED,), (200, 400)),
]


@pytest.mark.parametrize(("payload", "fields", "statuses"), [row[1:] for row in FRAMED], ids=[row[0] for row in FRAMED])
def test_framing_is_obeyed_or_refused(
    live1: Live, payload: bytes, fields: tuple[str, ...], statuses: tuple[int, ...]
) -> None:
    with live1.http1() as connection:
        connection.send(head("POST /echo", *fields) + payload)
        answer = connection.receive()
        assert answer.status in statuses
        if answer.status == 200:
            assert answer.body == (b"abc" if payload else b"")
            connection.send(head("GET /number/1"))
            assert connection.receive().body == b'{"n":1}'
        else:
            assert is_closed(connection)
    assert live1.get("/json").status == 200


def test_trailers_count_as_a_broken_body_over_rsgi(live1: Live) -> None:
    """Granian shows both as one empty piece too many."""
    with live1.http1() as connection:
        connection.send(head("POST /echo", CHUNKED) + b"3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n")
        assert connection.receive().status == (400 if live1.is_rsgi else 200)


def test_length_and_chunked_together_end_the_connection(live1: Live) -> None:
    """Else a proxy that goes by the length would take what follows for a request of its own (request smuggling)."""
    with live1.http1() as connection:
        connection.send(head("POST /echo", "content-length: 4", CHUNKED) + THREE + head("GET /number/1"))
        assert connection.receive().status in (200, 400)
        assert is_closed(connection)


def test_a_length_that_the_frames_contradict_resets_the_stream(live_h2: Live) -> None:
    for length in ("2", "5"):
        with live_h2.exchange() as exchange:
            exchange.begin("POST", "/echo", ("content-length", length), ends=False)
            exchange.send(b"abc", ends=True)
            with pytest.raises(raw.Closed):
                exchange.answer()
    assert live_h2.get("/json").status == 200


# Bodies that break off


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("field", "payload"),
    [("content-length: 100", b"--x\r\n"), (CHUNKED, b"5\r\n--x\r\n\r\n")],
    ids=["length", "chunked"],
)
def test_a_body_that_breaks_off_reaches_no_handler(live1: Live, path: str, field: str, payload: bytes) -> None:
    with live1.http1() as connection:
        form = ["content-type: multipart/form-data; boundary=x"] if path == "/form" else []
        connection.send(head(f"POST {path}", field, *form) + payload)
        connection.half_close()
        if live1.setup == "uvicorn":  # which drops the connection at once
            assert is_closed(connection)
            return
        assert code(connection.receive()) == (400, "body.incomplete")
        assert is_closed(connection)


@pytest.mark.parametrize("gone", ["reset", "close"])
def test_a_client_that_leaves_within_the_body_ends_the_request(live: Live, gone: str) -> None:
    with live.exchange() as exchange:
        exchange.begin("POST", "/digest/watched", ("content-length", "10"), ends=False)
        exchange.send(b"abc")
        assert live.server.event("body begun")
        exchange.reset() if gone == "reset" else exchange.close()
        assert live.server.event("body") in ("body refused body.incomplete", "body cancelled")


def test_a_client_that_leaves_within_an_endless_body_costs_nothing_more(live_h2: Live) -> None:
    """Over HTTP/2 Granian gives empty pieces without end then, as fast as they are asked for."""
    with live_h2.exchange() as exchange:
        exchange.begin("POST", "/digest/watched", ends=False)
        exchange.send(b"abc")
        assert live_h2.server.event("body begun")
        exchange.reset()
        assert live_h2.server.event("body") in ("body refused body.incomplete", "body cancelled")


# Time


def test_a_body_that_stops_coming_is_refused(strict: Live) -> None:
    with ExitStack() as opened:
        exchanges = []
        for path, begun in product(["/echo", "/echo/blocking", "/form"], [b"", b"--x\r\n"]):
            exchange = opened.enter_context(strict.exchange())
            exchanges.append(exchange)
            form = [("content-type", "multipart/form-data; boundary=x")] if path == "/form" else []
            exchange.begin("POST", path, ("content-length", "100"), *form, ends=False)
            exchange.send(begun)
        for exchange in exchanges:
            answer = exchange.answer()
            assert code(answer) == (408, "body.too_slow")
            assert answer.values("connection") == ([] if strict.is_http2 else ["close"])


def test_a_body_that_trickles_is_refused(strict: Live) -> None:
    with strict.exchange(timeout=0.05) as exchange:
        exchange.begin("POST", "/echo", ("content-length", "1000"), ends=False)
        for _ in range(200):
            exchange.send(b"x")
            try:
                answer = exchange.answer()
            except raw.Silence:
                continue
            assert code(answer) == (408, "body.too_slow")
            return
    pytest.fail("a byte now and then kept the request alive")


def test_a_connection_serves_on_after_another_was_too_slow(strict: Live) -> None:
    assert strict.ask("POST", "/echo", body=b"abc").body == b"abc"


# Size


@pytest.mark.parametrize("path", ["/echo", "/echo/blocking", "/json/item"])
def test_an_announced_body_over_the_limit_is_refused_before_it_is_read(live: Live, path: str) -> None:
    with live.exchange() as exchange:
        exchange.begin("POST", path, JSON_FORM, ("content-length", str(3 * MEGABYTE)), ends=False)
        answer = exchange.answer()
        assert code(answer) == (413, "body.too_large")
        assert answer.values("connection") == ([] if live.is_http2 else ["close"])


@pytest.mark.parametrize("path", ["/echo", "/echo/blocking", "/form"])
def test_a_body_without_a_length_is_counted_as_it_comes(live1: Live, path: str) -> None:
    with live1.http1() as connection:
        form = ["content-type: multipart/form-data; boundary=x"] if path == "/form" else []
        connection.send(head(f"POST {path}", CHUNKED, *form) + b"5\r\n--x\r\n\r\n")
        piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        connection.socket.settimeout(10)
        for _ in range(3 * 16):
            connection.send(piece)
        assert connection.receive().status in (400, 413)
        assert is_closed(connection)


def test_a_body_without_a_length_is_counted_over_http2(live_h2: Live) -> None:
    with live_h2.exchange() as exchange:
        exchange.begin("POST", "/echo", ends=False)
        exchange.send(b"x" * (2 * MEGABYTE + MEGABYTE // 2))
        exchange.send(b"x" * 60_000)
        assert code(exchange.answer()) == (413, "body.too_large")


def test_what_is_refused_for_its_size_is_not_collected(live1: Live) -> None:
    before = live1.memory
    for _ in range(20):
        with live1.http1() as connection:
            connection.send(head("POST /echo", CHUNKED) + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 48)
            assert connection.receive().status == 413
    assert live1.memory - before < 16 * MEGABYTE


def test_a_compressed_body_is_refused(live: Live) -> None:
    answer = live.ask("POST", "/echo", ("content-encoding", "gzip"), body=b"\x1f\x8b")
    assert code(answer) == (415, "body.encoding")


# 100-continue


def test_a_body_is_asked_for_where_it_is_wanted(live1: Live) -> None:
    with live1.http1() as connection:
        connection.send(head("POST /echo", "content-length: 3", "expect: 100-continue"))
        assert connection.receive().status == 100
        connection.send(b"abc")
        assert connection.receive().body == b"abc"
        connection.send(head("GET /number/1"))
        assert connection.receive().body == b'{"n":1}'


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/echo", (f"content-length: {3 * MEGABYTE}",), 413),
        ("/echo", ("content-length: 3", "content-encoding: br"), 415),
        ("/echo", ("content-length: 3", "sec-fetch-site: cross-site"), 403),
        ("/guarded", ("content-length: 3",), 403),
        ("/nowhere", ("content-length: 3",), 404),
        ("/json", ("content-length: 3",), 405),
    ],
)
def test_a_body_is_not_asked_for_where_the_request_is_refused(
    live1: Live, path: str, fields: tuple[str, ...], status: int
) -> None:
    with live1.http1() as connection:
        connection.send(head(f"POST {path}", *fields, "expect: 100-continue"))
        assert connection.receive().status == status


# The connection afterwards


def test_pipelined_requests_are_answered_in_turn(live1: Live) -> None:
    with live1.http1() as connection:
        posts = head("POST /echo", "content-length: 3") + b"abc"
        connection.send((head("GET /number/1") + head("GET /blocking") + posts) * 20)
        for _ in range(20):
            assert connection.receive().body == b'{"n":1}'
            assert b'"def"' in connection.receive().body
            assert connection.receive().body == b"abc"


def test_a_body_nobody_read_is_not_taken_for_the_next_request(live1: Live) -> None:
    inner = head("GET /boom")
    framed = (f"content-length: {len(inner)}",)
    for path in ("/unread", "/nowhere", "/json", "/guarded"):
        with live1.http1() as connection:
            connection.send(head(f"POST {path}", *framed) + inner + head("GET /number/1"))
            assert connection.receive().status in (200, 403, 404, 405)
            try:
                assert connection.receive().body == b'{"n":1}'
            except raw.Closed:
                continue


def test_a_client_of_http_1_0_is_answered_and_its_connection_closed(live1: Live) -> None:
    with live1.http1() as connection:
        connection.send(b"GET /number/1 HTTP/1.0\r\nhost: localhost\r\n\r\n")
        assert connection.receive().body == b'{"n":1}'
        assert is_closed(connection)


def test_a_connection_is_kept_after_refusals(live1: Live) -> None:
    with live1.http1() as connection:
        for line, status in [
            ("GET /nowhere", 404),
            ("DELETE /json", 405),
            ("GET /boom", 500),
            ("GET /boom/blocking", 500),
            ("GET /refused", 409),
            ("GET /text/nan", 404),
            ("GET /number/7", 200),
        ]:
            connection.send(head(line))
            assert connection.receive().status == status


def test_streams_of_one_connection_do_not_wait_for_each_other(live_h2: Live) -> None:
    with live_h2.exchange() as held, live_h2.exchange() as other:
        held.begin("GET", "/hold/multiplexed")
        assert live_h2.server.event("held multiplexed")
        for n in range(20):
            other.begin("GET", f"/number/{n}")
            assert json.loads(other.answer().body) == {"n": n}
        other.begin("GET", "/release/multiplexed")
        assert held.answer().body == b"held multiplexed"
