"""Talk over WebSockets."""

from __future__ import annotations

from demijohn import Module, WebSocket, WebSocketClosed
from tests.live.parts.signals import tell

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
