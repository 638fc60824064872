"""Serve over ASGI 3: uvicorn, hypercorn, and Granian for apps that stream. The same over RSGI is in rsgi.py.

What this guards against (see docs/server-behaviour.md): a disconnect within the body is no end of the body; a file is
sent in pieces, read in a worker; values are bytes in latin-1.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

from demijohn.gateway.asgi_socket import ASGISocket
from demijohn.gateway.fields import unreadable_field
from demijohn.gateway.mounted import asgi_scope, header_adder
from demijohn.http.mounted import MountedSite
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, Response, Stream
from demijohn.pipeline.bodies import BodyInterrupted
from demijohn.pipeline.pipeline import Pipeline
from demijohn.pipeline.streams import send_stream
from demijohn.pipeline.watch import ClientGone, run_watched

__all__ = ["ASGIGateway", "Receive", "Scope", "Send"]

Scope: TypeAlias = MutableMapping[str, Any]  # Any: ASGI's messages are dicts of many shapes
Message: TypeAlias = MutableMapping[str, Any]  # Any: as above
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_PIECE = 64 * 1024


class ASGITransport:
    """Give the body and the disconnect of one request the form that the pipeline knows."""

    __slots__ = ("_body_read", "_receive", "receive", "scope", "send")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self._body_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self._body_read:
            message = await self.receive()
            if message["type"] == "http.disconnect":  # never the end of a body
                raise BodyInterrupted("The client has gone.")
            self._body_read = not message.get("more_body", False)
            yield message.get("body", b"")

    async def client_disconnect(self) -> None:
        """Return when the client has gone."""
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return


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
            try:
                _check_fields(request)
                endpoint = self._pipeline.admit(request, None)
                response = await endpoint.respond(request)
            except Exception as error:  # noqa: BLE001  # whatever happens, the client gets an answer
                response = self._pipeline.refuse(error, request)
            if isinstance(response, MountedSite):
                await self._run_site(request, response, transport)
            elif response is not None:
                await self._send(request, response, transport)
        except ClientGone:
            return
        finally:
            request.close()

    async def _run_site(self, request: Request, site: MountedSite, transport: ASGITransport) -> None:
        scope = asgi_scope(request, site, transport.scope)
        await site.site(scope, transport.receive, header_adder(self._pipeline, request, site, transport.send))

    async def _send(self, request: Request, response: Response, transport: ASGITransport) -> None:
        send = transport.send
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.fields or []]
        is_long = response.is_long
        if not is_long and response.status not in (204, 304):
            fields.append((b"content-length", b"%d" % len(response.body)))
        await send({"type": "http.response.start", "status": response.status, "headers": fields})
        if request.method == "HEAD" or not is_long:
            await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else response.body})
            return

        async def send_piece(piece: bytes) -> None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})

        if isinstance(response, Stream):
            sending = send_stream(response, send_piece, pool=self._pipeline.pool, stopping=self._pipeline.stopping)
            await run_watched(sending, transport)
        elif isinstance(response, FileResponse):
            await self._send_file(response, send_piece)
        await send({"type": "http.response.body", "body": b""})

    async def _send_file(self, response: FileResponse, send: Callable[[bytes], Awaitable[None]]) -> None:
        position, end = response.start, response.start + response.length
        while position < end:
            wanted = min(_PIECE, end - position)
            start = position
            piece = await self._pipeline.pool.run(lambda: _read_piece(response.path, start, wanted))  # noqa: B023
            if not piece:  # it was cut short meanwhile; the client sees that bytes are missing
                raise BodyInterrupted(f"{response.path} has become shorter while it was sent.")
            await send(piece)
            position += len(piece)

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

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            step = message["type"].removeprefix("lifespan.")
            try:
                await (self._pipeline.startup() if step == "startup" else self._pipeline.shutdown())
            except Exception as error:
                await send({"type": f"lifespan.{step}.failed", "message": str(error)})
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
    """Refuse here what RSGI cannot even read, so that both gateways decide alike."""
    if not all(value.isascii() for _, value in request.fields) or not request.query_string.isascii():
        raise unreadable_field()


def _read_piece(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
