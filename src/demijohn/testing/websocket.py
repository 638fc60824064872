"""Be the client's end of a WebSocket. Both directions meet the app's end in link.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from demijohn.datastructures import Headers
from demijohn.testing.driver import Driver
from demijohn.testing.errors import WebSocketClosed
from demijohn.testing.exchange import Exchange
from demijohn.testing.link import Closing, WebSocketLink

__all__ = ["AsyncWebSocketSession", "WebSocketSession"]


class AsyncWebSocketSession:
    """Talk to the app over an open WebSocket. Iterating gives messages until it closes."""

    def __init__(self, exchange: Exchange, link: WebSocketLink) -> None:
        self._exchange = exchange
        self._link = link
        self.subprotocol = link.subprotocol
        self.headers = Headers(link.headers)

    @property
    def close_code(self) -> int | None:
        """Return the code it was closed with, None while it is open; 1005 is without a code, as always over RSGI."""
        return self._link.closing.code if self._link.closing else None

    async def send(self, message: str | bytes) -> None:
        """Send a text or binary message.

        Raises:
            WebSocketClosed: the WebSocket is closed.
        """
        if self._link.closing is not None:
            raise WebSocketClosed(self._link.closing.code, self._link.closing.reason)
        self._link.to_app(message)

    async def send_json(self, value: object) -> None:
        """Send a value as a text message of JSON.

        Raises:
            WebSocketClosed: the WebSocket is closed.
        """
        await self.send(msgspec.json.encode(value).decode())

    async def receive(self) -> str | bytes:
        """Return the next message of the app.

        Raises:
            WebSocketClosed: the WebSocket is closed, and all messages before that have been read.
            ClientTimeout: none came in time.
        """
        link = self._link
        if not link.received:
            await self._exchange.wait(lambda: bool(link.received or link.closing), "a message")
        if link.received:
            return link.received.popleft()
        await self._exchange.raise_failure()
        closing = link.closing or Closing(1006, "")
        raise WebSocketClosed(closing.code, closing.reason)

    async def receive_json(self) -> Any:  # Any: JSON has no one type, and a test compares it with a literal
        """Return the next message of the app decoded as JSON.

        Raises:
            As `receive` does.
        """
        return msgspec.json.decode(await self.receive())

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while True:
            try:
                message = await self.receive()
            except WebSocketClosed:
                return
            yield message

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, if the app has not, and wait until it has ended.

        Raises:
            ClientTimeout: it goes on although the WebSocket is closed.
        """
        self._link.close(Closing(code, reason))
        await self._exchange.finish("the end of the handler, after the WebSocket was closed,")

    async def disconnect(self) -> None:
        """Break off without a goodbye, as a phone does that loses its network, and wait until the app has ended.

        Raises:
            ClientTimeout: it goes on although the client has gone.
        """
        self._exchange.reply.leave()
        await self.close(1006)

    async def abandon(self) -> None:
        """Leave without asking how the app takes it: the test has failed already."""
        await self._exchange.abandon()


class WebSocketSession:
    """Talk to the app over an open WebSocket, for tests that are plain functions."""

    def __init__(self, session: AsyncWebSocketSession, driver: Driver) -> None:
        self._session = session
        self._run = driver.run
        self.subprotocol = session.subprotocol
        self.headers = session.headers

    @property
    def close_code(self) -> int | None:
        """Return the code it was closed with, None while it is open; 1005 is without a code, as always over RSGI."""
        return self._session.close_code

    def send(self, message: str | bytes) -> None:
        """Send a text or binary message.

        Raises:
            WebSocketClosed: the WebSocket is closed.
        """
        self._run(self._session.send(message))

    def send_json(self, value: object) -> None:
        """Send a value as a text message of JSON.

        Raises:
            WebSocketClosed: the WebSocket is closed.
        """
        self._run(self._session.send_json(value))

    def receive(self) -> str | bytes:
        """Return the next message of the app.

        Raises:
            WebSocketClosed: the WebSocket is closed, and all messages before that have been read.
            ClientTimeout: none came in time.
        """
        return self._run(self._session.receive())

    def receive_json(self) -> Any:  # Any: JSON has no one type, and a test compares it with a literal
        """Return the next message of the app decoded as JSON.

        Raises:
            As `receive` does.
        """
        return self._run(self._session.receive_json())

    def __iter__(self) -> Iterator[str | bytes]:
        while True:
            try:
                message = self.receive()
            except WebSocketClosed:
                return
            yield message

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye, if the app has not, and wait until it has ended.

        Raises:
            ClientTimeout: it goes on although the WebSocket is closed.
        """
        self._run(self._session.close(code, reason))

    def disconnect(self) -> None:
        """Break off without a goodbye, as a phone does that loses its network, and wait until the app has ended.

        Raises:
            ClientTimeout: it goes on although the client has gone.
        """
        self._run(self._session.disconnect())
