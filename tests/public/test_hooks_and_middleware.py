"""Promise: hooks and middleware stand around handlers in a fixed order, in either world, on the app or on a module."""

from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, DemijohnError, HTTPError, Module, Request, Response, abort, request, session

if TYPE_CHECKING:
    from tests.public.conftest import Serve

both_worlds = pytest.mark.parametrize("world", ["def", "async"])
both_hooks = pytest.mark.parametrize("hook_world", ["def", "async"])


def add_home(module: Module, world: str, log: list[str] | None = None, path: str = "/") -> None:
    """Give the module a handler that notes its call."""
    calls = [] if log is None else log

    def blocking() -> str:
        calls.append("handler")
        return "home"

    async def on_the_loop() -> str:
        calls.append("handler")
        return "home"

    module.add_route(path, blocking if world == "def" else on_the_loop, methods=["GET", "POST"])


@both_worlds
@both_hooks
def test_hooks_stand_around_the_handler(serve: "Serve", world: str, hook_world: str) -> None:
    app = App(__name__)
    log: list[str] = []
    add_home(app, world, log)

    if hook_world == "def":

        @app.before_request
        def before(request: Request) -> None:
            log.append(f"before {request.path}")

        @app.after_request
        def after(response: Response, request: Request) -> None:
            log.append(f"after {response.status}")
    else:

        @app.before_request
        async def before_async(request: Request) -> None:
            log.append(f"before {request.path}")

        @app.after_request
        async def after_async(response: Response, request: Request) -> None:
            log.append(f"after {response.status}")

    assert serve(app).get("/").text == "home"
    assert log == ["before /", "handler", "after 200"]


@both_worlds
def test_several_hooks_run_in_order_and_the_modules_inside_the_apps(serve: "Serve", world: str) -> None:
    log: list[str] = []
    app, blog = App(__name__), Module("blog")
    for module, name in ((app, "app"), (blog, "blog")):
        for number in (1, 2):
            add_noting_hooks(module, log, f"{name}{number}")
    add_home(blog, world, log)
    app.include(blog, prefix="/blog")
    serve(app).get("/blog")
    assert log == [
        *("+app1", "+app2", "+blog1", "+blog2"),
        "handler",
        *("-blog1", "-blog2", "-app1", "-app2"),
    ]


def add_noting_hooks(module: Module, log: list[str], name: str) -> None:
    @module.before_request
    def before() -> None:
        log.append(f"+{name}")

    @module.after_request
    def after() -> None:
        log.append(f"-{name}")


@both_worlds
@both_hooks
def test_what_a_before_hook_returns_is_the_answer(serve: "Serve", world: str, hook_world: str) -> None:
    app = App(__name__)
    log: list[str] = []
    add_home(app, world, log)

    if hook_world == "def":

        @app.before_request
        def closed() -> tuple[str, int]:
            return "closed for today", 503
    else:

        @app.before_request
        async def closed_async() -> tuple[str, int]:
            return "closed for today", 503

    @app.after_request
    def stamp(response: Response) -> None:
        response.headers["x-stamp"] = "1"

    response = serve(app).get("/")
    assert (response.status, response.text, response.headers["x-stamp"]) == (503, "closed for today", "1")
    assert log == []


@both_worlds
def test_an_after_hook_may_change_or_replace_the_answer(serve: "Serve", world: str) -> None:
    app = App(__name__)
    add_home(app, world)

    @app.after_request
    def add_header(response: Response, request: Request) -> None:
        response.headers["x-path"] = request.path

    @app.after_request
    async def shout(response: Response) -> Response:
        return Response(response.text.upper(), response.status, response.headers)

    response = serve(app).get("/")
    assert (response.text, response.headers["x-path"]) == ("HOME", "/")


@both_worlds
def test_after_hooks_see_errors_too(serve: "Serve", world: str) -> None:
    app = App(__name__)
    seen: list[int] = []

    if world == "def":

        @app.get("/")
        def fail() -> str:
            abort(409)
    else:

        @app.get("/")
        async def fail_async() -> str:
            abort(409)

    @app.after_request
    def note(response: Response) -> None:
        seen.append(response.status)

    client = serve(app)
    client.get("/")
    client.get("/nowhere")
    client.post("/")
    assert seen == [409, 404, 405]


@both_worlds
def test_an_error_in_a_before_hook_goes_to_the_error_handlers(serve: "Serve", world: str) -> None:
    app = App(__name__)
    log: list[str] = []
    add_home(app, world, log)

    @app.before_request
    def refuse() -> None:
        abort(403, code="closed")

    @app.error_handler(403)
    def explain(error: HTTPError) -> str:
        return error.code

    response = serve(app).get("/")
    assert (response.status, response.text, log) == (403, "closed", [])


@both_worlds
def test_an_error_in_an_after_hook_is_a_500(serve: "Serve", world: str) -> None:
    app = App(__name__)
    add_home(app, world)

    @app.after_request
    def broken() -> None:
        raise RuntimeError("broken hook")

    response = serve(app, raise_server_errors=False).get("/")
    assert response.status == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    with pytest.raises(RuntimeError, match="broken hook"):
        serve(app).get("/")


