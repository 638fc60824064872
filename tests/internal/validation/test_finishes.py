"""Each finish by itself: what it returns, what it changes in place, what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET, Struct, UnsetType

from demijohn.validation.faults import Refused
from demijohn.validation.finishes import (
    FinishTable,
    finish_dataclass,
    finish_decimal,
    finish_dict,
    finish_list,
    finish_struct,
    finish_tuple,
    finish_typed_dict,
    relabel,
    relabel_list,
)


class Item(Struct):
    x: Any = 0


class Twin(Item):
    pass


class Checked(Struct):
    x: Any = 0

    def __post_init__(self) -> None:
        if isinstance(self.x, Twin):
            raise LookupError("it has met a twin")
        if self.x == 13:
            raise ValueError("Not that one.")


class CheckedTwin(Checked):
    def __post_init__(self) -> None:
        """Wait until the value has its class."""


class Fields(Struct):
    x: Any
    y: int | UnsetType = UNSET


@dataclass
class Plain:
    x: Any
    y: int = 0


@dataclass(frozen=True, slots=True)
class Slotted:
    x: Any
    y: int = 0

    def __post_init__(self) -> None:
        if self.x == 13:
            raise TypeError("Not that one.")


LABELS: FinishTable = {Twin: relabel(Item)}


def test_labels_are_given_in_place() -> None:
    value = Twin(1)
    assert relabel(Item)(value) is value
    assert type(value) is Item
    items = [Twin(1), Item(2), None]
    assert relabel_list(Twin, Item)(items) is items
    assert items == [Item(1), Item(2), None]


def test_containers_are_finished_where_something_needs_it() -> None:
    assert finish_list(LABELS)([Twin(1), "x", None]) == [Item(1), "x", None]
    assert finish_tuple(LABELS)((Twin(1), 2)) == (Item(1), 2)
    assert finish_dict(LABELS)({"a": Twin(1), "b": 2}) == {"a": Item(1), "b": 2}


def test_structs_are_finished_from_the_inside() -> None:
    value = finish_struct(Checked, [("x", LABELS)])(CheckedTwin(Twin(1)))
    assert value == Checked(Item(1))
    with pytest.raises(Refused):
        finish_struct(Checked, [])(CheckedTwin(13))


def test_dataclasses_are_made_without_init() -> None:
    assert finish_dataclass(Plain, ["x", "y"], [])(Fields(1, 2)) == Plain(1, 2)
    assert finish_dataclass(Plain, ["x", "y"], [("x", LABELS)])(Fields(Twin(1), 2)) == Plain(Item(1), 2)
    assert finish_dataclass(Slotted, ["x", "y"], [])(Fields(1, 2)) == Slotted(1, 2)
    with pytest.raises(Refused):
        finish_dataclass(Slotted, ["x", "y"], [])(Fields(13, 2))


def test_typed_dicts_have_only_the_keys_that_were_sent() -> None:
    finish = finish_typed_dict(["y"], [("x", LABELS)])
    assert finish(Fields(Twin(1))) == {"x": Item(1)}
    assert finish(Fields("z", 2)) == {"x": "z", "y": 2}


@pytest.mark.parametrize("text", ["0", "-1.5", "1e100", "1e-100"])
def test_plain_decimals_pass(text: str) -> None:
    assert finish_decimal(Decimal(text)) == Decimal(text)


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "1e101", "1e-101"])
def test_unruly_decimals_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        finish_decimal(Decimal(text))
