"""Promise: addresses are built from routes, and a redirect never leads a visitor where the site did not mean."""

from contextvars import Context
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from demijohn import (
    App,
    DemijohnError,
    Module,
    Request,
    Response,
    UnsafeRedirect,
    View,
    WebSocket,
    redirect,
    redirect_external,
    safe_next,
    url_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from demijohn.testing import ClientResponse
    from tests.public.conftest import Serve


def ask(serve: "Serve", answer: "Callable[[], object]", *, at: str = "/", method: str = "GET") -> "ClientResponse":
    """Serve an app with a few routes and one more that answers as told."""
    app, blog = App(__name__), Module("blog")

    def show(id: int) -> str:
        return f"note {id}"

    app.add_route("/notes/<int:id>", show)
    blog.add_route("/<slug:slug>", lambda slug: slug, name="show")
    app.include(blog, prefix="/blog")
    app.add_route("/", answer, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"], name="answer")
    return serve(app, config={"site_url": "https://example.com"}).request(method, at)


@pytest.mark.parametrize(
    ("name", "values", "address"),
    [
        ("show", {"id": 1}, "/notes/1"),
        ("blog.show", {"slug": "hello"}, "/blog/hello"),
        ("show", {"id": 1, "page": 2, "q": "a b&c"}, "/notes/1?page=2&q=a+b%26c"),
        ("show", {"id": 1, "tag": ["a", "b"]}, "/notes/1?tag=a&tag=b"),
        ("answer", {}, "/"),
    ],
)
def test_an_address_is_built_from_a_name(serve: "Serve", name: str, values: dict[str, Any], address: str) -> None:
    assert ask(serve, lambda: url_for(name, **values)).text == address


def test_an_address_is_built_from_a_handler(serve: "Serve") -> None:
    app, blog = App(__name__), Module("blog")

    @blog.get("/<slug:slug>")
    def show(slug: str) -> list[str]:
        return [url_for(show, slug="x"), url_for(".show", slug="y"), url_for("blog.show", slug="z"), url_for(home)]

    @app.get("/")
    def home() -> str:
        return url_for(".home")

    app.include(blog, prefix="/blog")
    client = serve(app)
    assert client.get("/blog/a").json() == ["/blog/x", "/blog/y", "/blog/z", "/"]
    assert client.get("/").text == "/"


def test_values_are_written_so_that_they_come_back(serve: "Serve") -> None:
    app = App(__name__)
    values: list[object] = ["a b", "ü", "50%", "a+b", "a?b#c", "<x>"]

    @app.get("/<value>/<path:rest>")
    def show(value: str, rest: str) -> list[str]:
        return [value, rest]

    @app.get("/")
    def addresses() -> list[str]:
        return [url_for("show", value=value, rest=f"x/{value}") for value in values]

    client = serve(app)
    addresses_built = client.get("/").json()
    assert all(address.isascii() for address in addresses_built)
    assert [client.get(address).json() for address in addresses_built] == [[value, f"x/{value}"] for value in values]


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("shwo", {"id": 1}, "Did you mean 'show'"),
        ("show", {}, "id"),
        ("show", {"id": "x"}, "id"),
        ("blog.show", {"slug": "a/b"}, "slug"),
    ],
)
def test_an_address_that_cannot_be_built_is_a_mistake(
    serve: "Serve", name: str, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(DemijohnError, match=message):
        ask(serve, lambda: url_for(name, **values))


@pytest.mark.parametrize("short_first", [True, False])
def test_of_several_routes_of_one_name_the_one_that_takes_most_serves(serve: "Serve", short_first: bool) -> None:
    def notes(page: int = 1) -> list[str]:
        return [url_for("notes"), url_for("notes", page=2), url_for("notes", page=2, q="x")]

    app = App(__name__)
    for path in ("/notes", "/notes/<int:page>") if short_first else ("/notes/<int:page>", "/notes"):
        app.add_route(path, notes)
    assert serve(app).get("/notes").json() == ["/notes", "/notes/2", "/notes/2?q=x"]


def test_a_websocket_handler_builds_addresses_of_its_module(serve: "Serve") -> None:
    chat = Module("chat")

    @chat.get("/<room>")
    def show(room: str) -> str:
        return room

    @chat.websocket("/<room>/ws")
    async def talk(ws: WebSocket, room: str) -> None:
        await ws.send([url_for(".show", room=room), url_for(".talk", room=room)])

    app = App(__name__)
    app.include(chat, prefix="/chat")
    with serve(app).websocket("/chat/tea/ws") as ws:
        assert ws.receive_json() == ["/chat/tea", "/chat/tea/ws"]


def test_absolute_addresses_come_from_the_setting_and_never_from_the_host(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def home() -> str:
        return url_for("home", absolute=True)

    config = {"site_url": "https://example.com", "allowed_hosts": ["other.example"]}
    client = serve(app, config=config, base_url="http://other.example")
    assert client.get("/").text == "https://example.com/"
    with pytest.raises(DemijohnError, match="SITE_URL"):
        serve(app).get("/")


def test_an_address_is_built_outside_of_a_request_within_the_context_of_the_app() -> None:
    app = App(__name__)

    @app.get("/notes/<uuid:key>")
    def show(key: UUID) -> str:
        return ""

    with pytest.raises(DemijohnError, match=r"app\.context\(\)"):
        Context().run(lambda: url_for("show", key=UUID(int=1)))
    app.freeze(config={"site_url": "https://example.com"})
    with app.context():
        assert url_for(show, key=UUID(int=1), absolute=True) == f"https://example.com/notes/{UUID(int=1)}"


def test_a_redirect_leads_to_a_route_a_path_or_this_site(serve: "Serve") -> None:
    told = [
        ask(serve, answer).location
        for answer in (
            lambda: redirect("show", id=1),
            lambda: redirect("blog.show", slug="x", page=2),
            lambda: redirect("/somewhere?a=b#c"),
            lambda: redirect("https://example.com/x"),
            lambda: redirect("http://testserver/x"),
            lambda: redirect("/ü"),
        )
    ]
    assert told == [
        "/notes/1",
        "/blog/x?page=2",
        "/somewhere?a=b#c",
        "https://example.com/x",
        "http://testserver/x",
        "/%C3%BC",
    ]


def test_a_redirect_leads_to_a_handler_or_a_view(serve: "Serve") -> None:
    app = App(__name__)

    class NoteView(View):
        def get(self, id: int) -> str:
            return f"note {id}"

    app.add_route("/notes/<int:id>", NoteView)

    @app.get("/")
    def home() -> Response:
        return redirect(NoteView, id=3)

    assert serve(app).get("/", follow_redirects=True).text == "note 3"


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 302), ("HEAD", 302), ("POST", 303), ("PUT", 303), ("PATCH", 303), ("DELETE", 303)]
)
def test_after_a_change_the_browser_follows_with_get(serve: "Serve", method: str, status: int) -> None:
    assert ask(serve, lambda: redirect("/"), method=method).status == status