@both_worlds
@both_hooks
def test_hooks_share_state_and_session_with_the_handler(serve: "Serve", world: str, hook_world: str) -> None:
    app = App(__name__)

    if hook_world == "def":

        @app.before_request
        def remember() -> None:
            request.state["user"] = "ann"
            session["visits"] = int(str(session.get("visits", 0))) + 1
    else:

        @app.before_request
        async def remember_async() -> None:
            request.state["user"] = "ann"
            session["visits"] = int(str(session.get("visits", 0))) + 1

    def show() -> list[object]:
        return [request.state["user"], session["visits"]]

    async def show_async() -> list[object]:
        return show()

    app.add_route("/", show if world == "def" else show_async)
    client = serve(app)
    assert [client.get("/").json(), client.get("/").json()] == [["ann", 1], ["ann", 2]]


def test_hooks_of_a_module_do_not_touch_other_routes(serve: "Serve") -> None:
    log: list[str] = []
    app, blog = App(__name__), Module("blog")
    add_noting_hooks(blog, log, "blog")
    add_home(blog, "def")
    add_home(app, "def")
    app.include(blog, prefix="/blog")
    client = serve(app)
    client.get("/")
    assert log == []
    client.get("/blog")
    assert log == ["+blog", "-blog"]


@both_worlds
def test_middleware_wraps_the_handler(serve: "Serve", world: str) -> None:
    app = App(__name__)
    log: list[str] = []
    add_home(app, world, log)

    @app.middleware
    async def outer(request: Request, call_next: Any) -> Response:
        log.append("outer in")
        response: Response = await call_next(request)
        log.append("outer out")
        response.headers["x-outer"] = "1"
        return response

    @app.middleware
    async def inner(request: Request, call_next: Any) -> Response:
        log.append("inner in")
        response: Response = await call_next(request)
        log.append("inner out")
        return response

    assert serve(app).get("/").headers["x-outer"] == "1"
    assert log == ["outer in", "inner in", "handler", "inner out", "outer out"]


@both_worlds
def test_middleware_may_answer_by_itself(serve: "Serve", world: str) -> None:
    app = App(__name__)
    log: list[str] = []
    add_home(app, world, log)

    @app.middleware
    async def closed(request: Request, call_next: Any) -> Response:
        return Response("closed", 503)

    response = serve(app).get("/")
    assert (response.status, response.text, log) == (503, "closed", [])


def test_middleware_of_the_app_sees_what_no_route_takes(serve: "Serve") -> None:
    app = App(__name__)
    seen: list[int] = []

    @app.middleware
    async def note(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        seen.append(response.status)
        return response

    serve(app).get("/nowhere")
    assert seen == [404]


def test_middleware_of_a_module_wraps_its_routes_alone(serve: "Serve") -> None:
    app, blog = App(__name__), Module("blog")
    add_home(blog, "async")
    add_home(app, "async")
    app.include(blog, prefix="/blog")

    @blog.middleware
    async def stamp(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["x-blog"] = "1"
        return response

    client = serve(app)
    assert "x-blog" in client.get("/blog").headers
    assert "x-blog" not in client.get("/").headers


@both_worlds
def test_an_error_in_middleware_is_answered_like_a_handlers(serve: "Serve", world: str) -> None:
    app = App(__name__)
    add_home(app, world)

    @app.middleware
    async def refuse(request: Request, call_next: Any) -> Response:
        abort(402)

    @app.error_handler(402)
    def pay() -> str:
        return "pay first"

    assert serve(app).get("/").text == "pay first"


def test_middleware_that_forgets_to_return_is_told(serve: "Serve") -> None:
    app = App(__name__)
    add_home(app, "async")

    @app.middleware
    async def forgetful(request: Request, call_next: Any) -> None:
        await call_next(request)

    with pytest.raises(DemijohnError, match="return await call_next"):
        serve(app).get("/")


@both_hooks
def test_start_up_and_shut_down_run_once_around_all_requests(serve: "Serve", hook_world: str) -> None:
    app = App(__name__)
    log: list[str] = []
    add_home(app, "async", log)

    for name in ("first", "second"):
        add_life(app, log, name, hook_world)
    with serve(app) as client:
        client.get("/")
        client.get("/")
    assert log == ["start first", "start second", "handler", "handler", "stop second", "stop first"]


def add_life(app: App, log: list[str], name: str, world: str) -> None:
    def start() -> None:
        log.append(f"start {name}")

    def stop() -> None:
        log.append(f"stop {name}")

    async def start_async() -> None:
        start()

    async def stop_async() -> None:
        stop()

    app.on_startup(start if world == "def" else start_async)
    app.on_shutdown(stop if world == "def" else stop_async)


def test_an_error_at_start_up_stops_the_start(serve: "Serve") -> None:
    app = App(__name__)

    @app.on_startup
    def broken() -> None:
        raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        serve(app)


def test_hooks_do_not_run_for_the_health_check(serve: "Serve") -> None:
    app = App(__name__)

    @app.before_request
    def refuse() -> None:
        abort(503)

    assert serve(app).get("/up").status == 200
