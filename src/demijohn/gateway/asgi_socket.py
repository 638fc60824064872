"""Carry a WebSocket over ASGI.

Granian (2.8) takes what is sent to a client that has left without a word, without waiting, and keeps it. So a handler
that only sends would never end: from its second message on, the next one of the client's is asked for beside it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from demijohn.http.response import Response
from demijohn.http.websocket import WebSocketClosed

__all__ = ["ASGISocket"]

Message = MutableMapping[str, Any]  # Any: ASGI's messages are dicts of many shapes

_MOST_KEPT = 1024 * 1024  # bytes of messages that came while the handler only sent
_COST_OF_ONE = 256  # bytes that a message takes beside its own
_MOST_POURED = 512 * 1024  # bytes after which a handler that only sends has to wait, so that a disconnect can be heard
_REST_SECONDS = 0.001
_POLICY_VIOLATION = 1008


class ASGISocket:
    """Be the SocketTransport of one conversation, and the RequestTransport of its handshake, which has no body."""

    __slots__ = ("_accepted", "_ahead", "_kept", "_kept_size", "_poured", "_receive", "_scope", "_send", "_unheard")

    def __init__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._accepted = False
        self._unheard = 0  # messages sent since the handler has last asked for one
        self._ahead: asyncio.Task[Message] | None = None
        self._kept: deque[Message] = deque()
        self._kept_size = 0
        self._poured = 0

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
        self._unheard = 0
        message = await self._next()
        if message["type"] == "websocket.disconnect":
            raise WebSocketClosed(message.get("code", 1005))
        text: str | None = message.get("text")
        return message.get("bytes", b"") if text is None else text

    async def _next(self) -> Message:
        if self._kept:
            message = self._kept.popleft()
            self._kept_size -= _cost(message)
            return message
        if self._ahead is None:
            return await self._receive()
        message = await asyncio.shield(self._ahead)  # a handler that stops waiting for it must not lose it
        self._ahead = None
        return message

    async def send(self, message: str | bytes) -> None:
        """Send one message."""
        self._unheard += 1
        if self._unheard > 1:
            self._poured += _COST_OF_ONE + len(message)
            if self._poured > _MOST_POURED:
                self._poured = 0
                await asyncio.sleep(_REST_SECONDS)
            await self._look_ahead()
        kind = "text" if isinstance(message, str) else "bytes"
        try:
            await self._send({"type": "websocket.send", kind: message})
        except (OSError, RuntimeError):  # uvicorn's ClientDisconnected is an OSError, Granian's a RuntimeError
            raise WebSocketClosed(1006) from None

    async def _look_ahead(self) -> None:
        """See to it that a disconnect is heard of, and end the conversation after one."""
        if self._ahead is not None and self._ahead.done():
            message = self._ahead.result()
            if message["type"] == "websocket.disconnect":
                raise WebSocketClosed(message.get("code", 1005))
            self._ahead = None
            self._kept.append(message)
            self._kept_size += _cost(message)
            if self._kept_size > _MOST_KEPT:
                await self.close(_POLICY_VIOLATION, "")
                raise WebSocketClosed(_POLICY_VIOLATION)
        if self._ahead is None:
            self._ahead = asyncio.ensure_future(self._receive_ahead())

    async def _receive_ahead(self) -> Message:
        try:
            return await self._receive()
        except (OSError, RuntimeError):  # as in send
            return {"type": "websocket.disconnect", "code": 1006}

    def release(self) -> None:
        """Ask for no more messages. The gateway calls this when the handler has ended."""
        if self._ahead is not None:
            self._ahead.cancel()

    async def close(self, code: int, reason: str) -> None:
        """End the conversation; the client may have done so before."""
        with suppress(OSError, RuntimeError):  # as in send
            await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _no_body()

    async def client_disconnect(self) -> None:
        """Return never: a conversation learns of its end by `receive`."""


def _cost(message: Message) -> int:
    return _COST_OF_ONE + len(message.get("text") or message.get("bytes") or b"")


async def _no_body() -> AsyncIterator[bytes]:
    return
    yield b""
