"""Offer `pair_app`: an app made by hand that speaks RSGI and ASGI, so that the client is tested without the framework.

A case gives it one function for both interfaces, or one for the interface that it is about.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass
class Seen:
    """Hold what the app saw of a request, whichever way it came."""

    method: str
    path: str
    query_string: str
    scheme: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class PairWebSocket:
    """Give a handler the same WebSocket over both interfaces."""

    def __init__(self, receive: Callable[[], Awaitable[Any]], send: Callable[[str], Awaitable[None]]) -> None:
        self.receive = receive
        self.send = send


@dataclass
class PairApp:
    """Serve `http` and `websocket` over both interfaces; `rsgi` or `asgi` replace the whole of one."""

    http: Callable[[Seen], Awaitable[Answer]] | None = None
    websocket: Callable[[PairWebSocket], Awaitable[None]] | None = None
    rsgi_call: Callable[[Any, Any], Awaitable[None]] | None = None
    asgi_call: Callable[[Any, Any, Any], Awaitable[None]] | None = None
    log: list[str] = field(default_factory=list)
    frozen_with: list[tuple[str, Mapping[str, object] | None]] = field(default_factory=list)
    inline: bool = False

    def freeze(self, mode: str, *, config: Mapping[str, object] | None, private: bool) -> PairApp:
        self.frozen_with.append((mode, config))
        return self

    async def startup(self) -> None:
        self.log.append("startup")

    async def shutdown(self) -> None:
        self.log.append("shutdown")

    async def rsgi(self, scope: Any, protocol: Any) -> None:
        if self.rsgi_call is not None:
            await self.rsgi_call(scope, protocol)
        elif scope.proto == "ws":
            await self._rsgi_websocket(protocol)
        else:
            assert self.http is not None
            seen = Seen(scope.method, scope.path, scope.query_string, scope.scheme, scope.headers.items())
            seen.body = await protocol()
            protocol.response_bytes(*await self.http(seen))

    async def _rsgi_websocket(self, protocol: Any) -> None:
        assert self.websocket is not None
        transport = await protocol.accept()

        async def receive() -> Any:
            message = await transport.receive()
            return None if message.kind == 0 else message.data

        await self.websocket(PairWebSocket(receive, transport.send_str))
        protocol.close(1000)

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        if self.asgi_call is not None:
            await self.asgi_call(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._asgi_websocket(scope, receive, send)
        else:
            assert self.http is not None
            headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
            seen = Seen(scope["method"], scope["path"], scope["query_string"].decode(), scope["scheme"], headers)
            message = {"more_body": True}
            while message["more_body"]:
                message = await receive()
                seen.body += message["body"]
            status, fields, body = await self.http(seen)
            raw = [(name.encode(), value.encode()) for name, value in fields]
            await send({"type": "http.response.start", "status": status, "headers": raw})
            await send({"type": "http.response.body", "body": body})

    async def _asgi_websocket(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.websocket is not None
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})

        async def receive_message() -> Any:
            message = await receive()
            return message.get("text") or message.get("bytes")

        async def send_message(text: str) -> None:
            await send({"type": "websocket.send", "text": text})

        await self.websocket(PairWebSocket(receive_message, send_message))
        await send({"type": "websocket.close", "code": 4000, "reason": "done"})


@pytest.fixture
def pair_app() -> type[PairApp]:
    return PairApp


@pytest.fixture
def echo_app() -> PairApp:
    """Answer with what was seen: method and target in headers, the body as it came."""

    async def echo(seen: Seen) -> Answer:
        seen_headers = [(f"seen-{name}", value) for name, value in seen.headers]
        about = [
            ("method", seen.method),
            ("target", f"{seen.path!a}?{seen.query_string}"),
            ("scheme", seen.scheme),
        ]
        return 200, [("content-type", "text/plain"), *about, *seen_headers], seen.body

    return PairApp(http=echo)


@pytest.fixture(params=["rsgi", "asgi"])
def interface(request: pytest.FixtureRequest) -> Literal["rsgi", "asgi"]:
    chosen: Literal["rsgi", "asgi"] = request.param
    return chosen
