"""Talk over WebSockets."""

from __future__ import annotations

import asyncio

from demijohn import Module, WebSocket, WebSocketClosed
from tests.live.parts.signals import RELEASES, tell

routes = Module("sockets")


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


@routes.websocket("/ws/pour/<int:messages>")
async def socket_pour(ws: WebSocket, messages: int) -> None:
    """Send 64 KiB again and again to a client that may not read it."""
    await ws.receive()
    tell("pouring")
    sent = 0
    try:
        for _ in range(messages):
            await ws.send(b"x" * 65_536)
            sent += 1
    finally:
        tell(f"poured {sent}")


@routes.websocket("/ws/tick")
async def socket_tick(ws: WebSocket) -> None:
    """Send a little now and then, as a dashboard does."""
    tell("ticking")
    sent = 0
    try:
        while True:
            await ws.send({"tick": sent})
            sent += 1
            await asyncio.sleep(0.01)
    finally:
        tell(f"ticked {sent}")


@routes.websocket("/ws/later/<int:messages>")
async def socket_later(ws: WebSocket, messages: int) -> None:
    """Send before it receives."""
    await RELEASES["later"].wait()
    for n in range(messages):
        await ws.send(f"sent {n}")
        await asyncio.sleep(0.001)
    await ws.send(", ".join([str(await ws.receive()) for _ in range(10)]))


@routes.websocket("/ws/deaf/<key>")
async def socket_deaf(ws: WebSocket, key: str) -> None:
    """Hear nothing until it is released, then count."""
    tell(f"deaf {key}")
    await RELEASES[key].wait()
    heard = 0
    try:
        while True:
            heard += len(await ws.receive())
    except WebSocketClosed as closed:
        tell(f"heard {heard} until {closed.code}")


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
