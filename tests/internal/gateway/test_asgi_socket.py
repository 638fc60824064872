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
