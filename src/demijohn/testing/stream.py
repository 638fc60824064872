"""Read an answer while it comes: pieces of the body, or server-sent events. Whole ones are in response.py."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from demijohn.datastructures import Headers
from demijohn.testing.driver import Driver
from demijohn.testing.exchange import Exchange

__all__ = ["AsyncStreamedResponse", "ReceivedEvent", "StreamedResponse"]


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """Hold one server-sent event as a browser's EventSource gives it out. `retry` is in milliseconds."""

    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None

    def json(self) -> Any:  # Any: JSON has no one type, and a test compares it with a literal
        """Return the data decoded as JSON."""
        return msgspec.json.decode(self.data)


class EventParser:
    """Turn pieces of a text/event-stream into events (HTML standard, 9.2.6). Comments, as heartbeats are, vanish."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._text = ""
        self._data: list[str] = []
        self._event = ""
        self._id = ""
        self._retry: int | None = None

    def feed(self, chunk: bytes) -> Iterator[ReceivedEvent]:
        """Give out the events that this piece completes."""
        text = self._text + self._decode(chunk)
        held = "\r" if text.endswith("\r") else ""  # the other half of a CRLF may be in the next piece
        *lines, rest = text.removesuffix(held).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._text = rest + held
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                yield self._dispatch()
            else:
                self._event = ""

    def _take(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._event = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isdecimal():
            self._retry = int(value)

    def _dispatch(self) -> ReceivedEvent:
        event = ReceivedEvent("\n".join(self._data), self._event or "message", self._id, self._retry)
        self._data, self._event, self._retry = [], "", None
        return event


class AsyncStreamedResponse:
    """Hold an answer that is still coming. Iterating gives pieces of the body, `events()` server-sent events."""

    def __init__(self, exchange: Exchange, headers: Headers) -> None:
        self._exchange = exchange
        self._parser = EventParser()
        self._events: deque[ReceivedEvent] = deque()
        self.status = exchange.reply.status
        self.headers = headers

    async def read_chunk(self) -> bytes:
        """Return the next piece of the body, empty at its end.

        Raises:
            ClientTimeout: none came in time.
        """
        reply = self._exchange.reply
        if not reply.chunks:
            await self._exchange.wait(lambda: bool(reply.chunks) or reply.ended, "the next piece of the body")
        return reply.chunks.popleft() if reply.chunks else b""

    async def read(self) -> bytes:
        """Return what is left of the body.

        Raises:
            ClientTimeout: a piece of it did not come in time.
        """
        return b"".join([chunk async for chunk in self])

    async def read_event(self) -> ReceivedEvent | None:
        """Return the next server-sent event, None at the end.

        Raises:
            ClientTimeout: none came in time.
        """
        while not self._events:
            chunk = await self.read_chunk()
            if not chunk:
                return None
            self._events.extend(self._parser.feed(chunk))
        return self._events.popleft()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self.read_chunk():
            yield chunk

    async def events(self) -> AsyncIterator[ReceivedEvent]:
        """Iterate over the server-sent events."""
        while (event := await self.read_event()) is not None:
            yield event

    async def disconnect(self) -> None:
        """Leave, and wait until the app has taken notice and ended.

        Raises:
            ClientTimeout: it goes on although nobody listens.
        """
        if not self._exchange.reply.ended:
            self._exchange.reply.leave()
        await self._exchange.finish("the end of the handler, after the client had left,")

    async def abandon(self) -> None:
        """Leave without asking how the app takes it: the test has failed already."""
        await self._exchange.abandon()


class StreamedResponse:
    """Hold an answer that is still coming, for tests that are plain functions. The app runs while the test waits."""

    def __init__(self, stream: AsyncStreamedResponse, driver: Driver) -> None:
        self._stream = stream
        self._run = driver.run
        self.status = stream.status
        self.headers = stream.headers

    def read_chunk(self) -> bytes:
        """Return the next piece of the body, empty at its end.

        Raises:
            ClientTimeout: none came in time.
        """
        return self._run(self._stream.read_chunk())

    def read(self) -> bytes:
        """Return what is left of the body.

        Raises:
            ClientTimeout: a piece of it did not come in time.
        """
        return self._run(self._stream.read())

    def read_event(self) -> ReceivedEvent | None:
        """Return the next server-sent event, None at the end.

        Raises:
            ClientTimeout: none came in time.
        """
        return self._run(self._stream.read_event())

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read_chunk():
            yield chunk

    def events(self) -> Iterator[ReceivedEvent]:
        """Iterate over the server-sent events."""
        while (event := self.read_event()) is not None:
            yield event

    def disconnect(self) -> None:
        """Leave, and wait until the app has taken notice and ended.

        Raises:
            ClientTimeout: it goes on although nobody listens.
        """
        self._run(self._stream.disconnect())
