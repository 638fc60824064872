"""Describe RSGI 1.6 as Granian offers it, to check its types without importing it. The gateway is rsgi.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

__all__ = [
    "Fields",
    "RSGIHTTPProtocol",
    "RSGIHeaders",
    "RSGIScope",
    "RSGISocketMessage",
    "RSGISocketProtocol",
    "RSGISocketTransport",
    "RSGIStreamTransport",
]

Fields = list[tuple[str, str]]


class RSGIHeaders(Protocol):
    """Hold the header fields of a request: names in lower case; a value that is not ASCII is missing from `items`."""

    def items(self) -> Fields: ...

    def keys(self) -> list[str]: ...


class RSGIScope(Protocol):
    """Describe one request; reading an attribute makes a new object each time."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None

    @property
    def headers(self) -> RSGIHeaders: ...


class RSGIStreamTransport(Protocol):
    """Take the pieces of a streamed answer; it never waits for the client."""

    async def send_bytes(self, data: bytes) -> None: ...


class RSGIHTTPProtocol(Protocol):
    """Be the server's side of one HTTP request. One of the `response_...` calls answers it, from any thread."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def client_disconnect(self) -> None: ...

    def response_bytes(self, status: int, headers: Fields, body: bytes) -> None: ...

    def response_file_range(self, status: int, headers: Fields, file: str, start: int, end: int) -> None: ...

    def response_stream(self, status: int, headers: Fields) -> RSGIStreamTransport: ...


class RSGISocketMessage(Protocol):
    """Hold one message: `kind` is 0 for the end, 1 for bytes, 2 for text."""

    kind: int
    data: str | bytes


class RSGISocketTransport(Protocol):
    """Be an open WebSocket."""

    async def receive(self) -> RSGISocketMessage: ...

    async def send_bytes(self, data: bytes) -> None: ...

    async def send_str(self, data: str) -> None: ...


class RSGISocketProtocol(Protocol):
    """Be the server's side of a handshake; `close` refuses it with an HTTP status, or ends what is open."""

    async def accept(self) -> RSGISocketTransport: ...

    def close(self, status: int | None) -> object: ...
