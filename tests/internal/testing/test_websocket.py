from __future__ import annotations

import asyncio
from typing import Any

import pytest

from demijohn.testing import AsyncClient, Client, ClientTimeout, WebSocketClosed, WebSocketRefused


async def echo(websocket: Any) -> None:
    while (message := await websocket.receive()) not in (None, "bye"):
        await websocket.send(f"echo {message}")


def test_messages_go_both_ways(pair_app: Any, interface: Any) -> None:
    with Client(pair_app(websocket=echo), interface=interface).websocket("/chat") as ws:
        ws.send("a")
        ws.send(b"b")
        assert (ws.receive(), ws.receive()) == ("echo a", "echo b'b'")
        ws.send("bye")
        assert list(ws) == []
        with pytest.raises(WebSocketClosed):
            ws.send("late")


def test_the_code_of_the_app_arrives_where_the_interface_has_one(pair_app: Any, interface: Any) -> None:
    with Client(pair_app(websocket=echo), interface=interface).websocket("/") as ws:
        assert ws.close_code is None
        ws.send("bye")
        with pytest.raises(WebSocketClosed) as caught:
            ws.receive()
    assert (caught.value.code, caught.value.reason) == ((1005, "") if interface == "rsgi" else (4000, "done"))


def test_json_goes_as_text(pair_app: Any, interface: Any) -> None:
    async def answer(websocket: Any) -> None:
        await websocket.send(await websocket.receive())

    with Client(pair_app(websocket=answer), interface=interface).websocket("/") as ws:
        ws.send_json({"n": [1]})
        assert ws.receive_json() == {"n": [1]}


def test_the_handshake_says_what_a_browser_says(pair_app: Any) -> None:
    scopes: list[Any] = []

    async def call(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)
        await send({"type": "websocket.accept", "subprotocol": "v2", "headers": [(b"x", b"1")]})
        await send({"type": "websocket.close"})

    client = Client(pair_app(asgi_call=call), interface="asgi", base_url="https://testserver")
    client.cookies.set("n", "1")
    with client.websocket("/chat", subprotocols=["v1", "v2"], query={"room": 3}, headers={"x-a": "b"}) as ws:
        assert (ws.subprotocol, ws.headers["x"]) == ("v2", "1")
    scope, headers = scopes[0], dict(scopes[0]["headers"])
    assert (scope["scheme"], scope["path"], scope["query_string"]) == ("wss", "/chat", b"room=3")
    assert scope["subprotocols"] == ["v1", "v2"]
    assert headers[b"origin"] == b"https://testserver"
    assert headers[b"sec-websocket-protocol"] == b"v1, v2"
    assert (headers[b"x-a"], headers[b"cookie"], headers[b"sec-fetch-site"]) == (b"b", b"n=1", b"same-origin")


def test_a_refusal_over_rsgi_has_its_status(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        protocol.close(403)

    with (
        pytest.raises(WebSocketRefused, match=r"http://testserver/chat was refused with 403") as caught,
        Client(pair_app(rsgi_call=call)).websocket("ws://testserver/chat"),
    ):
        pass
    assert (caught.value.status, caught.value.response.body) == (403, b"")


@pytest.mark.parametrize("status", [None, 4001, 1008])
def test_a_refusal_that_would_end_granian_fails_the_test(pair_app: Any, status: int | None) -> None:
    async def call(_: Any, protocol: Any) -> None:
        protocol.close(status)

    with (
        pytest.raises(AssertionError, match="answered with the status"),
        Client(pair_app(rsgi_call=call)).websocket("/"),
    ):
        pass


def test_a_refusal_over_asgi_has_a_body(pair_app: Any) -> None:
    async def call(scope: Any, receive: Any, send: Any) -> None:
        assert "websocket.http.response" in scope["extensions"]
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"no "})
        await send({"type": "websocket.http.response.body", "body": b"chat"})

    async def two_pieces(scope: Any, receive: Any, send: Any) -> None:
        async def joined(message: Any) -> None:
            await send({**message, "more_body": message.get("body") == b"no "})

        await call(scope, receive, joined)

    with (
        pytest.raises(WebSocketRefused) as caught,
        Client(pair_app(asgi_call=two_pieces), interface="asgi").websocket("/"),
    ):
        pass
    response = caught.value.response
    assert (response.status, response.text, response.content_type) == (404, "no chat", "text/plain")


