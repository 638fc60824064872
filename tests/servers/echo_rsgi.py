"""The echo application in RSGI. Its handlers are named after the path they answer; ASGI is in echo_asgi.py."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .echo_events import BLOCK, CLOSING, HELD, HOSTILE, TEXT, seen_within, tell

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian._granian import RSGIWebsocketProtocol as WebsocketProtocol
    from granian.rsgi import Scope

RSGI: dict[str, Callable[[Scope, HTTPProtocol, str], Awaitable[None]]] = {}


def rsgi(handler: Callable[[Scope, HTTPProtocol, str], Awaitable[None]]) -> None:
    RSGI[handler.__name__.removeprefix("rsgi_")] = handler


@rsgi
async def rsgi_echo(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    headers = scope.headers
    names = sorted(set(headers.keys()))
    facts = {
        "method": scope.method,
        "path": scope.path,
        "query": scope.query_string,
        "version": scope.http_version,
        "scheme": scope.scheme,
        "server": scope.server,
        "client": scope.client,
        "authority": scope.authority,
        "headers": headers.items(),
        "keys": headers.keys(),
        "get": {name: headers.get(name) for name in names},
        "pid": os.getpid(),
    }
    proto.response_str(200, TEXT, json.dumps(facts))


@rsgi
async def rsgi_body(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    try:
        body = await proto()
    except Exception as error:
        tell(f"body {type(error).__name__}")
        raise
    tell(f"body {len(body)}{await gone(proto)}")
    proto.response_str(200, TEXT, json.dumps({"length": len(body)}))


async def gone(proto: HTTPProtocol) -> str:
    """Say whether the client is known to have left by now; HTTP/2 ends the body of a reset stream plainly."""
    return ", client gone" if await seen_within(proto.client_disconnect(), 0.05) else ""


@rsgi
async def rsgi_chunks(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    total, empty = 0, 0
    try:
        async for chunk in proto:
            total += len(chunk)
            empty += not chunk
            if empty > 50:
                tell(f"body {total}, then empty pieces without end")
                return
    except Exception as error:
        tell(f"body {total} then {type(error).__name__}")
        raise
    tell(f"body {total} and a plain end after {empty} empty{await gone(proto)}")
    proto.response_str(200, TEXT, json.dumps({"length": total}))


@rsgi
async def rsgi_status(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_empty(int(argument), [])


@rsgi
async def rsgi_header(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    name = HOSTILE[argument] if argument == "name" else "x-hostile"
    proto.response_str(200, [("x-before", "1"), (name, HOSTILE[argument]), ("x-after", "1")], "ok")


@rsgi
async def rsgi_bodied(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(int(argument), TEXT, "a body")


@rsgi
async def rsgi_empty(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_empty(200, [("content-length", argument)])


@rsgi
async def rsgi_named(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(200, [("server", argument), ("date", "never")], "ok")


@rsgi
async def rsgi_sized(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(200, [("content-length", argument)], "a body")


@rsgi
async def rsgi_twin(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(200, [("set-cookie", "a=1"), ("set-cookie", "b=2")], "ok")


@rsgi
async def rsgi_file(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    path = __file__ if argument == "here" else str(Path(__file__).parent / argument)
    proto.response_file(200, [("x-mine", "1")], path)


@rsgi
async def rsgi_stream(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    transport = proto.response_stream(200, TEXT)
    for _ in range(int(argument)):
        await transport.send_bytes(BLOCK)
    tell("stream end")


@rsgi
async def rsgi_drip(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    transport = proto.response_stream(200, TEXT)
    try:
        for count in range(60):
            await transport.send_bytes(b"drop\n")
            if count == 0:
                tell("drip")
            if argument != "heed":
                await asyncio.sleep(0.1)
            elif await seen_within(CLOSING.wait(), 0.1):
                break
    except BaseException as error:
        tell(f"drip {type(error).__name__}")
        raise
    tell("drip end")


@rsgi
async def rsgi_hold(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    tell("held")
    try:
        gone = await seen_within(proto.client_disconnect(), HELD)
    except asyncio.CancelledError:
        tell("hold cancelled")
        raise
    tell("hold gone" if gone else "hold not told")
    try:
        proto.response_str(200, TEXT, "late")
    except Exception as error:  # noqa: BLE001  # told as an event
        tell(f"late {type(error).__name__}")
    else:
        tell("late accepted")


@rsgi
async def rsgi_sleep(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    tell("asleep")
    try:
        await asyncio.sleep(HELD)
    except asyncio.CancelledError:
        tell("sleep cancelled")
        raise
    tell("sleep over")
    proto.response_str(200, TEXT, "woken")


@rsgi
async def rsgi_after(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(200, TEXT, "ok")
    tell("after told" if await seen_within(proto.client_disconnect(), HELD) else "after not told")


@rsgi
async def rsgi_refuse(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(413, TEXT, "too large")


@rsgi
async def rsgi_thread(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def work() -> None:
        proto.response_str(200, TEXT, json.dumps({"thread": threading.current_thread() is not threading.main_thread()}))
        loop.call_soon_threadsafe(done.set)

    threading.Thread(target=work).start()
    await done.wait()


@rsgi
async def rsgi_silent(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    tell("silent")


@rsgi
async def rsgi_raise(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    raise LookupError("on purpose")


@rsgi
async def rsgi_twice(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    proto.response_str(200, TEXT, "first")
    try:
        proto.response_stream(200, TEXT) if argument == "stream" else proto.response_str(500, TEXT, "second")
    except Exception as error:  # noqa: BLE001  # told as an event
        tell(f"twice {type(error).__name__}")
    else:
        tell("twice no error")


@rsgi
async def rsgi_unread(scope: Scope, proto: HTTPProtocol, argument: str) -> None:
    if argument == "begun":
        await aiter(proto).__anext__()
    tell("unread")
    await seen_within(proto.client_disconnect(), 3)
    proto.response_empty(204, [])


async def rsgi_websocket(scope: Scope, proto: WebsocketProtocol) -> None:
    kind, _, argument = scope.path.removeprefix("/ws/").partition("/")
    if kind == "refuse":
        proto.close(int(argument) if argument else None)
        return
    if kind == "silent":
        return
    transport = await proto.accept()
    tell("ws open")
    while True:
        receive = asyncio.ensure_future(transport.receive())
        if kind == "heed":
            closing = asyncio.ensure_future(CLOSING.wait())
            await asyncio.wait({receive, closing}, return_when=asyncio.FIRST_COMPLETED)
            if closing.done():
                tell("ws told")
                proto.close(1001)
                return
        try:
            message = await receive
        except BaseException as error:  # noqa: BLE001  # told as an event
            tell(f"ws {type(error).__name__}")
            return
        if message.kind == 0:
            tell(f"ws closed {getattr(message, 'data', None)!r}")
            return
        if isinstance(message.data, str) and message.data.startswith("close "):
            proto.close(int(message.data[6:]))
            return
        await transport.send_str(message.data if isinstance(message.data, str) else str(len(message.data)))
