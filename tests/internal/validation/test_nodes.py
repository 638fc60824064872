"""What the type nodes of msgspec say to the three readers of a type."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from msgspec import Meta, Raw, Struct, inspect

from demijohn.validation.nodes import (
    BARE_TYPES,
    TYPE_FAULTS,
    decimal_fits,
    int_fits,
    is_bounded,
    json_types,
    members_of,
    plain_class,
    read_type,
    tag_of,
)

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"


class Page(Struct, Generic[T]):
    items: list[T]


class Cat(Struct, tag="cat"):
    pass


class Place(Struct, array_like=True):
    x: float


class Self(Struct):
    again: Self | None = None
    alien: object = None


def test_types_that_json_cannot_carry_are_named() -> None:
    with pytest.raises(TypeError, match="object cannot be read from JSON"):
        read_type(Self)
    with pytest.raises(TypeError, match="complex cannot be read from JSON"):
        read_type(dict[str, complex])


def test_wrappers_are_taken_off() -> None:
    node = read_type(Annotated[int, Meta(title="t")] | None)
    assert [type(member) for member in members_of(node)] == [inspect.IntType, inspect.NoneType]


def test_generic_classes_and_tags() -> None:
    assert plain_class(Page[int]) is Page
    assert plain_class(Page) is Page
    assert tag_of(read_type(Cat)) == ("type", "cat")
    assert tag_of(read_type(Place)) is None


@pytest.mark.parametrize(
    ("declared", "types"),
    [
        (int, {int}),
        (float, {int, float}),
        (Decimal, {int, float, str}),
        (Colour, {str}),
        (Literal[1, "a"], {int, str}),
        (Place, {list}),
        (Cat, {dict}),
        (Any, {type(None), bool, int, float, str, list, dict}),
        (Raw, {type(None), bool, int, float, str, list, dict}),
        (bytes, {str}),
    ],
)
def test_json_types(declared: Any, types: set[type]) -> None:
    assert json_types(read_type(declared)) == types


def test_numbers_that_fit() -> None:
    assert int_fits(2**63 - 1)
    assert int_fits(-(2**63))
    assert not int_fits(2**63)
    assert decimal_fits("1.5")
    assert not decimal_fits("1e1000")
    assert is_bounded(inspect.IntType(gt=0, le=5))
    assert not is_bounded(inspect.IntType(gt=0))


def test_every_scalar_of_msgspec_has_a_type_and_a_sentence() -> None:
    untold = set(BARE_TYPES) - set(TYPE_FAULTS)
    assert untold == {inspect.AnyType, inspect.RawType}