def test_closing_before_accepting_is_403_over_asgi(pair_app: Any) -> None:
    async def call(_: Any, __: Any, send: Any) -> None:
        await send({"type": "websocket.close", "code": 1008})

    with (
        pytest.raises(WebSocketRefused, match="refused with 403"),
        Client(pair_app(asgi_call=call), interface="asgi").websocket("/"),
    ):
        pass


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([{"type": "websocket.send", "text": "a"}], "sent a message before it had accepted"),
        ([{"type": "websocket.accept", "subprotocol": "v9"}], "chose the subprotocol 'v9'; the client offered none"),
        ([{"type": "websocket.accept"}, {"type": "websocket.accept"}], "accepted the WebSocket after it had answered"),
        ([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1005}], "with the code 1005"),
        ([{"type": "websocket.accept"}, {"type": "websocket.send"}], "has not one of text and bytes"),
        ([{"type": "websocket.open"}], r"sent the message 'websocket\.open'"),
        ([], "returned without an answer"),
    ],
)
def test_what_breaks_the_protocol_fails_the_test(pair_app: Any, messages: list[Any], told: str) -> None:
    async def call(_: Any, __: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    with (
        pytest.raises(AssertionError, match=told),
        Client(pair_app(asgi_call=call), interface="asgi").websocket("/") as ws,
    ):
        ws.receive()


def test_the_app_learns_how_the_client_closed(pair_app: Any, interface: Any) -> None:
    ends: list[Any] = []

    async def wait(websocket: Any) -> None:
        ends.append(await websocket.receive())

    with Client(pair_app(websocket=wait), interface=interface).websocket("/") as ws:
        ws.close(4005, "enough")
    assert ends == [None]
    assert ws.close_code == 4005


def test_a_connection_can_just_break(pair_app: Any) -> None:
    received: list[Any] = []

    async def call(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        received.append(await receive())
        try:
            await send({"type": "websocket.send", "text": "a"})
        except OSError as error:
            received.append(str(error))

    with Client(pair_app(asgi_call=call), interface="asgi").websocket("/") as ws:
        ws.disconnect()
    assert received == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}, "The WebSocket is closed."]


def test_a_broken_connection_raises_in_the_receive_of_rsgi(pair_app: Any) -> None:
    raised: list[str] = []

    async def call(_: Any, protocol: Any) -> None:
        transport = await protocol.accept()
        try:
            await transport.receive()
        except RuntimeError as error:
            raised.append(type(error).__name__)

    with Client(pair_app(rsgi_call=call)).websocket("/") as ws:
        ws.disconnect()
    assert raised == ["RSGIProtocolClosed"]


def test_an_exception_of_the_handler_is_raised_in_the_test(pair_app: Any, interface: Any) -> None:
    async def fail(_: Any) -> None:
        raise LookupError("no such room")

    app = pair_app(websocket=fail)
    with pytest.raises(LookupError, match="no such room"), Client(app, interface=interface).websocket("/") as ws:
        ws.receive()
    client = Client(app, interface=interface, raise_server_errors=False)
    with client.websocket("/") as ws, pytest.raises(WebSocketClosed):
        ws.receive()


def test_a_message_that_does_not_come_is_told(pair_app: Any, interface: Any) -> None:
    client = Client(pair_app(websocket=echo), interface=interface, timeout=0.05)
    with pytest.raises(ClientTimeout, match=r"WebSocket /: a message did not come"), client.websocket("/") as ws:
        ws.receive()


async def test_the_async_client_talks_too(pair_app: Any, interface: Any) -> None:
    client = AsyncClient(pair_app(websocket=echo), interface=interface)
    async with client.websocket("/") as one, client.websocket("/") as two:
        await asyncio.gather(one.send("1"), two.send_json([2]))
        assert [await one.receive(), await two.receive()] == ["echo 1", "echo [2]"]
        await one.send("bye")
        assert [message async for message in one] == []
