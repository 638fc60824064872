"""Answer piece by piece: streams that end, never end, fail or wait, and events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from demijohn import Event, Module, Stream
from tests.live.parts.signals import BLOCKS, RELEASES, tell

PIECE = b"0123456789abcdef" * 4096  # 64 KiB

routes = Module("streams")


@routes.get("/stream/async/<int:pieces>")
async def stream_async(pieces: int) -> Stream:
    async def make() -> AsyncIterator[bytes]:
        made = 0
        try:
            for _ in range(pieces):
                yield PIECE
                made += 1
        finally:
            tell(f"stream ended at {made}")

    return Stream(make())


@routes.get("/stream/def/<int:pieces>")
def stream_blocking(pieces: int) -> Stream:
    def make() -> Iterator[bytes]:
        made = 0
        try:
            for _ in range(pieces):
                yield PIECE
                made += 1
        finally:
            tell(f"stream ended at {made}")

    return Stream(make())


@routes.get("/endless/async")
async def endless_async() -> Stream:
    async def make() -> AsyncIterator[bytes]:
        try:
            while True:
                yield PIECE
        finally:
            tell("endless closed")

    return Stream(make())


@routes.get("/endless/def")
def endless_blocking() -> Stream:
    def make() -> Iterator[bytes]:
        try:
            while True:
                yield PIECE
        finally:
            tell("endless closed")

    return Stream(make())


@routes.get("/broken/async/<int:pieces>")
async def broken_async(pieces: int) -> Stream:
    async def make() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE
        raise RuntimeError("broken: a secret")

    return Stream(make())


@routes.get("/broken/def/<int:pieces>")
def broken_blocking(pieces: int) -> Stream:
    def make() -> Iterator[bytes]:
        for _ in range(pieces):
            yield PIECE
        raise RuntimeError("broken: a secret")

    return Stream(make())


@routes.sse("/broken/events")
async def broken_events() -> AsyncIterator[Event]:
    yield Event("one")
    raise RuntimeError("broken: a secret")


@routes.get("/trickle/async/<key>")
async def trickle_async(key: str) -> Stream:
    async def make() -> AsyncIterator[str]:
        try:
            yield "first\n"
            tell(f"trickles {key}")
            await RELEASES[key].wait()
            yield "last\n"
        finally:
            tell(f"closed {key}")

    return Stream(make(), content_type="text/plain")


@routes.get("/trickle/def/<key>")
def trickle_blocking(key: str) -> Stream:
    def make() -> Iterator[str]:
        try:
            tell(f"trickles {key}")
            while not BLOCKS[key].wait(0.02):
                yield "drop\n"
        finally:
            tell(f"closed {key}")

    return Stream(make(), content_type="text/plain")


@routes.sse("/events/<int:number>")
async def events(number: int) -> AsyncIterator[Event]:
    for n in range(number):
        yield Event({"n": n}, name="tick", id=str(n))


@routes.sse("/events/hold/<key>")
async def events_held(key: str) -> AsyncIterator[Event]:
    try:
        yield Event("open")
        tell(f"open {key}")
        await RELEASES[key].wait()
    finally:
        tell(f"closed {key}")


@routes.sse("/events/endless")
async def events_endless() -> AsyncIterator[str]:
    try:
        while True:
            yield "x" * 60_000
    finally:
        tell("events ended")


@routes.sse("/events/blocking/<int:number>")
def events_blocking(number: int) -> Iterator[Event]:
    for n in range(number):
        yield Event(str(n))
