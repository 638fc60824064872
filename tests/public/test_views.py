"""Promise: a class answers a path with one method for each of HTTP's, and everything else is as in functions."""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import msgspec
import pytest

from demijohn import App, DeclarationError, HTTPError, Module, Request, View, limits, rate_limit, url_for

if TYPE_CHECKING:
    from tests.public.conftest import Serve


class Note(msgspec.Struct):
    title: str


class NoteView(View):
    notes: ClassVar[dict[int, str]] = {}

    def get(self, id: int) -> dict[str, object]:
        if id not in self.notes:
            raise HTTPError(404, code="note.missing")
        return {"id": id, "title": self.notes[id]}

    async def put(self, id: int, note: Note) -> tuple[dict[str, object], int]:
        self.notes[id] = note.title
        return {"id": id}, 201

    def delete(self, id: int) -> None:
        self.notes.pop(id, None)


def test_a_view_answers_the_methods_it_defines(serve: "Serve") -> None:
    app = App(__name__)
    app.route("/notes/<int:id>")(NoteView)
    client = serve(app, browser=False)
    assert client.put("/notes/1", json={"title": "Milk"}).status == 201
    assert client.get("/notes/1").json() == {"id": 1, "title": "Milk"}
    assert client.head("/notes/1").status == 200
    assert client.delete("/notes/1").status == 204
    assert client.get("/notes/1").json()["code"] == "note.missing"
    assert client.post("/notes/1").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert client.put("/notes/1", json={"title": 1}).status == 422


def test_a_view_stands_in_a_central_table_and_has_a_name(serve: "Serve") -> None:
    app = App(__name__)
    app.add_route("/notes/<int:id>", NoteView)

    @app.get("/")
    def home() -> list[str]:
        return [url_for("NoteView", id=1), url_for(NoteView, id=2)]

    assert serve(app).get("/").json() == ["/notes/1", "/notes/2"]


def test_each_request_has_an_instance_of_its_own(serve: "Serve") -> None:
    class Counter(View):
        def __init__(self) -> None:
            self.calls = 0

        def get(self) -> str:
            self.calls += 1
            return str(self.calls)

    app = App(__name__)
    app.add_route("/", Counter)
    client = serve(app)
    assert [client.get("/").text, client.get("/").text] == ["1", "1"]


def test_views_inherit(serve: "Serve") -> None:
    class Listing(View):
        title = "things"

        def get(self, request: Request) -> str:
            return f"{self.title} at {request.path}"

    class Books(Listing):
        title = "books"

    books = Module("books")
    books.add_route("/books", Books)
    app = App(__name__)
    app.include(books)
    assert serve(app).get("/books").text == "books at /books"


def test_the_route_of_a_view_takes_options(serve: "Serve") -> None:
    class Hook(View):
        def post(self) -> dict[str, str]:
            return {"ok": "yes"}

    app = App(__name__)
    app.add_route("/hook", Hook, status=202, csrf=False, reason="signed by the sender", name="hook")
    response = serve(app).post("/hook", headers={"sec-fetch-site": "cross-site"})
    assert response.status == 202


def test_marks_stand_on_the_class_or_on_one_method(serve: "Serve") -> None:
    @limits(body=10)
    class Upload(View):
        def post(self, request: Request) -> str:
            return str(len(request.body))

        @limits(body=20)
        def put(self, request: Request) -> str:
            return str(len(request.body))

    app = App(__name__)
    app.add_route("/", Upload)
    client = serve(app)
    assert [client.post("/", body=b"x" * size).status for size in (10, 11)] == [200, 413]
    assert [client.put("/", body=b"x" * size).status for size in (20, 21)] == [200, 413]


def test_marks_of_a_parent_hold_for_its_children_beside_their_own(serve: "Serve") -> None:
    @rate_limit("1/m")
    class Slow(View):
        def get(self) -> str:
            return ""

    @limits(body=10)
    class Small(Slow):
        def post(self, request: Request) -> str:
            return str(len(request.body))

    app = App(__name__)
    app.add_route("/", Small)
    client = serve(app)
    assert [client.get("/").status, client.get("/").status] == [200, 429]
    other = serve(app)
    assert other.post("/", body=b"x" * 11).status == 413


def test_a_class_that_is_no_view_is_refused() -> None:
    class Notes:
        def get(self) -> str:
            return ""

    app = App(__name__)
    app.add_route("/", Notes)
    with pytest.raises(DeclarationError, match=r"test_views.py:\d+: Notes is a class, but no View"):
        app.freeze("test")


def test_a_view_without_a_method_is_refused() -> None:
    class Empty(View):
        def fetch(self) -> str:
            return ""

    app = App(__name__)
    app.add_route("/", Empty)
    with pytest.raises(DeclarationError, match=r"(?s)test_views.py:\d+: .*Empty.*def get"):
        app.freeze("test")


def test_a_view_that_needs_arguments_is_refused() -> None:
    class Needy(View):
        def __init__(self, database: str) -> None:
            self.database = database

        def get(self) -> str:
            return ""

    app = App(__name__)
    app.add_route("/", Needy)
    with pytest.raises(DeclarationError, match=r"(?s)test_views.py:\d+: .*Needy"):
        app.freeze("test")


def test_freezing_makes_no_instance() -> None:
    class Careful(View):
        def __init__(self) -> None:
            raise AssertionError("made without a request")

        def get(self) -> str:
            return ""

    app = App(__name__)
    app.add_route("/", Careful)
    app.freeze("test")


def test_callable_objects_and_partials_are_handlers_too(serve: "Serve") -> None:
    class Greeter:
        def __call__(self, name: str) -> str:
            return f"Hello, {name}!"

    def add(left: int, right: int) -> str:
        return str(left + right)

    app = App(__name__)
    app.add_route("/greet/<name>", Greeter(), name="greet")
    app.add_route("/add/<int:right>", partial(add, left=1), name="add")
    client = serve(app)
    assert [client.get("/greet/Ada").text, client.get("/add/2").text] == ["Hello, Ada!", "3"]
