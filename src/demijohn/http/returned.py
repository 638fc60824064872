"""Turn what a handler returned into a Response. The kinds of responses are in response.py."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterable, Callable, Iterator
from typing import Any

import msgspec

from demijohn.errors import DemijohnError
from demijohn.http.response import JSONResponse, Response, allows_body

__all__ = ["ReturnedValueError", "to_response"]

_Convert = Callable[[Any, int], Response]  # Any: each converter takes the type that it is filed under


class ReturnedValueError(DemijohnError, TypeError):
    """Say that a handler returned something that is no answer, and what to return instead."""


def to_response(value: object, status: int = 200) -> Response:
    """Return the answer that a returned value stands for; `status` is what the route declared.

    str is text/plain, bytes octet-stream, None 204, dict, list, dataclass, Struct and pydantic model are JSON;
    `(value, status)` and `(value, status, headers)` as in Flask. A Response is taken as it is.

    Raises:
        ReturnedValueError: anything else.
    """
    convert = _converters.get(type(value))
    if convert is None:
        convert = _converters[type(value)] = _find_converter(value)
    return convert(value, status)


def _find_converter(value: object) -> _Convert:
    if isinstance(value, Response):
        return _from_response
    if isinstance(value, str):
        return _from_str
    if isinstance(value, dict | list | msgspec.Struct) or dataclasses.is_dataclass(value):
        return JSONResponse
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return JSONResponse  # a named tuple is a record, not (value, status)
    if hasattr(type(value), "__pydantic_serializer__"):
        return _from_pydantic
    raise ReturnedValueError(_advice(value))


def _advice(value: object) -> str:
    kind = type(value).__name__
    if isinstance(value, Iterator | AsyncIterable):
        return f"A handler returned a {kind}. Wrap it: `return Stream({kind}(...), content_type=...)`."
    if isinstance(value, bool | int | float):
        return f"A handler returned the {kind} {value!r}. Return a dict for JSON, or str({kind}) for text."
    if isinstance(value, set | frozenset):
        return "A handler returned a set, which has no order. Return a list: `return sorted(...)`."
    return (
        f"A handler returned a {kind}, which is no answer. Return str, bytes, dict, list, a dataclass, a Struct, None, "
        "(value, status) or a Response."
    )


def _from_response(value: Response, status: int) -> Response:
    if value.is_unmade:
        value = value.detached()  # a page that a module holds is made anew for each visitor
        if value.status == 200:  # nobody gave it a status: it takes the route's or the error's
            value.status = status
    return value


def _from_str(value: str, status: int) -> Response:
    return Response(value, status)


def _from_bytes(value: bytes, status: int) -> Response:
    return Response(value, status)


def _from_none(value: None, status: int) -> Response:
    return Response(b"", 204 if status == 200 else status)


def _from_tuple(value: tuple[Any, ...], status: int) -> Response:
    if len(value) not in (2, 3) or not isinstance(value[1], int) or isinstance(value[1], bool):
        raise ReturnedValueError(
            f"A handler returned a tuple of {len(value)}. Write (value, status) or (value, status, headers); "
            "for a JSON array return a list."
        )
    response = to_response(value[0], value[1])
    response.status = value[1]
    if not allows_body(value[1]):
        response.body = b""
    if len(value) == 3:
        response.headers.merge(value[2])
    return response


def _from_pydantic(value: Any, status: int) -> Response:  # Any: pydantic is not imported, so its class has no name here
    body: str = value.model_dump_json()
    return Response(body, status, content_type="application/json")


# Exact types first; a type met for the first time is looked up once and filed here.
_converters: dict[type, _Convert] = {
    dict: JSONResponse,
    list: JSONResponse,
    str: _from_str,
    bytes: _from_bytes,
    type(None): _from_none,
    tuple: _from_tuple,
    Response: _from_response,
}
