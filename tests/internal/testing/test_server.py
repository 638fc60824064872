"""Run the clients on the framework itself; what they do with an app made by hand is in test_client.py."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest

from demijohn.app import App
from demijohn.http.request import Request
from demijohn.http.response import Stream
from demijohn.http.websocket import WebSocket
from demijohn.testing import AsyncClient, Client, WebSocketRefused

variable: ContextVar[str] = ContextVar("variable")


def add_pages(app: App) -> None:
    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return f"Hello, {name}!"

    @app.get("/where")
    def where() -> dict[str, object]:
        return {"thread": threading.get_ident(), "variable": variable.get()}

    @app.post("/form")
    def form(request: Request) -> dict[str, object]:
        return {"form": dict(request.form), "json": request.json if "json" in request.content_type else None}

    @app.get("/count")
    def count(request: Request) -> str:
        request.session["n"] = int(str(request.session.get("n", 0))) + 1
        return str(request.session["n"])


def add_streams(app: App, log: list[str]) -> None:
    @app.get("/rows")
    async def rows() -> Stream:
        async def numbers() -> AsyncIterator[str]:
            for number in range(3):
                yield f"{number}\n"

        return Stream(numbers(), content_type="text/csv")

    @app.sse("/events")
    async def events() -> AsyncIterator[dict[str, int]]:
        try:
            yield {"n": 1}
            yield {"n": 2}
            await asyncio.Event().wait()
        finally:
            log.append("events ended")

    @app.websocket("/chat")
    async def chat(ws: WebSocket) -> None:
        async for message in ws:
            await ws.send(f"echo {message!r}")
        log.append("chat ended")


def add_failures(app: App) -> None:
    @app.get("/boom")
    def boom() -> str:
        raise LookupError("no such shelf")

    @app.get("/aboom")
    async def aboom() -> str:
        raise LookupError("no such shelf")

    @app.get("/expected")
    def expected() -> str:
        raise ZeroDivisionError

    @app.error_handler(ZeroDivisionError)
    def answer_division(error: ZeroDivisionError, request: Request) -> tuple[str, int]:
        return "divided", 409

    @app.websocket("/boom")
    async def boom_socket(ws: WebSocket) -> None:
        raise LookupError("no such shelf")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def app(log: list[str]) -> App:
    app = App(__name__)
    add_pages(app)
    add_streams(app, log)
    add_failures(app)

    @app.on_startup
    def begin() -> None:
        log.append("startup")

    @app.on_shutdown
    async def end() -> None:
        log.append("shutdown")

    return app


def test_an_app_answers(app: App, interface: Any) -> None:
    client = Client(app, interface=interface)
    assert client.get("/hello/you").text == "Hello, you!"
    assert client.get("/none").status == 404
    assert client.head("/hello/you").body == b""


def test_def_handlers_run_in_the_thread_of_the_test(app: App, interface: Any) -> None:
    variable.set("set by the test")
    where = Client(app, interface=interface).get("/where").json()
    assert where == {"thread": threading.get_ident(), "variable": "set by the test"}


def test_a_post_passes_the_csrf_check_as_a_browsers_own_does(app: App, interface: Any) -> None:
    client = Client(app, interface=interface)
    assert client.post("/form", form={"a": 1}).json()["form"] == {"a": "1"}
    assert client.post("/form", json={"a": 1}).json()["json"] == {"a": 1}
    assert client.post("/form", form={"a": 1}, headers={"sec-fetch-site": "cross-site"}).status == 403
    in_pieces = client.post("/form", body=[b"a=", b"1"], headers={"content-type": "application/x-www-form-urlencoded"})
    assert in_pieces.json()["form"] == {"a": "1"}


def test_a_session_lives_in_the_cookies_of_the_client(app: App, interface: Any) -> None:
    client = Client(app, interface=interface)
    assert [client.get("/count").text for _ in range(3)] == ["1", "2", "3"]
    assert Client(app, interface=interface).get("/count").text == "1"
    over_tls = Client(app, interface=interface, base_url="https://testserver")
    assert [over_tls.get("/count").text for _ in range(2)] == ["1", "2"]
    assert [cookie.name for cookie in over_tls.cookies] == ["__Host-dj_session"]


def test_hooks_run_once_for_each_client(app: App, log: list[str], interface: Any) -> None:
    for _ in range(2):
        with Client(app, interface=interface) as client:
            client.get("/hello/you")
            client.get("/hello/you")
    assert log == ["startup", "shutdown"] * 2


def test_streams_and_events_are_read_as_they_come(app: App, log: list[str], interface: Any) -> None:
    with Client(app, interface=interface) as client:
        with client.stream("GET", "/rows") as rows:
            assert rows.read() == b"0\n1\n2\n"
        with client.stream("GET", "/events") as response:
            assert [event.json() for event in (response.read_event(), response.read_event()) if event] == [
                {"n": 1},
                {"n": 2},
            ]
            assert "events ended" not in log
        assert log == ["startup", "events ended"]


def test_websockets_talk_and_are_refused(app: App, log: list[str], interface: Any) -> None:
    with Client(app, interface=interface) as client:
        with client.websocket("/chat") as ws:
            ws.send("a")
            assert ws.receive() == "echo 'a'"
        assert log[-1] == "chat ended"
        with pytest.raises(WebSocketRefused, match="refused with 404"), client.websocket("/none"):
            pass
        foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
        with pytest.raises(WebSocketRefused, match="refused with 403"), client.websocket("/chat", headers=foreign):
            pass


@pytest.mark.parametrize("path", ["/boom", "/aboom"])
def test_what_no_error_handler_took_is_raised_in_the_test(app: App, interface: Any, path: str) -> None:
    with pytest.raises(LookupError, match="no such shelf"):
        Client(app, interface=interface).get(path)
    with pytest.raises(LookupError), Client(app, interface=interface).stream("GET", path):
        pass


def test_what_an_error_handler_took_is_its_answer(app: App, interface: Any) -> None:
    assert Client(app, interface=interface).get("/expected").text == "divided"


def test_a_failing_websocket_handler_is_raised_in_the_test(app: App, interface: Any) -> None:
    with pytest.raises(LookupError), Client(app, interface=interface).websocket("/boom") as ws:
        ws.receive()


def test_a_visitor_sees_the_page_of_the_error(app: App, interface: Any, caplog: pytest.LogCaptureFixture) -> None:
    response = Client(app, interface=interface, raise_server_errors=False).get("/boom")
    assert (response.status, response.content_type) == (500, "text/html")
    assert "GET /boom failed" in caplog.text


async def test_the_async_client_serves_the_same_app(app: App, log: list[str], interface: Any) -> None:
    async with AsyncClient(app, interface=interface) as client:
        answers = await asyncio.gather(*(client.get(f"/hello/{name}") for name in "abc"))
        assert [answer.text for answer in answers] == ["Hello, a!", "Hello, b!", "Hello, c!"]
        async with client.websocket("/chat") as ws:
            await ws.send("a")
            assert await ws.receive() == "echo 'a'"
    assert log == ["startup", "chat ended", "shutdown"]
