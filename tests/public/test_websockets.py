"""Promise: a WebSocket handler is a loop over messages; all that can go wrong is refused or closed for it."""

import asyncio
import threading
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import pytest

from demijohn import (
    App,
    Module,
    Query,
    Request,
    WebSocket,
    WebSocketClosed,
    abort,
    limits,
    request,
    session,
)
from demijohn.testing import AsyncClient, Client, WebSocketRefused
from demijohn.testing import WebSocketClosed as ClosedForClient

if TYPE_CHECKING:
    from tests.public.conftest import Serve

Interface = Literal["rsgi", "asgi"]


class Move(msgspec.Struct):
    x: int
    y: int = 0


def echo_app() -> App:
    app = App(__name__)

    @app.websocket("/echo")
    async def echo(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(message)

    return app


def shown_code(interface: Interface, code: int) -> int:
    """Return the closing code that a client sees: over RSGI there is none."""
    return 1005 if interface == "rsgi" else code


def test_messages_go_to_and_fro(serve: "Serve") -> None:
    with serve(echo_app()).websocket("/echo") as ws:
        ws.send("hello")
        assert ws.receive() == "hello"
        ws.send(b"\x00\xff")
        assert ws.receive() == b"\x00\xff"
        ws.send("naïve")
        assert ws.receive() == "naïve"


def test_a_handler_that_returns_closes(serve: "Serve", interface: Interface) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def greet(ws: WebSocket) -> None:
        await ws.send("hello")

    with serve(app).websocket("/ws") as ws:
        assert list(ws) == ["hello"]
        assert ws.close_code == shown_code(interface, 1000)


def test_values_are_sent_as_json_and_received_as_types(serve: "Serve") -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def play(ws: WebSocket) -> None:
        move = await ws.receive(Move)
        await ws.send(Move(move.x + 1, move.y + 1))
        await ws.send({"done": True})

    with serve(app).websocket("/ws") as ws:
        ws.send_json({"x": 1})
        assert [ws.receive_json(), ws.receive_json()] == [{"x": 2, "y": 1}, {"done": True}]


@pytest.mark.parametrize("message", ["{", '{"x": "one"}', "[]", b"\xff"])
def test_a_message_that_does_not_fit_the_type_closes_with_1007(
    serve: "Serve", interface: Interface, message: str | bytes
) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def play(ws: WebSocket) -> None:
        await ws.receive(Move)

    with serve(app).websocket("/ws") as ws:
        ws.send(message)
        with pytest.raises(ClosedForClient):
            ws.receive()
        assert ws.close_code == shown_code(interface, 1007)


def test_the_path_the_query_the_headers_and_the_session_are_parameters(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/login")
    def login() -> str:
        session["user"] = "ann"
        return ""

    @app.websocket("/rooms/<int:room>")
    async def join(ws: WebSocket, room: int, request: Request, name: str = "nobody") -> None:
        await ws.send([room, name, request.path, session.get("user")])

    client = serve(app)
    client.get("/login")
    with client.websocket("/rooms/7?name=bob") as ws:
        assert ws.receive_json() == [7, "bob", "/rooms/7", "ann"]


def test_the_current_request_stands_behind_the_conversation(serve: "Serve") -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def show(ws: WebSocket) -> None:
        await ws.send([request.path, ws.request.headers["host"]])

    with serve(app).websocket("/ws") as ws:
        assert ws.receive_json() == ["/ws", "testserver"]


@pytest.mark.parametrize(
    ("path", "status"), [("/ws?n=x", 422), ("/ws", 422), ("/nowhere", 404), ("/ws/x", 404), ("/page", 404)]
)
def test_a_parameter_or_path_that_does_not_fit_refuses_the_handshake(serve: "Serve", path: str, status: int) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def count(ws: WebSocket, n: Annotated[int, Query()]) -> None:
        await ws.send(n)

    @app.websocket("/ws/<int:n>")
    async def count_path(ws: WebSocket, n: int) -> None:
        await ws.send(n)

    @app.get("/page")
    def page() -> str:
        return ""

    client = serve(app)
    with pytest.raises(WebSocketRefused) as refused, client.websocket(path):
        pass
    assert refused.value.status == status


def test_a_websocket_path_is_no_page(serve: "Serve") -> None:
    assert serve(echo_app()).get("/echo").status == 404


def test_a_page_and_a_websocket_share_a_path(serve: "Serve") -> None:
    app = echo_app()

    @app.get("/echo")
    def page() -> str:
        return "page"

    client = serve(app)
    assert client.get("/echo").text == "page"
    with client.websocket("/echo") as ws:
        ws.send("x")
        assert ws.receive() == "x"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_the_page_of_another_site_is_refused(serve: "Serve", origin: str) -> None:
    client = serve(echo_app())
    headers = {"origin": origin, "sec-fetch-site": "cross-site"}
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/echo", headers=headers):
        pass
    assert refused.value.status == 403


def test_a_trusted_origin_may_connect_and_a_program_without_one_too(serve: "Serve") -> None:
    client = serve(echo_app(), config={"trusted_origins": ["https://app.example"]})
    trusted = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
    with client.websocket("/echo", headers=trusted) as ws:
        ws.send("x")
        assert ws.receive() == "x"
    with serve(echo_app(), browser=False).websocket("/echo") as ws:
        ws.send("x")
        assert ws.receive() == "x"


def test_an_unknown_host_is_refused(serve: "Serve") -> None:
    client = serve(echo_app(), base_url="http://stranger.example")
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/echo"):
        pass
    assert refused.value.status == 421


def test_abort_in_a_conversation_closes_with_a_code_of_the_application(serve: "Serve", interface: Interface) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def refuse(ws: WebSocket) -> None:
        abort(403)

    with serve(app).websocket("/ws") as ws:
        with pytest.raises(ClosedForClient):
            ws.receive()
        assert ws.close_code == shown_code(interface, 4403)


def test_a_mistake_in_a_conversation_closes_with_1011(
    serve: "Serve", interface: Interface, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def broken(ws: WebSocket) -> None:
        raise RuntimeError("broken conversation")

    with serve(app, raise_server_errors=False).websocket("/ws") as ws:
        with pytest.raises(ClosedForClient):
            ws.receive()
        assert ws.close_code == shown_code(interface, 1011)
    assert "broken conversation" in caplog.text


def test_the_handler_learns_that_the_client_has_gone(serve: "Serve") -> None:
    app = App(__name__)
    log: list[object] = []

    @app.websocket("/ws")
    async def listen(ws: WebSocket) -> None:
        try:
            while True:
                log.append(await ws.receive())
        except WebSocketClosed as closed:
            log.append(type(closed.code))
            with pytest.raises(WebSocketClosed):
                await ws.send("too late")

    with serve(app).websocket("/ws") as ws:
        ws.send("last")
    assert log == ["last", int]


def test_a_handler_need_not_catch_that_the_client_has_gone(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def push(ws: WebSocket) -> None:
        while True:
            await ws.send("tick")
            await ws.receive()

    client = serve(app)
    with client.websocket("/ws") as ws:
        ws.receive()
        ws.disconnect()
    assert not caplog.records


@pytest.mark.parametrize("message", ["x" * 11, b"x" * 11, "üüüüüü"])
def test_a_message_beyond_the_limit_closes_with_1009(
    serve: "Serve", interface: Interface, message: str | bytes
) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    @limits(message="10B")
    async def echo(ws: WebSocket) -> None:
        async for received in ws:
            await ws.send(received)

    with serve(app).websocket("/ws") as ws:
        ws.send("x" * 10)
        assert ws.receive() == "x" * 10
        ws.send(message)
        with pytest.raises(ClosedForClient):
            ws.receive()
        assert ws.close_code == shown_code(interface, 1009)


def test_too_many_messages_close_with_1008(serve: "Serve", interface: Interface) -> None:
    with serve(echo_app()).websocket("/echo") as ws:
        for number in range(101):
            ws.send(str(number))
        assert list(ws) == [str(number) for number in range(100)]
        assert ws.close_code == shown_code(interface, 1008)


def test_the_first_subprotocol_that_both_know_is_chosen() -> None:
    app = App(__name__)

    @app.websocket("/ws", subprotocols=["v2", "v1"])
    async def talk(ws: WebSocket) -> None:
        await ws.send(str(ws.subprotocol))

    client = Client(app, interface="asgi")  # RSGI has no subprotocols
    with client.websocket("/ws", subprotocols=["v1", "v2"]) as ws:
        assert (ws.subprotocol, ws.receive()) == ("v2", "v2")
    with client.websocket("/ws", subprotocols=["v9"]) as ws:
        assert (ws.subprotocol, ws.receive()) == (None, "None")


def test_closing_codes_of_ones_own_and_closing_twice(serve: "Serve", interface: Interface) -> None:
    app = App(__name__)

    @app.websocket("/ws")
    async def leave(ws: WebSocket) -> None:
        await ws.close(3001, "enough")
        await ws.close()
        assert ws.is_closed

    with serve(app).websocket("/ws") as ws:
        with pytest.raises(ClosedForClient):
            ws.receive()
        assert ws.close_code == shown_code(interface, 3001)


def test_a_module_may_hold_a_websocket_and_its_hooks_stay_out(serve: "Serve") -> None:
    chat = Module("chat")

    @chat.before_request
    def never() -> None:
        raise AssertionError("hooks are for requests")

    @chat.websocket("/<room>")
    async def join(ws: WebSocket, room: str) -> None:
        await ws.send(room)

    app = App(__name__)
    app.include(chat, prefix="/chat")
    with serve(app).websocket("/chat/tea") as ws:
        assert ws.receive() == "tea"


def test_a_refused_handshake_says_why_where_the_server_lets_it(serve: "Serve", interface: Interface) -> None:
    client = serve(echo_app(), browser=False)
    headers = {"origin": "https://evil.example"}
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/echo", headers=headers):
        pass
    assert refused.value.status == 403
    if interface == "asgi":  # RSGI sends a status alone
        assert refused.value.response.json()["code"] == "csrf.origin"


async def test_conversations_are_told_when_the_server_stops(interface: Interface) -> None:
    app = App(__name__)
    told: list[int] = []

    @app.websocket("/ws")
    async def wait(ws: WebSocket) -> None:
        await ws.send("ready")
        try:
            await ws.receive()
        except WebSocketClosed as closed:
            told.append(closed.code)
            raise

    client = AsyncClient(app, interface=interface)
    async with client.websocket("/ws") as ws:
        assert await ws.receive() == "ready"
        await client.close()
        assert [message async for message in ws] == []
    assert told == [1001]


async def test_many_conversations_run_side_by_side(interface: Interface) -> None:
    app = App(__name__)
    rooms: set[WebSocket] = set()

    @app.websocket("/ws")
    async def chat(ws: WebSocket) -> None:
        rooms.add(ws)
        await ws.send(threading.current_thread().name)
        async for message in ws:
            for other in rooms:
                await other.send(message)

    client = AsyncClient(app, interface=interface)
    async with client.websocket("/ws") as one, client.websocket("/ws") as two:
        assert await one.receive() == await two.receive() == threading.current_thread().name
        await one.send("hello")
        assert [*await asyncio.gather(one.receive(), two.receive())] == ["hello", "hello"]
