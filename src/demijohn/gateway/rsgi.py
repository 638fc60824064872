"""Serve over RSGI, Granian's own interface and the fastest one here. The same over ASGI is in asgi.py.

What this guards against (found by running it, see docs/server-behaviour.md): a header field with a non-ASCII byte is
missing from `items()`; over HTTP/2 the host is only in `authority` and cookies come as several fields; a streamed
answer has no back-pressure, so streams are spooled and event streams bounded.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import cast

from demijohn.errors import HTTPError
from demijohn.gateway.mounted import Message, asgi_scope, body_receiver, header_adder
from demijohn.gateway.rsgi_protocol import Fields, RSGIHTTPProtocol, RSGIScope, RSGISocketProtocol
from demijohn.gateway.rsgi_socket import RSGISocket
from demijohn.gateway.spool import Spool
from demijohn.http.events import EventStream
from demijohn.http.mounted import MountedSite
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, Stream
from demijohn.pipeline.pipeline import Pipeline
from demijohn.pipeline.streams import Send, send_stream
from demijohn.pipeline.watch import ClientGone, run_watched

__all__ = ["RSGIGateway", "unreadable_field"]

_SPOOL_IN_MEMORY = 1024 * 1024
_KEEP_SPOOLED_SECONDS = 60.0
# The server keeps in memory what the client has not taken yet. A browser's EventSource comes back after this.
_MOST_OF_EVENTS = 4 * 1024 * 1024


class RSGIGateway:
    """Be what Granian calls for each request of one frozen app."""

    __slots__ = ("_admit", "_pipeline")

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._admit = pipeline.admit

    async def __call__(self, scope: RSGIScope, protocol: RSGIHTTPProtocol) -> None:
        """Answer one request, or hold one WebSocket conversation."""
        if scope.proto != "http":
            await self._converse(scope, cast(RSGISocketProtocol, protocol))
            return
        headers = scope.headers
        fields = headers.items()
        by_name = dict(fields)
        request = Request(
            scope.method,
            scope.path,
            scope.query_string,
            fields,
            by_name,
            scope.scheme,
            scope.client,
            scope.http_version,
            protocol,
            protocol.response_bytes,
        )
        try:
            # A field that cannot be read is in keys() alone. What is there and unreadable is an error, never "absent".
            if len(headers.keys()) != len(by_name):
                raise unreadable_field()
            endpoint = self._admit(request, scope.authority)
            response = await endpoint.respond(request)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
            response = self._pipeline.refuse(error, request)
        if response is None:  # a worker has sent it
            return
        if isinstance(response, MountedSite):
            await self._run_site(request, response, protocol)
        elif isinstance(response, Stream | FileResponse):
            await self._send_long(request, response, protocol)
        else:
            protocol.response_bytes(response.status, response.fields or [], response.body)

    async def _send_long(self, request: Request, response: Stream | FileResponse, protocol: RSGIHTTPProtocol) -> None:
        fields = response.fields or []
        if request.method == "HEAD":
            protocol.response_bytes(response.status, fields, b"")
        elif isinstance(response, FileResponse):
            end = response.start + response.length
            protocol.response_file_range(response.status, fields, str(response.path), response.start, end)
        else:
            sending = self._send_events if isinstance(response, EventStream) else self._spool
            try:
                await run_watched(sending(response, fields, protocol), protocol)
            except ClientGone:
                return

    async def _run_site(self, request: Request, site: MountedSite, protocol: RSGIHTTPProtocol) -> None:
        """Answer with what an ASGI application sends, when it has sent it all."""
        status, fields = 500, list[tuple[str, str]]()
        spool = Spool(_SPOOL_IN_MEMORY, self._pipeline.pool)

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                fields.extend((name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"])
            elif message["type"] == "http.response.body":
                await spool.write(message.get("body", b""))

        receive = body_receiver(aiter(protocol), protocol.client_disconnect)
        try:
            scope = asgi_scope(request, site, None)
            await site.site(scope, receive, header_adder(self._pipeline, request, site, send))
        except Exception as error:  # noqa: BLE001  # the site's own error is answered like a handler's
            spool.remove()
            refusal = self._pipeline.refuse(error, request)
            protocol.response_bytes(refusal.status, refusal.fields or [], refusal.body)
            return
        await self._answer_spooled(status, fields, spool, protocol)

    async def _send_events(self, stream: Stream, fields: Fields, protocol: RSGIHTTPProtocol) -> None:
        transport = protocol.response_stream(stream.status, fields)
        sent = 0

        async def send(piece: bytes) -> None:
            nonlocal sent
            sent += len(piece)
            if sent > _MOST_OF_EVENTS:
                raise _EnoughEvents
            await transport.send_bytes(piece)

        with suppress(_EnoughEvents):
            await self._run_stream(stream, send)

    async def _spool(self, stream: Stream, fields: Fields, protocol: RSGIHTTPProtocol) -> None:
        """Collect a stream in memory, beyond 1 MiB in a file, and answer when it has ended."""
        spool = Spool(_SPOOL_IN_MEMORY, self._pipeline.pool)
        try:
            await self._run_stream(stream, spool.write)
        except BaseException:
            spool.remove()
            raise
        await self._answer_spooled(stream.status, fields, spool, protocol)

    async def _answer_spooled(self, status: int, fields: Fields, spool: Spool, protocol: RSGIHTTPProtocol) -> None:
        await self._pipeline.pool.run(spool.finish)
        if spool.path is None:
            protocol.response_bytes(status, fields, spool.content())
        else:
            protocol.response_file_range(status, fields, spool.path, 0, spool.size)
            # The server opens the file after this has returned, and says nothing when it has.
            asyncio.get_running_loop().call_later(_KEEP_SPOOLED_SECONDS, spool.remove)

    async def _run_stream(self, stream: Stream, send: Send) -> None:
        await send_stream(stream, send, pool=self._pipeline.pool, stopping=self._pipeline.stopping)

    async def _converse(self, scope: RSGIScope, protocol: RSGISocketProtocol) -> None:
        fields = scope.headers.items()
        by_name = dict(fields)
        socket = RSGISocket(protocol)
        request = Request(
            "GET",
            scope.path,
            scope.query_string,
            fields,
            by_name,
            "https" if scope.scheme in ("https", "wss") else "http",
            scope.client,
            scope.http_version,
            socket,
            None,
        )
        try:
            if len(scope.headers.keys()) != len(by_name):
                raise unreadable_field()
            endpoint = self._pipeline.admit_socket(request, scope.authority)
            await endpoint.respond(request, socket)
        except HTTPError as error:  # over RSGI a refusal is a status alone
            protocol.close(error.status)
        except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
            protocol.close(self._pipeline.refuse(error, request).status)


class _EnoughEvents(Exception):  # ends a stream, which is no error
    """Say that an event stream has sent as much as may pile up in the server."""


def unreadable_field() -> HTTPError:
    """Return the refusal of a request with bytes in its head that nobody can read for sure."""
    return HTTPError(400, "A header field holds bytes that are not ASCII.", code="header.malformed")
