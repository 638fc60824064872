"""Bodies of handlers: JSON as a whole and by keys, forms, files, and what is no such body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypedDict, TypeVar

import pytest
from msgspec import Meta, Struct
from pydantic import BaseModel

from demijohn.errors import FieldError, HTTPError
from demijohn.http.form_limits import FormLimits
from demijohn.http.request import Request
from demijohn.http.uploads import UploadedFile
from demijohn.routing.markers import Body, File, FormField, Query
from demijohn.routing.parameters import ParameterPlan, compile_parameters

T = TypeVar("T")


class Note(Struct):
    title: str
    stars: Annotated[int, Meta(le=5)] = 0


class Page(Struct, Generic[T]):
    items: list[T]


@dataclass
class Plain:
    title: str


class Row(TypedDict):
    title: str


class Model(BaseModel):
    title: str


def make_request(
    body: bytes = b"", content_type: str | None = None, query: str = "", *, files: bool = False
) -> Request:
    headers = {} if content_type is None else {"content-type": content_type}
    transport: Any = None
    request = Request("POST", "/", query, list(headers.items()), headers, "http", "127.0.0.1", "1.1", transport, None)
    request._body = body
    request.form_limits = FormLimits(file_parts=files)
    return request


def json_request(body: bytes, query: str = "", content_type: str = "application/json") -> Request:
    return make_request(body, content_type, query)


def form_request(body: bytes) -> Request:
    return make_request(body, "application/x-www-form-urlencoded")


def plan_of(handler: Callable[..., object], methods: Sequence[str] = ("POST",)) -> ParameterPlan:
    return compile_parameters(handler, path_params={}, methods=methods, providers={})


def refusal_of(plan: ParameterPlan, request: Request) -> HTTPError:
    with pytest.raises(HTTPError) as raised:
        plan.bind(request, {})
    return raised.value


def places(errors: Sequence[FieldError]) -> list[tuple[str, str, str]]:
    return [(error.location, error.field, error.code) for error in errors]


@pytest.mark.parametrize("declared", [Note, Plain, Row, Model])
def test_one_model_is_the_json_body(declared: Any) -> None:
    def handler(note) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    handler.__annotations__["note"] = declared
    plan = plan_of(handler)
    value = plan.bind(json_request(b'{"title":"t"}'), {})["note"]
    assert value == declared(title="t")
    assert plan.needs_body
    assert not plan.needs_form
    refusal = refusal_of(plan, json_request(b'{"titel":"t"}'))
    assert sorted(places(refusal.errors)) == [("body", "titel", "unknown_field"), ("body", "title", "missing")]


def test_lists_and_unions_of_models_are_bodies_too() -> None:
    def several(notes: list[Note]) -> None: ...

    def named(notes: dict[str, Note]) -> None: ...

    def page(notes: Page[Note]) -> None: ...

    def marked(notes: Annotated[Note, Body()], page: Annotated[int, Query()] = 1) -> None: ...

    assert plan_of(page).bind(json_request(b'{"items":[{"title":"t"}]}'), {}) == {"notes": Page([Note("t")])}
    assert plan_of(marked).bind(json_request(b'{"title":"t"}'), {}) == {"notes": Note("t")}
    assert plan_of(several).bind(json_request(b'[{"title":"t"}]'), {}) == {"notes": [Note("t")]}
    assert plan_of(named, methods=["PUT"]).bind(json_request(b'{"a":{"title":"t"}}'), {}) == {"notes": {"a": Note("t")}}


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"]
)
def test_json_goes_by_several_names(content_type: str) -> None:
    def handler(note: Note) -> None: ...

    plan = plan_of(handler)
    assert plan.bind(json_request(b'{"title":"t"}', content_type=content_type), {}) == {"note": Note("t")}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "text/json", "json"])
def test_a_body_of_another_type_is_415(content_type: str) -> None:
    def model(note: Note, page: Annotated[int, Query()]) -> None: ...

    def keys(title: Annotated[str, Body()]) -> None: ...

    for handler in (model, keys):
        refusal = refusal_of(plan_of(handler), json_request(b'{"title":"t"}', content_type=content_type))
        assert (refusal.status, refusal.code) == (415, "body.media_type")


def test_an_absent_body_is_missing_or_has_its_default() -> None:
    def needed(note: Note) -> None: ...

    def optional(note: Note | None) -> None: ...

    def defaulted(note: Note = Note("d")) -> None: ...  # noqa: B008  # no one changes it

    assert places(refusal_of(plan_of(needed), make_request()).errors) == [("body", "", "missing")]
    assert plan_of(optional, methods=["POST", "GET"]).bind(make_request(), {}) == {"note": None}
    assert plan_of(optional).bind(json_request(b"null"), {}) == {"note": None}
    assert plan_of(defaulted).bind(make_request(), {}) == {}


@pytest.mark.parametrize(("body", "code"), [(b"{", "json.malformed"), (b"[" * 200_000, "json.too_deep")])
def test_a_body_that_is_no_json_is_400_whatever_else_is_wrong(body: bytes, code: str) -> None:
    def handler(page: Annotated[int, Query()], note: Note) -> None: ...

    refusal = refusal_of(plan_of(handler), json_request(body, "page=x"))
    assert (refusal.status, refusal.code) == (400, code)


def test_marked_scalars_are_keys_of_the_body() -> None:
    def handler(
        title: Annotated[str, Body()],
        stars: Annotated[int, Body("star-count"), Meta(le=5)] = 3,
        note: Annotated[Note | None, Body("inner")] = None,
        tags: Annotated[list[str] | None, Body()] = None,
        link: Annotated[str | None, Body()] = "none",
    ) -> None: ...

    plan = plan_of(handler)
    assert plan.bind(json_request(b'{"title":"t"}'), {}) == {"title": "t"}
    sent = json_request(b'{"title":"t","star-count":5,"inner":{"title":"n"},"tags":["x"],"link":null}')
    assert plan.bind(sent, {}) == {"title": "t", "stars": 5, "note": Note("n"), "tags": ["x"], "link": None}
    wrong = json_request(b'{"star-count":6,"inner":{"x":1},"stars":1}')
    assert places(refusal_of(plan, wrong).errors) == [
        ("body", "title", "missing"),
        ("body", "star-count", "le"),
        ("body", "inner.title", "missing"),
        ("body", "inner.x", "unknown_field"),
        ("body", "stars", "unknown_field"),
    ]
    assert places(refusal_of(plan, make_request()).errors) == [("body", "title", "missing")]


def test_optional_keys_of_an_absent_body_have_their_defaults() -> None:
    def handler(title: Annotated[str | None, Body()], stars: Annotated[int, Body()] = 3) -> None: ...

    assert plan_of(handler, methods=["PATCH"]).bind(make_request(), {}) == {"title": None}


def test_form_fields_are_read_from_both_encodings() -> None:
    def handler(
        title: Annotated[str, FormField()],
        tags: Annotated[list[str], FormField("tag")],
        stars: Annotated[int | None, FormField()] = 1,
    ) -> None: ...

    plan = plan_of(handler)
    assert plan.needs_form
    assert not plan.file_parts
    assert plan.bind(form_request(b"title=a+b&tag=x&tag=y&stars="), {}) == {
        "title": "a b",
        "tags": ["x", "y"],
        "stars": None,
    }
    assert plan.bind(form_request(b"title=t"), {}) == {"title": "t", "tags": []}
    assert places(refusal_of(plan, form_request(b"stars=x")).errors) == [
        ("form", "title", "missing"),
        ("form", "stars", "type"),
    ]


def multipart(*parts: tuple[str, str, bytes]) -> Request:
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: text/plain\r\n\r\n%s\r\n'
        % (name.encode(), filename.encode(), content)
        for name, filename, content in parts
    )
    return make_request(body + b"--b--\r\n", "multipart/form-data; boundary=b", files=True)


def test_files_come_by_their_type_or_marker() -> None:
    def handler(
        avatar: UploadedFile, papers: list[UploadedFile], scan: Annotated[UploadedFile | None, File("the-scan")]
    ) -> None: ...

    plan = plan_of(handler)
    assert plan.file_parts
    assert plan.needs_form
    request = multipart(("avatar", "a.txt", b"A"), ("papers", "1.txt", b"1"), ("papers", "2.txt", b"2"))
    values: dict[str, Any] = plan.bind(request, {})
    assert values["avatar"].read() == b"A"
    assert [file.filename for file in values["papers"]] == ["1.txt", "2.txt"]
    assert values["scan"] is None
    request.files.close()
    again = multipart(("avatar", "a.txt", b"A"), ("avatar", "b.txt", b"B"), ("the-scan", "s.txt", b"S"))
    assert places(refusal_of(plan, again).errors) == [("file", "avatar", "repeated")]
    again.files.close()
    assert places(refusal_of(plan, form_request(b"x=1")).errors) == [("file", "avatar", "missing")]
