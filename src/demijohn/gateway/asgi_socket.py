"""Carry a WebSocket over ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from demijohn.http.response import Response
from demijohn.http.websocket import WebSocketClosed

__all__ = ["ASGISocket"]

Message = MutableMapping[str, Any]  # Any: ASGI's messages are dicts of many shapes


class ASGISocket:
    """Be the SocketTransport of one conversation, and the RequestTransport of its handshake, which has no body."""

    __slots__ = ("_accepted", "_receive", "_scope", "_send")

    def __init__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._accepted = False

    async def connected(self) -> None:
        """Take the message that begins every conversation."""
        await self._receive()

    async def accept(self, subprotocol: str | None) -> None:
        """Complete the handshake."""
        self._accepted = True
        try:
            await self._send({"type": "websocket.accept", "subprotocol": subprotocol})
        except (OSError, RuntimeError):  # as in send
            raise WebSocketClosed(1006) from None

    async def refuse(self, response: Response) -> None:
        """Answer the handshake with an HTTP response, where the server can; else it makes a 403 of it."""
        if self._accepted:
            await self.close(1011, "")
        elif "websocket.http.response" in self._scope.get("extensions", {}):
            fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.fields or []]
            await self._send({"type": "websocket.http.response.start", "status": response.status, "headers": fields})
            await self._send({"type": "websocket.http.response.body", "body": response.body})
        else:
            await self._send({"type": "websocket.close", "code": 1008, "reason": ""})

    async def receive(self) -> str | bytes:
        """Return the next message."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketClosed(message.get("code", 1005))
        text: str | None = message.get("text")
        return message.get("bytes", b"") if text is None else text

    async def send(self, message: str | bytes) -> None:
        """Send one message."""
        kind = "text" if isinstance(message, str) else "bytes"
        try:
            await self._send({"type": "websocket.send", kind: message})
        except (OSError, RuntimeError):  # uvicorn's ClientDisconnected is an OSError, Granian's a RuntimeError
            raise WebSocketClosed(1006) from None

    async def close(self, code: int, reason: str) -> None:
        """End the conversation; the client may have done so before."""
        with suppress(OSError, RuntimeError):  # as in send
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _no_body()

    async def client_disconnect(self) -> None:
        """Return never: a conversation learns of its end by `receive`."""


async def _no_body() -> AsyncIterator[bytes]:
    return
    yield b""
