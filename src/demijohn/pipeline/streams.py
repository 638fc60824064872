"""Send a `Stream` piece by piece, in bounded memory: the next piece is made when the server has taken the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextvars import Context
from typing import Any

from demijohn.http.events import EventStream
from demijohn.http.response import Stream
from demijohn.pipeline.threads import WorkerPool

__all__ = ["Send", "close_source", "send_stream"]

Send = Callable[[bytes], Awaitable[None]]

# Servers take what is sent to a client that has left without a word and without waiting (docs/server-behaviour.md), so
# a generator that never waits would keep the loop to itself, and the disconnect would never be heard of.
_OWN_TURNS = 16


async def send_stream(stream: Stream, send: Send, *, pool: WorkerPool, stopping: asyncio.Event) -> None:
    """Send every piece with `send`, which waits while the client is slower than the source.

    The source is closed at the end, whatever ended it. An event stream is opened by an empty piece, gets a comment when
    it has been silent for a while, and ends when the server stops; other streams are finished first.

    Raises:
        ServerBusy: no thread is left for a plain generator (503); nothing was sent then.
    """
    if not isinstance(stream, EventStream):
        await _send_pieces(stream, send, pool)
        return
    clock = asyncio.get_running_loop().time
    last_sent = clock()
    lock = asyncio.Lock()

    async def send_event(piece: bytes) -> None:
        nonlocal last_sent
        async with lock:
            await send(piece)
            last_sent = clock()

    sending = asyncio.ensure_future(_send_pieces(stream, send_event, pool))
    others = [
        asyncio.ensure_future(_beat(send_event, lambda: clock() - last_sent, stream.heartbeat)),
        asyncio.ensure_future(stopping.wait()),
    ]
    try:
        await asyncio.sleep(0)  # until a thread was found, or none
        if not sending.done():
            await send_event(b"")
        await asyncio.wait([sending, *others], return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
        elif others[0].done():
            others[0].result()
    finally:
        await _end(sending, *others)


async def close_source(stream: Stream) -> None:
    """Close what a stream would have been made from where it is not sent, as after HEAD: it may hold a file open."""
    if (aclose := getattr(stream.content, "aclose", None)) is not None:
        await aclose()
    elif (close := getattr(stream.content, "close", None)) is not None:
        close()


async def _beat(send: Send, silence: Callable[[], float], seconds: float) -> None:
    """Send a comment after each `seconds` of silence, so that proxies keep the connection and a dead one is noticed."""
    while True:
        rest = seconds - silence()
        if rest <= 0:
            await send(b":\n\n")
        else:
            await asyncio.sleep(rest)


async def _end(*tasks: asyncio.Future[Any]) -> None:  # Any: what they return is of no interest any more
    """Cancel tasks and wait until their `finally` has run."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _send_pieces(stream: Stream, send: Send, pool: WorkerPool) -> None:
    content = stream.content
    if isinstance(content, AsyncIterable):
        await _send_async(content.__aiter__(), send)
    else:
        await _send_from_worker(iter(content), send, pool, stream.context)


async def _send_async(pieces: AsyncIterator[bytes | str], send: Send) -> None:
    turn = 0
    try:
        async for piece in pieces:
            await send(piece.encode() if isinstance(piece, str) else piece)
            turn += 1
            if turn % _OWN_TURNS == 0:
                await asyncio.sleep(0)
    finally:
        close = getattr(pieces, "aclose", None)
        if close is not None:
            await close()


async def _send_from_worker(pieces: Iterator[bytes | str], send: Send, pool: WorkerPool, context: Context) -> None:
    """Run a plain generator from its first to its last step on one worker, for it may hold what belongs to a thread."""
    loop = asyncio.get_running_loop()
    stopped = False
    under_way: Future[None] | None = None

    def work() -> None:
        nonlocal under_way
        try:
            for piece in pieces:
                if stopped:
                    return
                sent = send(piece.encode() if isinstance(piece, str) else piece)
                under_way = asyncio.run_coroutine_threadsafe(_awaited(sent), loop)
                if stopped:  # since it was asked above: then the other thread may not have seen what is under way
                    under_way.cancel()
                under_way.result()
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    try:
        await pool.submit(work, context)  # a real thread even where handlers run inline: this one waits for the loop
    finally:
        stopped = True  # seen by the worker at the generator's next step: a thread cannot be interrupted
        if under_way is not None:
            under_way.cancel()


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable
