from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import msgspec
import pytest

from demijohn.app import App
from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.http.websocket import WebSocket
from demijohn.security.limits import limits
from demijohn.sessions.session import Session
from demijohn.testing import Client, WebSocketClosed, WebSocketRefused

Handler = Callable[[WebSocket], Awaitable[None]]


def app_of(handler: Handler, **options: tuple[str, ...]) -> App:
    app = App("app")
    app.websocket("/ws", subprotocols=options.get("subprotocols", ()))(handler)
    return app


async def echo(ws: WebSocket) -> None:
    async for message in ws:
        await ws.send(message)


def refusal_of(app: App, headers: Mapping[str, str | None] = MappingProxyType({})) -> int:
    client = Client(app, interface="asgi", raise_server_errors=False)
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/ws", headers=headers):
        pass
    return refused.value.response.status


def closing_code(handler: Handler, *messages: str) -> int | None:
    """Send the messages and return the code with which the app closes."""
    client = Client(app_of(handler), interface="asgi", raise_server_errors=False)
    with client.websocket("/ws") as ws:
        try:
            for message in messages:
                ws.send(message)
            while True:
                ws.receive()
        except WebSocketClosed as closed:
            return closed.code


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
def test_messages_go_both_ways(interface: str) -> None:
    client = Client(app_of(echo), interface="rsgi" if interface == "rsgi" else "asgi")
    with client.websocket("/ws") as ws:
        ws.send("text")
        ws.send(b"bytes")
        assert [ws.receive(), ws.receive()] == ["text", b"bytes"]


def test_a_guard_refuses_before_the_handshake() -> None:
    class Closed:
        def check(self, request: Request) -> None:
            raise HTTPError(401)

    app = App("app", guard=Closed())
    app.websocket("/ws")(echo)
    assert refusal_of(app) == 401


def test_parameters_refuse_before_the_handshake() -> None:
    app = App("app")

    @app.websocket("/ws")
    async def typed(ws: WebSocket, number: int) -> None:
        await ws.send(number)

    assert refusal_of(app) == 422
    with Client(app, interface="asgi").websocket("/ws?number=7") as ws:
        assert ws.receive() == "7"


def test_pages_of_other_sites_are_refused() -> None:
    assert refusal_of(app_of(echo), {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}) == 403
    assert refusal_of(app_of(echo), {"origin": "null", "sec-fetch-site": None}) == 403


def test_a_program_without_origin_is_let_in_unless_it_brings_a_session() -> None:
    app = app_of(echo)

    @app.get("/begin")
    async def begin(session: Session) -> str:
        session["a"] = 1
        return ""

    client = Client(app, interface="asgi")
    client.get("/begin")
    bare = {"origin": None, "sec-fetch-site": None}
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/ws", headers=bare):
        pass
    assert refused.value.response.status == 403
    with Client(app, browser=False, interface="asgi").websocket("/ws") as ws:
        ws.send("hello")
        assert ws.receive() == "hello"


def test_the_subprotocol_that_the_app_wants_most_is_chosen() -> None:
    app = app_of(echo, subprotocols=("v2", "v1"))
    client = Client(app, interface="asgi")
    for offered, chosen in ((["v1", "v2"], "v2"), (["v1"], "v1"), (["v3"], None), ([], None)):
        with client.websocket("/ws", subprotocols=offered) as ws:
            assert ws.subprotocol == chosen


class Point(msgspec.Struct):
    x: int


async def typed(ws: WebSocket) -> None:
    await ws.receive(Point)


async def forbidden(ws: WebSocket) -> None:
    raise HTTPError(403, code="room.full")


async def done(ws: WebSocket) -> None:
    return


async def mistaken(ws: WebSocket) -> None:
    raise LookupError("of the handler")


@pytest.mark.parametrize(("handler", "code"), [(typed, 1007), (forbidden, 4403), (done, 1000), (mistaken, 1011)])
def test_the_end_of_a_handler_closes_with_a_code_that_says_why(
    handler: Handler, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert closing_code(handler, '{"x": "not a number"}') == code
    assert ("of the handler" in caplog.text) == (handler is mistaken)


def test_limits_of_the_route_close_the_conversation() -> None:
    @limits(message=10)
    async def small(ws: WebSocket) -> None:
        await echo(ws)

    assert closing_code(small, "x" * 11) == 1009


async def in_a_group(ws: WebSocket) -> None:
    async def read() -> None:
        while True:
            await ws.receive()

    async with asyncio.TaskGroup() as group:
        group.create_task(read())


async def in_a_failing_group(ws: WebSocket) -> None:
    async def fail() -> None:
        await ws.receive()
        raise LookupError("of a task")

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())


def test_a_client_that_leaves_a_group_of_tasks_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with Client(app_of(in_a_group), interface="asgi") as client, client.websocket("/ws") as ws:
        ws.send("and goodbye")
    assert not caplog.records


def test_a_mistake_within_a_group_of_tasks_is_one(caplog: pytest.LogCaptureFixture) -> None:
    assert closing_code(in_a_failing_group, "go") == 1011
    assert "of a task" in caplog.text
