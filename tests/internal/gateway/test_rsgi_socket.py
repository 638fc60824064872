from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from demijohn.gateway.rsgi_socket import RSGISocket
from demijohn.http.websocket import WebSocketClosed

ENDED, BYTES, TEXT = 0, 1, 2


class Message(msgspec.Struct):
    kind: int
    data: str | bytes = ""


class Transport:
    """Be Granian's side of an open WebSocket."""

    def __init__(self, *messages: Message) -> None:
        self._messages = deque(messages)
        self.sent: list[str | bytes] = []
        self.is_gone = False

    async def receive(self) -> Message:
        if not self._messages:
            raise RuntimeError("RSGIProtocolClosed")
        return self._messages.popleft()

    async def send_bytes(self, data: bytes) -> None:
        self._take(data)

    async def send_str(self, data: str) -> None:
        self._take(data)

    def _take(self, data: str | bytes) -> None:
        if self.is_gone:
            raise RuntimeError("RSGIProtocolClosed")
        self.sent.append(data)


class Protocol:
    def __init__(self, transport: Transport | None) -> None:
        self._transport = transport
        self.closed_with: list[int | None] = []

    async def accept(self) -> Transport:
        if self._transport is None:
            raise RuntimeError("RSGIProtocolClosed")
        return self._transport

    def close(self, status: int | None) -> None:
        self.closed_with.append(status)


def run(test: Callable[[RSGISocket], Any], transport: Transport | None, protocol: Protocol | None = None) -> None:
    async def main() -> None:
        socket = RSGISocket(protocol or Protocol(transport))
        await socket.accept(None)
        await test(socket)

    asyncio.run(main())


def test_messages_come_as_they_are_until_the_client_closes() -> None:
    async def test(socket: RSGISocket) -> None:
        assert [await socket.receive(), await socket.receive()] == ["text", b"bytes"]
        with pytest.raises(WebSocketClosed) as closed:
            await socket.receive()
        assert closed.value.code == 1005
        with pytest.raises(WebSocketClosed):
            await socket.send("too late")

    run(test, Transport(Message(TEXT, "text"), Message(BYTES, b"bytes"), Message(ENDED)))


def test_a_connection_that_breaks_is_closed_with_1006() -> None:
    transport = Transport()

    async def test(socket: RSGISocket) -> None:
        with pytest.raises(WebSocketClosed) as received:
            await socket.receive()
        transport.is_gone = True
        with pytest.raises(WebSocketClosed) as sent:
            await socket.send("text")
        assert (received.value.code, sent.value.code) == (1006, 1006)

    run(test, transport)


def test_text_and_bytes_are_sent_as_they_are() -> None:
    transport = Transport()

    async def test(socket: RSGISocket) -> None:
        await socket.send("text")
        await socket.send(b"bytes")

    run(test, transport)
    assert transport.sent == ["text", b"bytes"]


def test_closing_lets_go_of_the_transport_so_that_the_server_hangs_up() -> None:
    protocol = Protocol(Transport(Message(TEXT, "never read")))

    async def test(socket: RSGISocket) -> None:
        await socket.close(4000, "reason")
        with pytest.raises(WebSocketClosed):
            await socket.receive()

    run(test, None, protocol)
    assert protocol.closed_with == [4000]


def test_a_client_that_leaves_within_the_handshake_has_closed() -> None:
    async def main() -> None:
        socket = RSGISocket(Protocol(None))
        with pytest.raises(WebSocketClosed):
            await socket.accept(None)
        assert [chunk async for chunk in socket] == []

    asyncio.run(main())
