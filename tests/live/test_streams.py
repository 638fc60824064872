"""A stream arrives whole in bounded memory, one that fails is not taken for its end, and one without a client ends."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.live.clients import head
from tests.live.setups import MIDDLE_FILE, Live
from tests.servers import raw

PIECE = b"0123456789abcdef" * 4096
MEGABYTE = 1024 * 1024
BOUND = 16 * MEGABYTE


@pytest.mark.parametrize("world", ["async", "def"])
@pytest.mark.parametrize("pieces", [0, 1, 100])
def test_a_stream_arrives_whole(live: Live, world: str, pieces: int) -> None:
    answer = live.get(f"/stream/{world}/{pieces}")
    assert (answer.status, answer.body == PIECE * pieces) == (200, True)
    assert live.server.event("stream ended") == f"stream ended at {pieces}"


@pytest.mark.parametrize("kind", ["events", "events/blocking"])
def test_events_arrive_whole(live: Live, kind: str) -> None:
    answer = live.get(f"/{kind}/3")
    assert answer.values("content-type") == ["text/event-stream"]
    assert answer.values("cache-control") == ["no-store"]
    assert answer.body.count(b"data: ") == 3


def test_an_event_arrives_before_the_next_is_there(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("GET", "/events/hold/first")
        received = b""
        while b"data: open\n\n" not in received:
            received += exchange.more()
        live.release("first")
    assert live.server.event("closed first")


def test_a_piece_arrives_before_the_next_is_there_over_asgi(live_asgi: Live) -> None:
    with live_asgi.exchange() as exchange:
        exchange.begin("GET", "/trickle/async/early")
        received = b""
        while b"first\n" not in received:
            received += exchange.more()
        live_asgi.release("early")
        while b"last\n" not in received:
            received += exchange.more()


# Failures


@pytest.mark.parametrize("world", ["async", "def"])
def test_a_stream_that_fails_at_once_is_a_server_error(live: Live, world: str) -> None:
    answer = live.get(f"/broken/{world}/0")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert f"GET /broken/{world}/0 failed" in live.server.complaints()


@pytest.mark.parametrize("world", ["async", "def"])
@pytest.mark.parametrize("pieces", [3, 40])
def test_a_stream_that_fails_half_way_has_no_good_end(live: Live, world: str, pieces: int) -> None:
    if live.is_rsgi:  # collected before anything is sent
        assert live.get(f"/broken/{world}/{pieces}").status == 500
    else:
        with pytest.raises(raw.Closed):
            live.get(f"/broken/{world}/{pieces}")
    assert "RuntimeError: broken: a secret" in live.server.complaints()
    assert live.get("/json").status == 200


def test_events_that_fail_end_and_are_not_left_open(live: Live) -> None:
    """RSGI cannot break a connection; for an EventSource a good end is the same, it connects anew."""
    if live.is_rsgi:
        assert live.get("/broken/events").body == b"data: one\n\n"
    else:
        with pytest.raises(raw.Closed):
            live.get("/broken/events")
    assert "GET /broken/events failed" in live.server.complaints()


# Memory


def growth(live: Live, path: str, *, pauses: int = 3) -> int:
    """Ask for much, read nothing for some time, leave, and return by how much the server's memory has grown."""
    before = live.memory
    with live.exchange() as exchange:
        exchange.begin("GET", path)
        grown = 0
        for _ in range(pauses):
            live.get("/pause")
            grown = max(grown, live.memory - before)
    return grown


@pytest.mark.parametrize("world", ["async", "def"])
@pytest.mark.parametrize("pauses", [3, pytest.param(30, marks=pytest.mark.soak)])
def test_a_client_that_does_not_read_holds_the_source_back_over_asgi(live_asgi: Live, world: str, pauses: int) -> None:
    assert growth(live_asgi, f"/stream/{world}/3200", pauses=pauses) < BOUND  # of 200 MB
    ended = live_asgi.server.event("stream ended")
    assert ended is not None
    assert int(ended.rpartition(" ")[2]) < 3200


@pytest.mark.parametrize("world", ["async", "def"])
@pytest.mark.parametrize("pieces", [400, 3200])
def test_a_client_that_does_not_read_costs_disk_and_no_memory_over_rsgi(
    live_rsgi: Live, world: str, pieces: int
) -> None:
    before = live_rsgi.memory
    with live_rsgi.exchange() as exchange:
        exchange.begin("GET", f"/stream/{world}/{pieces}")
        assert live_rsgi.server.event("stream ended", seconds=30) == f"stream ended at {pieces}"
        live_rsgi.get("/pause")
        assert live_rsgi.memory - before < BOUND
        spooled = [path.stat() for path in live_rsgi.temporary.glob("demijohn-stream-*")]
        assert pieces * len(PIECE) in [status.st_size for status in spooled]
        assert {status.st_mode & 0o777 for status in spooled} == {0o600}


def test_events_that_nobody_reads_end_at_4_mib_over_rsgi(live_rsgi: Live) -> None:
    before = live_rsgi.memory
    with live_rsgi.exchange() as exchange:
        exchange.begin("GET", "/events/endless")
        assert live_rsgi.server.event("events ended")
        assert live_rsgi.memory - before < BOUND


def test_events_that_nobody_reads_are_held_back_over_asgi(live_asgi: Live) -> None:
    before = live_asgi.memory
    with live_asgi.exchange() as exchange:
        exchange.begin("GET", "/events/endless")
        for _ in range(3):
            live_asgi.get("/pause")
        assert live_asgi.memory - before < BOUND
    assert live_asgi.server.event("events ended")


