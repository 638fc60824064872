from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from demijohn.app import App
from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.http.websocket import WebSocket
from demijohn.pipeline.pipeline import Pipeline
from demijohn.sessions.session import Session
from demijohn.testing import Client

if TYPE_CHECKING:
    from tests.internal.pipeline.conftest import MakeRequest, Start


def frozen(app: App | None = None) -> Pipeline:
    return (app or App("app")).freeze("test")


def test_a_match_leaves_name_and_values_on_the_request(make_request: MakeRequest) -> None:
    app = App("app")
    app.add_route("/notes/<int:number>", lambda number: number, name="show")
    request = make_request(path="/notes/7")
    assert copy_context().run(frozen(app).admit, request, None).name == "show"
    assert (request.route_name, request.path_params) == ("show", {"number": 7})


def test_the_health_path_alone_answers_any_host(make_request: MakeRequest) -> None:
    pipeline = App("app", health="/alive").freeze("production", config={"allowed_hosts": ["example.com"]})

    async def ask(path: str, method: str = "GET") -> tuple[int, bytes]:
        request = make_request(method, path)
        response = await pipeline.admit(request, None).respond(request)
        assert response is not None
        return response.status, response.body

    assert asyncio.run(ask("/alive")) == (200, b"up\n")
    for path, method in (("/", "GET"), ("/alive", "BREW")):
        with pytest.raises(HTTPError):
            asyncio.run(ask(path, method))


def test_a_path_of_the_projects_own_replaces_the_health_answer(start: Start) -> None:
    app = App("app")
    app.add_route("/up", lambda: "mine", name="up")
    assert start(app).get("/up").text == "mine"


def test_what_runs_before_any_endpoint_is_refused_in_our_own_words(start: Start) -> None:
    app = App("app")
    app.error_handler(HTTPError)(lambda: "never")
    response = start(app, browser=False).get("/", headers={"host": "evil.example"})
    assert (response.status, response.json()["code"]) == (421, "host.unknown")
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_refusal_tells_nothing_of_a_mistake(make_request: MakeRequest, caplog: pytest.LogCaptureFixture) -> None:
    response = frozen().refuse(LookupError("secret"), make_request())
    assert (response.status, b"secret" in response.body) == (500, False)
    assert response.fields
    assert "secret" in caplog.text


def test_a_refusal_with_headers_that_cannot_be_sent_is_answered_all_the_same(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    response = frozen().refuse(HTTPError(401, headers={"www-authenticate": "a\r\nb"}), make_request())
    assert (response.status, "www-authenticate" in response.headers) == (500, False)
    assert "InvalidHeader" in caplog.text


def test_a_refusal_leaves_a_session_alone_that_could_not_be_kept(make_request: MakeRequest) -> None:
    class BrokenStore:
        max_age, blocking, revocable = 10, False, True

        def load(self, cookie: str) -> None:
            return None

        def save(self, *arguments: object, **options: object) -> str:
            raise OSError("the disk is full")

        def delete(self, session_id: str) -> None:
            raise OSError("the disk is full")

    request = make_request()
    store: Any = BrokenStore()
    request.loaded_session = Session(store, None)
    request.loaded_session["a"] = 1
    request.is_plain = False
    response = frozen().refuse(OSError("the disk is full"), request)
    assert msgspec.json.decode(response.body)["code"] == "http.server_error"


def test_a_socket_without_a_route_is_a_404(make_request: MakeRequest) -> None:
    app = App("app")
    app.add_route("/page", lambda: "", name="page")
    for path in ("/page", "/nothing"):
        with pytest.raises(HTTPError) as refused:
            copy_context().run(frozen(app).admit_socket, make_request(path=path), None)
        assert refused.value.status == 404


def test_gateways_are_made_when_a_server_asks_and_kept() -> None:
    pipeline = frozen()
    assert pipeline.rsgi is pipeline.rsgi
    assert pipeline.asgi is pipeline.asgi


def test_the_app_starts_and_stops_once_and_can_start_again(start: Start) -> None:
    app, log = App("app"), list[str]()
    app.on_startup(lambda: log.append("start"))
    app.on_shutdown(lambda: log.append("stop"))
    app.add_route("/", lambda: "body", name="index")
    pipeline = app.freeze("test")

    async def life() -> None:
        await asyncio.gather(pipeline.startup(), pipeline.startup())
        assert await pipeline.pool.run(lambda: "works") == "works"
        await pipeline.shutdown()
        assert pipeline.stopping.is_set()

    asyncio.run(life())
    asyncio.run(life())
    assert log == ["start", "stop"] * 2


def test_an_error_while_stopping_still_ends_the_workers() -> None:
    app, released = App("app"), list[str]()

    @app.on_shutdown
    def fail() -> None:
        raise LookupError("while stopping")

    pipeline = app.freeze("test")
    pipeline.at_end.append(lambda: released.append("released"))

    async def life() -> None:
        await pipeline.startup()
        with pytest.raises(LookupError, match="while stopping"):
            await pipeline.shutdown()
        with pytest.raises(HTTPError):
            await pipeline.pool.run(lambda: None)

    asyncio.run(life())
    assert released == ["released"]


def test_start_up_sees_the_services_of_the_app() -> None:
    from demijohn.config import Config
    from demijohn.context import service

    app, seen = App("app"), list[Config]()
    app.on_startup(lambda: seen.append(service(Config)))
    pipeline = app.freeze("test", config={"worker_threads": 3})
    asyncio.run(pipeline.startup())
    asyncio.run(pipeline.shutdown())
    assert [settings.worker_threads for settings in seen] == [3]


def test_stopping_tells_open_sockets() -> None:
    app, log = App("app"), list[str]()

    @app.websocket("/ws")
    async def talk(ws: WebSocket) -> None:
        async for message in ws:
            log.append(str(message))
        log.append("told")

    with Client(app, interface="asgi") as client, client.websocket("/ws") as ws:
        ws.send("hello")
        frozen_app = client._visitor.server._app
        assert isinstance(frozen_app, Pipeline)
        client._driver.run(until(lambda: log == ["hello"]))
        frozen_app.begin_shutdown()
        client._driver.run(until(lambda: log == ["hello", "told"]))


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_true():
            await asyncio.sleep(0)


def test_two_apps_in_one_process_know_nothing_of_each_other(start: Start) -> None:
    def app_called(name: str) -> App:
        app = App(name)
        app.before_request(lambda request: request.state.update(app=name))
        app.add_route("/", lambda request: request.state["app"], name="index")
        return app

    clients = {name: start(app_called(name)) for name in ("one", "two")}
    for _ in range(2):
        assert {name: client.get("/").text for name, client in clients.items()} == {"one": "one", "two": "two"}


def test_an_endpoint_that_the_app_does_not_have_is_a_404_and_no_error(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def never(request: Request) -> str:
        return ""

    app = App("app")
    app.add_route("/here", never, name="never")
    assert start(app).get("/there").status == 404
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
