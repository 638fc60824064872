"""Texts of queries, headers, cookies, forms and paths: every scalar, its bounds, and what is no such text."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta
from pydantic import Field

from demijohn.validation import InvalidText, TextDecoder
from demijohn.validation.text import is_text_type

UserId = NewType("UserId", int)


class Colour(enum.Enum):
    RED = "red"
    NONE = ""


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


GOOD: list[tuple[Any, str, object]] = [
    (str, "", ""),
    (str, "héllo", "héllo"),
    (int, "0", 0),
    (int, "-5", -5),
    (int, "007", 7),
    (int, "9223372036854775807", 2**63 - 1),
    (int, "-9223372036854775808", -(2**63)),
    (UserId, "5", 5),
    (float, "1.5", 1.5),
    (float, "-.5e3", -500.0),
    (float, "2", 2.0),
    (bool, "On", True),
    (bool, "0", False),
    (bool, "YES", True),
    (Decimal, "1.10", Decimal("1.10")),
    (date, "2026-01-31", date(2026, 1, 31)),
    (datetime, "2026-01-31T09:30", datetime(2026, 1, 31, 9, 30)),
    (datetime, "2026-01-31 09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    (time, "09:30", time(9, 30)),
    (UUID, "12345678-1234-5678-1234-56781234567A", UUID("12345678-1234-5678-1234-56781234567a")),
    (Colour, "red", Colour.RED),
    (Level, "2", Level.HIGH),
    (Literal["a", 1, True], "1", 1),
    (Literal["a", 1, True], "true", True),
    (int | None, "", None),
    (int | None, "3", 3),
    (date | None, "", None),
    (str | None, "", ""),
    (Colour, "", Colour.NONE),
    (Annotated[int, Meta(ge=1, le=5)], "5", 5),
    (Annotated[int, Meta(ge=1)] | None, "", None),
    (Annotated[str, Meta(min_length=2, pattern="^a")], "ab", "ab"),
    (Annotated[Decimal, Meta(ge=0)], "0.0", Decimal("0.0")),
    (Annotated[datetime, Meta(tz=True)], "2026-01-31T09:30+01:00", datetime.fromisoformat("2026-01-31T09:30+01:00")),
]


@pytest.mark.parametrize(("declared", "text", "value"), GOOD)
def test_a_text_becomes_a_value(declared: Any, text: str, value: object) -> None:
    decoded = TextDecoder(declared).decode([text])
    assert decoded == value
    assert type(decoded) is type(value)


BAD: list[tuple[Any, str, str]] = [
    *(
        (int, text, "type")
        for text in ("", "-", "+5", " 5", "1_0", "1.0", "٣", "²", "0x1", "9223372036854775808", "1" * 21)
    ),
    *((float, text, "type") for text in ("", ".", "nan", "inf", "-Infinity", "1e400", "1_0.0", "1e", "٣", "1" * 65)),
    *((Decimal, text, "type") for text in ("", "NaN", "1e5", "Infinity", "1_0", "1" * 65)),
    *((bool, text, "type") for text in ("", "2", "maybe", "t", "true" * 1000)),
    *((date, text, "type") for text in ("", "20260131", "2026-W05-6", "2026-02-30", "31.1.2026", "2026-01-31T00:00")),
    *(
        (datetime, text, "type")
        for text in ("", "2026-01-31", "20260131T093000", "2026-01-31T25:00", "2026-01-31T0930")
    ),
    *((time, text, "type") for text in ("", "0930", "25:00", "T09:30")),
    *(
        (UUID, text, "type")
        for text in (
            "",
            "x",
            "{12345678-1234-5678-1234-567812345678}",
            "12345678123456781234567812345678",
            "1-2345678-1234-5678-1234-5678123456-78",
        )
    ),
    (Colour, "RED", "enum"),
    (Level, "LOW", "enum"),
    (Literal["a"], "b", "enum"),
    (int | None, "x", "type"),
    (Annotated[int, Meta(ge=1)], "0", "ge"),
    (Annotated[int, Meta(multiple_of=2)], "3", "multiple_of"),
    (Annotated[str, Meta(max_length=1)], "ab", "max_length"),
    (Annotated[str, Meta(pattern="^a")], "b", "pattern"),
    (Annotated[datetime, Meta(tz=True)], "2026-01-31T09:30", "timezone"),
]


@pytest.mark.parametrize(("declared", "text", "code"), BAD)
def test_what_does_not_fit_is_refused_with_a_code(declared: Any, text: str, code: str) -> None:
    with pytest.raises(InvalidText) as raised:
        TextDecoder(declared).decode([text])
    ((place, fault),) = raised.value.faults
    assert (place, fault.code) == ("", code)
    assert len(text) < 12 or text not in fault.message or text == "2026-01-31"  # which is the example


def test_a_scalar_that_comes_twice_is_refused() -> None:
    with pytest.raises(InvalidText) as raised:
        TextDecoder(int).decode(["1", "2"])
    assert [fault.code for _, fault in raised.value.faults] == ["repeated"]


def test_every_bound_that_is_missed_is_named() -> None:
    with pytest.raises(InvalidText) as raised:
        TextDecoder(Annotated[str, Meta(min_length=3, pattern="^a")]).decode(["b"])
    assert [fault.code for _, fault in raised.value.faults] == ["min_length", "pattern"]


@pytest.mark.parametrize(
    ("declared", "texts", "value"),
    [
        (list[int], ["1", "2"], [1, 2]),
        (list[str], [], []),
        (Sequence[str], ["a"], ["a"]),
        (set[int], ["1", "1"], {1}),
        (frozenset[str], ["a"], frozenset("a")),
        (tuple[int, ...], ["1"], (1,)),
        (list[Colour] | None, ["red"], [Colour.RED]),
    ],
)
def test_lists_take_every_text(declared: Any, texts: list[str], value: object) -> None:
    decoder = TextDecoder(declared)
    assert decoder.is_list
    assert decoder.decode(texts) == value


def test_lists_name_the_places_of_their_mistakes() -> None:
    declared = Annotated[list[Annotated[int, Meta(le=5)]], Meta(max_length=3)]
    with pytest.raises(InvalidText) as raised:
        TextDecoder(declared).decode(["1", "x", "9", "2"])
    assert [(place, fault.code) for place, fault in raised.value.faults] == [
        ("1", "type"),
        ("2", "le"),
        ("", "max_length"),
    ]
    with pytest.raises(InvalidText) as many:
        TextDecoder(list[int]).decode(["x"] * 1000)
    assert len(many.value.faults) == 100


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (dict[str, int], "dict[str, int] cannot be read from text"),
        (int | str, "int | str cannot be read from text"),
        (list[list[int]], "list[int] cannot be read from text"),
        (list[int | None], "items of list[int | None] cannot be None"),
        (Annotated[str, Meta(ge=1)], "msgspec.Meta(ge=...) cannot be applied to str"),
        (Annotated[int, Meta(min_length=1)], "msgspec.Meta(min_length=...) cannot be applied to int"),
        (Annotated[list[int], Meta(ge=1)], "msgspec.Meta(ge=...) cannot be applied to list[int]"),
        (Annotated[int, Field(ge=1)], "write msgspec.Meta(...) instead"),
        (Literal[b"x"], "has the value b'x', which is neither text nor a whole number"),
        (enum.Enum("Odd", {"A": 1.5}), "Odd has the value 1.5, which is neither"),
    ],
)
def test_a_type_that_no_text_can_be_stops_the_start(declared: Any, message: str) -> None:
    with pytest.raises(TypeError) as raised:
        TextDecoder(declared)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("declared", "is_text"),
    [
        (int, True),
        (Annotated[int | None, "x"], True),
        (list[UUID], True),
        (tuple[int, ...], True),
        (tuple[int, str], False),
        (Literal["a"], True),
        (Colour, True),
        (list[list[int]], False),
        (dict[str, str], False),
        (object, False),
        (list, False),
    ],
)
def test_is_text_type(declared: Any, is_text: bool) -> None:
    assert is_text_type(declared) is is_text


@given(st.sampled_from([int, float, bool, Decimal, date, datetime, time, UUID, Colour]), st.text(max_size=70))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_value_or_is_refused(declared: Any, text: str) -> None:
    try:
        value = TextDecoder(declared).decode([text])
    except InvalidText:
        return
    assert isinstance(value, declared)


@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.datetimes(), st.uuids())
@settings(max_examples=100, deadline=None)
def test_values_survive_the_way_through_text(number: int, ratio: float, moment: datetime, key: UUID) -> None:
    assert TextDecoder(int).decode([str(number)]) == number
    assert math.isclose(TextDecoder(float).decode([repr(ratio)]), ratio)
    assert TextDecoder(datetime).decode([moment.isoformat()]) == moment
    assert TextDecoder(date).decode([moment.date().isoformat()]) == moment.date()
    assert TextDecoder(UUID).decode([str(key)]) == key
