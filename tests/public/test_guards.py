"""Promise: a guard refuses before the body is read, wherever its mark stands, on a handler, a View or a module."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from demijohn import App, HTTPError, Module, Request, View, WebSocket, limits, rate_limit
from demijohn.testing import WebSocketRefused

if TYPE_CHECKING:
    from tests.public.conftest import Serve


class Doorkeeper:
    """Let in who knows the word."""

    def __init__(self, word: str = "please", log: list[str] | None = None) -> None:
        self.word = word
        self.log = [] if log is None else log

    def check(self, request: Request) -> None:
        self.log.append(self.word)
        if self.word not in request.headers.get("x-words", ""):
            raise HTTPError(401, code="door.shut", headers={"www-authenticate": "Word"})


class AsyncDoorkeeper(Doorkeeper):
    async def acheck(self, request: Request) -> None:
        self.check(request)


class BlockingDoorkeeper(Doorkeeper):
    blocking = True


@pytest.mark.parametrize("guard", [Doorkeeper(), AsyncDoorkeeper(), BlockingDoorkeeper()])
@pytest.mark.parametrize("world", ["def", "async"])
def test_a_module_keeps_its_routes_behind_a_guard(serve: "Serve", guard: Doorkeeper, world: str) -> None:
    inside = Module("inside", guard=guard)

    def show() -> str:
        return "come in"

    async def show_async() -> str:
        return "come in"

    inside.add_route("/", show if world == "def" else show_async)
    app = App(__name__)
    app.include(inside, prefix="/inside")
    app.add_route("/", show, name="outside")
    client = serve(app, browser=False)
    refused = client.get("/inside")
    assert (refused.status, refused.json()["code"]) == (401, "door.shut")
    assert refused.headers["www-authenticate"] == "Word"
    assert client.get("/inside", headers={"x-words": "please"}).text == "come in"
    assert client.get("/").text == "come in"


def test_guards_run_from_the_outside_in(serve: "Serve") -> None:
    log: list[str] = []
    app = App(__name__, guard=Doorkeeper("app", log))
    outer = Module("outer", guard=(Doorkeeper("outer", log), Doorkeeper("second", log)))
    inner = Module("inner", guard=Doorkeeper("inner", log))

    @inner.get("/")
    def show() -> str:
        return "home"

    outer.include(inner, prefix="/inner")
    app.include(outer, prefix="/outer")
    client = serve(app)
    assert client.get("/outer/inner", headers={"x-words": "app outer second inner"}).text == "home"
    assert log == ["app", "outer", "second", "inner"]
    log.clear()
    assert client.get("/outer/inner", headers={"x-words": "app"}).status == 401
    assert log == ["app", "outer"]


def test_a_refused_body_is_never_read(serve: "Serve") -> None:
    app = App(__name__)
    inside = Module("inside", guard=Doorkeeper())
    sent: list[int] = []

    @inside.post("/")
    def save(request: Request) -> str:
        return str(len(request.body))

    app.include(inside, prefix="/inside")

    def body() -> Iterator[bytes]:
        for number in range(3):
            sent.append(number)
            yield b"x"

    client = serve(app, browser=False)
    assert client.post("/inside", body=body()).status == 401
    assert sent == []


def test_an_unknown_path_is_not_found_before_any_guard(serve: "Serve") -> None:
    log: list[str] = []
    app = App(__name__)
    inside = Module("inside", guard=Doorkeeper(log=log))
    app.include(inside, prefix="/inside")
    assert serve(app).get("/inside/nowhere").status == 404
    assert log == []


@pytest.mark.parametrize("mark_above", [True, False])
def test_a_mark_may_stand_above_or_below_the_route(serve: "Serve", mark_above: bool) -> None:
    app = App(__name__)

    def show() -> str:
        return "home"

    if mark_above:
        rate_limit("2/m")(app.get("/")(show))
    else:
        app.get("/")(rate_limit("2/m")(show))
    client = serve(app, browser=False)
    assert [client.get("/").status for _ in range(3)] == [200, 200, 429]


def test_a_rate_limit_says_when_to_come_back(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    @rate_limit("1/m")
    async def show() -> str:
        return "home"

    client = serve(app, browser=False)
    client.get("/")
    refused = client.get("/")
    assert (refused.status, refused.json()["code"]) == (429, "rate.limited")
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_rate_limits_count_by_what_a_function_says(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    @rate_limit("1/m", by=lambda request: request.headers.get("x-key"))
    def show() -> str:
        return "home"

    client = serve(app)
    told = [client.get("/", headers={"x-key": key} if key else {}).status for key in ("a", "b", "a", "", "")]
    assert told == [200, 200, 429, 200, 200]


def test_routes_count_apart_unless_they_share_a_name(serve: "Serve") -> None:
    app = App(__name__)

    def one() -> str:
        return ""

    def two() -> str:
        return ""

    def three() -> str:
        return ""

    app.add_route("/one", rate_limit("1/m")(one))
    app.add_route("/two", rate_limit("1/m", name="shared")(two))
    app.add_route("/three", rate_limit("1/m", name="shared")(three))
    client = serve(app)
    assert [client.get(path).status for path in ("/one", "/two", "/three")] == [200, 200, 429]


def test_a_module_takes_a_decorator_for_its_guard(serve: "Serve") -> None:
    api = Module("api", guard=rate_limit("1/m"))

    @api.get("/")
    def show() -> str:
        return ""

    app = App(__name__)
    app.include(api, prefix="/api")
    client = serve(app)
    assert [client.get("/api").status, client.get("/api").status] == [200, 429]


def test_modules_with_the_same_rate_count_apart(serve: "Serve") -> None:
    app = App(__name__)
    for name in ("one", "two"):
        module = Module(name, guard=rate_limit("1/m"))
        module.add_route("/", lambda: "", name="show")
        app.include(module, prefix=f"/{name}")
    client = serve(app)
    assert [client.get(path).status for path in ("/one", "/two", "/one")] == [200, 200, 429]


def test_a_view_is_guarded_as_a_whole_and_by_the_method(serve: "Serve") -> None:
    app = App(__name__)

    @app.route("/")
    @rate_limit("3/m")
    class NoteView(View):
        def get(self) -> str:
            return ""

        @rate_limit("1/m")
        def post(self) -> str:
            return ""

    client = serve(app)
    assert [client.post("/").status, client.post("/").status, client.get("/").status] == [200, 429, 200]
    assert client.get("/").status == 429


def test_a_guard_refuses_a_websocket_before_the_handshake(serve: "Serve") -> None:
    app = App(__name__, guard=Doorkeeper())

    @app.websocket("/ws")
    async def talk(ws: WebSocket) -> None:
        raise AssertionError("never reached")

    client = serve(app)
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/ws"):
        pass
    assert refused.value.status == 401


def test_a_guard_may_leave_something_for_the_handler(serve: "Serve") -> None:
    class Identify:
        def check(self, request: Request) -> None:
            request.state["who"] = request.headers.get("x-who", "nobody")

    app = App(__name__, guard=Identify())

    @app.get("/")
    def show(request: Request) -> str:
        return str(request.state["who"])

    assert serve(app).get("/", headers={"x-who": "ann"}).text == "ann"


def test_limits_change_what_one_route_takes(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/small")
    @limits(body="10B")
    def small(request: Request) -> str:
        return str(len(request.body))

    @app.post("/large")
    @limits(body="3MB")
    def large(request: Request) -> str:
        return str(len(request.body))

    @app.post("/usual")
    def usual(request: Request) -> str:
        return str(len(request.body))

    client = serve(app, browser=False)
    body = b"x" * 2_900_000
    assert client.post("/small", body=b"x" * 10).text == "10"
    assert client.post("/small", body=b"x" * 11).json()["code"] == "body.too_large"
    assert client.post("/large", body=body).text == "2900000"
    assert client.post("/usual", body=body).status == 413
    assert client.post("/usual", body=iter([body])).status == 413
