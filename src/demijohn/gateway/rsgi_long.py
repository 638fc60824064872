"""Send over RSGI what is more than one answer in memory: streams, files, mounted sites, WebSocket conversations.

A streamed answer has no back-pressure there, so streams are collected (spool.py) and event streams bounded; which is
why `demijohn run` serves an app that streams over ASGI.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from demijohn.gateway.fields import unreadable_field
from demijohn.gateway.mounted import Message, asgi_scope, body_receiver, header_adder
from demijohn.gateway.rsgi_body import RSGIRequest
from demijohn.gateway.rsgi_protocol import (
    Fields,
    RSGIHTTPProtocol,
    RSGIScope,
    RSGISocketProtocol,
    RSGIStreamTransport,
)
from demijohn.gateway.rsgi_socket import RSGISocket
from demijohn.gateway.spool import Spool
from demijohn.http.events import EventStream
from demijohn.http.mounted import MountedSite
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, Response, Stream
from demijohn.pipeline.errors import log_server_error
from demijohn.pipeline.pipeline import Pipeline
from demijohn.pipeline.streams import Send, close_source, send_stream
from demijohn.pipeline.watch import ClientGone, run_watched

__all__ = ["LongAnswers"]

_SPOOL_IN_MEMORY = 1024 * 1024
_KEEP_SPOOLED_SECONDS = 60.0
# The server keeps in memory what the client has not taken yet. A browser's EventSource comes back after this.
_MOST_OF_EVENTS = 4 * 1024 * 1024


class LongAnswers:
    """Send what is more than one answer in memory."""

    __slots__ = ("_pipeline", "_spooled")

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._spooled: set[Spool] = set()
        pipeline.at_end.append(self.close)

    async def send(self, request: Request, response: Response, protocol: RSGIHTTPProtocol) -> None:
        """Send an answer that is no plain body.

        Raises:
            Exception: whatever the source of a stream raised before anything was sent.
        """
        fields = response.fields or []
        if isinstance(response, MountedSite):
            await self._run_site(request, response, protocol)
        elif request.method == "HEAD":
            if isinstance(response, Stream):
                await close_source(response)
            protocol.response_bytes(response.status, fields, b"")
        elif isinstance(response, FileResponse):
            end = response.start + response.length
            protocol.response_file_range(response.status, fields, str(response.path), response.start, end)
        elif isinstance(response, Stream):
            sending = self._send_events if isinstance(response, EventStream) else self._spool
            await run_watched(sending(request, response, fields, protocol), protocol)

    async def _run_site(self, request: Request, site: MountedSite, protocol: RSGIHTTPProtocol) -> None:
        """Answer with what an ASGI application sends, when it has sent it all."""
        status, fields = 500, list[tuple[str, str]]()
        spool = Spool(_SPOOL_IN_MEMORY)

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                fields.extend((name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"])
            elif message["type"] == "http.response.body":
                await spool.write(message.get("body", b""))

        receive = body_receiver(request.incoming(), protocol.client_disconnect)
        try:
            scope = asgi_scope(request, site, None)
            await site.site(scope, receive, header_adder(self._pipeline, request, site, send))
        except Exception as error:  # noqa: BLE001  # the site's own error is answered like a handler's
            spool.remove()
            refusal = self._pipeline.refuse(error, request)
            body = b"" if request.method == "HEAD" else refusal.body
            protocol.response_bytes(refusal.status, refusal.fields or [], body)
            return
        except BaseException:  # the server stops, say
            spool.remove()
            raise
        if request.method == "HEAD":
            protocol.response_bytes(status, fields, b"")
        else:
            await self._answer_spooled(status, fields, spool, protocol)

    async def _send_events(self, request: Request, stream: Stream, fields: Fields, protocol: RSGIHTTPProtocol) -> None:
        transport: RSGIStreamTransport | None = None
        has_begun = False
        sent = 0

        async def send(piece: bytes) -> None:
            nonlocal has_begun, sent, transport
            if not has_begun:
                has_begun, transport = True, protocol.response_stream(stream.status, fields)
            sent += len(piece)
            if transport is None or sent > _MOST_OF_EVENTS:
                raise _EnoughEvents
            if not piece:
                return
            try:
                await transport.send_bytes(piece)
            except RuntimeError:  # Granian's RSGIProtocolClosed
                raise ClientGone from None

        try:
            with suppress(_EnoughEvents):
                await self._run_stream(stream, send)
            if not has_begun:
                transport = protocol.response_stream(stream.status, fields)
        except Exception as error:  # RSGI cannot break a connection: the stream ends, and is asked for anew
            if not has_begun:
                raise
            log_server_error(error, request)
        finally:
            transport = None  # letting go of it ends the answer; a traceback kept somewhere would keep it open

    async def _spool(self, request: Request, stream: Stream, fields: Fields, protocol: RSGIHTTPProtocol) -> None:
        """Collect a stream in memory, beyond 1 MiB in a file, and answer when it has ended."""
        spool = Spool(_SPOOL_IN_MEMORY)
        try:
            await self._run_stream(stream, spool.write)
        except BaseException:
            spool.remove()
            raise
        await self._answer_spooled(stream.status, fields, spool, protocol)

    async def _answer_spooled(self, status: int, fields: Fields, spool: Spool, protocol: RSGIHTTPProtocol) -> None:
        await spool.finish()
        # The server counts for itself; what the source has promised may be another number.
        fields = [field for field in fields if field[0] not in ("content-length", "transfer-encoding")]
        if spool.path is None:
            protocol.response_bytes(status, fields, spool.content())
        else:
            protocol.response_file_range(status, fields, spool.path, 0, spool.size)
            # The server opens the file after this has returned, and says nothing when it has.
            self._spooled.add(spool)
            asyncio.get_running_loop().call_later(_KEEP_SPOOLED_SECONDS, self._remove, spool)

    def _remove(self, spool: Spool) -> None:
        self._spooled.discard(spool)
        spool.remove()

    def close(self) -> None:
        """Remove the files that wait for their time, as the process ends."""
        for spool in tuple(self._spooled):
            self._remove(spool)

    async def _run_stream(self, stream: Stream, send: Send) -> None:
        await send_stream(stream, send, pool=self._pipeline.stream_pool, stopping=self._pipeline.stopping)

    async def converse(self, scope: RSGIScope, protocol: RSGISocketProtocol) -> None:
        """Hold one WebSocket conversation, or refuse it."""
        fields = scope.headers.items()
        by_name = dict(fields)
        socket = RSGISocket(protocol)
        request = RSGIRequest(scope, fields, by_name, socket, None)
        request.scheme = "https" if scope.scheme in ("https", "wss") else "http"
        try:
            if len(scope.headers.keys()) != len(by_name):
                raise unreadable_field()
            endpoint = self._pipeline.admit_socket(request, scope.authority)
            await endpoint.respond(request, socket)
        except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
            protocol.close(self._pipeline.refuse(error, request).status)  # over RSGI a refusal is a status alone


class _EnoughEvents(Exception):  # ends a stream, which is no error
    """Say that an event stream has sent as much as may pile up in the server."""
