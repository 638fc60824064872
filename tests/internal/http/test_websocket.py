from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec
import pytest

from demijohn.http.request import Request
from demijohn.http.websocket import WebSocket, WebSocketClosed
from demijohn.security.limits import Limits


class Transport:
    """Be a client whose messages are there from the start; a number among them is its closing code."""

    def __init__(self, *messages: str | bytes | int) -> None:
        self.messages = [*messages]
        self.sent: list[object] = []
        self.closed: list[tuple[int, str]] = []
        self.waiting = asyncio.Event()

    async def accept(self, subprotocol: str | None) -> None: ...

    async def receive(self) -> str | bytes:
        if not self.messages:
            self.waiting.set()
            await asyncio.Event().wait()
        message = self.messages.pop(0)
        if isinstance(message, int):
            raise WebSocketClosed(message)
        return message

    async def send(self, message: str | bytes) -> None:
        self.sent.append(message)

    async def close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))


def talk(
    transport: Transport, handler: Callable[[WebSocket], Awaitable[object]], limits: Limits | None = None
) -> object:
    async def run() -> object:
        ws = WebSocket(cast(Request, None), transport, limits or Limits(), subprotocol=None)
        return await handler(ws)

    return asyncio.run(run())


def code_of(
    transport: Transport, handler: Callable[[WebSocket], Awaitable[object]], limits: Limits | None = None
) -> int:
    with pytest.raises(WebSocketClosed) as caught:
        talk(transport, handler, limits)
    return caught.value.code


async def receive_all(ws: WebSocket) -> list[str | bytes]:
    return [message async for message in ws]


async def receive_forever(ws: WebSocket) -> None:
    while True:
        await ws.receive()


def test_iterating_ends_with_the_conversation() -> None:
    assert talk(Transport("a", b"b", 1000), receive_all) == ["a", b"b"]


def test_receiving_tells_the_code_of_the_client_again_and_again() -> None:
    async def twice(ws: WebSocket) -> None:
        with pytest.raises(WebSocketClosed):
            await ws.receive()
        await ws.receive()

    assert code_of(Transport(4321), twice) == 4321


def test_a_message_is_decoded_into_a_type() -> None:
    async def numbers(ws: WebSocket) -> list[int]:
        return await ws.receive(list[int])

    assert talk(Transport("[1, 2]"), numbers) == [1, 2]
    assert talk(Transport(b"[3]"), numbers) == [3]
    with pytest.raises(msgspec.ValidationError):
        talk(Transport('["x"]'), numbers)


def test_values_are_sent_as_json_and_text_and_bytes_as_they_are() -> None:
    async def send(ws: WebSocket) -> None:
        for value in ("a", b"b", {"c": 1}, [1], None):
            await ws.send(value)

    transport = Transport()
    talk(transport, send)
    assert transport.sent == ["a", b"b", '{"c":1}', "[1]", "null"]


def test_nothing_is_sent_after_the_end() -> None:
    async def close(ws: WebSocket) -> None:
        await ws.close(3000, "enough")
        await ws.close()
        assert ws.is_closed
        await ws.send("late")

    transport = Transport()
    assert code_of(transport, close) == 3000
    assert (transport.sent, transport.closed) == ([], [(3000, "enough")])


@pytest.mark.parametrize(
    ("message", "fits"),
    [
        ("x" * 8, True),
        ("x" * 9, False),
        (b"x" * 8, True),
        (b"x" * 9, False),
        ("ü" * 4, True),
        ("ü" * 5, False),
        ("☃☃☃", False),
        ("\U0001f600" * 2, True),
        ("\udc80" * 3, False),
    ],
)
def test_the_size_of_a_message_is_counted_in_bytes(message: str | bytes, fits: bool) -> None:
    transport = Transport(message, 1000)
    if fits:
        assert talk(transport, receive_all, Limits(websocket_message=8)) == [message]
    else:
        assert code_of(transport, receive_forever, Limits(websocket_message=8)) == 1009
        assert transport.closed == [(1009, "")]


def test_messages_are_counted_within_a_time() -> None:
    transport = Transport(*"abcd")
    assert code_of(transport, receive_forever, Limits(websocket_messages=3, websocket_period=1000)) == 1008
    assert talk(Transport(*"abcd", 1000), receive_all, Limits(websocket_messages=3, websocket_period=0)) == [*"abcd"]


async def stopped_while(waiting: Transport, handler: Callable[[WebSocket], Awaitable[object]]) -> object:
    ws = WebSocket(cast(Request, None), waiting, Limits(), subprotocol=None)
    task: asyncio.Task[Any] = asyncio.ensure_future(cast(Any, handler(ws)))
    await waiting.waiting.wait()
    ws.stop()
    return await task


def test_stopping_ends_a_waiting_receive_with_1001() -> None:
    async def handler(ws: WebSocket) -> int:
        try:
            await ws.receive()
        except WebSocketClosed as closed:
            task = asyncio.current_task()
            assert task is not None
            assert task.cancelling() == 0
            return closed.code
        return 0

    async def run() -> tuple[object, Transport]:
        transport = Transport()
        return await stopped_while(transport, handler), transport

    code, transport = asyncio.run(run())
    assert (code, transport.closed) == (1001, [(1001, "")])


def test_stopping_is_told_to_a_handler_that_was_busy_at_its_next_receive() -> None:
    async def busy(ws: WebSocket) -> None:
        ws.stop()
        await ws.send("still talking")
        await ws.receive()

    transport = Transport("unread")
    assert code_of(transport, busy) == 1001
    assert (transport.sent, transport.messages) == (["still talking"], ["unread"])


def test_a_cancellation_of_the_handler_is_not_mistaken_for_a_stop() -> None:
    async def run() -> None:
        transport = Transport()
        ws = WebSocket(cast(Request, None), transport, Limits(), subprotocol=None)
        task = asyncio.ensure_future(ws.receive())
        await transport.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not ws.is_closed

    asyncio.run(run())
