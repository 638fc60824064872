"""Be the RSGI server of the in-process client. Its ASGI twin is asgi.py; what it collects is checked in reply.py.

It behaves as Granian 2.8 was seen to: a request header with other than visible ASCII is there and cannot be read, `get`
gives the first of several fields, a file that is missing answers 404 by itself, writing a stream never waits, and a
WebSocket has neither subprotocol nor close code. What Granian drops without a word or dies of is an AssertionError.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from demijohn.testing.link import Closing, WebSocketLink
from demijohn.testing.outgoing import Outgoing
from demijohn.testing.reply import Reply

__all__ = ["RSGIApp", "RSGIProtocolClosed", "RSGIProtocolError", "Scope", "run_http", "run_websocket"]

HeaderList = Sequence[tuple[str, str]]
RSGIApp = Callable[[Any, Any], Awaitable[None]]  # Any: a gateway names its own protocols for scope and protocol


async def run_http(app: RSGIApp, outgoing: Outgoing, reply: Reply) -> None:
    """Call the app with one request."""
    await app(_make_scope(outgoing, "http"), HTTPProtocol(reply, outgoing))


async def run_websocket(app: RSGIApp, outgoing: Outgoing, link: WebSocketLink) -> None:
    """Call the app with one WebSocket; when it returns, Granian closes what is still open without a code."""
    try:
        await app(_make_scope(outgoing, "ws"), WebSocketProtocol(link))
    finally:
        if link.is_open:
            link.close(Closing(1005, ""))


class RSGIProtocolError(RuntimeError):
    """Say that the protocol object was asked for something out of turn."""


class RSGIProtocolClosed(RuntimeError):
    """Say that the client is no longer there."""


class RequestHeaders:
    """Hold the header fields of a request, grouped by name, as hyper's HeaderMap does."""

    def __init__(self, fields: HeaderList) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)

    def keys(self) -> list[str]:
        """Return each name once."""
        return list(self._fields)

    def values(self) -> list[str]:
        """Return the readable values."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple[str, str]]:
        """Return the fields with readable values."""
        return [(name, value) for name, values in self._fields.items() for value in values if _is_readable(value)]

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return the first field of that name, or the default where there is none or it is not readable."""
        first = self._fields.get(key.lower(), ["\0"])[0]
        return first if _is_readable(first) else default

    def get_all(self, key: str) -> list[str]:
        """Return every readable field of that name."""
        return [value for value in self._fields.get(key.lower(), ()) if _is_readable(value)]

    def __contains__(self, key: str) -> bool:
        return key.lower() in self._fields

    def __getitem__(self, key: str) -> str:
        first = self._fields[key.lower()][0]
        return first if _is_readable(first) else ""

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _is_readable(value: str) -> bool:
    return all(" " <= character <= "~" or character == "\t" for character in value)


@dataclass(frozen=True, slots=True)
class Scope:
    """Describe a request. `authority` is None because the target of an HTTP/1.1 request is a path."""

    proto: Literal["http", "ws"]
    scheme: str
    method: str
    path: str
    query_string: str
    headers: RequestHeaders
    server: str
    client: str = "127.0.0.1:50000"
    authority: str | None = None
    http_version: str = "1.1"
    rsgi_version: str = "1.6"


def _make_scope(outgoing: Outgoing, proto: Literal["http", "ws"]) -> Scope:
    return Scope(
        proto=proto,  # a WebSocket's scheme is http or https, too
        scheme=outgoing.base.scheme,
        method=outgoing.method,
        path=outgoing.path,
        query_string=outgoing.query_string,
        headers=RequestHeaders(outgoing.headers),
        server=f"127.0.0.1:{outgoing.base.port}",
    )


class HTTPProtocol:
    """Give the app the body and take its answer. The `response_` methods may be called from any thread."""

    def __init__(self, reply: Reply, outgoing: Outgoing) -> None:
        self._reply = reply
        self._outgoing = outgoing
        self._chunks: Iterator[bytes] | None = None
        self._taken = False

    def __call__(self) -> Awaitable[bytes]:
        """Return the whole body when awaited."""
        return _collect(self._take_body())

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._chunks = self._take_body()
        return self

    async def __anext__(self) -> bytes:
        if self._chunks is None:
            raise StopAsyncIteration
        chunk = next(self._chunks, None)
        if chunk is None:
            self._chunks = None
            return b""  # Granian's last chunk is always an empty one
        return chunk

    def _take_body(self) -> Iterator[bytes]:
        if self._taken:
            raise RSGIProtocolError("The body was read before.")
        self._taken = True
        return self._outgoing.body_chunks()

    async def client_disconnect(self) -> None:
        """Return when the client has gone; an answer that was sent in full is not that."""
        await self._reply.left.wait()

    def response_empty(self, status: int, headers: HeaderList) -> None:
        """Answer without a body."""
        self._answer(status, headers, b"")

    def response_str(self, status: int, headers: HeaderList, body: str) -> None:
        """Answer with text, sent as UTF-8."""
        if not isinstance(body, str):
            self._reply.fail(f"gave response_str a body of type {type(body).__name__}")
        self._answer(status, headers, body.encode())

    def response_bytes(self, status: int, headers: HeaderList, body: bytes) -> None:
        """Answer with bytes."""
        if not isinstance(body, bytes | bytearray):
            self._reply.fail(f"gave response_bytes a body of type {type(body).__name__}")
        self._answer(status, headers, bytes(body))

    def response_file(self, status: int, headers: HeaderList, file: str) -> None:
        """Answer with a file."""
        self._answer_with_file(status, headers, file, 0, None)

    def response_file_range(self, status: int, headers: HeaderList, file: str, start: int, end: int) -> None:
        """Answer with the bytes of a file from `start` up to, without, `end`."""
        self._answer_with_file(status, headers, file, start, end)

    def response_stream(self, status: int, headers: HeaderList) -> StreamTransport:
        """Begin an answer; it ends when the app lets go of the transport."""
        if self._reply.status:
            raise RSGIProtocolError("There was an answer before.")
        self._reply.start(status, _header_list(self._reply, headers))
        return StreamTransport(self._reply)

    def _answer(self, status: int, headers: HeaderList, body: bytes) -> None:
        self._reply.start(status, _header_list(self._reply, headers))
        self._reply.feed(body)
        self._reply.end()

    def _answer_with_file(self, status: int, headers: HeaderList, file: str, start: int, end: int | None) -> None:
        if not isinstance(file, str):
            self._reply.fail(f"gave a file as {type(file).__name__}; it must be text")
        try:
            with Path(file).open("rb") as opened:
                opened.seek(start)
                content = opened.read(-1 if end is None else end - start)
        except OSError:
            self._answer(404, [("content-length", "9")], b"Not found")
        else:
            self._answer(status, headers, content)


