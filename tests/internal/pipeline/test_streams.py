from __future__ import annotations

import asyncio
import io
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar

import pytest

from demijohn.http.events import Event, EventStream
from demijohn.http.response import Stream
from demijohn.pipeline.streams import close_source, send_stream
from demijohn.pipeline.threads import ServerBusy, WorkerPool
from demijohn.pipeline.watch import ClientGone

SECONDS = 10.0
Send = Callable[[bytes], Awaitable[None]]
Log = list[str]


async def send_all(stream: Stream, send: Send, stopping: asyncio.Event | None = None) -> None:
    pool = WorkerPool(1, 0)
    pool.inline = True  # as in a test client: plain generators need a thread all the same
    try:
        await send_stream(stream, send, pool=pool, stopping=stopping or asyncio.Event())
    finally:
        await pool.close()


def sent_of(stream: Stream) -> list[bytes]:
    async def main() -> list[bytes]:
        sent: list[bytes] = []

        async def send(piece: bytes) -> None:
            sent.append(piece)

        await send_all(stream, send)
        return sent

    return asyncio.run(main())


async def counting(log: Log, most: float = 3) -> AsyncIterator[str]:
    try:
        for number in itertools.count():
            if number >= most:
                return
            log.append(f"made {number}")
            yield str(number)
    finally:
        await asyncio.sleep(0)
        log.append("closed")


def counting_in_a_worker(log: Log, most: float = 3) -> Iterator[str]:
    try:
        for number in itertools.count():
            if number >= most:
                return
            log.append(f"made {number}")
            yield str(number)
    finally:
        log.append("closed")


BOTH = pytest.mark.parametrize("source", [counting, counting_in_a_worker])
Source = Callable[..., AsyncIterator[str] | Iterator[str]]


@BOTH
def test_pieces_are_sent_in_order_and_the_source_is_closed(source: Source) -> None:
    log: Log = []
    assert sent_of(Stream(source(log))) == [b"0", b"1", b"2"]
    assert log == ["made 0", "made 1", "made 2", "closed"]


def test_bytes_and_lists_are_sources_too() -> None:
    assert sent_of(Stream([b"\xff", b""])) == [b"\xff", b""]
    assert sent_of(Stream(io.BytesIO(b"a\nb"))) == [b"a\n", b"b"]


def test_a_plain_generator_stays_on_one_worker_with_the_context_of_its_handler() -> None:
    variable: ContextVar[str] = ContextVar("variable")
    variable.set("the handler's")
    seen: set[tuple[str, str]] = set()

    def generate() -> Iterator[bytes]:
        try:
            for _ in range(3):
                seen.add((threading.current_thread().name, variable.get()))
                yield b""
        finally:
            seen.add((threading.current_thread().name, variable.get()))

    stream = Stream(generate())
    variable.set("another's")
    sent_of(stream)
    assert seen == {("demijohn-1", "the handler's")}


@BOTH
def test_the_next_piece_is_made_when_the_last_has_been_taken(source: Source) -> None:
    log: Log = []

    async def main() -> None:
        taken, offered = asyncio.Semaphore(0), asyncio.Semaphore(0)

        async def send(piece: bytes) -> None:
            offered.release()
            await taken.acquire()
            log.append(f"sent {piece.decode()}")

        sending = asyncio.ensure_future(send_all(Stream(source(log)), send))
        for _ in range(3):
            await offered.acquire()
            log.append("offered")
            taken.release()
        await sending

    asyncio.run(main())
    rounds = [[f"made {number}", "offered", f"sent {number}"] for number in range(3)]
    assert log == [*itertools.chain.from_iterable(rounds), "closed"]


@BOTH
def test_an_error_of_the_source_reaches_the_sender(source: Source) -> None:
    async def fail(log: Log) -> AsyncIterator[str]:
        async for piece in counting(log):
            yield piece
        raise LookupError("half way")

    def fail_in_a_worker(log: Log) -> Iterator[str]:
        yield from counting_in_a_worker(log)
        raise LookupError("half way")

    failing = fail if source is counting else fail_in_a_worker
    with pytest.raises(LookupError, match="half way"):
        sent_of(Stream(failing([])))


@BOTH
def test_a_client_that_has_gone_closes_the_source(source: Source) -> None:
    log: Log = []

    async def main() -> None:
        async def send(piece: bytes) -> None:
            if piece == b"1":
                raise ClientGone

        with pytest.raises(ClientGone):
            await send_all(Stream(source(log, float("inf"))), send)

    asyncio.run(main())
    assert log == ["made 0", "made 1", "closed"]


