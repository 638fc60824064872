"""Serve one route of every kind, for the tests that run a Demijohn application over real servers.

Lines on standard output that begin with "@ " are events for the test (launch.py collects them). What holds a handler up
is an event that the test sets by another request, so nothing here depends on how long anything takes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from demijohn import (
    App,
    Event,
    File,
    HTTPError,
    Limits,
    Module,
    Request,
    Response,
    Session,
    Stream,
    UploadedFile,
    WebSocket,
    WebSocketClosed,
    abort,
    limits,
    send_file,
)

app = App(__name__)
# The same routes with the patience of the body cut to what a test can wait for.
strict = App(__name__, limits=Limits(body_start=0.3, body_rate=1000, body_time=0.6))

CallNext = Callable[[Request], Awaitable[Response]]


class Closed:
    """A guard that lets nobody in."""

    def check(self, request: Request) -> None:
        abort(403, code="live.closed")


class Item(msgspec.Struct):
    name: str


routes = Module("routes")
guarded = Module("guarded", guard=Closed())
wrapped = Module("wrapped")
hooked = Module("hooked")
FILES = Path(os.environ["LIVE_FILES"])
PIECE = b"0123456789abcdef" * 4096  # 64 KiB


def tell(event: str) -> None:
    print(f"@ {event}", flush=True)


# Start and stop


def record(step: str) -> None:
    with open(os.environ["LIVE_LIFE"], "a") as file:
        file.write(f"{step} {os.getpid()}\n")


@routes.on_startup
async def start() -> None:
    record("startup")


@routes.on_startup
def start_blocking() -> None:
    record("startup-def")


@routes.on_shutdown
def stop() -> None:
    record("shutdown")


# Plain answers


@routes.get("/json")
async def plain() -> dict[str, object]:
    return {"world": "async", "n": [1, 2.5, None, "ä"]}


@routes.get("/blocking")
def blocking() -> dict[str, object]:
    return {"world": "def", "on_loop_thread": threading.current_thread() is threading.main_thread()}


@routes.get("/text/<int:n>")
def text(n: int, q: str = "none") -> str:
    return f"{n} {q}"


@routes.get("/number/<int:n>")
async def number(n: int) -> dict[str, int]:
    return {"n": n}


@routes.get("/pid")
async def pid() -> dict[str, int]:
    return {"pid": os.getpid()}


@routes.route("/mirror", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def mirror(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query_string,
        "host": str(request.host),
        "scheme": request.scheme,
        "client": request.client,
        "version": request.http_version,
        "headers": request.headers.multi_items(),
        "cookies": dict(request.cookies),
        "length": len(request.body),
    }


@routes.post("/echo")
async def echo(request: Request) -> Response:
    return Response(request.body, content_type="application/octet-stream")


@routes.post("/echo/blocking")
def echo_blocking(request: Request) -> Response:
    return Response(request.body, content_type="application/octet-stream")


@routes.get("/empty")
async def empty() -> None:
    return None


@routes.get("/not-modified")
async def not_modified() -> Response:
    return Response(b"", 304, {"etag": '"1"'})


@routes.get("/bodied/<int:status>")
async def bodied(status: int) -> tuple[str, int]:
    return "a body", status


@routes.get("/bodied/blocking/<int:status>")
def bodied_blocking(status: int) -> tuple[str, int]:
    return "a body", status


@routes.get("/status/<int:status>")
async def any_status(status: int) -> Response:
    return Response("a body", status)


@routes.get("/status/response/<int:status>")
def any_status_of_response(status: int) -> tuple[Response, int]:
    return Response("a body"), status


@routes.get("/headers")
def headers() -> Response:
    response = Response("headers", 201, [("x-one", "1"), ("x-two", "tab\tin it"), ("vary", "accept")])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@routes.get("/refused")
async def refused() -> None:
    abort(409, "Not now.", code="live.refused")


@routes.get("/boom")
async def boom() -> str:
    raise RuntimeError("boom: a secret")


@routes.get("/boom/blocking")
def boom_blocking() -> str:
    raise RuntimeError("boom: a secret")


@routes.get("/count")
def count(session: Session) -> dict[str, object]:
    seen = session.get("seen", 0)
    session["seen"] = seen + 1 if isinstance(seen, int) else 1
    return {"seen": session["seen"]}


# Hooks


@hooked.before_request
def note(request: Request) -> None:
    request.state["note"] = "before"


@hooked.after_request
async def add_header(response: Response, request: Request) -> None:
    response.headers["x-hooked"] = f"{request.state.get('note')} and after"


@hooked.error_handler(HTTPError)
def answer_error(error: HTTPError) -> tuple[dict[str, object], int]:
    return {"refused": error.code}, error.status


@hooked.get("/<kind>")
async def hooked_answer(kind: str) -> dict[str, str]:
    if kind == "refused":
        abort(418, code="live.teapot")
    return {"kind": kind}


# Handlers that wait until the test lets them go

_releases: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
_blocks: defaultdict[str, threading.Event] = defaultdict(threading.Event)


@routes.get("/hold/<key>")
async def hold(key: str) -> str:
    tell(f"held {key}")
    try:
        await _releases[key].wait()
    except asyncio.CancelledError:
        tell(f"cancelled {key}")
        raise
    tell(f"finished {key}")
    return f"held {key}"


@routes.get("/block/<key>")
def block(key: str) -> str:
    tell(f"blocked {key}")
    if not _blocks[key].wait(30):
        raise TimeoutError(key)
    tell(f"unblocked {key}")
    return f"blocked {key}"


@routes.get("/hold/stubborn/<key>")
async def hold_on(key: str) -> str:
    tell(f"held {key}")
    try:
        await _releases[key].wait()
    except asyncio.CancelledError:
        tell(f"went on {key}")
    return "nobody hears this"


@wrapped.middleware
async def watch(request: Request, call_next: CallNext) -> Response:
    try:
        return await call_next(request)
    finally:
        tell("middleware left")


@wrapped.get("/hold")
async def hold_within() -> str:
    tell("held wrapped")
    await asyncio.Event().wait()
    return "nobody hears this"


@routes.get("/pause")
async def pause() -> None:
    """Last longer than handlers go unobserved, so that whoever waits meanwhile is listened for."""
    await asyncio.sleep(0.15)


@routes.get("/linger")
async def linger() -> str:
    """Be in flight for some time, whichever process has the request."""
    tell("lingers")
    await asyncio.sleep(0.3)
    tell("lingered")
    return "lingered"


@routes.get("/linger/def")
def linger_blocking() -> str:
    tell("lingers")
    _blocks["never"].wait(0.3)
    tell("lingered")
    return "lingered"


@routes.get("/release/<key>")
async def release(key: str) -> None:
    _releases[key].set()
    _blocks[key].set()


# Bodies


@routes.post("/digest", stream=True)
@limits(body="300MB", body_time=100)
async def digest(request: Request) -> dict[str, object]:
    size, sha = 0, hashlib.sha256()
    async for chunk in request.stream():
        size += len(chunk)
        sha.update(chunk)
    return {"size": size, "sha256": sha.hexdigest()}


@routes.post("/digest/watched", stream=True)
@limits(body="300MB", body_time=100)
async def digest_watched(request: Request) -> dict[str, object]:
    """Tell when the first bytes have come, so that the test can make a pause before the rest."""
    size = 0
    try:
        async for chunk in request.stream():
            if not size:
                tell("body begun")
            size += len(chunk)
    except HTTPError as error:
        tell(f"body refused {error.code}")
        raise
    except asyncio.CancelledError:
        tell("body cancelled")
        raise
    return {"size": size}


@routes.post("/echo/stream", stream=True)
async def echo_stream(request: Request) -> Stream:
    return Stream(request.stream())


@routes.post("/form")
async def form(request: Request) -> dict[str, str]:
    return dict(request.form)


@routes.post("/json/item")
async def item(item: Item) -> Item:
    return item


@guarded.websocket("/guarded/ws")
async def socket_behind_guard(ws: WebSocket) -> None:
    await ws.close()


@guarded.post("/guarded")
async def behind_guard() -> str:
    return "the guard lets nobody in"


@routes.post("/unread", stream=True)
async def unread() -> str:
    return "not read"


@routes.post("/files")
@limits(body="300MB", body_time=100)
def files(upload: Annotated[UploadedFile, File()]) -> dict[str, object]:
    sha = hashlib.sha256()
    while chunk := upload.read(1 << 20):
        sha.update(chunk)
    return {"name": upload.filename, "size": upload.size, "sha256": sha.hexdigest()}


@routes.post("/files/boom")
def files_boom(upload: Annotated[UploadedFile, File()]) -> str:
    raise RuntimeError(f"boom: {upload.size}")


@routes.get("/file/<name>")
def file(name: str) -> Response:
    return send_file(FILES, name)


# Streams


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
            await _releases[key].wait()
            yield "last\n"
        finally:
            tell(f"closed {key}")

    return Stream(make(), content_type="text/plain")


@routes.get("/trickle/def/<key>")
def trickle_blocking(key: str) -> Stream:
    def make() -> Iterator[str]:
        try:
            tell(f"trickles {key}")
            while not _blocks[key].wait(0.02):
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
        await _releases[key].wait()
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


# WebSockets


@routes.websocket("/ws/echo", subprotocols=["v2.chat", "v1.chat"])
async def socket_echo(ws: WebSocket) -> None:
    tell("ws open")
    try:
        while True:
            await ws.send(await ws.receive())
    except WebSocketClosed as closed:
        tell(f"ws closed {closed.code}")


@routes.websocket("/ws/close/<int:code>")
async def socket_close(ws: WebSocket, code: int) -> None:
    await ws.receive()
    await ws.close(code, "because")


@routes.websocket("/ws/refused")
async def socket_refused(ws: WebSocket, room: int) -> None:
    await ws.close()


@routes.websocket("/ws/boom")
async def socket_boom(ws: WebSocket) -> None:
    await ws.receive()
    raise RuntimeError("boom: a secret")


@routes.websocket("/ws/typed")
async def socket_typed(ws: WebSocket) -> None:
    while True:
        numbers = await ws.receive(list[int])
        await ws.send({"sum": sum(numbers)})


for site in (app, strict):
    site.include(routes)
    site.include(guarded)
    site.include(wrapped, prefix="/wrapped")
    site.include(hooked, prefix="/hooked")
