"""Promise: the signature of a handler says what it needs, and whatever does not fit is refused before it is called."""

import importlib
import sys
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest

from demijohn import App, Body, Cookie, File, FormField, Header, Query, Request, UploadedFile

if TYPE_CHECKING:
    from tests.public.conftest import Serve


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class NoteStruct(msgspec.Struct):
    title: str
    tags: list[str] = []


@dataclass
class NoteDataclass:
    title: str
    tags: list[str]


class NoteDict(TypedDict):
    title: str
    tags: list[str]


class NoteModel(pydantic.BaseModel):
    title: str
    tags: list[str] = []


def test_scalars_come_from_the_query(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/search")
    def search(q: str, page: int = 1, exact: bool = False, least: float | None = None) -> list[object]:
        return [q, page, exact, least]

    client = serve(app)
    assert client.get("/search?q=two+words").json() == ["two words", 1, False, None]
    assert client.get("/search?q=x&page=2&exact=true&least=0.5").json() == ["x", 2, True, 0.5]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "x", "'x'"),
        (int, "-3", "-3"),
        (float, "1e3", "1000.0"),
        (bool, "1", "True"),
        (bool, "off", "False"),
        (Decimal, "1.10", "Decimal('1.10')"),
        (date, "2026-11-22", "datetime.date(2026, 11, 22)"),
        (datetime, "2026-11-22T10:30:00", "datetime.datetime(2026, 11, 22, 10, 30)"),
        (time, "10:30:00", "datetime.time(10, 30)"),
        (UUID, "12345678-1234-5678-1234-567812345678", "UUID('12345678-1234-5678-1234-567812345678')"),
        (Colour, "red", "<Colour.RED: 'red'>"),
        (Literal["a", "b"], "b", "'b'"),
        (Literal[1, 2], "2", "2"),
        (list[int], "7", "[7]"),
    ],
)
def test_the_annotation_decides_the_type_of_a_query_value(serve: "Serve", kind: Any, text: str, value: str) -> None:
    app = App(__name__)

    @app.get("/")
    def show(x: kind) -> str:
        return repr(x)

    client = serve(app)
    assert client.get("/", query={"x": text}).text == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "1.5"),
        (int, "x"),
        (int, ""),
        (int, "9" * 5000),
        (float, "nan"),
        (float, "inf"),
        (bool, "maybe"),
        (Decimal, "NaN"),
        (date, "22.11.2026"),
        (datetime, "yesterday"),
        (UUID, "x"),
        (Colour, "green"),
        (Literal["a", "b"], "c"),
        (list[int], "x"),
    ],
)
def test_a_query_value_that_does_not_fit_is_a_422(serve: "Serve", kind: Any, text: str) -> None:
    app = App(__name__)

    @app.get("/")
    def show(x: kind) -> str:
        return repr(x)

    response = serve(app, browser=False).get("/", query={"x": text})
    assert response.status == 422
    problem = response.json()
    assert problem["code"] == "validation"
    assert [(error["location"], error["field"].partition(".")[0]) for error in problem["errors"]] == [("query", "x")]