@BOTH
def test_cancelling_closes_the_source(source: Source) -> None:
    log: Log = []

    async def main() -> None:
        sent = asyncio.Event()

        async def send(piece: bytes) -> None:
            sent.set()
            await asyncio.Event().wait()

        sending = asyncio.ensure_future(send_all(Stream(source(log, float("inf"))), send))
        await sent.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(main())  # closing the pool waits for the worker to end
    assert log == ["made 0", "closed"]


def test_a_source_that_never_waits_lets_others_have_their_turn() -> None:
    async def main() -> None:
        async def send(piece: bytes) -> None:
            pass

        sending = asyncio.ensure_future(send_all(Stream(counting([], float("inf"))), send))
        await asyncio.sleep(0)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(asyncio.wait_for(main(), SECONDS))


def test_a_silent_event_stream_sends_comments() -> None:
    async def silent() -> AsyncIterator[Event]:
        await asyncio.Event().wait()
        yield Event("never")

    async def main() -> None:
        beats = asyncio.Semaphore(0)

        async def send(piece: bytes) -> None:
            if piece:  # an empty one opens the stream
                assert piece == b":\n\n"
                beats.release()

        sending = asyncio.ensure_future(send_all(EventStream(silent(), heartbeat=0.001), send))
        for _ in range(3):
            await beats.acquire()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(asyncio.wait_for(main(), SECONDS))


def test_an_event_stream_is_opened_before_its_first_event_and_not_where_no_thread_is_left() -> None:
    def events() -> Iterator[Event]:
        yield Event("one")

    async def main() -> None:
        pieces: list[bytes] = []
        opened = asyncio.Event()

        async def silent() -> AsyncIterator[Event]:
            await opened.wait()
            yield Event("late")

        async def send(piece: bytes) -> None:
            pieces.append(piece)
            opened.set()

        await send_all(EventStream(silent()), send)
        assert pieces == [b"", b"data: late\n\n"]
        pieces.clear()
        full = WorkerPool(0, 0)
        with pytest.raises(ServerBusy):
            await send_stream(EventStream(events()), send, pool=full, stopping=asyncio.Event())
        assert pieces == []

    asyncio.run(asyncio.wait_for(main(), SECONDS))


def test_a_comment_is_never_sent_within_an_event() -> None:
    async def main() -> list[bytes]:
        sent: list[bytes] = []
        beaten = asyncio.Event()

        async def send(piece: bytes) -> None:
            sent.append(piece + b"<")
            for _ in range(20):  # a comment is due all the time, and has to wait
                await asyncio.sleep(0)
            if piece == b":\n\n":
                beaten.set()
            sent.append(b">")

        async def slow() -> AsyncIterator[str]:
            yield "one"
            await beaten.wait()

        await send_all(EventStream(slow(), heartbeat=0), send)
        return sent

    sent = asyncio.run(asyncio.wait_for(main(), SECONDS))
    assert {b"data: one\n\n<", b":\n\n<"} <= set(sent)
    whole = sent[: sent.index(b":\n\n<") + 2]
    assert [piece == b">" for piece in whole] == [False, True] * (len(whole) // 2)


def test_an_event_stream_ends_when_the_server_stops_and_its_source_is_closed() -> None:
    log: Log = []

    async def main() -> None:
        stopping, sent = asyncio.Event(), asyncio.Event()

        async def send(piece: bytes) -> None:
            sent.set()

        async def events() -> AsyncIterator[str]:
            try:
                yield "one"
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                log.append("closed")

        sending = asyncio.ensure_future(send_all(EventStream(events()), send, stopping))
        await sent.wait()
        stopping.set()
        await sending

    asyncio.run(asyncio.wait_for(main(), SECONDS))
    assert log == ["closed"]


def test_another_stream_is_finished_when_the_server_stops() -> None:
    async def main() -> int:
        stopping = asyncio.Event()
        stopping.set()
        sent: list[bytes] = []

        async def send(piece: bytes) -> None:
            sent.append(piece)

        await send_all(Stream(counting([])), send, stopping)
        return len(sent)

    assert asyncio.run(main()) == 3


def test_an_error_of_an_event_source_reaches_the_sender() -> None:
    async def events() -> AsyncIterator[str]:
        yield "one"
        raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        sent_of(EventStream(events()))


def test_a_stream_that_is_not_sent_lets_go_of_its_source() -> None:
    log: Log = []
    file = io.BytesIO(b"")

    async def main() -> None:
        started = counting(log)
        await anext(started)
        await close_source(Stream(started))
        await close_source(Stream(file))
        await close_source(Stream(["a list has nothing to close"]))

    asyncio.run(main())
    assert log == ["made 0", "closed"]
    assert file.closed
