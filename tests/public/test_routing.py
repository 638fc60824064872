"""Promise: a path finds its handler whatever the order of declaration, and every other path a fitting refusal."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import pytest

from demijohn import App, Module, Request

if TYPE_CHECKING:
    from tests.public.conftest import Serve


def test_five_lines_are_an_app(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return f"Hello, {name}!"

    response = serve(app).get("/hello/Ada")
    assert (response.status, response.text) == (200, "Hello, Ada!")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_verb_has_a_decorator(serve: "Serve", method: str) -> None:
    app = App(__name__)

    @getattr(app, method)("/thing")  # type: ignore[untyped-decorator]  # found by name
    def answer(request: Request) -> str:
        return request.method

    assert serve(app).request(method.upper(), "/thing").text == method.upper()


def test_one_handler_answers_several_methods(serve: "Serve") -> None:
    app = App(__name__)

    @app.route("/thing", methods=["GET", "post"])
    def answer(request: Request) -> str:
        return request.method

    client = serve(app)
    assert [client.get("/thing").text, client.post("/thing").text] == ["GET", "POST"]


def test_one_path_has_a_handler_for_each_method(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/notes")
    def index() -> str:
        return "list"

    @app.post("/notes")
    def create() -> str:
        return "made"

    client = serve(app)
    assert [client.get("/notes").text, client.post("/notes").text] == ["list", "made"]


def test_one_handler_answers_several_paths(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    @app.get("/home")
    def home() -> str:
        return "home"

    client = serve(app)
    assert [client.get("/").text, client.get("/home").text] == ["home", "home"]


def test_a_central_table_lists_routes_without_decorators(serve: "Serve") -> None:
    def show(id: int) -> dict[str, int]:
        return {"id": id}

    def create() -> tuple[str, int]:
        return "made", 201

    app = App(__name__)
    app.add_route("/notes/<int:id>", show)
    app.add_route("/notes", create, methods=["POST"])
    client = serve(app)
    assert client.get("/notes/7").json() == {"id": 7}
    assert client.post("/notes").status == 201


@pytest.mark.parametrize("literal_first", [True, False])
def test_the_order_of_declaration_does_not_matter(serve: "Serve", literal_first: bool) -> None:
    app = App(__name__)

    def new() -> str:
        return "the form"

    def show(slug: str) -> str:
        return slug

    routes: list[tuple[str, Callable[..., str]]] = [("/notes/new", new), ("/notes/<slug:slug>", show)]
    for path, handler in routes if literal_first else reversed(routes):
        app.add_route(path, handler)
    client = serve(app)
    assert client.get("/notes/new").text == "the form"
    assert client.get("/notes/old").text == "old"


def test_the_more_specific_converter_wins(serve: "Serve") -> None:
    app = App(__name__)
    for kind in ("path", "str", "int", "float", "uuid", "slug"):
        app.add_route(f"/<{kind}:value>", taking(kind), name=f"show_{kind}")
    client = serve(app)
    told = {text: client.get(f"/{text}").text for text in ("7", "7.5", "a-b", "a.b", "a/b", str(UUID(int=1)))}
    assert told == {"7": "int", "7.5": "float", "a-b": "slug", "a.b": "str", "a/b": "path", str(UUID(int=1)): "uuid"}


def taking(kind: str) -> Callable[..., str]:
    def show(value: object) -> str:
        return kind

    return show


@pytest.mark.parametrize(
    ("converter", "text", "value"),
    [
        ("int", "42", "42"),
        ("float", "1.5", "1.5"),
        ("uuid", "12345678-1234-5678-1234-567812345678", "UUID('12345678-1234-5678-1234-567812345678')"),
        ("slug", "a-b_c", "'a-b_c'"),
        ("str", "a%20b", "'a b'"),
        ("path", "a/b/c.txt", "'a/b/c.txt'"),
    ],
)
def test_converters_give_values_of_their_type(serve: "Serve", converter: str, text: str, value: str) -> None:
    app = App(__name__)

    @app.get(f"/x/<{converter}:value>")
    def show(value: object) -> str:
        return repr(value)

    assert serve(app).get(f"/x/{text}").text == value


@pytest.mark.parametrize("path", ["/int/x", "/int/-1", "/int/1.5", "/int/99999999999999999999", "/uuid/x", "/slug/a.b"])
def test_a_value_that_does_not_fit_its_converter_is_not_found(serve: "Serve", path: str) -> None:
    app = App(__name__)
    for kind in ("int", "uuid", "slug"):
        app.add_route(f"/{kind}/<{kind}:value>", taking(kind), name=kind)
    assert serve(app).get(path).status == 404


def test_a_bare_parameter_takes_its_converter_from_the_annotation(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/number/<n>")
    def number(n: int) -> str:
        return repr(n)

    @app.get("/key/<key>")
    def by_key(key: UUID) -> str:
        return repr(key)

    @app.get("/day/<day>")
    def by_day(day: date) -> str:
        return repr(day)

    @app.get("/kind/<kind>")
    def by_kind(kind: Literal["a", "b"]) -> str:
        return kind

    client = serve(app)
    assert client.get("/number/3").text == "3"
    assert client.get("/day/2026-11-22").text == "datetime.date(2026, 11, 22)"
    assert client.get("/kind/a").text == "a"
    assert [client.get(path).status for path in ("/number/x", "/key/x", "/day/x", "/kind/c")] == [404] * 4


def test_a_converter_of_ones_own_is_registered_by_name(serve: "Serve") -> None:
    class Hexadecimal:
        name = "hex"
        regex = "[0-9a-f]+"
        rank = 25

        def parse(self, text: str) -> int:
            return int(text, 16)

        def format(self, value: int) -> str:
            return f"{value:x}"

    app = App(__name__)
    app.add_converter("hex", Hexadecimal)

    @app.get("/colour/<hex:value>")
    def colour(value: int) -> str:
        return str(value)

    client = serve(app)
    assert client.get("/colour/ff").text == "255"
    assert client.get("/colour/xyz").status == 404


def test_text_and_several_parameters_share_a_segment(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/<int:year>-<int:month>.json")
    def month(year: int, month: int) -> list[int]:
        return [year, month]

    client = serve(app)
    assert client.get("/2026-11.json").json() == [2026, 11]
    assert client.get("/2026-11.xml").status == 404


def test_paths_are_matched_decoded(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/café/<name>")
    def greet(name: str) -> str:
        return name

    assert serve(app).get("/caf%C3%A9/J%C3%BCrgen").text == "Jürgen"


def test_head_is_answered_by_get_without_its_body(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def home() -> tuple[str, int, dict[str, str]]:
        return "hello", 200, {"x-kind": "home"}

    response = serve(app).head("/")
    assert (response.status, response.body) == (200, b"")
    assert response.headers["x-kind"] == "home"
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_options_is_answered_with_the_methods_there_are(serve: "Serve") -> None:
    app = App(__name__)

    @app.route("/", methods=["GET", "POST"])
    def home() -> str:
        return ""

    response = serve(app).options("/")
    assert response.status == 204
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_a_handler_may_answer_options_itself(serve: "Serve") -> None:
    app = App(__name__)

    @app.route("/", methods=["OPTIONS"])
    def describe() -> str:
        return "mine"

    assert serve(app).options("/").text == "mine"


def test_a_method_that_a_path_does_not_take_is_a_405_with_allow(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/notes")
    def create() -> str:
        return ""

    @app.get("/notes/<int:id>")
    def show(id: int) -> str:
        return ""

    client = serve(app)
    assert (client.get("/notes").status, client.get("/notes").headers["allow"]) == (405, "OPTIONS, POST")
    assert client.delete("/notes/1").headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(("declared", "asked"), [("/notes", "/notes/"), ("/notes/", "/notes")])
def test_the_other_spelling_of_a_trailing_slash_redirects(serve: "Serve", declared: str, asked: str) -> None:
    app = App(__name__)

    @app.route(declared, methods=["GET", "POST"])
    def notes(request: Request) -> str:
        return request.method

    client = serve(app)
    response = client.get(f"{asked}?page=2")
    assert (response.status, response.location) == (308, f"{declared}?page=2")
    assert client.post(asked, follow_redirects=True).text == "POST"


def test_both_spellings_of_a_trailing_slash_may_be_routes_of_their_own(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/notes")
    def a_file() -> str:
        return "file"

    @app.get("/notes/")
    def a_folder() -> str:
        return "folder"

    client = serve(app)
    assert [client.get("/notes").text, client.get("/notes/").text] == ["file", "folder"]


def test_a_redirect_to_the_other_spelling_never_leaves_the_site(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/<path:rest>/")
    def anything(rest: str) -> str:
        return rest

    response = serve(app).get("//evil.example")
    assert response.status == 404 or response.location == "/evil.example/"


@pytest.mark.parametrize(
    "path",
    ["/files/../secret", "/files/%2e%2e/secret", "/files/a%00b", "/files/a%5cb", "/files/%ff", "/files//a", "/files/."],
)
def test_what_no_honest_client_asks_for_is_not_found(serve: "Serve", path: str) -> None:
    app = App(__name__)

    @app.get("/files/<path:name>")
    def show(name: str) -> str:
        return name

    assert serve(app).get(path).status == 404


def test_a_path_that_is_not_there_is_not_repeated_in_the_answer(serve: "Serve") -> None:
    response = serve(App(__name__)).get("/nowhere-to-be-seen")
    assert response.status == 404
    assert "nowhere-to-be-seen" not in response.text


def test_an_unknown_method_is_refused(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def home() -> str:
        return ""

    client = serve(app)
    assert client.request("BREW", "/").status == 501
    assert client.request("TRACE", "/").status == 405


def test_the_health_path_answers_any_host(serve: "Serve") -> None:
    client = serve(App(__name__), base_url="http://10.0.0.7")
    response = client.get("/up")
    assert (response.status, response.text) == (200, "up\n")
    assert client.get("/").status == 421


def test_the_health_path_may_be_another_and_may_be_ones_own_handler(serve: "Serve") -> None:
    app = App(__name__, health="/healthz")

    @app.get("/up")
    def up() -> str:
        return "mine"

    client = serve(app)
    assert client.get("/up").text == "mine"
    assert client.get("/healthz").text == "up\n"


def test_a_module_and_the_app_share_a_path_by_method(serve: "Serve") -> None:
    extra = Module("extra")

    @extra.post("/notes")
    def create() -> str:
        return "made"

    app = App(__name__)
    app.include(extra)

    @app.get("/notes")
    def index() -> str:
        return "list"

    client = serve(app)
    assert [client.get("/notes").text, client.post("/notes").text] == ["list", "made"]
