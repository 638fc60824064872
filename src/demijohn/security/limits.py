"""Hold every number that bounds a request, and the mark `limits` that changes some for one route.

What is counted while a form is read is in http/multipart.py; how often a client may come is in throttle.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from demijohn.errors import DeclarationError, HTTPError, Problem
from demijohn.marks import Mark, add_mark
from demijohn.security.optouts import OptOut
from demijohn.types import Origin, caller_origin

__all__ = ["Limits", "RouteLimits", "limits", "parse_size"]

KIB: Final = 1024
MIB: Final = 1024 * 1024

_F = TypeVar("_F", bound=Callable[..., object] | type)
_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([KMG]i?)?B?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "ki": KIB, "mi": MIB, "gi": 1024**3}


class Limits(msgspec.Struct, frozen=True):
    """Bound what a request may bring. Sizes are in bytes, times in seconds.

    `body` bounds bodies without files, `upload` multipart bodies of routes that take files. `form_*` count and bound
    the parts of urlencoded and multipart forms alike (CVE-2026-54283). A body must begin within `body_start`, keep up
    `body_rate` bytes a second on average, and end within `body_time`.
    """

    target: int = 8 * KIB
    header_count: int = 100
    header_field: int = 8 * KIB
    header_total: int = 32 * KIB
    body: int = 5 * MIB // 2
    upload: int = 25 * MIB
    body_start: float = 10.0
    body_rate: int = 500
    body_time: float = 120.0
    form_fields: int = 1000
    form_files: int = 20
    form_field: int = MIB
    form_name: int = 256
    form_spool: int = MIB
    websocket_message: int = 64 * KIB
    websocket_messages: int = 100
    websocket_period: float = 10.0

    def check_target(self, path: str, query_string: str) -> None:
        """Refuse a request target that is too long; the path may be decoded.

        Raises:
            HTTPError: 414 `uri.too_long`.
        """
        if len(path) + len(query_string) > self.target:
            raise HTTPError(414, "The address is too long.", code="uri.too_long")

    def check_headers(self, items: Sequence[tuple[str, str]]) -> None:
        """Refuse too many, too long or too large header fields. A field's size is that of its name and value.

        Raises:
            HTTPError: 431 `header.too_many` or `header.too_large`.
        """
        if len(items) > self.header_count:
            raise HTTPError(431, "The request has too many header fields.", code="header.too_many")
        # This loop runs for every request; for 13 fields it takes less time than any sum over an iterator. Where all
        # together are no longer than one may be, none need be looked at by itself.
        total = 0
        for name, value in items:
            total += len(name) + len(value)
        if total > self.header_field:
            self._check_long_headers(items, total)

    def _check_long_headers(self, items: Sequence[tuple[str, str]], total: int) -> None:
        if total > self.header_total or any(len(name) + len(value) > self.header_field for name, value in items):
            raise HTTPError(431, "The header fields of the request are too large.", code="header.too_large")


class RouteLimits(msgspec.Struct, frozen=True):
    """Hold what one route changes, and where that was written; None leaves the app's number."""

    origin: Origin
    body: int | None = None
    upload: int | None = None
    body_time: float | None = None
    form_fields: int | None = None
    form_files: int | None = None
    form_field: int | None = None
    websocket_message: int | None = None

    def applied_to(self, limits: Limits) -> Limits:
        """Return the app's limits with this route's numbers."""
        return msgspec.structs.replace(limits, **self._changes())

    def opt_outs(self, limits: Limits) -> list[OptOut]:
        """List what `demijohn check` must report: numbers above the app's."""
        return [
            OptOut("limits.raised", f"{name}={number:,} instead of {getattr(limits, name):,}", origin=self.origin)
            for name, number in self._changes().items()
            if number > getattr(limits, name)
        ]

    def _changes(self) -> dict[str, int | float]:
        values = {name: getattr(self, name) for name in self.__struct_fields__ if name != "origin"}
        return {name: value for name, value in values.items() if value is not None}

    @staticmethod
    def of(marks: Sequence[Mark]) -> RouteLimits | None:
        """Return what the marks of a handler change; the outermost decorator wins."""
        found = [mark.value for mark in marks if isinstance(mark.value, RouteLimits)]
        return found[-1] if found else None


def limits(
    *,
    body: int | str | None = None,
    files: int | None = None,
    fields: int | None = None,
    field: int | str | None = None,
    body_time: float | None = None,
    message: int | str | None = None,
) -> Callable[[_F], _F]:
    """Change limits for one route: `@limits(body="50MB", files=3)`.

    `body` bounds the whole body, with files or without; `files` and `fields` count the parts of a form, `field` bounds
    one of them; `message` bounds a WebSocket message. Sizes are bytes or text such as `"50MB"` or `"64KiB"`.

    Raises:
        DeclarationError: a size cannot be read, or a number is not above zero.
    """
    origin = caller_origin()
    sizes = {"body": body, "field": field, "message": message}
    bounds = {name: _read_size(name, size, origin) for name, size in sizes.items() if size is not None}
    for name, number in {"files": files, "fields": fields, "body_time": body_time}.items():
        if number is not None and number <= 0:
            remedy = "Leave it out to keep the app's limit."
            raise DeclarationError([Problem(f"@limits({name}={number}) must be above zero.", str(origin), remedy)])
    mark = RouteLimits(
        origin,
        body=bounds.get("body"),
        upload=bounds.get("body"),
        body_time=body_time,
        form_fields=fields,
        form_files=files,
        form_field=bounds.get("field"),
        websocket_message=bounds.get("message"),
    )
    return lambda handler: add_mark(handler, mark)


def _read_size(name: str, size: int | str, origin: Origin) -> int:
    try:
        return parse_size(size)
    except ValueError as error:
        remedy = 'Write bytes, or text such as "50MB" or "64KiB".'
        raise DeclarationError([Problem(f"@limits({name}={size!r}): {error}", str(origin), remedy)]) from None


def parse_size(size: int | str) -> int:
    """Return a size in bytes: `"50MB"` is fifty million, `"50MiB"` is 50 times 1024 squared; case does not matter.

    Raises:
        ValueError: the text is not a size, or the size is not above zero.
    """
    if isinstance(size, str):
        match = _SIZE.fullmatch(size.strip())
        if match is None:
            raise ValueError(f"{size!r} is not a size.")
        number, unit = match.groups()
        size = int(float(number) * _UNITS[(unit or "").lower()])
    if size <= 0:
        raise ValueError("A size must be above zero.")
    return size