def test_the_status_may_be_another(serve: "Serve") -> None:
    assert ask(serve, lambda: redirect("/", status=301)).status == 301
    assert ask(serve, lambda: redirect("show", id=1, status=308)).status == 308
    with pytest.raises(ValueError, match="301, 302, 303, 307 or 308, not 200"):
        ask(serve, lambda: redirect("/", status=200))


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "http:evil.example//x",
        "https://example.com@evil/",
        "javascript:alert('evil')",
        "data:text/html,evil",
        "",
        "/\tevil",
        "evil .example",
    ],
)
def test_a_redirect_that_would_leave_the_site_is_a_400(serve: "Serve", target: str) -> None:
    response = ask(serve, lambda: redirect(target))
    assert response.status == 400
    assert response.location is None
    assert "evil" not in response.text


def test_a_redirect_to_a_route_that_is_not_there_is_a_mistake(serve: "Serve") -> None:
    with pytest.raises(DemijohnError, match="Did you mean 'show'"):
        ask(serve, lambda: redirect("shwo", id=1))


def test_an_unsafe_redirect_can_be_handled(serve: "Serve") -> None:
    def answer() -> object:
        try:
            return redirect("//evil.example")
        except UnsafeRedirect:
            return redirect("/")

    assert ask(serve, answer).location == "/"


def test_leaving_the_site_is_said_aloud(serve: "Serve") -> None:
    response = ask(serve, lambda: redirect_external("https://pay.example/checkout?a=1"))
    assert (response.status, response.location) == (302, "https://pay.example/checkout?a=1")


@pytest.mark.parametrize("target", ["javascript:alert(1)", "//evil.example", "/path", "https://a:b@evil.example"])
def test_even_then_the_address_must_be_a_plain_one_of_the_web(serve: "Serve", target: str) -> None:
    assert ask(serve, lambda: redirect_external(target)).status == 400


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("next=/notes/1", "/notes/1"),
        ("next=http://testserver/x", "http://testserver/x"),
        ("next=//evil.example", "/home"),
        ("next=https://evil.example", "/home"),
        ("next=javascript:alert(1)", "/home"),
        ("next=", "/home"),
        ("", "/home"),
    ],
)
def test_safe_next_takes_addresses_of_this_site_only(serve: "Serve", query: str, target: str) -> None:
    assert ask(serve, lambda: redirect(safe_next("/home")), at=f"/?{query}").location == target


def test_safe_next_looks_into_the_form_first(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/login")
    def login() -> Response:
        return redirect(safe_next("/home"))

    client = serve(app)
    assert client.post("/login?next=/a", form={"next": "/b"}).location == "/b"
    assert client.post("/login?next=/a", form={}).location == "/a"


def test_a_redirect_has_no_body_that_names_the_target(serve: "Serve") -> None:
    response = ask(serve, lambda: redirect("/<script>"))
    assert (response.body, response.location) == (b"", "/%3Cscript%3E")


def test_the_current_address_is_built_from_checked_parts(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/<path:rest>")
    def show(rest: str, request: Request) -> list[str]:
        return [request.url, request.origin]

    client = serve(app, base_url="https://testserver:8443")
    assert client.get("/a b/ü?x=1").json() == ["https://testserver:8443/a%20b/%C3%BC?x=1", "https://testserver:8443"]


@pytest.mark.parametrize("argument", ["_external", "_anchor", "_scheme", "_method"])
def test_what_flask_calls_it_is_refused_with_what_to_write(serve: "Serve", argument: str) -> None:
    app = App(__name__)

    @app.get("/")
    def index() -> str:
        return url_for("index", **{argument: True})

    with pytest.raises(DemijohnError, match=rf"url_for has no {argument}="):
        serve(app).get("/")
