"""Define `RSGIRequest`, whose body is known to be whole. The gateway is rsgi.py; limits are in pipeline/bodies.py.

Each field of Granian's scope makes a new object when it is read, so what few requests need is read at first use.

Granian 2.8 ends the iteration over a body that broke off like that over a whole one, but for one empty piece more, and
over HTTP/2 it gives empty pieces without end (docs/server-behaviour.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from demijohn.gateway.rsgi_protocol import RSGIScope
from demijohn.http.request import Answer, Request, RequestTransport
from demijohn.lazy import lazy
from demijohn.pipeline.bodies import BodyInterrupted

__all__ = ["RSGIRequest"]

_MOST_EMPTY = 8  # HTTP/2 clients may send empty frames; as the last one many do


class RSGIRequest(Request):
    """Be a request that came over RSGI: `transport` is its body and tells of a disconnect, `answer` sends."""

    answer: Answer  # given for HTTP

    def __init__(
        self,
        scope: RSGIScope,
        fields: list[tuple[str, str]],
        fields_by_name: dict[str, str],
        transport: RequestTransport,
        answer: Answer | None,
    ) -> None:
        """Take what was read of the scope, and the scope for the rest."""
        self.method = scope.method
        self.path = scope.path
        self.query_string = scope.query_string
        self.fields = fields
        self.fields_by_name = fields_by_name
        self.scheme = scope.scheme
        self.transport = transport
        self.answer = answer  # type: ignore[assignment]  # None for a WebSocket, which nothing answers so
        self._scope = scope

    @lazy
    def peer(self) -> str:
        """Return the address and port that the connection came from."""
        return self._scope.client

    @lazy
    def http_version(self) -> str:
        """Return `1`, `1.1` or `2`."""
        return self._scope.http_version

    def incoming(self) -> AsyncIterator[bytes]:
        """Return an iterator over the body; it raises BodyInterrupted where the client did not send all of it."""
        length = self.content_length
        if length is not None:
            return _Pieces(self.transport, length, _MOST_EMPTY)
        if self.http_version == "2":
            return _Pieces(self.transport, None, _MOST_EMPTY)
        # Neither a length nor chunked: there is no body (RFC 9112, 6.3). Trailers look like a body that broke off.
        return _Pieces(self.transport, None if "transfer-encoding" in self.fields_by_name else 0, 1)


class _Pieces:
    """Iterate over a body of `missing` bytes, of any size where that is None."""

    __slots__ = ("_empty", "_missing", "_most_empty", "_pieces")

    def __init__(self, transport: RequestTransport, missing: int | None, most_empty: int) -> None:
        self._pieces = aiter(transport)
        self._missing = missing
        self._most_empty = most_empty
        self._empty = 0

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        if self._missing == 0:  # what Granian says after the last byte costs two turns of the loop and tells nothing
            raise StopAsyncIteration
        try:
            piece = await anext(self._pieces)  # never anext(pieces, default): Granian's awaitable crashes in it
        except StopAsyncIteration:
            if self._missing is not None:
                raise BodyInterrupted("The client did not send what it has announced.") from None
            raise
        if piece:
            self._empty = 0
            if self._missing is not None:
                self._missing -= len(piece)
        else:
            self._empty += 1
            if self._empty > self._most_empty:
                raise BodyInterrupted("The client has gone, or sent what is no chunk.")
        return piece
