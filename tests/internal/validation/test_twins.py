"""Which types are made strict at the price of one decode, and that nobody notices the twins."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Generic, NamedTuple, NotRequired, TypedDict, TypeVar

import msgspec
import pytest
from msgspec import Meta, Struct, inspect

from demijohn.validation import BodyDecoder
from demijohn.validation.nodes import read_type
from demijohn.validation.twins import NoTwin, StrictType

T = TypeVar("T")


class Item(Struct):
    name: str


class Counted(Struct):
    count: int


class Frozen(Struct, frozen=True):
    x: int


class Hashed(Struct, frozen=True, cache_hash=True, dict=True, weakref=True, order=True, omit_defaults=True):
    x: int


class Strict(Struct, forbid_unknown_fields=True):
    title: str
    stars: Annotated[int, Meta(ge=0, le=5)] = 0


class StrictOutside(Struct, forbid_unknown_fields=True):
    item: Item


class Priced(Struct, frozen=True, forbid_unknown_fields=True):
    price: Decimal


class Place(Struct, array_like=True):
    lat: float
    lon: float


class Page(Struct, Generic[T]):
    items: list[T]


class Cat(Struct, tag="cat"):
    lives: int


class Dog(Struct, tag="dog"):
    tricks: list[Item]


@dataclass
class Plain:
    name: str


class Row(TypedDict):
    key: int
    note: NotRequired[str]


class Tree(Struct):
    children: list[Tree]


class Watched(Struct):
    known: int
    heirs = 0

    def __init_subclass__(cls) -> None:
        Watched.heirs += 1


class Guarded(Struct):
    known: int

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Meddling(msgspec.StructMeta):
    pass


class Meddled(metaclass=Meddling):
    known: int


@dataclass
class Failure(Exception):
    known: int


Odd = TypedDict("Odd", {"content-type": str})


class Point(NamedTuple):
    x: int


@pytest.mark.parametrize(
    "declared",
    [
        Item,
        Counted,
        Frozen,
        Hashed,
        Priced,
        Place,
        Page[Item],
        Cat | Dog,
        Plain,
        Row,
        list[Item | None],
        dict[str, Plain],
    ],
)
def test_these_have_twins(declared: Any) -> None:
    StrictType(read_type(declared))


@pytest.mark.parametrize(
    "declared",
    [Tree, Watched, Guarded, Meddled, Failure, Odd, Point, set[Frozen], frozenset[Decimal], dict[Decimal, int]],
)
def test_these_have_none(declared: Any) -> None:
    with pytest.raises(NoTwin):
        StrictType(read_type(declared))


def test_an_attrs_class_has_none() -> None:
    class Attrs:
        __attrs_attrs__ = ()

    with pytest.raises(NoTwin):
        StrictType(inspect.DataclassType(Attrs, ()))


def test_what_is_strict_already_is_decoded_as_it_is() -> None:
    strict = StrictType(read_type(Strict))
    assert strict.decoded is Strict
    assert (strict.finishes, strict.label) == ({}, None)


def test_a_strict_class_with_a_lax_one_inside_has_a_twin() -> None:
    twin: Any = StrictType(read_type(StrictOutside)).decoded
    assert issubclass(twin, StrictOutside)
    assert twin is not StrictOutside


def test_structs_with_nothing_to_finish_are_only_labelled() -> None:
    assert StrictType(read_type(Item)).label is Item
    assert StrictType(read_type(Priced)).label is None
    assert StrictType(read_type(Cat | Dog)).label is None
    assert StrictType(read_type(list[Item])).label is None


def test_unbounded_integers_get_bounds_and_others_keep_theirs() -> None:
    decode = msgspec.json.Decoder(StrictType(read_type(list[Annotated[int, Meta(gt=0, multiple_of=2)]])).decoded).decode
    assert decode(b"[2,9223372036854775806]") == [2, 2**63 - 2]
    for refused in (b"[0]", b"[3]", b"[9223372036854775808]"):
        with pytest.raises(msgspec.ValidationError):
            decode(refused)


def test_a_class_that_watches_its_subclasses_sees_none() -> None:
    BodyDecoder(Watched)
    assert Watched.heirs == 0


def test_frozen_values_are_hashed_and_compared_like_others() -> None:
    for cls in (Frozen, Hashed):
        value = BodyDecoder(cls).decode(b'{"x":1}')
        assert len({value, cls(1)}) == 1
        with pytest.raises(AttributeError):
            value.x = 2


def test_defaults_keep_their_class() -> None:
    class Special(Frozen, frozen=True):
        pass

    class Holder(Struct):
        one: Frozen = Special(1)
        many: list[Frozen] = msgspec.field(default_factory=lambda: [Special(2), Frozen(3)])

    value = BodyDecoder(Holder).decode(b"{}")
    assert [type(part) for part in (value.one, *value.many)] == [Special, Special, Frozen]


def test_twins_go_when_their_decoder_goes() -> None:
    class Passing(Struct):
        x: int

    BodyDecoder(Passing).decode(b'{"x":1}')
    gc.collect()
    assert Passing.__subclasses__() == []
