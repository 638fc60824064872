"""Text and TOML values turned into the types of settings, and what is said to those that do not fit."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.config import Secret
from demijohn.config.values import from_object, from_text, holds_secret


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(msgspec.Struct):
    x: int


class Gauge:
    """A class that nothing can be converted to."""


Workers = Annotated[int, msgspec.Meta(ge=1, le=8)]


@pytest.mark.parametrize(
    ("text", "wanted", "value"),
    [
        ("-7", int, -7),
        ("1e-3", float, 0.001),
        ("Yes", bool, True),
        ("off", bool, False),
        ("90s", timedelta, timedelta(seconds=90)),
        ("1.5 h", timedelta, timedelta(minutes=90)),
        ("14d", timedelta | None, timedelta(days=14)),
        ("blue", Colour, Colour.BLUE),
        ("debug", Literal["info", "debug"], "debug"),
        ("1, 2,3,", tuple[int, ...], (1, 2, 3)),
        ("", tuple[int, ...], ()),
        ("example.com, .example.org", list[str], ["example.com", ".example.org"]),
        ("a,b,a", set[str], {"a", "b"}),
        ("1s,2m", list[timedelta], [timedelta(seconds=1), timedelta(minutes=2)]),
        ("yes,no", list[bool], [True, False]),
        ("some/x", Path, Path("some/x")),
        ("", Path | None, None),
        ("", int | None, None),
        ("8", Workers, 8),
        ('{"x": 3}', Point, Point(3)),
        ('{"a": 1}', dict[str, int], {"a": 1}),
        ("", str, ""),
        ("12", str, "12"),
        ("null", str | None, "null"),
        ("2026-11-22", date, date(2026, 11, 22)),
        ("a,b", list[Secret[str]], [Secret("a"), Secret("b")]),
        ("7", Secret[int], Secret(7)),
        ("a", Secret[str] | None, Secret("a")),
        ("", Secret[str] | None, None),
    ],
)
def test_text_becomes_the_type(text: str, wanted: object, value: object) -> None:
    assert from_text(text, wanted) == value


@pytest.mark.parametrize(
    ("text", "wanted", "says"),
    [
        ("ten", int, "is not a whole number"),
        ("1.5", int, "is not a whole number"),
        (" 5", int, "is not a whole number"),
        ("", int, "is empty"),
        ("nan", float, "is not a number"),
        ("maybe", bool, "is not true or false"),
        ("30", timedelta, "is not a duration such as 30s, 15m, 2h or 14d"),
        ("green", Colour, "is not one of red, blue"),
        ("loud", Literal["info", "debug"], "is not one of info, debug"),
        ("1,x", tuple[int, ...], "holds something that is not a whole number"),
        ("9", Workers, "is out of bounds: expected `int` <= 8"),
        ("{", Point, "is not JSON"),
        ('{"x": "y"}', Point, "is not a Point"),
        ("x", UUID, "is not a UUID"),
        ("", Secret[str], "is empty"),
        ("x", Secret[int], "is not a whole number"),
        ("x", Gauge, "is not a Gauge"),
    ],
)
def test_text_that_does_not_fit_is_refused(text: str, wanted: object, says: str) -> None:
    with pytest.raises(ValueError, match="^" + says[:20]) as caught:
        from_text(text, wanted)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "wanted", "result"),
    [
        (5, int, 5),
        (5, float, 5.0),
        ("2h", timedelta, timedelta(hours=2)),
        (timedelta(1), timedelta, timedelta(1)),
        (Colour.BLUE, Colour, Colour.BLUE),
        ("blue", Colour, Colour.BLUE),
        ("x", Path, Path("x")),
        (Path("x"), Path, Path("x")),
        (Point(1), Point, Point(1)),
        ({"x": 1}, Point, Point(1)),
        (date(2026, 11, 22), date, date(2026, 11, 22)),
        ((1, 2), list[int], [1, 2]),
        ("a", Secret[str], Secret("a")),
        (Secret("a"), Secret[str], Secret("a")),
        (None, Secret[str] | None, None),
    ],
)
def test_an_object_passes_where_its_type_fits(value: object, wanted: object, result: object) -> None:
    assert from_object(value, wanted) == result


@pytest.mark.parametrize(("value", "wanted"), [("5", int), ("true", bool), (1, bool), ("a,b", list[str]), (None, int)])
def test_an_object_of_another_type_is_refused(value: object, wanted: object) -> None:
    with pytest.raises(ValueError, match=r"^is not "):
        from_object(value, wanted)


def test_an_object_of_an_unknown_class_passes_as_it_is() -> None:
    gauge = Gauge()

    assert from_object(gauge, Gauge) is gauge


def test_secrets_are_found_within_other_types() -> None:
    assert holds_secret(Secret[str])
    assert holds_secret(list[Secret[str]] | None)
    assert not holds_secret(dict[str, int])


@given(st.text(max_size=40), st.sampled_from([int, float, bool, timedelta, Colour, Point, UUID, date, list[int]]))
def test_whatever_stands_there_fits_or_is_a_value_error(text: str, wanted: object) -> None:
    try:
        from_text(text, wanted)
    except ValueError as error:
        assert str(error)  # noqa: PT017  # that nothing else is raised is what is tested
