"""The slow way of being strict: whether a value that msgspec has accepted keeps the rules of the house."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, NamedTuple, TypedDict

import pytest
from msgspec import Meta, Struct

from demijohn.validation.nodes import read_type
from demijohn.validation.policy import policy_tests

LARGE = 2**63


class Item(Struct, rename="camel"):
    item_count: int = 0


class Tree(Struct):
    children: list[Tree] = []
    item: Item | None = None


class Cat(Struct, tag="cat"):
    lives: int = 9


class Dog(Struct, tag="dog"):
    tricks: list[Item] = []


class Up(Struct, array_like=True, tag="up"):
    x: int


class Down(Struct, array_like=True, tag="down"):
    item: Item


class Row(TypedDict, total=False):
    item: Item


class Point(NamedTuple):
    x: int
    item: Item | None = None


def keeps_the_rules(declared: Any, value: object) -> bool:
    test = policy_tests(read_type(declared)).get(type(value))
    return test is None or test(value)


@pytest.mark.parametrize(
    ("declared", "good", "bad"),
    [
        (Item, {"itemCount": 1}, {"item_count": 1}),
        (Item, {"itemCount": 1}, {"itemCount": LARGE}),
        (Item | None, None, {"x": 1}),
        (Tree, {"children": [{"children": []}]}, {"children": [{"children": [{"x": 1}]}]}),
        (Tree, {"item": {"itemCount": 1}}, {"item": {"itemCount": -LARGE - 1}}),
        (Tree, {"item": None}, {"item": {"x": None}}),
        (Cat, {"type": "cat"}, {"type": "cat", "x": 1}),
        (Cat | Dog, {"type": "cat", "lives": 1}, {"type": "dog", "lives": 1}),
        (Cat | Dog, {"type": "dog", "tricks": [{}]}, {"type": "dog", "tricks": [{"x": 1}]}),
        (Up | Down, ["up", 1], ["up", LARGE]),
        (Up | Down, ["down", {}], ["down", {}, 1]),
        (Down, ["down", {}], ["down", {"x": 1}]),
        (Row, {"item": {}}, {"item": {"x": 1}}),
        (Row, {}, {"x": 1}),
        (Point, [1, None], [1, {"x": 1}]),
        (Point, [1], [LARGE]),
        (tuple[int, Item], [1, {}], [1, {"x": 1}]),
        (tuple[Item, ...], [{}], [{}, {"x": 1}]),
        (set[int], [1], [1, LARGE]),
        (dict[str, Item], {"a": {}}, {"a": {"x": 1}}),
        (dict[str, list[int]], {"a": [1]}, {"a": [LARGE]}),
        (Decimal, "1.5", "NaN"),
        (Decimal, 1.5, 10**200),
        (int | str, "x", LARGE),
    ],
)
def test_good_values_keep_the_rules_and_bad_ones_do_not(declared: Any, good: object, bad: object) -> None:
    assert keeps_the_rules(declared, good)
    assert not keeps_the_rules(declared, bad)


@pytest.mark.parametrize("declared", [str, float, list[str], dict[str, Any], Annotated[int, Meta(ge=0, le=5)], Any])
def test_most_types_need_no_test(declared: Any) -> None:
    assert policy_tests(read_type(declared)) == {}
