"""Handlers get what their signatures ask for; requests that do not fit are refused with every mistake at once."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar
from uuid import UUID

import pytest
from msgspec import Meta, Struct
from pydantic import BaseModel

from demijohn.errors import DemijohnError, FieldError, HTTPError
from demijohn.http.form_limits import FormLimits
from demijohn.http.request import Request
from demijohn.routing.converters import Converters
from demijohn.routing.markers import Cookie, Header, Provided, Query
from demijohn.routing.parameters import ParameterPlan, Provider, compile_parameters
from demijohn.types import UNDEFINED

T = TypeVar("T")
CONVERTERS = Converters()


class Colour(enum.Enum):
    RED = "red"


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


class User(Provided):
    __demijohn_provided__ = "app.use(Auth(User))"

    def __init__(self, name: str) -> None:
        self.name = name


def make_request(
    query: str = "",
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    files: bool = False,
) -> Request:
    fields = list(headers.items() if isinstance(headers, Mapping) else headers)
    transport: Any = None
    request = Request(method, "/", query, fields, dict(fields), "http", "127.0.0.1", "1.1", transport, None)
    request._body = body
    request.form_limits = FormLimits(file_parts=files)
    return request


def json_request(body: bytes, query: str = "", content_type: str = "application/json") -> Request:
    return make_request(query, method="POST", body=body, headers={"content-type": content_type})


def plan_of(
    handler: Callable[..., object],
    path: Mapping[str, str | None] | None = None,
    methods: Sequence[str] = ("GET", "HEAD"),
    providers: Mapping[type, Provider] | None = None,
) -> ParameterPlan:
    converters = {name: CONVERTERS[kind] if kind else None for name, kind in (path or {}).items()}
    return compile_parameters(handler, path_params=converters, methods=methods, providers=providers or {})


def refusal_of(plan: ParameterPlan, request: Request, path: Mapping[str, object] | None = None) -> HTTPError:
    with pytest.raises(HTTPError) as raised:
        plan.bind(request, path or {})
    return raised.value


def places(errors: Sequence[FieldError]) -> list[tuple[str, str, str]]:
    return [(error.location, error.field, error.code) for error in errors]


# The path


def test_a_handler_without_parameters_has_an_empty_plan() -> None:
    def handler() -> None: ...

    plan = plan_of(handler)
    assert plan.is_empty
    assert plan.only_path
    assert plan.bind(make_request(), {}) == {}


def test_values_of_the_path_are_handed_on_as_they_are() -> None:
    def handler(key: int, name: str, ratio: float, uid: UUID, anything) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    plan = plan_of(handler, {"key": "int", "name": "slug", "ratio": "int", "uid": "uuid", "anything": None})
    assert plan.only_path
    assert not plan.is_empty
    values = {"key": 1, "name": "a", "ratio": 2, "uid": UUID(int=1), "anything": "x"}
    assert plan.bind(make_request(), values) == values


def test_a_bare_name_takes_its_converter_from_the_annotation() -> None:
    def handler(a: int, b: float, c: UUID, d: str, e: date, f: Annotated[int, Meta(ge=1)], g) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    plan = plan_of(handler, dict.fromkeys("abcdefg"))
    assert plan.path_converters == {"a": int, "b": float, "c": UUID, "d": str, "e": str, "f": int, "g": str}


def test_parts_of_the_path_that_no_converter_reads_are_read_here_or_are_404() -> None:
    def handler(day: date, colour: Colour, size: Literal["s", "m"]) -> None: ...

    plan = plan_of(handler, {"day": None, "colour": "str", "size": None})
    good = {"day": "2026-01-31", "colour": "red", "size": "m"}
    assert plan.bind(make_request(), good) == {"day": date(2026, 1, 31), "colour": Colour.RED, "size": "m"}
    for name in good:
        assert refusal_of(plan, make_request(), {**good, name: "x"}).status == 404


def test_bounds_of_the_path_are_checked() -> None:
    def handler(
        key: Annotated[int, Meta(ge=1)],
        slug: Annotated[str, Meta(max_length=3)],
        price: Annotated[Decimal, Meta(ge=1)],
    ) -> None: ...

    plan = plan_of(handler, {"key": "int", "slug": "slug", "price": None})
    good = {"key": 1, "slug": "abc", "price": "1.5"}
    assert plan.bind(make_request(), good) == {"key": 1, "slug": "abc", "price": Decimal("1.5")}
    refusal = refusal_of(plan, make_request(), {"key": 0, "slug": "abcd", "price": "0.5"})
    assert places(refusal.errors) == [("path", "key", "ge"), ("path", "slug", "max_length"), ("path", "price", "ge")]
    assert refusal_of(plan, make_request(), {**good, "price": "x"}).status == 404


# The request, the query, headers, cookies


def test_the_request_comes_by_name_or_by_type() -> None:
    def handler(request, again: Request) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    asked = make_request()
    plan = plan_of(handler)
    assert plan.bind(asked, {}) == {"request": asked, "again": asked}
    assert not plan.only_path


def test_scalars_come_from_the_query() -> None:
    def handler(
        q: str,
        page: int = 1,
        tags: list[str] = [],  # noqa: B006  # is allowed, and is the handler's own business
        until: date | None = None,
        deep: bool = False,
    ) -> None: ...

    plan = plan_of(handler)
    assert plan.bind(make_request("q=a+b&page=2&tags=x&tags=y&until=2026-01-31&deep=on"), {}) == {
        "q": "a b",
        "page": 2,
        "tags": ["x", "y"],
        "until": date(2026, 1, 31),
        "deep": True,
    }
    assert plan.bind(make_request("q="), {}) == {"q": ""}  # what is left out has its default
    assert places(refusal_of(plan, make_request()).errors) == [("query", "q", "missing")]


def test_none_is_a_default_and_a_list_may_be_absent() -> None:
    def handler(q: str | None, ids: list[int], few: Annotated[list[int], Meta(min_length=1)]) -> None: ...

    plan = plan_of(handler)
    assert plan.bind(make_request("few=1"), {}) == {"q": None, "ids": [], "few": [1]}
    assert places(refusal_of(plan, make_request()).errors) == [("query", "few", "min_length")]


def test_headers_and_cookies_come_by_their_markers() -> None:
    def handler(
        x_request_id: Annotated[str, Header],
        agent: Annotated[str, Header("user-agent")] = "none",
        accept: Annotated[list[str] | None, Header()] = None,
        theme: Annotated[Literal["dark", "light"], Cookie()] = "light",
        visits: Annotated[int | None, Cookie("n")] = None,
    ) -> None: ...

    plan = plan_of(handler)
    sent = [("x-request-id", "7"), ("user-agent", "b"), ("accept", "a"), ("accept", "b"), ("cookie", "theme=dark; n=3")]
    assert plan.bind(make_request(headers=sent), {}) == {
        "x_request_id": "7",
        "agent": "b",
        "accept": ["a", "b"],
        "theme": "dark",
        "visits": 3,
    }
    wrong = make_request(headers=[("user-agent", "a"), ("user-agent", "b"), ("cookie", "theme=x; n=y")])
    assert places(refusal_of(plan, wrong).errors) == [
        ("header", "x-request-id", "missing"),
        ("header", "user-agent", "repeated"),
        ("cookie", "theme", "enum"),
        ("cookie", "n", "type"),
    ]


# Everything together


def test_mistakes_of_all_places_are_reported_together() -> None:
    def handler(
        request: Request,
        key: Annotated[int, Meta(ge=1)],
        page: Annotated[int, Query()],
        token: Annotated[str, Header("x-token")],
        theme: Annotated[int, Cookie()],
        note: Note,
    ) -> None: ...

    plan = plan_of(handler, {"key": "int"}, methods=["PUT"])
    headers = {"content-type": "application/json", "cookie": "theme=x"}
    request = make_request("page=x", method="PUT", body=b'{"stars":6}', headers=headers)
    refusal = refusal_of(plan, request, {"key": 0})
    assert (refusal.status, refusal.code) == (422, "validation")
    assert places(refusal.errors) == [
        ("path", "key", "ge"),
        ("query", "page", "type"),
        ("header", "x-token", "missing"),
        ("cookie", "theme", "type"),
        ("body", "title", "missing"),
        ("body", "stars", "le"),
    ]
    good = make_request(
        "page=2", method="PUT", body=b'{"title":"t"}', headers={**headers, "cookie": "theme=1", "x-token": "k"}
    )
    assert list(plan.bind(good, {"key": 1})) == ["key", "request", "page", "token", "theme", "note"]


# What extensions provide


def test_providers_run_in_their_world() -> None:
    async def aload(request: Request) -> User:
        return User("later " + request.query["name"])

    def load(request: Request) -> User:
        return User("at once " + request.query["name"])

    def handler(user: User) -> None: ...

    request = make_request("name=ann")
    both = plan_of(handler, providers={User: Provider(load, aload)})
    user: Any = both.bind(request, {})["user"]
    assert user.name == "at once ann"
    user = asyncio.run(both.abind(request, {}))["user"]
    assert user.name == "later ann"
    user = asyncio.run(plan_of(handler, providers={User: Provider(load)}).abind(request, {}))["user"]
    assert user.name == "at once ann"


def test_any_class_may_be_registered_as_provided() -> None:
    def handler(plain: Plain) -> None: ...  # a dataclass, which would be the body otherwise

    plan = plan_of(handler, providers={Plain: Provider(lambda request: Plain("p"))})
    assert plan.bind(make_request(), {}) == {"plain": Plain("p")}


def test_nobody_is_none_only_for_a_handler_that_takes_none() -> None:
    async def nobody(request: Request) -> None:
        return None

    def optional(user: User | None) -> None: ...

    def needed(user: User) -> None: ...

    silent: dict[type, Provider] = {User: Provider(lambda request: None, nobody)}
    speaking: dict[type, Provider] = {
        User: Provider(lambda request: None, nobody, absent=lambda request: HTTPError(401))
    }
    assert plan_of(optional, providers=silent).bind(make_request(), {}) == {"user": None}
    assert asyncio.run(plan_of(optional, providers=silent).abind(make_request(), {})) == {"user": None}
    assert refusal_of(plan_of(needed, providers=speaking), make_request()).status == 401
    with pytest.raises(HTTPError, match="401"):
        asyncio.run(plan_of(needed, providers=speaking).abind(make_request(), {}))
    with pytest.raises(DemijohnError, match=r"nothing for `user: User` of .*needed\. Write `\| None`"):
        plan_of(needed, providers=silent).bind(make_request(), {})


def test_providers_are_not_asked_for_a_request_that_does_not_fit() -> None:
    def handler(user: User, page: int) -> None: ...

    asked: list[Request] = []
    plan = plan_of(handler, providers={User: Provider(asked.append)})
    assert refusal_of(plan, make_request("page=x")).status == 422
    assert asked == []


# Classes that bind themselves


class Search:
    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def __demijohn_bind__(cls, name: str, *, siblings: Sequence[str], methods: frozenset[str]) -> SearchSource:
        return SearchSource(name, siblings, methods)


class SearchSource:
    needs_form = True
    file_parts = True

    def __init__(self, name: str, siblings: Sequence[str], methods: frozenset[str]) -> None:
        self.key = f"{name}-text" if siblings else "text"
        self.methods = methods

    def read(self, request: Request) -> Search:
        if (text := request.query.get(self.key)) is None:
            raise HTTPError(422, code="validation", errors=[FieldError("query", self.key, "Is needed.", "missing")])
        return Search(text)


def test_a_class_may_bind_itself() -> None:
    def one(search: Search) -> None: ...

    def two(first: Search, second: Search, page: Annotated[int, Query()]) -> None: ...

    plan = plan_of(one, methods=["POST", "GET"])
    assert (plan.needs_form, plan.file_parts, plan.needs_body) == (True, True, True)
    search: Any = plan.bind(make_request("text=a"), {})["search"]
    assert search.text == "a"
    plan = plan_of(two, methods=["POST"])
    values: dict[str, Any] = plan.bind(make_request("first-text=a&second-text=b&page=1"), {})
    assert (values["first"].text, values["second"].text) == ("a", "b")
    assert places(refusal_of(plan, make_request("second-text=b&page=x")).errors) == [
        ("query", "page", "type"),
        ("query", "first-text", "missing"),
    ]


# What the plan says of itself


def test_describe_tells_what_the_parameters_are() -> None:
    def handler(
        request: Request,
        key: int,
        note: Note,
        user: User,
        token: Annotated[str, Header()],
        page: Annotated[int, Query("p")] = 1,
    ) -> None: ...

    plan = plan_of(handler, {"key": None}, methods=["POST"], providers={User: Provider(lambda request: User("u"))})
    described = [(info.name, info.source, info.key, info.required, info.default) for info in plan.describe()]
    assert described == [
        ("request", "request", "", False, UNDEFINED),
        ("key", "path", "key", True, UNDEFINED),
        ("note", "body", "", True, UNDEFINED),
        ("user", "provided", "", True, UNDEFINED),
        ("token", "header", "token", True, UNDEFINED),
        ("page", "query", "p", False, 1),
    ]
    assert plan.describe()[5].type == Annotated[int, Query("p")]


def test_bound_methods_and_class_views_bind_like_functions() -> None:
    class View:
        def get(self, key: int, page: int = 1) -> None: ...

    plan = plan_of(View().get, {"key": None})
    assert plan.bind(make_request("page=3"), {"key": 1}) == {"key": 1, "page": 3}
