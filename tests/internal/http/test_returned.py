from __future__ import annotations

from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from demijohn.http.response import JSONResponse, Response
from demijohn.http.returned import ReturnedValueError, to_response


class Text(str):
    __slots__ = ()


Point = namedtuple("Point", "x y")  # the untyped kind counts as well


def pieces() -> Iterator[str]:
    yield ""


async def async_pieces() -> AsyncIterator[str]:
    yield ""


def test_a_response_passes_untouched() -> None:
    response = Response("x", 404)
    assert to_response(response, 201) is response


@pytest.mark.parametrize(
    ("value", "body", "content_type"),
    [
        ("x", b"x", "text/plain; charset=utf-8"),
        (Text("x"), b"x", "text/plain; charset=utf-8"),
        (b"x", b"x", "application/octet-stream"),
        ({"a": 1}, b'{"a":1}', "application/json"),
        (Point(1, 2), b"[1,2]", "application/json"),
    ],
)
def test_values_become_answers_with_the_status_of_the_route(value: object, body: bytes, content_type: str) -> None:
    response = to_response(value, 201)
    assert (response.status, response.body, response.content_type) == (201, body, content_type)


def test_none_is_204_unless_the_route_says_otherwise() -> None:
    assert (to_response(None).status, to_response(None, 202).status) == (204, 202)


def test_a_tuple_sets_the_status_whatever_it_holds() -> None:
    assert to_response((None, 200)).status == 200
    assert to_response((Response("x", 404), 410)).status == 410
    assert to_response((("x", 201), 202)).status == 202
    response = to_response(({"a": 1}, 201, {"x-a": "b"}))
    assert isinstance(response, JSONResponse)
    assert response.headers["x-a"] == "b"


@pytest.mark.parametrize("value", [(), ("x",), ("x", "y"), ("x", True), ("x", 200, {}, 4)])
def test_a_tuple_of_another_shape_is_a_mistake(value: Any) -> None:
    with pytest.raises(ReturnedValueError, match=r"Write \(value, status\)"):
        to_response(value)


@pytest.mark.parametrize("value", [("x", 0), ("x", 99), ("x", 600), (None, 1000), (Response("x"), 7)])
def test_a_status_that_no_server_sends_is_a_mistake(value: Any) -> None:
    with pytest.raises(ValueError, match="200 to 599"):
        to_response(value)


def test_generators_are_told_to_be_wrapped() -> None:
    for made in (pieces(), async_pieces(), iter([1])):
        with pytest.raises(ReturnedValueError, match="Stream"):
            to_response(made)


def test_each_kind_of_mistake_has_its_advice() -> None:
    mistakes = [(7, r"str\(int\)"), (1.5, r"str\(float\)"), ({1}, "sorted"), (object(), "which is no answer")]
    for value, advice in mistakes:
        with pytest.raises(ReturnedValueError, match=advice):
            to_response(value)
