"""The echo application in ASGI. Its handlers are named after the path they answer; RSGI is in echo_rsgi.py."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from .echo_events import BLOCK, CLOSING, HELD, HOSTILE, TEXT, seen_within, tell, watch_sigterm

Message = MutableMapping[str, Any]  # what ASGI calls an event: its values are of any type by the standard
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI: dict[str, Callable[[Message, Receive, Send, str], Awaitable[None]]] = {}


def asgi(handler: Callable[[Message, Receive, Send, str], Awaitable[None]]) -> None:
    ASGI[handler.__name__.removeprefix("asgi_")] = handler


async def start(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    raw = [
        (name.encode("latin-1"), value.encode("utf-8" if "\u20ac" in value else "latin-1")) for name, value in headers
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def answer(send: Send, status: int, body: str, headers: list[tuple[str, str]]) -> None:
    await start(send, status, headers)
    await send({"type": "http.response.body", "body": body.encode()})


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@asgi
async def asgi_echo(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    facts = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "version": scope["http_version"],
        "scheme": scope["scheme"],
        "server": scope["server"],
        "client": scope["client"],
        "raw_path": (scope.get("raw_path") or b"").decode("latin-1"),
        "extensions": sorted(scope.get("extensions") or {}),
        "headers": headers,
        "keys": [name for name, _ in headers],
        "get": {},
        "pid": os.getpid(),
    }
    await answer(send, 200, json.dumps(facts), TEXT)


@asgi
async def asgi_body(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    total, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            tell(f"body {total} then disconnect")
            return
        total += len(message.get("body", b""))
        more = message.get("more_body", False)
    tell(f"body {total}")
    await answer(send, 200, json.dumps({"length": total}), TEXT)


ASGI["chunks"] = ASGI["body"]


@asgi
async def asgi_status(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, int(argument), "", [])


@asgi
async def asgi_header(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    name = HOSTILE[argument] if argument == "name" else "x-hostile"
    try:
        await answer(send, 200, "ok", [("x-before", "1"), (name, HOSTILE[argument]), ("x-after", "1")])
    except Exception as error:
        tell(f"header {type(error).__name__}")
        raise


@asgi
async def asgi_bodied(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, int(argument), "a body", TEXT)


@asgi
async def asgi_empty(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 200, "", [("content-length", argument)])


@asgi
async def asgi_named(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 200, "ok", [("server", argument), ("date", "never")])


@asgi
async def asgi_sized(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 200, "a body", [("content-length", argument)])


@asgi
async def asgi_twin(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 200, "ok", [("set-cookie", "a=1"), ("set-cookie", "b=2")])


@asgi
async def asgi_file(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    if "http.response.pathsend" not in (scope.get("extensions") or {}):
        await answer(send, 501, "", [])
        return
    path = __file__ if argument == "here" else str(Path(__file__).parent / argument)
    await start(send, 200, [("x-mine", "1")])
    await send({"type": "http.response.pathsend", "path": path})


@asgi
async def asgi_stream(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await start(send, 200, TEXT)
    for _ in range(int(argument)):
        await send({"type": "http.response.body", "body": BLOCK, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    tell("stream end")


@asgi
async def asgi_drip(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await start(send, 200, TEXT)
    try:
        for count in range(60):
            await send({"type": "http.response.body", "body": b"drop\n", "more_body": True})
            if count == 0:
                tell("drip")
            if argument != "heed":
                await asyncio.sleep(0.1)
            elif await seen_within(CLOSING.wait(), 0.1):
                break
        await send({"type": "http.response.body", "body": b""})
    except BaseException as error:
        tell(f"drip {type(error).__name__}")
        raise
    tell("drip end")


@asgi
async def asgi_hold(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    tell("held")
    try:
        gone = await seen_within(disconnected(receive), HELD)
    except asyncio.CancelledError:
        tell("hold cancelled")
        raise
    tell("hold gone" if gone else "hold not told")
    try:
        await answer(send, 200, "late", TEXT)
    except Exception as error:  # noqa: BLE001  # told as an event
        tell(f"late {type(error).__name__}")
    else:
        tell("late accepted")


@asgi
async def asgi_sleep(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    tell("asleep")
    try:
        await asyncio.sleep(HELD)
    except asyncio.CancelledError:
        tell("sleep cancelled")
        raise
    tell("sleep over")
    await answer(send, 200, "woken", TEXT)


@asgi
async def asgi_after(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 200, "ok", TEXT)
    tell("after told" if await seen_within(disconnected(receive), HELD) else "after not told")


@asgi
async def asgi_refuse(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 413, "too large", TEXT)


@asgi
async def asgi_thread(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    """Step the send coroutines in a thread, as a worker that never goes back to the loop would."""
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    async def body() -> None:
        await answer(send, 200, json.dumps({"thread": True}), TEXT)

    def work() -> None:
        try:
            body().__await__().send(None)
        except StopIteration:
            loop.call_soon_threadsafe(done.set_result, "thread ended")
        except BaseException as error:  # noqa: BLE001  # told as an event
            loop.call_soon_threadsafe(done.set_result, f"thread {type(error).__name__}")
        else:
            loop.call_soon_threadsafe(done.set_result, "thread must wait for the loop")

    threading.Thread(target=work).start()
    tell(await done)


@asgi
async def asgi_silent(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    tell("silent")


@asgi
async def asgi_raise(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    raise LookupError("on purpose")


@asgi
async def asgi_twice(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    await answer(send, 200, "first", TEXT)
    try:
        await answer(send, 500, "second", TEXT)
    except Exception as error:  # noqa: BLE001  # told as an event
        tell(f"twice {type(error).__name__}")
    else:
        tell("twice no error")


@asgi
async def asgi_unread(scope: Message, receive: Receive, send: Send, argument: str) -> None:
    if argument == "begun":
        await receive()
    tell("unread")
    await seen_within(CLOSING.wait(), 3)
    await answer(send, 204, "", [])


async def asgi_websocket(scope: Message, receive: Receive, send: Send) -> None:
    kind, _, argument = scope["path"].removeprefix("/ws/").partition("/")
    await receive()
    if kind == "refuse":
        await send({"type": "websocket.close", **({"code": int(argument)} if argument else {})})
        return
    if kind == "deny":
        await send({"type": "websocket.http.response.start", "status": int(argument), "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"denied"})
        return
    if kind == "silent":
        return
    headers = [(b"x-extra", b"1")] if kind == "headers" else []
    await send({"type": "websocket.accept", "subprotocol": "b" if kind == "sub" else None, "headers": headers})
    tell("ws open")
    while True:
        received = asyncio.ensure_future(receive())
        if kind == "heed":
            closing = asyncio.ensure_future(CLOSING.wait())
            await asyncio.wait({received, closing}, return_when=asyncio.FIRST_COMPLETED)
            if closing.done():
                tell("ws told")
                await send({"type": "websocket.close", "code": 1001})
                return
        try:
            message = await received
        except BaseException as error:  # noqa: BLE001  # told as an event
            tell(f"ws {type(error).__name__}")
            return
        if message["type"] == "websocket.disconnect":
            tell(f"ws closed {message.get('code')!r}")
            return
        text = message.get("text")
        data: str | bytes = message["bytes"] if text is None else text
        if isinstance(data, str) and data.startswith("close "):
            await send({"type": "websocket.close", "code": int(data[6:])})
            return
        await send({"type": "websocket.send", "text": data if isinstance(data, str) else str(len(data))})


async def asgi_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        tell(message["type"])
        if message["type"] == "lifespan.startup":
            watch_sigterm(asyncio.get_running_loop())
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
