"""Promise: what a handler returns is the answer, in the plainest form that fits, and never HTML by accident."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict
from uuid import UUID

import msgspec
import pydantic
import pytest

from demijohn import App, DemijohnError, JSONResponse, Request, Response, Stream, html

if TYPE_CHECKING:
    from demijohn.testing import ClientResponse
    from tests.public.conftest import Serve


class Colour(Enum):
    RED = "red"


class NoteStruct(msgspec.Struct):
    title: str
    day: date = date(2026, 11, 22)


@dataclass
class NoteDataclass:
    title: str
    price: Decimal


class NoteModel(pydantic.BaseModel):
    title: str


class NoteDict(TypedDict):
    title: str


class Point(NamedTuple):
    x: int
    y: int


def answer(serve: "Serve", value: Any, **options: Any) -> "ClientResponse":
    """Return what a client gets for a value; every case runs in both worlds, which must agree."""
    app = App(__name__)

    @app.route("/def", **options)
    def blocking() -> Any:
        return value

    @app.route("/async", **options)
    async def on_the_loop() -> Any:
        return value

    client = serve(app)
    first, second = client.get("/def"), client.get("/async")
    assert (first.status, first.headers, first.body) == (second.status, second.headers, second.body)
    return first


def test_text_is_plain_text_and_never_html(serve: "Serve") -> None:
    response = answer(serve, "<script>alert(1)</script> naïve")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.text == "<script>alert(1)</script> naïve"


def test_bytes_are_sent_as_they_are(serve: "Serve") -> None:
    response = answer(serve, b"\x00\xff")
    assert (response.content_type, response.body) == ("application/octet-stream", b"\x00\xff")


def test_none_is_204_without_a_body(serve: "Serve") -> None:
    response = answer(serve, None)
    assert (response.status, response.body) == (204, b"")
    assert "content-type" not in response.headers


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        ({"a": [1, 2.5, None, True, "x"]}, {"a": [1, 2.5, None, True, "x"]}),
        ([], []),
        ({}, {}),
        (OrderedDict(a=1), {"a": 1}),
        (NoteStruct("x"), {"title": "x", "day": "2026-11-22"}),
        ([NoteStruct("x")], [{"title": "x", "day": "2026-11-22"}]),
        (NoteDataclass("x", Decimal("1.10")), {"title": "x", "price": "1.10"}),
        (NoteModel(title="x"), {"title": "x"}),
        (NoteDict(title="x"), {"title": "x"}),
        (Point(1, 2), [1, 2]),
        ({"id": UUID(int=1), "colour": Colour.RED}, {"id": str(UUID(int=1)), "colour": "red"}),
    ],
)
def test_structured_values_are_json(serve: "Serve", value: object, decoded: object) -> None:
    response = answer(serve, value)
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == decoded


def test_pydantic_models_may_stand_inside_other_values(serve: "Serve") -> None:
    assert answer(serve, [NoteModel(title="x")]).json() == [{"title": "x"}]
    assert answer(serve, {"note": NoteModel(title="x")}).json() == {"note": {"title": "x"}}


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (("made", 201), 201),
        (("made", HTTPStatus.CREATED), 201),
        (({"error": "no"}, 409), 409),
        ((None, 202), 202),
        (("", 404), 404),
        ((NoteStruct("x"), 201), 201),
    ],
)
def test_a_tuple_brings_a_status(serve: "Serve", value: object, status: int) -> None:
    assert answer(serve, value).status == status


def test_a_tuple_brings_headers(serve: "Serve") -> None:
    response = answer(serve, ({"a": 1}, 201, {"Location": "/a/1", "x-kind": "note"}))
    assert (response.status, response.json()) == (201, {"a": 1})
    assert (response.location, response.headers["x-kind"]) == ("/a/1", "note")


def test_a_tuple_brings_one_header_several_times(serve: "Serve") -> None:
    response = answer(serve, ("", 200, [("link", "</a>; rel=next"), ("link", "</b>; rel=prev")]))
    assert response.headers.getlist("link") == ["</a>; rel=next", "</b>; rel=prev"]


def test_headers_of_a_tuple_may_replace_the_content_type(serve: "Serve") -> None:
    response = answer(serve, ("a,b\n", 200, {"Content-Type": "text/csv"}))
    assert response.headers.getlist("content-type") == ["text/csv"]


def test_the_route_may_name_the_status(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/notes", status=201)
    def create() -> dict[str, int]:
        return {"id": 1}

    @app.post("/other", status=201)
    def overruled() -> tuple[str, int]:
        return "later", 202

    @app.post("/empty", status=202)
    def empty() -> None:
        return None

    client = serve(app)
    assert [client.post(path).status for path in ("/notes", "/other", "/empty")] == [201, 202, 202]


def test_a_response_is_taken_as_it_is(serve: "Serve") -> None:
    response = answer(serve, Response("<p>", 418, {"x-a": "b"}, content_type="text/html; charset=utf-8"))
    assert (response.status, response.text, response.headers["x-a"]) == (418, "<p>", "b")
    assert response.content_type == "text/html"


def test_a_response_in_a_tuple_takes_the_status_and_headers(serve: "Serve") -> None:
    response = answer(serve, (JSONResponse([1]), 203, {"x-a": "b"}))
    assert (response.status, response.json(), response.headers["x-a"]) == (203, [1], "b")


def test_a_page_is_said_to_be_one(serve: "Serve") -> None:
    response = answer(serve, html("<p>{name}</p>", name="<b>"))
    assert (response.content_type, response.text) == ("text/html", "<p>&lt;b&gt;</p>")


def test_a_stream_is_sent_piece_by_piece(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def rows() -> Stream:
        return Stream((f"{n}\n" for n in range(3)), content_type="text/csv", filename="rows.csv")

    response = serve(app).get("/")
    assert (response.text, response.content_type) == ("0\n1\n2\n", "text/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="rows.csv"'


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (7, "Return a dict for JSON"),
        (True, "Return a dict for JSON"),
        ({1, 2}, "Return a list"),
        ((1, 2, 3, 4), r"Write \(value, status\)"),
        (("a", "b"), r"Write \(value, status\)"),
        (object(), "which is no answer"),
        ((number for number in (1, 2)), "Stream"),
    ],
)
def test_anything_else_is_a_mistake_that_says_what_to_return(serve: "Serve", value: object, advice: str) -> None:
    app = App(__name__)

    @app.get("/")
    async def wrong() -> Any:
        return value

    with pytest.raises(DemijohnError, match=advice):
        serve(app).get("/")
    assert serve(app, raise_server_errors=False).get("/").status == 500


def test_a_status_that_does_not_exist_is_a_mistake(serve: "Serve") -> None:
    for status in (0, 99, 600, 1000):
        with pytest.raises(ValueError, match="200 to 599"):
            answer(serve, ("", status))


def test_every_answer_may_set_and_delete_cookies(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/set")
    def set_cookies() -> Response:
        response = Response("ok")
        response.set_cookie("a", "1")
        response.set_cookie("b", "2", max_age=60, httponly=False, samesite="Strict", path="/set")
        return response

    @app.get("/delete")
    def delete() -> Response:
        response = Response()
        response.delete_cookie("a")
        return response

    @app.get("/show")
    def show(request: Request) -> dict[str, str]:
        return dict(request.cookies)

    client = serve(app)
    cookies = client.get("/set").cookies
    assert (cookies["a"].httponly, cookies["a"].samesite, cookies["a"].path) == (True, "Lax", "/")
    assert (cookies["b"].httponly, cookies["b"].samesite, cookies["b"].max_age) == (False, "Strict", 60)
    assert client.get("/show").json() == {"a": "1"}
    client.get("/delete")
    assert client.get("/show").json() == {}


def test_cookies_are_secure_where_the_request_was(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> Response:
        response = Response("ok")
        response.set_cookie("a", "1")
        return response

    assert not serve(app).get("/").cookies["a"].secure
    assert serve(app, base_url="https://testserver").get("/").cookies["a"].secure


def test_a_header_that_would_break_out_of_its_line_is_a_mistake(serve: "Serve") -> None:
    with pytest.raises(DemijohnError, match="position"):
        answer(serve, ("", 200, {"x-a": "b\r\nset-cookie: c=d"}))


def test_security_headers_are_on_every_answer_and_a_handlers_own_value_wins(serve: "Serve") -> None:
    plain = answer(serve, "x")
    assert plain.headers["x-frame-options"] == "DENY"
    assert plain.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    own = answer(serve, ("x", 200, {"Referrer-Policy": "no-referrer"}))
    assert own.headers.getlist("referrer-policy") == ["no-referrer"]
