"""Bodies that are pydantic models: the house's refusals, and nothing of pydantic in an app that has no such model."""

from __future__ import annotations

import enum
import subprocess
import sys
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

from demijohn.errors import HTTPError
from demijohn.validation import BodyDecoder
from demijohn.validation.decoder import is_pydantic


class Colour(enum.Enum):
    RED = "red"


class Inner(BaseModel):
    a: int


class Model(BaseModel):
    x: int = Field(ge=1)
    name: str = Field(default="ok", min_length=2, max_length=4, pattern="^[a-z]*$")
    inner: Inner | None = None
    choice: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    tags: list[str] = Field(default=[], max_length=1)

    @field_validator("x")
    @classmethod
    def _not_thirteen(cls, value: int) -> int:
        if value == 13:
            raise ValueError("Not that one.")
        return value


def refused(declared: Any, body: bytes) -> HTTPError:
    with pytest.raises(HTTPError) as raised:
        BodyDecoder(declared).decode(body)
    return raised.value


def test_models_and_lists_of_them_are_decoded() -> None:
    assert BodyDecoder(Model).decode(b'{"x":3,"inner":{"a":1}}') == Model(x=3, inner=Inner(a=1))
    assert BodyDecoder(list[Model]).decode(b'[{"x":3}]') == [Model(x=3)]
    assert is_pydantic(Model | None)
    assert not is_pydantic(list[int])


def test_all_mistakes_are_listed_in_the_houses_words() -> None:
    body = b'{"x":0,"name":"A","inner":{"b":1},"choice":"c","colour":"blue","tags":["a","b"],"y":1}'
    refusal = refused(Model, body)
    assert (refusal.status, refusal.code) == (422, "validation")
    assert sorted((error.field, error.code, error.message) for error in refusal.errors) == [
        ("choice", "enum", "Must be one of: 'a' or 'b'."),
        ("colour", "enum", "Must be one of: 'red'."),
        ("inner.a", "missing", "This is required."),
        ("inner.b", "unknown_field", "There is no such field."),
        ("name", "min_length", "Must have at least 2 characters."),
        ("tags", "max_length", "Must have at most 1 items."),
        ("x", "ge", "Must be at least 1."),
        ("y", "unknown_field", "There is no such field."),
    ]


@pytest.mark.parametrize(
    ("body", "field", "code", "message"),
    [
        (b'{"x":"a"}', "x", "type", "Has the wrong type."),
        (b'{"x":1.5}', "x", "type", "Has the wrong type."),
        (b'{"x":1,"name":"A1"}', "name", "pattern", "Does not have the required form."),
        (b'{"x":13}', "x", "invalid", "Not that one."),
        (b"[]", "", "type", "Has the wrong type."),
    ],
)
def test_single_mistakes(body: bytes, field: str, code: str, message: str) -> None:
    (error,) = refused(Model, body).errors
    assert (error.location, error.field, error.code, error.message) == ("body", field, code, message)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"x":NaN}', b'\xef\xbb\xbf{"x":1}', b'{"x":1,"name":"\xff"}', b'{"x":1' + b"0" * 5000 + b"}"],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    refusal = refused(Model, body)
    assert (refusal.status, refusal.code) == (400, "json.malformed")


@pytest.mark.parametrize("depth", [300, 200_000])
def test_depth_is_bounded(depth: int) -> None:
    refusal = refused(Model, b'{"x":' + b"[" * depth + b"]" * depth + b"}")
    assert (refusal.status, refusal.code) == (400, "json.too_deep")


def test_keys_of_the_clients_own_making_fit_a_log_line() -> None:
    (error,) = refused(Model, b'{"x":1,"a\\nb":2}').errors
    assert error.field == "a\ufffdb"


def test_pydantic_is_not_loaded_for_an_app_without_its_models() -> None:
    program = (
        "import sys, msgspec\n"
        "from demijohn.validation import BodyDecoder\n"
        "class A(msgspec.Struct):\n    x: int\n"
        "assert BodyDecoder(A).decode(b'{\"x\":1}') == A(1)\n"
        "assert not [name for name in sys.modules if name.startswith('pydantic')]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
