from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from demijohn.gateway.asgi_socket import ASGISocket
from demijohn.http.response import Response
from demijohn.http.websocket import WebSocketClosed

Message = MutableMapping[str, Any]
HTTP_ANSWERS = {"websocket.http.response": dict[str, object]()}


class Server:
    def __init__(self, *messages: Message, gone: Exception | None = None) -> None:
        self._messages = list(messages)
        self.gone = gone
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return self._messages.pop(0)

    async def send(self, message: Message) -> None:
        if self.gone is not None:
            raise self.gone
        self.sent.append(message)


def run(server: Server, test: Callable[[ASGISocket], Any], **extensions: object) -> list[str]:
    """Run the test and return the kinds of messages that were sent."""
    socket = ASGISocket({"type": "websocket", "extensions": extensions}, server.receive, server.send)
    asyncio.run(test(socket))
    return [message["type"].removeprefix("websocket.") for message in server.sent]


def test_messages_come_as_they_are_until_the_client_closes() -> None:
    async def test(socket: ASGISocket) -> None:
        await socket.connected()
        await socket.accept("chat")
        assert [await socket.receive(), await socket.receive()] == ["text", b"bytes"]
        with pytest.raises(WebSocketClosed) as closed:
            await socket.receive()
        assert closed.value.code == 4001

    server = Server(
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "text", "bytes": None},
        {"type": "websocket.receive", "bytes": b"bytes"},
        {"type": "websocket.disconnect", "code": 4001},
    )
    assert run(server, test) == ["accept"]
    assert server.sent[0]["subprotocol"] == "chat"


@pytest.mark.parametrize("error", [OSError("uvicorn's"), RuntimeError("Granian's")])
def test_a_client_that_has_gone_closes_the_conversation_and_may_be_closed_once_more(error: Exception) -> None:
    async def test(socket: ASGISocket) -> None:
        with pytest.raises(WebSocketClosed):
            await socket.accept(None)
        with pytest.raises(WebSocketClosed) as closed:
            await socket.send("text")
        assert closed.value.code == 1006
        await socket.close(1000, "")

    run(Server(gone=error), test)


def test_text_bytes_and_the_closing_code_are_sent() -> None:
    async def test(socket: ASGISocket) -> None:
        await socket.send("text")
        await socket.send(b"bytes")
        await socket.close(4000, "reason")

    server = Server()
    assert run(server, test) == ["send", "send", "close"]
    assert (server.sent[0]["text"], server.sent[1]["bytes"]) == ("text", b"bytes")
    assert (server.sent[2]["code"], server.sent[2]["reason"]) == (4000, "reason")


def refusal() -> Response:
    response = Response("no", 401)
    response.fields = [("x-name", "value")]
    return response


def test_a_refusal_is_an_http_answer_where_the_server_can_send_one() -> None:
    server = Server()
    sent = run(server, lambda socket: socket.refuse(refusal()), **HTTP_ANSWERS)
    assert sent == ["http.response.start", "http.response.body"]
    assert (server.sent[0]["status"], server.sent[0]["headers"]) == (401, [(b"x-name", b"value")])
    assert server.sent[1]["body"] == b"no"


def test_elsewhere_a_refusal_is_a_close_that_the_server_makes_a_403_of() -> None:
    server = Server()
    assert run(server, lambda socket: socket.refuse(refusal())) == ["close"]


def test_a_refusal_after_the_handshake_closes() -> None:
    async def test(socket: ASGISocket) -> None:
        await socket.accept(None)
        await socket.refuse(refusal())

    server = Server()
    assert run(server, test, **HTTP_ANSWERS) == ["accept", "close"]
    assert server.sent[1]["code"] == 1011


class Talk:
    """A server whose client says what the test has it say, and which takes all that is sent."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def socket(self) -> ASGISocket:
        return ASGISocket({"type": "websocket"}, self.said.get, self.send)


async def pour(socket: ASGISocket, message: str) -> None:
    while True:
        await socket.send(message)


def test_a_handler_that_only_sends_hears_of_a_client_that_has_left_though_the_server_takes_everything() -> None:
    async def test() -> None:
        talk = Talk()
        socket = talk.socket()
        talk.said.put_nowait({"type": "websocket.receive", "text": "before"})
        talk.said.put_nowait({"type": "websocket.disconnect", "code": 1001})
        with pytest.raises(WebSocketClosed) as closed:
            await pour(socket, "x" * 100_000)
        assert closed.value.code == 1001
        assert len(talk.sent) < 100
        assert await socket.receive() == "before"
        with pytest.raises(WebSocketClosed):
            await socket.receive()

    asyncio.run(test())


def test_a_message_that_nobody_waited_for_any_more_is_the_next() -> None:
    async def test() -> None:
        talk = Talk()
        socket = talk.socket()
        await socket.send("one")
        await socket.send("two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.receive(), 0.001)
        talk.said.put_nowait({"type": "websocket.receive", "bytes": b"late"})
        assert await socket.receive() == b"late"
        socket.release()

    asyncio.run(test())


def test_a_client_that_says_too_much_to_a_handler_that_only_sends_is_closed_with_1008() -> None:
    async def test() -> None:
        talk = Talk()
        socket = talk.socket()
        for _ in range(40):
            talk.said.put_nowait({"type": "websocket.receive", "bytes": b"x" * 60_000})
        with pytest.raises(WebSocketClosed) as closed:
            await pour(socket, "x" * 100_000)
        assert closed.value.code == 1008
        assert talk.sent[-1] == {"type": "websocket.close", "code": 1008, "reason": ""}
        socket.release()

    asyncio.run(test())
