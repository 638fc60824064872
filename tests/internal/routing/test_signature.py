"""What is wrong with a signature is said at the start: all of it, with file and line and what to write instead."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import pytest
from msgspec import Meta, Struct
from pydantic import Field

from demijohn.errors import DeclarationError, Problem
from demijohn.http.uploads import UploadedFile
from demijohn.routing.converters import Converter, Converters
from demijohn.routing.markers import Body, File, FormField, Header, Provided, Query
from demijohn.routing.parameters import Source, compile_parameters

if TYPE_CHECKING:
    from fractions import Fraction

CONVERTERS = Converters()


class Note(Struct):
    title: str


class Alien:
    pass


class HoldsAlien(Struct):
    alien: Alien


class User(Provided):
    __demijohn_provided__ = "app.use(Auth(User))"


class Cursor(Provided):
    pass


class YearConverter:
    name = "year"
    regex = "[0-9]{4}"
    rank = 25

    def parse(self, text: str) -> Decimal:
        return Decimal(text)

    def format(self, value: object) -> str:
        return str(value)


class Unbindable:
    @classmethod
    def __demijohn_bind__(cls, name: str, *, siblings: Sequence[str], methods: frozenset[str]) -> Source:
        raise DeclarationError([Problem(f"{name} cannot be bound to {'/'.join(sorted(methods))}")])


def problems_of(
    handler: Callable[..., object],
    path: dict[str, Converter | None] | None = None,
    methods: Collection[str] = ("GET",),
) -> list[Problem]:
    kind: Literal["http", "websocket"] = "http" if methods else "websocket"
    with pytest.raises(DeclarationError) as raised:
        compile_parameters(handler, path_params=path or {}, methods=methods, providers={}, kind=kind)
    return list(raised.value.problems)


def problem_of(
    handler: Callable[..., object],
    path: dict[str, Converter | None] | None = None,
    methods: Collection[str] = ("GET",),
) -> Problem:
    (problem,) = problems_of(handler, path, methods)
    return problem


def test_all_mistakes_come_together_with_file_and_line() -> None:
    def handler(key: str, user: User, price: Fraction, anything, *rest: int, **more: int) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    problems = problems_of(handler, {"key": CONVERTERS["int"], "kee": None})
    assert [problem.message.partition(" of ")[0] for problem in problems] == [
        "The path has <kee>, but handler has no parameter",
        "The path gives int with <int:key>, which is not what `key: str`",
        "`user: User`",
        "The annotation",
        "`anything`",
        "`*rest`",
        "`**more`",
    ]
    line = handler.__code__.co_firstlineno
    assert {problem.where for problem in problems} == {f"{Path(__file__).relative_to(Path.cwd())}:{line}"}
    assert all(problem.remedy for problem in problems)


def test_a_name_of_the_path_must_be_in_the_signature() -> None:
    def handler(note_id: int) -> None: ...

    first, second = problems_of(handler, {"note_ids": None}, ["POST"])
    assert first.message == "The path has <note_ids>, but handler has no parameter of that name."
    assert first.remedy == "Did you mean `note_id`?"
    assert second.message.startswith("`note_id: int` of handler could come from")

    def bare() -> None: ...

    assert problem_of(bare, {"key": None}).remedy == "Add `key` to its parameters."


@pytest.mark.parametrize(
    ("converter", "declared", "remedy"),
    [
        ("int", str, "Write `key: int`, or <key> in the path."),
        ("int", UUID, "Write `key: int`, or <key> in the path."),
        ("uuid", int, "Write `key: UUID`, or <key> in the path."),
        ("float", int, "Write `key: float`, or <key> in the path."),
    ],
)
def test_a_converter_and_an_annotation_must_agree(converter: str, declared: Any, remedy: str) -> None:
    def handler(key) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    handler.__annotations__["key"] = declared
    problem = problem_of(handler, {"key": CONVERTERS[converter]})
    assert f"with <{converter}:key>" in problem.message
    assert problem.remedy == remedy


def test_a_part_of_the_path_is_one_scalar() -> None:
    def several(key: list[int]) -> None: ...

    def model(key: Note) -> None: ...

    def marked(key: Annotated[int, Query()]) -> None: ...

    def bounded(key: Annotated[int, Meta(min_length=1)]) -> None: ...

    assert "cannot be read from a part of the path" in problem_of(several, {"key": None}).message
    assert "cannot be read from a part of the path" in problem_of(model, {"key": CONVERTERS["str"]}).message
    assert "has a marker, but it is a part of the path" in problem_of(marked, {"key": None}).message
    assert "msgspec.Meta(min_length=...) cannot be applied to int" in problem_of(bounded, {"key": None}).message


def test_a_converter_of_the_projects_own_is_believed() -> None:
    def handler(year: Annotated[Decimal, Meta(ge=2000)]) -> None: ...

    plan = compile_parameters(handler, path_params={"year": YearConverter()}, methods=["GET"], providers={})
    assert not plan.only_path
    assert plan.path_converters == {}


def test_unmarked_scalars_where_there_is_a_body_name_the_ways_out() -> None:
    def handler(title: str, tags: list[str] | None = None) -> None: ...

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        first, second = problems_of(handler, methods=["GET", method])
        assert first.message == (
            "`title: str` of handler could come from the query string, a form or a JSON body: "
            f"the route takes {method}."
        )
        assert (
            first.remedy == "Say which: Annotated[str, Query()], Annotated[str, FormField()] or Annotated[str, Body()]."
        )
        assert "Annotated[list[str] | None, Query()]" in second.remedy


def test_what_an_extension_provides_is_named_with_the_extension() -> None:
    def with_user(user: User | None) -> None: ...

    def with_cursor(cursor: Cursor) -> None: ...

    problem = problem_of(with_user)
    assert (
        problem.message
        == "`user: User | None` of with_user is something that an extension provides, but none in this app does."
    )
    assert problem.remedy == "Add app.use(Auth(User))."
    assert problem_of(with_cursor).remedy == "Add the extension with app.use(...)."


def test_a_type_that_no_rule_knows_is_refused() -> None:
    def handler(alien: Alien) -> None: ...

    def mapping(values: dict[str, int]) -> None: ...

    def either(value: int | str) -> None: ...

    for refused in (handler, mapping, either):
        assert "has a type that no rule knows" in problem_of(refused).message


def test_parameters_must_have_names_and_annotations() -> None:
    def positional(key: int, /) -> None: ...

    def untyped(key) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    def default(title: str = Query("t")) -> None:  # type: ignore[assignment]  # the mistake under test
        ...

    assert problem_of(positional).remedy == "Take the `/` out of the signature."
    assert problem_of(untyped).message == "`key` of untyped has no annotation, and the path has no <key>."
    assert problem_of(default).remedy == "Markers stand in the annotation: `title: Annotated[str, Query()]`."


def test_what_has_no_signature_is_refused() -> None:
    assert "has no signature" in problem_of(type).message
    assert "has no signature" in problem_of(functools.partial(type)).message


def test_a_marker_and_its_type_must_fit() -> None:
    def text(note: Annotated[Note, Header()]) -> None: ...

    def file(name: Annotated[str, File()]) -> None: ...

    def twice(name: Annotated[str, Query(), Header()]) -> None: ...

    def foreign(page: Annotated[int, Field(ge=1)]) -> None: ...

    assert "cannot be read from the header, where everything is text" in problem_of(text).message
    assert problem_of(file, methods=["POST"]).remedy == "Write UploadedFile or list[UploadedFile]."
    assert problem_of(twice).message == "`name: str` of twice has 2 markers."
    assert "write msgspec.Meta(...) instead" in problem_of(foreign).message


@pytest.mark.parametrize("methods", [["GET"], ["GET", "HEAD", "OPTIONS"], []])
def test_nothing_is_read_from_a_body_that_is_not_there(methods: list[str]) -> None:
    def model(note: Note) -> None: ...

    def key(title: Annotated[str, Body()]) -> None: ...

    def form(title: Annotated[str, FormField()]) -> None: ...

    def file(avatar: UploadedFile) -> None: ...

    for handler in (model, key, form, file):
        problem = problem_of(handler, methods=methods)
        assert ("a WebSocket does not have" if not methods else "GET") in problem.message
        assert problem.remedy == "Read it from the query string, or let the route take POST."


def test_a_body_on_a_route_that_takes_get_too_needs_a_default() -> None:
    def needed(title: Annotated[str, FormField()]) -> None: ...

    def optional(title: Annotated[str | None, FormField()], tags: Annotated[list[str], FormField()]) -> None: ...

    problem = problem_of(needed, methods=["GET", "POST"])
    assert "is required and read from a body, but the route takes GET, too" in problem.message
    compile_parameters(optional, path_params={}, methods=["GET", "POST"], providers={})


def test_a_request_has_one_body() -> None:
    def two(first: Note, second: Note) -> None: ...

    def mixed(note: Note, title: Annotated[str, Body()]) -> None: ...

    def both(note: Note, title: Annotated[str, FormField()]) -> None: ...

    problem = problem_of(two, methods=["POST"])
    assert problem.message == "`first`, `second` of two would each be the JSON body, and a request has one."
    assert problem.remedy == 'Give each a key of its own: Annotated[Note, Body("first")].'
    assert "`note`, `title` of mixed would each" in problem_of(mixed, methods=["POST"]).message
    assert "a request has one body" in problem_of(both, methods=["POST"]).message


def test_what_is_wrong_inside_a_body_is_told() -> None:
    class Hidden(Struct):
        share: Fraction

    def alien(holder: HoldsAlien) -> None: ...

    def hidden(inner) -> None:  # type: ignore[no-untyped-def]  # on purpose
        ...

    hidden.__annotations__["inner"] = Hidden
    assert "cannot be bound: Alien cannot be read from JSON" in problem_of(alien, methods=["POST"]).message
    assert "`share` of Hidden names `Fraction`" in problem_of(hidden, methods=["POST"]).message


def test_a_class_that_cannot_bind_itself_says_why() -> None:
    def handler(form: Unbindable) -> None: ...

    assert problem_of(handler, methods=["POST"]).message == "form cannot be bound to POST"