def test_a_file_that_nobody_reads_costs_no_memory(live: Live) -> None:
    assert growth(live, "/file/big.bin") < BOUND


def test_a_large_file_arrives_whole(live: Live) -> None:
    before = live.memory
    sha = hashlib.sha256()
    with live.exchange() as exchange:
        exchange.begin("GET", "/file/middle.bin")
        left = MIDDLE_FILE
        if not live.is_http2:
            received = b""
            while b"\r\n\r\n" not in received:
                received += exchange.more()
            start = received.partition(b"\r\n\r\n")[2]
            sha.update(start)
            left -= len(start)
        while left:
            piece = exchange.more()
            assert piece
            sha.update(piece)
            left -= len(piece)
    assert sha.hexdigest() == hashlib.sha256(bytes(MIDDLE_FILE)).hexdigest()
    assert live.memory - before < BOUND


# The other direction


def test_an_upload_to_a_streaming_handler_costs_no_memory(live: Live) -> None:
    before, size = live.memory, 100_000_000
    sha, piece = hashlib.sha256(), bytes(range(256)) * 1000
    with live.exchange(timeout=30) as exchange:
        exchange.begin("POST", "/digest", ("content-length", str(size)), ends=False)
        left = size
        while left:
            part = piece[: min(left, len(piece))]
            exchange.send(part)
            sha.update(part)
            left -= len(part)
        exchange.send(b"", ends=True)
        answer = exchange.answer()
    assert json.loads(answer.body) == {"size": size, "sha256": sha.hexdigest()}
    assert live.memory - before < BOUND


def test_a_pause_within_an_upload_loses_nothing(live: Live) -> None:
    """The listener for the disconnect begins in it, and over ASGI both hear from the same queue."""
    with live.exchange() as exchange:
        exchange.begin("POST", "/digest/watched", ("content-length", "12"), ends=False)
        exchange.send(b"abc")
        assert live.server.event("body begun")
        for piece in (b"def", b"ghi", b"jkl"):
            live.get("/pause")
            exchange.send(piece, ends=piece == b"jkl")
        assert json.loads(exchange.answer().body) == {"size": 12}


def test_an_upload_may_be_answered_while_it_arrives_over_asgi(live_asgi: Live) -> None:
    with live_asgi.exchange() as exchange:
        exchange.begin("POST", "/echo/stream", ("content-length", "6"), ends=False)
        exchange.send(b"abc")
        received = b""
        while b"abc" not in received:
            received += exchange.more()
        exchange.send(b"def", ends=True)
        while b"def" not in received:
            received += exchange.more()


def test_many_blocking_streams_at_a_time_end(strict: Live) -> None:
    """There are two workers. Each of the streams holds one, and over RSGI goes by way of a file."""
    exchanges = [strict.exchange() for _ in range(4)]
    for exchange in exchanges:
        exchange.begin("GET", "/stream/def/40")
    for exchange in exchanges:
        assert exchange.answer().body == PIECE * 40
        exchange.close()


# Clients that leave


def test_a_stream_without_end_does_not_keep_the_loop_when_its_client_leaves(live_asgi: Live) -> None:
    for world in ("async", "def"):
        with live_asgi.exchange() as exchange:
            exchange.begin("GET", f"/endless/{world}")
            exchange.more()
        assert live_asgi.server.event("endless closed")
        assert live_asgi.get("/json").status == 200


def test_a_stream_without_end_is_no_longer_collected_when_its_client_leaves(live_rsgi: Live) -> None:
    for world in ("async", "def"):
        with live_rsgi.exchange() as exchange:
            exchange.begin("GET", f"/endless/{world}")
            live_rsgi.get("/stream/async/1")
        assert live_rsgi.server.event("endless closed")
    assert live_rsgi.get("/json").status == 200


@pytest.mark.parametrize("path", ["/trickle/async", "/trickle/def", "/events/hold"])
@pytest.mark.parametrize("pause", [False, True], ids=["at once", "later"])
def test_the_generator_is_closed_when_the_client_leaves(live: Live, path: str, pause: bool) -> None:
    keys = [f"{path.replace('/', '-')}-{how}-{pause}" for how in ("close", "reset")]
    with live.exchange() as closing, live.exchange() as resetting:
        for exchange, key in zip((closing, resetting), keys, strict=True):
            exchange.begin("GET", f"{path}/{key}")
            assert live.server.event(f"trickles {key}", f"open {key}")
        if pause:
            live.get("/pause")
        closing.close()
        resetting.reset()
        assert {live.server.event("closed") for _ in keys} == {f"closed {key}" for key in keys}


def test_leaving_within_a_file_is_noticed_and_logs_nothing(live: Live) -> None:
    before = live.server.complaints()
    for _ in range(3):
        with live.exchange() as exchange:
            exchange.begin("GET", "/file/big.bin")
            exchange.more()
            exchange.reset()
    live.get("/pause")
    assert live.get("/json").status == 200
    assert live.server.complaints() == before


def test_leaving_is_not_logged_as_an_error(live: Live) -> None:
    before = live.server.complaints()
    with live.exchange() as exchange:
        exchange.begin("GET", "/trickle/async/quiet")
        assert live.server.event("trickles quiet")
        exchange.reset()
        assert live.server.event("closed quiet")
    assert live.server.complaints() == before


def test_a_pipelined_request_waits_for_the_stream_before_it(live1: Live) -> None:
    with live1.http1() as connection:
        connection.send(head("GET /stream/async/3") + head("GET /events/2") + head("GET /number/1"))
        assert connection.receive().body == PIECE * 3
        assert connection.receive().body.count(b"data: ") == 2
        assert connection.receive().body == b'{"n":1}'
