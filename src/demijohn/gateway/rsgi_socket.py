"""Carry a WebSocket over RSGI, which has no subprotocols and drops closing codes: `demijohn run` prefers ASGI then."""

from __future__ import annotations

from collections.abc import AsyncIterator

from demijohn.gateway.rsgi_protocol import RSGISocketProtocol, RSGISocketTransport
from demijohn.http.websocket import WebSocketClosed

__all__ = ["RSGISocket"]

_CLOSED = 0


class RSGISocket:
    """Be the SocketTransport of one conversation, and the RequestTransport of its handshake, which has no body."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: RSGISocketProtocol) -> None:
        self._protocol = protocol
        self._transport: RSGISocketTransport | None = None

    async def accept(self, subprotocol: str | None) -> None:
        """Complete the handshake."""
        try:
            self._transport = await self._protocol.accept()
        except RuntimeError:  # the client has left meanwhile
            raise WebSocketClosed(1006) from None

    async def receive(self) -> str | bytes:
        """Return the next message."""
        if self._transport is None:
            raise WebSocketClosed(1006)
        try:
            message = await self._transport.receive()
        except RuntimeError:  # Granian's RSGIProtocolClosed
            raise WebSocketClosed(1006) from None
        if message.kind == _CLOSED:
            self._transport = None  # as in close
            raise WebSocketClosed(1005)  # the code that the client gave does not come through
        return message.data

    async def send(self, message: str | bytes) -> None:
        """Send one message."""
        if self._transport is None:
            raise WebSocketClosed(1006)
        try:
            if isinstance(message, str):
                await self._transport.send_str(message)
            else:
                await self._transport.send_bytes(message)
        except RuntimeError:
            raise WebSocketClosed(1006) from None

    async def close(self, code: int, reason: str) -> None:
        """End the conversation; the client sees 1005 whatever the code."""
        self._protocol.close(code)
        # Granian hangs up when the transport is let go of, and nothing else here would do that before the next garbage
        # collection: a client that waits for the end of the connection would wait until its own patience ends.
        self._transport = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _no_body()

    async def client_disconnect(self) -> None:
        """Return never: a conversation learns of its end by `receive`."""


async def _no_body() -> AsyncIterator[bytes]:
    return
    yield b""
