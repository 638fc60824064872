"""Define `WebSocket`, one conversation (RFC 6455). The handshake is in pipeline/sockets.py, servers in gateway/."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, NoReturn, Protocol, TypeVar, overload

import msgspec

from demijohn.errors import DemijohnError
from demijohn.http.encoding import encode_json
from demijohn.http.request import Request

__all__ = ["MessageLimits", "SocketTransport", "WebSocket", "WebSocketClosed"]

_T = TypeVar("_T")

GOING_AWAY = 1001
INVALID_DATA = 1007
POLICY_VIOLATION = 1008
TOO_BIG = 1009
SERVER_ERROR = 1011


class WebSocketClosed(DemijohnError):
    """End a conversation: the other side has closed it, or the server stops (1001), or a limit was passed (1008, 1009).

    A handler need not catch it. `code` is the closing code, 1006 where the connection just broke.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"The WebSocket was closed with code {code}.")


class SocketTransport(Protocol):
    """Be a gateway's side of one WebSocket."""

    async def accept(self, subprotocol: str | None) -> None: ...

    async def receive(self) -> str | bytes:
        """Return the next message.

        Raises:
            WebSocketClosed: there will be none.
        """
        ...

    async def send(self, message: str | bytes) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...


class MessageLimits(Protocol):
    """Bound what a client may send; security/limits.py has the numbers."""

    @property
    def websocket_message(self) -> int: ...
    @property
    def websocket_messages(self) -> int: ...
    @property
    def websocket_period(self) -> float: ...


class WebSocket:
    """Talk with one client: `async for message in ws`, `await ws.receive(Type)`, `await ws.send(value)`.

    Messages are at most 64 KiB and 100 in 10 seconds unless `limits` says otherwise; beyond that the conversation is
    closed. When the server stops, it is closed with 1001 and waiting code gets `WebSocketClosed`.
    """

    __demijohn_provided__ = "@app.websocket(path) in place of this route"

    def __init__(
        self, request: Request, transport: SocketTransport, limits: MessageLimits, *, subprotocol: str | None
    ) -> None:
        self.request = request
        self.subprotocol = subprotocol
        self._transport = transport
        self._limits = limits
        self._times: deque[float] = deque(maxlen=limits.websocket_messages)
        self._receiver: asyncio.Task[Any] | None = None
        self._closed: int | None = None
        self._stopping = False

    def __aiter__(self) -> WebSocket:
        return self

    async def __anext__(self) -> str | bytes:
        try:
            return await self.receive()
        except WebSocketClosed:
            raise StopAsyncIteration from None

    @overload
    async def receive(self) -> str | bytes: ...

    @overload
    async def receive(self, kind: type[_T]) -> _T: ...

    async def receive(self, kind: type[_T] | None = None) -> str | bytes | _T:
        """Return the next message: as it came, or decoded from JSON into `kind` and checked.

        Raises:
            WebSocketClosed: there will be none.
            msgspec.ValidationError: it does not fit the type; uncaught, it closes the conversation with 1007.
        """
        message = await self._next()
        return message if kind is None else msgspec.json.decode(message, type=kind)

    async def _next(self) -> str | bytes:
        if self._closed is not None:
            raise WebSocketClosed(self._closed)
        if self._stopping:
            await self._end(GOING_AWAY)
        self._receiver = asyncio.current_task()
        try:
            message = await self._transport.receive()
        except WebSocketClosed as closed:
            self._closed = closed.code
            raise
        except asyncio.CancelledError:
            if not self._stopping or self._receiver is None:
                raise
            self._receiver.uncancel()
            await self._end(GOING_AWAY)
        finally:
            self._receiver = None
        if _size(message, self._limits.websocket_message) > self._limits.websocket_message:
            await self._end(TOO_BIG)
        now = asyncio.get_running_loop().time()
        times = self._times
        if len(times) == times.maxlen and now - times[0] < self._limits.websocket_period:
            await self._end(POLICY_VIOLATION)
        times.append(now)
        return message

    async def send(self, value: object) -> None:
        """Send text or bytes as they are, anything else as JSON text.

        Raises:
            WebSocketClosed: the conversation is over.
        """
        if self._closed is not None:
            raise WebSocketClosed(self._closed)
        if not isinstance(value, str | bytes):
            value = encode_json(value).decode()
        await self._transport.send(value)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the conversation; closing twice does no harm. Codes 3000 to 4999 are the application's own."""
        if self._closed is None:
            self._closed = code
            await self._transport.close(code, reason)

    async def _end(self, code: int) -> NoReturn:
        await self.close(code)
        raise WebSocketClosed(code)

    @property
    def is_closed(self) -> bool:
        """Tell whether the conversation is over."""
        return self._closed is not None

    def stop(self) -> None:
        """Tell the conversation that the server stops: a waiting `receive` ends at once, another at its next call."""
        self._stopping = True
        if self._receiver is not None:
            self._receiver.cancel()


def _size(message: str | bytes, limit: int) -> int:
    """Return the size in bytes. A character has one to four, so only text near the limit need be encoded."""
    if isinstance(message, bytes) or not limit // 4 < len(message) <= limit:
        return len(message)
    return len(message.encode(errors="surrogatepass"))