def test_a_repeated_name_fills_a_list_and_is_refused_for_a_scalar(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/list")
    def several(x: list[int]) -> list[int]:
        return x

    @app.get("/one")
    def one(x: int) -> int:
        return x

    client = serve(app)
    assert client.get("/list?x=1&x=2").json() == [1, 2]
    assert client.get("/list").json() == []
    assert client.get("/one?x=1&x=2").status == 422


def test_a_missing_value_without_a_default_is_a_422(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(page: int) -> str:
        return ""

    [error] = serve(app, browser=False).get("/").json()["errors"]
    assert (error["location"], error["field"], error["code"]) == ("query", "page", "missing")


def test_unknown_query_names_are_ignored(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(page: int = 1) -> str:
        return str(page)

    assert serve(app).get("/?utm_source=mail&page=3").text == "3"


def test_the_request_is_had_by_its_name_or_by_its_type(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/name")
    def by_name(request) -> str:  # type: ignore[no-untyped-def]  # the promise is that no annotation is needed
        return str(request.path)

    @app.get("/type")
    def by_type(r: Request) -> str:
        return r.path

    client = serve(app)
    assert [client.get("/name").text, client.get("/type").text] == ["/name", "/type"]


@pytest.mark.parametrize("kind", [NoteStruct, NoteDataclass, NoteDict, NoteModel])
def test_a_model_is_the_json_body(serve: "Serve", kind: Any) -> None:
    app = App(__name__)

    @app.post("/notes", status=201)
    def create(note: kind) -> object:
        return note

    client = serve(app)
    response = client.post("/notes", json={"title": "Milk", "tags": ["food"]})
    assert (response.status, response.json()) == (201, {"title": "Milk", "tags": ["food"]})
    assert client.post("/notes", json={"tags": [1]}).status == 422
    assert client.post("/notes", json={"title": "Milk", "tags": [], "admin": True}).status == 422
    assert client.post("/notes").status == 422


def test_a_list_of_models_is_the_json_body(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/notes")
    async def create(notes: list[NoteStruct]) -> list[str]:
        return [note.title for note in notes]

    client = serve(app)
    assert client.post("/notes", json=[{"title": "a"}, {"title": "b"}]).json() == ["a", "b"]
    [error] = client.post("/notes", json=[{"title": "a"}, {"title": 1}]).json()["errors"]
    assert (error["location"], error["field"]) == ("body", "1.title")


def test_an_optional_body_may_be_missing(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/notes")
    def create(note: NoteStruct | None = None) -> str:
        return "nothing" if note is None else note.title

    client = serve(app)
    assert client.post("/notes").text == "nothing"
    assert client.post("/notes", json={"title": "x"}).text == "x"


def test_a_body_that_is_no_json_is_refused(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/notes")
    def create(note: NoteStruct) -> str:
        return note.title

    client = serve(app, browser=False)
    json = {"content-type": "application/json"}
    told = [client.post("/notes", body=body, headers=json).json()["code"] for body in (b"{", b"\xff", b"[" * 100_000)]
    assert told == ["json.malformed", "json.malformed", "json.too_deep"]
    assert client.post("/notes", form={"title": "x"}).json()["code"] == "body.media_type"
    assert client.post("/notes", body=b'{"title":"x"}', headers={"content-type": "text/plain"}).status == 415
    assert client.post("/notes", body=b'{"title":"x"}', headers={"content-type": "application/x+json"}).status == 200


def test_body_takes_single_keys_of_the_json_object(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/move")
    def move(x: Annotated[int, Body()], y: Annotated[int, Body()] = 0) -> list[int]:
        return [x, y]

    client = serve(app)
    assert client.post("/move", json={"x": 1}).json() == [1, 0]
    assert client.post("/move", json={"x": 1, "z": 2}).status == 422
    assert client.post("/move", json={"y": 2}).json()["errors"][0]["field"] == "x"


def test_body_takes_two_models_from_two_keys(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/merge")
    def merge(left: Annotated[NoteStruct, Body("left")], right: Annotated[NoteStruct, Body("right")]) -> str:
        return left.title + right.title

    assert serve(app).post("/merge", json={"left": {"title": "a"}, "right": {"title": "b"}}).text == "ab"


def test_header_and_cookie_are_read_by_name(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(
        x_request_id: Annotated[str, Header()],
        number: Annotated[int, Header("x-number")] = 0,
        theme: Annotated[str, Cookie()] = "light",
    ) -> list[object]:
        return [x_request_id, number, theme]

    client = serve(app)
    assert client.get("/", headers={"X-Request-ID": "a1"}).json() == ["a1", 0, "light"]
    client.cookies.set("theme", "dark")
    assert client.get("/", headers={"x-request-id": "a1", "x-number": "7"}).json() == ["a1", 7, "dark"]
    assert client.get("/", headers={"x-number": "x"}).status == 422


def test_form_fields_come_from_either_kind_of_form(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/")
    def save(title: Annotated[str, FormField()], tags: Annotated[list[str], FormField("tag")]) -> list[object]:
        return [title, tags]

    client = serve(app)
    assert client.post("/", form={"title": "Milk", "tag": ["a", "b"]}).json() == ["Milk", ["a", "b"]]
    assert client.post("/", form={"title": "Milk"}).json() == ["Milk", []]
    assert client.post("/", form={}).status == 422


def test_a_form_and_a_file_come_together(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/")
    def save(title: Annotated[str, FormField()], image: UploadedFile) -> list[object]:
        return [title, image.filename, image.read().decode()]

    @app.post("/several")
    def save_all(images: Annotated[list[UploadedFile], File("image")]) -> list[str]:
        return [image.filename for image in images]

    client = serve(app)
    one, two = ("a.png", b"data", "image/png"), ("b.png", b"", "image/png")
    assert client.post("/", form={"title": "x"}, files={"image": one}).json() == ["x", "a.png", "data"]
    assert client.post("/several", files={"image": [one, two]}).json() == ["a.png", "b.png"]
    assert client.post("/several", form={}).json() == []
    assert client.post("/", form={"title": "x"}, files={}).status == 422


def test_query_may_be_marked_where_there_is_a_body(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/notes")
    def create(note: NoteStruct, notify: Annotated[bool, Query()] = False) -> list[object]:
        return [note.title, notify]

    assert serve(app).post("/notes?notify=true", json={"title": "x"}).json() == ["x", True]


def test_mistakes_of_all_places_are_reported_together(serve: "Serve") -> None:
    app = App(__name__)

    @app.put("/notes/<day>")
    def update(
        day: Annotated[date, msgspec.Meta()],
        note: NoteStruct,
        page: Annotated[int, Query()],
        token: Annotated[int, Header()],
        theme: Annotated[Literal["dark"], Cookie()],
    ) -> str:
        return ""

    client = serve(app, browser=False)
    headers = {"token": "x", "cookie": "theme=pink"}
    problem = client.put("/notes/2026-11-22?page=x", json={"title": 1, "more": 2}, headers=headers).json()
    told = {(error["location"], error["field"]) for error in problem["errors"]}
    assert told == {
        ("query", "page"),
        ("header", "token"),
        ("cookie", "theme"),
        ("body", "title"),
        ("body", "more"),
    }


def test_bounds_in_the_annotation_are_checked_and_explained(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/<int:id>")
    def show(
        id: Annotated[int, msgspec.Meta(ge=1)], q: Annotated[str, msgspec.Meta(min_length=2, max_length=4)] = "xx"
    ) -> str:
        return q

    client = serve(app, browser=False)
    assert client.get("/1?q=abc").text == "abc"
    errors = client.get("/0?q=abcde").json()["errors"]
    assert [(error["location"], error["field"]) for error in errors] == [("path", "id"), ("query", "q")]
    assert all(error["message"] for error in errors)


def test_a_refusal_never_repeats_the_value(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/login")
    def login(pin: Annotated[int, FormField()]) -> str:
        return ""

    assert "hunter2" not in serve(app).post("/login", form={"pin": "hunter2"}).text


def test_a_browser_gets_a_page_that_names_the_fields(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(page: int) -> str:
        return ""

    response = serve(app).get("/?page=x")
    assert (response.status, response.content_type) == (422, "text/html")
    assert "<b>page</b>" in response.text


POSTPONED = """
from __future__ import annotations

from typing import Annotated

import msgspec

from demijohn import App, Header, Request

app = App(__name__)

@app.post("/notes/<id>")
async def save(id: int, note: Note, request: Request, who: Annotated[str, Header("x-who")] = "nobody") -> object:
    return [id, note.title, request.method, who]

class Note(msgspec.Struct):
    title: str
"""


def test_annotations_may_be_postponed_and_name_what_is_written_later(
    serve: "Serve", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postponed_notes.py").write_text(POSTPONED)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "postponed_notes", raising=False)
    app: Any = importlib.import_module("postponed_notes").app
    told = serve(app).post("/notes/7", json={"title": "Milk"}, headers={"x-who": "ann"}).json()
    assert told == [7, "Milk", "POST", "ann"]
