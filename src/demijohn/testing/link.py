"""Hold both directions of a WebSocket between the client (websocket.py) and the app (rsgi.py, asgi.py)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from demijohn.testing.reply import Reply

__all__ = ["Closing", "WebSocketLink"]


@dataclass(frozen=True, slots=True)
class Closing:
    """Say how a WebSocket was closed: 1005 is without a code, 1006 without even a closing message (RFC 6455, 7.4.1)."""

    code: int
    reason: str

    @property
    def is_abrupt(self) -> bool:
        """Return whether the connection just broke."""
        return self.code == 1006


class WebSocketLink:
    """Pass messages on. `reply` is the HTTP answer, if the app refuses; after `accept` it stays empty."""

    def __init__(self, reply: Reply, offered: Sequence[str]) -> None:
        self.reply = reply
        self.offered = tuple(offered)
        self.is_accepted = False
        self.subprotocol: str | None = None
        self.headers: list[tuple[str, str]] = []
        self.received: deque[str | bytes] = deque()
        self.closing: Closing | None = None
        self._for_app: asyncio.Queue[str | bytes | Closing] = asyncio.Queue()

    @property
    def is_open(self) -> bool:
        """Return whether messages can be sent."""
        return self.is_accepted and self.closing is None

    def accept(self, subprotocol: str | None = None, headers: Sequence[tuple[str, str]] = ()) -> None:
        """Open the WebSocket.

        Raises:
            AssertionError: it was answered before, or the client did not offer that subprotocol (RFC 6455, 4.2.2).
        """
        if self.is_accepted or self.reply.status:
            self.reply.fail("accepted the WebSocket after it had answered")
        if subprotocol is not None and subprotocol not in self.offered:
            offered = ", ".join(self.offered) or "none"
            self.reply.fail(f"chose the subprotocol {subprotocol!r}; the client offered {offered}")
        self.is_accepted = self.reply.upgraded = True
        self.subprotocol, self.headers = subprotocol, list(headers)
        self.reply.notify()

    def to_client(self, message: str | bytes) -> None:
        """Take a message of the app."""
        self.received.append(message)
        self.reply.notify()

    def to_app(self, message: str | bytes) -> None:
        """Take a message of the client."""
        self._for_app.put_nowait(message)

    def close(self, closing: Closing) -> None:
        """Take the goodbye of either side, if it is the first. The app reads it as the end of what the client sent."""
        if self.closing is None:
            self.closing = closing
            self._for_app.put_nowait(closing)
            self.reply.notify()

    async def next_for_app(self) -> str | bytes | Closing:
        """Return the next message of the client, or how the WebSocket was closed."""
        return await self._for_app.get()
