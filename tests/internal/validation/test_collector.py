"""Every mistake of a JSON value, with its place, its code and a sentence that never repeats the value."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta, Struct

from demijohn.validation.collector import MOST_ERRORS, collect_errors
from demijohn.validation.nodes import read_type


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Circle(Struct, tag_field="shape", tag="circle"):
    radius: Annotated[float, Meta(gt=0)]


class Square(Struct, tag_field="shape", tag="square"):
    side: float


class Left(Struct, array_like=True, tag="left"):
    x: int


class Right(Struct, array_like=True, tag="right"):
    y: int
    z: int = 0


class Address(Struct):
    zip: Annotated[str, Meta(pattern=r"^\d{5}$")]
    city: str


@dataclass
class Person:
    name: Annotated[str, Meta(min_length=2)]
    tags: Annotated[list[Annotated[str, Meta(max_length=3)]], Meta(max_length=2)]
    address: Address | None = None


class Point(NamedTuple):
    x: int
    y: int


def errors_of(declared: Any, value: object) -> list[tuple[str, str, str]]:
    return [(error.field, error.code, error.message) for error in collect_errors(value, read_type(declared))]


def test_all_mistakes_are_listed_with_their_places() -> None:
    value = {"name": "a", "tags": ["ok", "long one", 3], "address": {"zip": "x", "town": "y"}, "age": 3}
    assert errors_of(Person, value) == [
        ("name", "min_length", "Must have at least 2 characters."),
        ("tags.1", "max_length", "Must have at most 3 characters."),
        ("tags.2", "type", "Must be text."),
        ("tags", "max_length", "Must have at most 2 items."),
        ("address.zip", "pattern", "Does not have the required form."),
        ("address.city", "missing", "This is required."),
        ("address.town", "unknown_field", "There is no such field."),
        ("age", "unknown_field", "There is no such field."),
    ]


SINGLE: list[tuple[Any, object, str, str]] = [
    (bool, 1, "type", "Must be true or false."),
    (int, True, "type", "Must be a whole number."),
    (int, "1", "type", "Must be a whole number."),
    (int, 1.5, "type", "Must be a whole number."),
    (float, "1", "type", "Must be a number."),
    (str, None, "type", "Must be text."),
    (bytes, "?", "type", "Must be base64 text."),
    (date, "31.1.2026", "type", "Must be a date such as 2026-01-31."),
    (time, "9", "type", "Must be a time such as 09:30:00."),
    (datetime, "2026-01-31", "type", "Must be a date and time such as 2026-01-31T09:30:00Z."),
    (timedelta, "x", "type", "Must be a duration such as PT1H30M."),
    (UUID, "x", "type", "Must be a UUID."),
    (Decimal, "NaN", "type", "Must be a decimal number."),
    (None, 1, "type", "Must be null."),
    (list[int], {}, "type", "Must be a list."),
    (set[int], 1, "type", "Must be a list."),
    (dict[str, int], [], "type", "Must be an object."),
    (Address, [], "type", "Must be an object."),
    (Person, "x", "type", "Must be an object."),
    (Point, {}, "type", "Must be a list."),
    (Left, {}, "type", "Must be a list."),
    (tuple[int, int], [1], "length", "Must have exactly 2 items."),
    (Level, 3, "enum", "Must be one of: 1, 2."),
    (Literal["a"], "b", "enum", "Must be a."),
    (Literal[1, "b"], True, "enum", "Must be one of: 1, b."),
    (Literal[True, "b"], 1, "enum", "Must be one of: true, b."),
    (Annotated[int, Meta(ge=1)], 0, "ge", "Must be at least 1."),
    (Annotated[int, Meta(gt=1)], 1, "gt", "Must be more than 1."),
    (Annotated[int, Meta(le=1)], 2, "le", "Must be at most 1."),
    (Annotated[float, Meta(lt=1.5)], 1.5, "lt", "Must be less than 1.5."),
    (Annotated[int, Meta(multiple_of=5)], 7, "multiple_of", "Must be a multiple of 5."),
    (Annotated[str, Meta(min_length=1)], "", "min_length", "Must have at least 1 character."),
    (Annotated[bytes, Meta(max_length=1)], "aGk=", "max_length", "Must have at most 1 byte."),
    (Annotated[dict[str, int], Meta(min_length=1)], {}, "min_length", "Must have at least 1 key."),
    (
        Annotated[datetime, Meta(tz=True)],
        "2026-01-31T09:30:00",
        "timezone",
        "Must have an offset from UTC, such as Z or +02:00.",
    ),
    (Annotated[time, Meta(tz=False)], "09:30:00Z", "timezone", "Must not have an offset from UTC."),
    (int | None, "x", "type", "Must be a whole number."),
    (int | str, [], "type", "Has none of the types that are allowed here."),
    (int | float, "x", "type", "Has none of the types that are allowed here."),
    (list[int] | Address, 3, "type", "Has none of the types that are allowed here."),
]


@pytest.mark.parametrize(("declared", "value", "code", "message"), SINGLE)
def test_a_value_of_one_kind(declared: Any, value: object, code: str, message: str) -> None:
    assert errors_of(declared, value) == [("", code, message)]


@pytest.mark.parametrize(
    ("declared", "value", "errors"),
    [
        (Circle | Square, {"shape": "circle", "radius": 0}, [("radius", "gt")]),
        (Circle | Square, {"radius": 1}, [("shape", "missing")]),
        (Circle | Square, {"shape": "star", "side": 1}, [("shape", "enum")]),
        (Circle | Square, {"shape": ["circle"]}, [("shape", "enum")]),
        (Circle, {"shape": "square", "radius": 1}, [("shape", "enum")]),
        (Left | Right, ["right", "x", 1, 2], [("1", "type"), ("", "max_length")]),
        (Left | Right, ["up"], [("0", "enum")]),
        (Left | Right, [], [("0", "missing")]),
        (Left, ["left"], [("1", "missing")]),
        (Point, [1], [("1", "missing")]),
        (dict[int, int], {"x": 1, "1": "y"}, [("x", "key"), ("1", "type")]),
        (dict[Literal["a"], int], {"b": 1}, [("b", "key")]),
        (dict[Level, int], {"1": 1}, []),
        (dict[Annotated[str, Meta(max_length=1)], int], {"ab": 1}, [("ab", "key")]),
        (list[int] | Address, {"zip": "12345"}, [("city", "missing")]),
        (tuple[int, str], ["x", 1], [("0", "type"), ("1", "type")]),
        (Annotated[int, Meta(le=5)] | float, 7, [("", "le")]),
        (Annotated[int, Meta(le=5)] | float, 7.5, []),
        (Annotated[float, Meta(le=5)] | Annotated[str, Meta(title="t")], 7, [("", "le")]),
        (Any | int, "x", []),
        (Level | str, 3, [("", "enum")]),
        (Literal[1, 2] | str, 3, [("", "enum")]),
    ],
)
def test_unions_places_and_keys(declared: Any, value: object, errors: list[tuple[str, str]]) -> None:
    found = [(field, code) for field, code, _ in errors_of(declared, value)]
    assert found == (errors or [("", "invalid")])


def test_a_value_is_never_repeated() -> None:
    secret = "hunter2"
    value = {"name": 1, "tags": [secret * 9], "address": {"zip": secret, "city": [secret]}}
    assert all(secret not in message for _, _, message in errors_of(Person, value))


def test_many_mistakes_and_long_values_end_the_search() -> None:
    assert len(errors_of(list[int], ["x"] * 1_000_000)) == MOST_ERRORS
    assert errors_of(list[int], [1] * 1_000_000 + ["x"]) == [("", "invalid", "This is not valid.")]


def test_keys_of_the_clients_own_making_fit_a_log_line() -> None:
    value = {"zip": "12345", "city": "c", "bad\nkey\x1b[31m": 1, "x" * 200: 1}
    assert [field for field, _, _ in errors_of(Address, value)] == ["bad\ufffdkey\ufffd[31m", "x" * 64 + "..."]


def test_renamed_fields_go_by_the_name_that_was_sent() -> None:
    class Camel(Struct, rename="camel"):
        first_name: str

    assert errors_of(Camel, {}) == [("firstName", "missing", "This is required.")]


def test_long_lists_of_choices_are_cut() -> None:
    many = Literal.__getitem__(tuple(f"c{place}" for place in range(30)))
    ((_, _, message),) = errors_of(many, "x")
    assert message.endswith(" and 10 more.")
    assert message.count(",") == 19


def test_untyped_parts_are_left_alone() -> None:
    class Loose(Struct):
        anything: Any
        raw: msgspec.Raw

    assert errors_of(Loose, {"anything": {"x": [1]}, "raw": 1}) == [("", "invalid", "This is not valid.")]