async def _collect(chunks: Iterator[bytes]) -> bytes:
    return b"".join(chunks)


def _header_list(reply: Reply, headers: object) -> HeaderList:
    if not isinstance(headers, list | tuple) or not all(isinstance(f, tuple) and len(f) == 2 for f in headers):
        reply.fail(f"gave its headers as {headers!r}; RSGI takes a list of (name, value) tuples")
    return headers


class StreamTransport:
    """Take the pieces of an answer. A piece is on its way when the method returns; awaiting it never waits."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def send_bytes(self, data: bytes) -> Awaitable[None]:
        """Send bytes.

        Raises:
            RSGIProtocolClosed: when awaited, if the client has gone.
        """
        if not isinstance(data, bytes | bytearray):
            self._reply.fail(f"gave send_bytes a piece of type {type(data).__name__}")
        self._reply.feed(data)
        return _Sent(self._reply.left.is_set())

    def send_str(self, data: str) -> Awaitable[None]:
        """Send text as UTF-8.

        Raises:
            RSGIProtocolClosed: when awaited, if the client has gone.
        """
        if not isinstance(data, str):
            self._reply.fail(f"gave send_str a piece of type {type(data).__name__}")
        return self.send_bytes(data.encode())

    def __del__(self) -> None:
        with suppress(AssertionError):  # the reply has recorded it; the client raises it
            self._reply.end()


class _Sent:
    __slots__ = ("_failed",)

    def __init__(self, failed: bool) -> None:
        self._failed = failed

    def __await__(self) -> Generator[None, None, None]:
        if self._failed:
            raise RSGIProtocolClosed("The client has gone.")
        return
        yield  # makes this a generator; it is never reached


@dataclass(frozen=True, slots=True)
class WebSocketMessage:
    """Hold what came in: kind 1 is bytes, 2 is text, 0 says that the client has closed."""

    kind: Literal[0, 1, 2]
    data: str | bytes | None = None


class WebSocketProtocol:
    """Let the app accept or refuse a WebSocket."""

    def __init__(self, link: WebSocketLink) -> None:
        self._link = link

    async def accept(self) -> WebSocketTransport:
        """Open the WebSocket."""
        self._link.accept()
        return WebSocketTransport(self._link)

    def close(self, status: int | None = None) -> None:
        """Refuse with an HTTP status, or close after `accept`; the client gets no code then."""
        if self._link.is_accepted:
            self._link.close(Closing(1005, ""))
        else:
            self._link.reply.start(status or 0, [("content-length", "0")])
            self._link.reply.end()


class WebSocketTransport:
    """Carry the messages of an open WebSocket."""

    def __init__(self, link: WebSocketLink) -> None:
        self._link = link
        self._told = False

    async def receive(self) -> WebSocketMessage:
        """Return the next message.

        Raises:
            RSGIProtocolClosed: the WebSocket is closed, and the message of kind 0 that said so has been read.
        """
        if self._told or self._link.reply.left.is_set():
            raise RSGIProtocolClosed("The WebSocket is closed.")
        message = await self._link.next_for_app()
        if isinstance(message, Closing):
            self._told = True
            if message.is_abrupt:
                raise RSGIProtocolClosed("The WebSocket is closed.")
            return WebSocketMessage(0)
        return WebSocketMessage(2 if isinstance(message, str) else 1, message)

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message.

        Raises:
            RSGIProtocolClosed: the WebSocket is closed.
        """
        await self._send(bytes(data))

    async def send_str(self, data: str) -> None:
        """Send a text message.

        Raises:
            RSGIProtocolClosed: the WebSocket is closed.
        """
        await self._send(data)

    async def _send(self, data: str | bytes) -> None:
        if not self._link.is_open:
            raise RSGIProtocolClosed("The WebSocket is closed.")
        self._link.to_client(data)
        await asyncio.sleep(0)
