"""Serve over ASGI 3: uvicorn, hypercorn, and Granian for apps that stream. The same over RSGI is in rsgi.py.

What this guards against (see docs/server-behaviour.md): a disconnect within the body is no end of the body; body and
disconnect come out of one queue, which two must not read at once; a body after 204 or 304 would be read as the next
answer. What fails before the first byte is answered as an error, what fails after it cuts the connection.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from demijohn.errors import DemijohnError
from demijohn.gateway.asgi_socket import ASGISocket
from demijohn.gateway.fields import unreadable_field
from demijohn.gateway.mounted import asgi_scope, header_adder
from demijohn.http.mounted import MountedSite
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, Response, Stream
from demijohn.pipeline.bodies import BodyInterrupted
from demijohn.pipeline.errors import log_server_error
from demijohn.pipeline.pipeline import Pipeline
from demijohn.pipeline.streams import close_source, send_stream
from demijohn.pipeline.watch import ClientGone, run_watched

__all__ = ["ASGIGateway", "AnswerCutOff", "Receive", "Scope", "Send"]

Scope: TypeAlias = MutableMapping[str, Any]  # Any: ASGI's messages are dicts of many shapes
Message: TypeAlias = MutableMapping[str, Any]  # Any: as above
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

Fields: TypeAlias = list[tuple[bytes, bytes]]

_PIECE = 64 * 1024
_UNREADABLE = re.compile(r"[^\t -~]")


class AnswerCutOff(DemijohnError):
    """Make the server break the connection: an answer that has begun and cannot be ended must not look complete."""


class ASGITransport:
    """Give the body and the disconnect of one request the form that the pipeline knows, and send its answer."""

    __slots__ = ("_reading", "_send", "has_begun", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.has_begun = False
        self._send = send
        self._reading: asyncio.Event | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._reading = asyncio.Event()
        return self._pieces(self._reading)

    async def _pieces(self, reading: asyncio.Event) -> AsyncIterator[bytes]:
        more = True
        try:
            while more:
                message = await self.receive()
                if message["type"] == "http.disconnect":  # never the end of a body
                    raise BodyInterrupted("The client has gone.")
                more = message.get("more_body", False)
                yield message.get("body", b"")
        finally:
            reading.set()

    async def client_disconnect(self) -> None:
        """Return when the client has gone; while the body is read, its reader is who learns of it."""
        if self._reading is not None:
            await self._reading.wait()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return

    async def begin(self, status: int, fields: Fields) -> None:
        """Send the head of the answer."""
        self.has_begun = True
        await self._deliver({"type": "http.response.start", "status": status, "headers": fields})

    async def send_piece(self, piece: bytes) -> None:
        """Send a part of the body; waits while the client is slower than we are."""
        await self._deliver({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self, rest: bytes = b"") -> None:
        """Send the last part of the body."""
        await self._deliver({"type": "http.response.body", "body": rest})

    async def _deliver(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:  # what the specification (2.4) has servers raise when the client has gone
            raise ClientGone from None

    async def relay(self, message: Message) -> None:
        """Send a message of a mounted site."""
        self.has_begun = self.has_begun or message["type"] == "http.response.start"
        await self._send(message)


class ASGIGateway:
    """Be the ASGI application of one frozen app."""

    __slots__ = ("_pipeline",)

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, hold one WebSocket conversation, or follow the server's life."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._converse(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            raise ValueError(f"ASGI scope type {scope['type']!r} is not known.")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = ASGITransport(scope, receive, send)
        request = _read_request(scope, transport)
        try:
            _check_fields(request)
            endpoint = self._pipeline.admit(request, None)
            response = await endpoint.respond(request)
            if response is not None:
                await self._send(request, response, transport)
        except ClientGone:
            pass
        except asyncio.CancelledError:  # the server stops and waits no longer
            if not transport.has_begun:
                await self._send(request, self._pipeline.refuse_at_stop(request), transport)
            raise
        except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
            if transport.has_begun:
                log_server_error(error, request)  # Granian says nothing of it
                raise AnswerCutOff(f"The answer to {request.method} {request.path} broke off.") from None
            await self._send(request, self._pipeline.refuse(error, request), transport)
        finally:
            request.close()

    async def _send(self, request: Request, response: Response, transport: ASGITransport) -> None:
        if isinstance(response, MountedSite):
            scope = asgi_scope(request, response, transport.scope)
            send = header_adder(self._pipeline, request, response, transport.relay)
            await response.site(scope, transport.receive, send)
            return
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.fields or []]
        if not response.is_long:
            has_body = response.status not in (204, 304)
            if has_body:
                fields.append((b"content-length", b"%d" % len(response.body)))
            await transport.begin(response.status, fields)
            await transport.end(response.body if has_body and request.method != "HEAD" else b"")
        elif request.method == "HEAD":
            if isinstance(response, Stream):
                await close_source(response)
            await transport.begin(response.status, fields)
            await transport.end()
        elif isinstance(response, Stream):
            await run_watched(self._send_stream(response, fields, transport), transport)
        elif isinstance(response, FileResponse):
            await run_watched(self._send_file(response, fields, transport), transport)

    async def _send_stream(self, stream: Stream, fields: Fields, transport: ASGITransport) -> None:
        """Send a stream; its head goes with the first piece, so that what fails before that is answered as an error."""

        async def send(piece: bytes) -> None:
            if not transport.has_begun:
                await transport.begin(stream.status, fields)
            if piece:
                await transport.send_piece(piece)

        await send_stream(stream, send, pool=self._pipeline.stream_pool, stopping=self._pipeline.stopping)
        if not transport.has_begun:
            await transport.begin(stream.status, fields)
        await transport.end()

    async def _send_file(self, response: FileResponse, fields: Fields, transport: ASGITransport) -> None:
        # In threads that are none of the workers: where all of these are taken, a file that is half sent goes on.
        file = await asyncio.to_thread(_open_at, response.path, response.start)
        try:
            await transport.begin(response.status, fields)
            left = response.length
            while left:
                piece = await asyncio.to_thread(file.read, min(_PIECE, left))
                if not piece:
                    raise AnswerCutOff(f"{response.path} has become shorter while it was sent.")
                await transport.send_piece(piece)
                left -= len(piece)
            await transport.end()
        finally:
            file.close()

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = ASGISocket(scope, receive, send)
        request = _read_request(scope, socket)
        await socket.connected()
        try:
            _check_fields(request)
            endpoint = self._pipeline.admit_socket(request, None)
            await endpoint.respond(request, socket)
        except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
            await socket.refuse(self._pipeline.refuse(error, request))
        finally:
            socket.release()

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            step = message["type"].removeprefix("lifespan.")
            try:
                await (self._pipeline.startup() if step == "startup" else self._pipeline.shutdown())
            except Exception as error:
                import traceback  # servers show the message alone

                told = "".join(traceback.format_exception(error))
                await send({"type": f"lifespan.{step}.failed", "message": told})
                raise
            await send({"type": f"lifespan.{step}.complete"})
            if step == "shutdown":
                return


def _read_request(scope: Scope, transport: ASGITransport | ASGISocket) -> Request:
    fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    client = scope.get("client")
    return Request(
        scope.get("method", "GET"),
        scope["path"],
        scope["query_string"].decode("latin-1"),
        fields,
        dict(fields),
        "https" if scope["scheme"] in ("https", "wss") else "http",
        f"{client[0]}:{client[1]}" if client and client[1] is not None else "unix",
        scope["http_version"],
        transport,
        None,
    )


def _check_fields(request: Request) -> None:
    """Refuse here what RSGI cannot even read, so that both gateways decide alike; a query may be UTF-8 there."""
    values = "".join([value for _, value in request.fields])
    if not (values.isascii() and values.isprintable()) and _UNREADABLE.search(values) is not None:
        raise unreadable_field()
    if not request.query_string.isascii():
        try:
            request.query_string = request.query_string.encode("latin-1").decode()
        except UnicodeDecodeError:
            raise unreadable_field() from None


def _open_at(path: Path, start: int) -> BinaryIO:
    """Open once: a file that is replaced while it is sent must not be mixed with its successor."""
    file = path.open("rb")
    file.seek(start)
    return file
