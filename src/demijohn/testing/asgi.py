"""Be the ASGI server of the in-process client. Its RSGI twin is rsgi.py; what it collects is checked in reply.py.

It behaves as uvicorn does: after a disconnect an HTTP `send` does nothing and a WebSocket's raises OSError, `receive`
gives `http.disconnect` once the answer is complete, a refused WebSocket may have a body (`websocket.http.response`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from demijohn.testing.link import Closing, WebSocketLink
from demijohn.testing.outgoing import Outgoing
from demijohn.testing.reply import Reply

__all__ = ["ASGIApp", "run_http", "run_websocket"]

Message = dict[str, Any]  # Any: ASGI's messages are dicts of mixed values
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_SENDABLE_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}


async def run_http(app: ASGIApp, outgoing: Outgoing, reply: Reply) -> None:
    """Call the app with one request.

    Raises:
        AssertionError: it returned in the middle of its answer.
    """
    exchange = _HTTPExchange(outgoing, reply)
    await app(_make_scope(outgoing, "http"), exchange.receive, exchange.send)
    if reply.status and not (reply.ended or reply.left.is_set() or reply.fault):
        reply.fail("returned before the end of its answer: no http.response.body had more_body False")


async def run_websocket(app: ASGIApp, outgoing: Outgoing, link: WebSocketLink) -> None:
    """Call the app with one WebSocket; when it returns, uvicorn breaks off what is still open."""
    exchange = _WebSocketExchange(link)
    scope = _make_scope(outgoing, "websocket")
    scope["subprotocols"] = list(link.offered)
    scope["extensions"] = {"websocket.http.response": {}}
    try:
        await app(scope, exchange.receive, exchange.send)
    finally:
        if link.is_open:
            link.close(Closing(1006, ""))


def _make_scope(outgoing: Outgoing, kind: str) -> Message:
    scheme = outgoing.base.scheme
    scope: Message = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": scheme.replace("http", "ws") if kind == "websocket" else scheme,
        "path": outgoing.path,
        "raw_path": outgoing.raw_path.encode(),
        "query_string": outgoing.query_string.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in outgoing.headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", outgoing.base.port),
        "state": {},
    }
    if kind == "http":
        scope["method"] = outgoing.method
        scope["extensions"] = {}
    return scope


class _HTTPExchange:
    """Give the app the body and take its answer."""

    def __init__(self, outgoing: Outgoing, reply: Reply) -> None:
        self._reply = reply
        self._chunks: Iterator[bytes] | None = outgoing.body_chunks()

    async def receive(self) -> Message:
        """Return the next piece of the body; after the last one, wait until the client has gone or is answered."""
        reply = self._reply
        if self._chunks is not None and not reply.left.is_set():
            chunk = next(self._chunks, None)
            if chunk is None:
                self._chunks = None
            return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}
        while not (reply.ended or reply.left.is_set()):
            await reply.change()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a piece of the answer."""
        reply, kind = self._reply, message.get("type")
        if reply.left.is_set():
            return
        if kind == "http.response.start":
            reply.start(message.get("status", 0), _decode_fields(reply, message.get("headers", ())))
        elif kind == "http.response.body":
            _take_body(reply, message, kind)
        else:
            reply.fail(f"sent the message {kind!r}, which is none of an HTTP answer")
        await asyncio.sleep(0)


class _WebSocketExchange:
    """Pass messages between the app and the client's end of a WebSocket."""

    def __init__(self, link: WebSocketLink) -> None:
        self._link = link
        self._connected = False

    async def receive(self) -> Message:
        """Return the next message: first the request to connect, last how the WebSocket was closed."""
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        message = await self._link.next_for_app()
        if isinstance(message, Closing):
            return {"type": "websocket.disconnect", "code": message.code, "reason": message.reason}
        return {"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message}

    async def send(self, message: Message) -> None:
        """Take a message of the app.

        Raises:
            OSError: the client has closed the WebSocket.
        """
        link, kind = self._link, message.get("type")
        if kind == "websocket.accept":
            fields = link.reply.checked_fields(_decode_fields(link.reply, message.get("headers", ())))
            link.accept(message.get("subprotocol"), fields)
        elif kind == "websocket.send":
            self._send(message)
        elif kind == "websocket.close":
            self._close(message)
        elif kind == "websocket.http.response.start":
            link.reply.start(message.get("status", 0), _decode_fields(link.reply, message.get("headers", ())))
        elif kind == "websocket.http.response.body":
            _take_body(link.reply, message, kind)
        else:
            link.reply.fail(f"sent the message {kind!r}, which is none of a WebSocket")
        await asyncio.sleep(0)

    def _send(self, message: Message) -> None:
        text, data = message.get("text"), message.get("bytes")
        if not self._link.is_accepted:
            self._link.reply.fail("sent a message before it had accepted the WebSocket")
        if not self._link.is_open:
            raise OSError("The WebSocket is closed.")
        if isinstance(text, str) and data is None:
            self._link.to_client(text)
        elif isinstance(data, bytes) and text is None:
            self._link.to_client(data)
        else:
            self._link.reply.fail("sent a WebSocket message that has not one of text and bytes")

    def _close(self, message: Message) -> None:
        code, reply = message.get("code", 1000), self._link.reply
        if not self._link.is_accepted:  # the ASGI specification: closing before accept is a 403
            reply.start(403, [("content-length", "0")])
            reply.end()
        elif code not in _SENDABLE_CODES:
            reply.fail(f"closed the WebSocket with the code {code!r}, which no one may send (RFC 6455, 7.4)")
        else:
            self._link.close(Closing(code, message.get("reason") or ""))


def _take_body(reply: Reply, message: Mapping[str, object], kind: str) -> None:
    body = message.get("body", b"")
    if not reply.status:
        reply.fail(f"sent {kind} before the start of its answer")
    if reply.ended:
        reply.fail(f"sent {kind} after the end of its answer")
    if not isinstance(body, bytes | bytearray):
        reply.fail(f"gave {kind} a body of type {type(body).__name__}")
    reply.feed(body)
    if not message.get("more_body", False):
        reply.end()


def _decode_fields(reply: Reply, headers: Iterable[tuple[object, object]]) -> list[tuple[str, str]]:
    fields = []
    for name, value in headers:
        if not isinstance(name, bytes) or not isinstance(value, bytes):
            reply.fail(f"sent the header {name!r} with the value {value!r}; in ASGI both are bytes")
        if name != name.lower():
            reply.fail(f"sent the header {name!r}; in ASGI names are in lower case")
        fields.append((name.decode("latin-1"), value.decode("latin-1")))
    return fields
