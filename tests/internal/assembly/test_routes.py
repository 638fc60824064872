from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import pytest

from demijohn.app import App
from demijohn.errors import DeclarationError
from demijohn.http.html import html
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.http.view import View
from demijohn.http.websocket import WebSocket
from demijohn.module import Module
from demijohn.pipeline.endpoint import AsyncEndpoint, BlockingEndpoint
from demijohn.pipeline.pipeline import ServedRoute
from demijohn.pipeline.sockets import SocketEndpoint
from demijohn.security.headers import csp, embeddable
from demijohn.security.limits import limits
from demijohn.security.throttle import RateLimit, rate_limit
from demijohn.testing import Client


def served_by(app: App) -> list[ServedRoute]:
    return list(app.freeze("test").routes)


def problems_of(declare: Callable[[App], object]) -> list[str]:
    app = App("app")
    declare(app)
    with pytest.raises(DeclarationError) as stopped:
        app.freeze("test")
    assert all("test_routes.py:" in problem.where for problem in stopped.value.problems)
    return [problem.message for problem in stopped.value.problems]


class Door:
    """Be a guard that only has a name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def check(self, request: Request) -> None: ...


async def on_loop() -> str:
    return ""


def in_worker() -> str:
    return ""


def events_in_worker() -> Iterator[str]:
    yield ""


async def events_on_loop() -> AsyncIterator[str]:
    yield ""


class AsyncCall:
    async def __call__(self) -> str:
        return ""


def test_the_kind_of_a_handler_decides_its_world() -> None:
    app = App("app")
    app.add_route("/a", on_loop)
    app.add_route("/b", in_worker)
    app.add_route("/c", AsyncCall(), name="call")
    app.sse("/d", name="d")(events_on_loop)
    app.sse("/e", name="e")(events_in_worker)
    kinds = [type(served.endpoint) for served in served_by(app)]
    assert kinds == [AsyncEndpoint, BlockingEndpoint, AsyncEndpoint, AsyncEndpoint, BlockingEndpoint]


def test_a_view_is_an_endpoint_for_each_of_its_methods() -> None:
    app = App("app")

    @app.route("/notes/<int:number>")
    class Note(View):
        def get(self, number: int) -> str:
            return ""

        async def delete(self, number: int) -> None: ...

    found = {next(iter(served.methods)): type(served.endpoint) for served in served_by(app)}
    assert found == {"GET": BlockingEndpoint, "DELETE": AsyncEndpoint}
    assert {served.name for served in served_by(app)} == {"Note"}


def test_guards_stand_from_the_outside_in_and_the_handlers_own_last() -> None:
    app = App("app", guard=Door("app"))
    shop = Module("shop", guard=[Door("shop"), rate_limit("10/m")])
    cart = Module("cart", guard=Door("cart"))

    @cart.get("/")
    @rate_limit("1/s")
    def show() -> str:
        return ""

    shop.include(cart)
    app.include(shop)
    (served,) = served_by(app)
    names = [guard.name if isinstance(guard, Door) else type(guard).__name__ for guard in served.endpoint.guards]
    assert names == ["app", "shop", "RateLimit", "cart", "RateLimit"]


def test_the_rate_of_a_module_is_counted_for_all_of_it() -> None:
    app, shop = App("app"), Module("shop", guard=rate_limit("2/m"))
    shop.add_route("/a", lambda: "", name="a")
    shop.add_route("/b", lambda: "", name="b")
    app.include(shop)
    limited = {
        guard.name for served in served_by(app) for guard in served.endpoint.guards if isinstance(guard, RateLimit)
    }
    assert len(limited) == 1
    client = Client(app)
    assert [client.get(path).status for path in ("/a", "/b", "/a")] == [200, 200, 429]


def test_what_guards_nothing_is_refused() -> None:
    def declare(app: App) -> None:
        app.include(Module("shop", guard="login"))

    assert problems_of(declare) == ["'login' guards nothing."]


def test_marks_count_on_the_handler_on_the_view_and_on_its_method() -> None:
    app = App("app")

    @app.route("/view", methods=["POST"])
    @limits(body=10)
    class Upload(View):
        @rate_limit("1/m")
        def post(self, request: Request) -> bytes:
            return request.body

    client = Client(app)
    assert client.post("/view", body=b"x" * 10).status == 200
    assert client.post("/view", body=b"x").status == 429
    assert Client(app).post("/view", body=b"x" * 11).status == 413


def test_marks_of_a_view_change_the_headers_of_its_own_answers_alone() -> None:
    app = App("app")
    app.add_route("/plain", lambda: "", name="plain")

    @app.get("/map")
    @csp("img-src", "https://tiles.example", reason="map")
    def show_map() -> Response:
        return html("<p>map</p>")

    @app.get("/widget")
    @embeddable(["https://partner.example"])
    def widget() -> str:
        return ""

    client = Client(app)
    policy = "content-security-policy"
    assert "https://tiles.example" in client.get("/map").headers[policy]
    assert "https://tiles.example" not in client.get("/plain").headers[policy]
    assert "x-frame-options" not in client.get("/widget").headers
    assert client.get("/plain").headers["x-frame-options"] == "DENY"
    assert [given_up.code for given_up in app.freeze("test").opt_outs] == ["csp.allow", "csp.allow"]


def test_only_a_raised_limit_is_an_opt_out() -> None:
    app = App("app")

    @app.post("/small")
    @limits(body=10)
    def small() -> str:
        return ""

    @app.post("/large")
    @limits(body="50MB")
    def large() -> str:
        return ""

    details = [given_up.detail for given_up in app.freeze("test").opt_outs]
    assert details
    assert all("50,000,000 instead of" in detail for detail in details)


def test_hooks_of_modules_stand_within_those_of_the_app() -> None:
    app, shop, log = App("app"), Module("shop"), list[str]()

    def note(text: str) -> None:
        log.append(text)

    shop.add_route("/shop", lambda: log.append("handler"), name="index")
    app.add_route("/app", lambda: log.append("handler"), name="index")
    app.include(shop)
    for module in (shop, app):
        module.before_request(partial(note, f"before {module.name}"))
        module.after_request(partial(note, f"after {module.name}"))
    client = Client(app)
    client.get("/shop")
    assert log == ["before app", "before shop", "handler", "after shop", "after app"]
    log.clear()
    client.get("/app")
    assert log == ["before app", "handler", "after app"]


def test_a_websocket_gets_its_socket_and_only_there() -> None:
    app = App("app")

    @app.websocket("/ws")
    async def talk(ws: WebSocket) -> None: ...

    (served,) = served_by(app)
    assert isinstance(served.endpoint, SocketEndpoint)

    def declare(other: App) -> None:
        @other.get("/")
        def index(ws: WebSocket) -> str:
            return ""

    assert len(problems_of(declare)) == 1


def test_every_mistake_of_every_handler_is_told_with_its_place() -> None:
    def declare(app: App) -> None:
        @app.get("/generator")
        def generate() -> Iterator[str]:
            yield ""

        @app.websocket("/ws")
        def blocking(ws: object) -> None: ...

        @app.sse("/events")
        def silent() -> str:
            return ""

        @app.route("/method", methods=["BREW"])
        def brew() -> str:
            return ""

        @app.route("/class")
        class NoView:
            pass

        app.add_route("/unnamed", lambda: "")

    expect(
        problems_of(declare),
        "generate is a generator",
        "blocking handles a WebSocket but is no `async def`",
        "silent streams events but yields none",
        "'BREW' is no method",
        "NoView is a class, but no View",
        "no name that url_for could use",
    )


def test_every_mistake_around_handlers_is_told_with_its_place() -> None:
    def declare(app: App) -> None:
        @app.middleware
        def wrapper(request: object, call_next: object) -> object:
            return None

        app.before_request(lambda request, more: None)
        app.after_request(lambda response, request, more: None)
        app.error_handler(404)(lambda: "")
        app.error_handler(404)(lambda: "")

    expect(
        problems_of(declare),
        "The middleware wrapper is no `async def`",
        "takes more than it is given",
        "takes more than it is given",
        "Two error handlers for 404",
    )


def expect(found: list[str], *parts: str) -> None:
    for part in parts:
        assert any(part in message for message in found), part
    assert len(found) == len(parts)
