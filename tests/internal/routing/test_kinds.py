"""Which annotations are bodies, which carry markers."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import Parameter
from typing import Annotated, Any, Generic, TypedDict, TypeVar

import pytest
from msgspec import Struct
from pydantic import BaseModel

from demijohn.annotations import unwrap
from demijohn.routing.kinds import default_of, is_body_type, item_type, markers_of
from demijohn.routing.markers import Header, Query
from demijohn.types import UNDEFINED

T = TypeVar("T")


class Note(Struct):
    title: str


class Page(Struct, Generic[T]):
    items: list[T]


@dataclass
class Plain:
    title: str


class Row(TypedDict):
    title: str


class Model(BaseModel):
    title: str


@pytest.mark.parametrize(
    "bare",
    [
        Note,
        Plain,
        Row,
        Model,
        Page[int],
        list[Note],
        tuple[Plain, ...],
        dict[str, Row],
        Note | Plain,
        list[Annotated[Note, "x"]],
    ],
)
def test_models_and_collections_of_them_are_bodies(bare: Any) -> None:
    assert is_body_type(bare)


@pytest.mark.parametrize("bare", [int, str, object, list[int], dict[str, int], Note | int, list, Any, type, Note("t")])
def test_other_types_are_not(bare: Any) -> None:
    assert not is_body_type(bare)


def test_markers_are_found_with_and_without_parentheses() -> None:
    assert markers_of(unwrap(Annotated[str, "x", Query, Header("h")])) == [Query(), Header("h")]
    assert markers_of(unwrap(str)) == []


def test_item_type_looks_into_lists_only() -> None:
    assert item_type(list[Annotated[int, "x"]]) is int
    assert item_type(dict[str, int]) == dict[str, int]


def test_a_default_of_none_is_a_default() -> None:
    assert default_of(Parameter("x", Parameter.KEYWORD_ONLY, default=None)) is None
    assert default_of(Parameter("x", Parameter.KEYWORD_ONLY)) is UNDEFINED
