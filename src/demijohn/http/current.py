"""Offer `request` and `session`, which stand for those of the request that is being handled.

They work inside handlers, hooks and whatever these call, in worker threads too. A parameter says the same and is typed
where it is used: `def show(request: Request)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from demijohn.context import NoContextError, current_scope
from demijohn.http.request import Request
from demijohn.sessions.session import Session

__all__ = ["request", "session"]


def _current_request() -> Request:
    scope = current_scope("`request`")
    if not isinstance(scope, Request):
        raise NoContextError("A command or a task runs here, not a request, so `request` and `session` are not there.")
    return scope


class _StandIn:
    """Pass everything on to the object that `find` returns at that moment."""

    __slots__ = ("_find",)

    _find: Callable[[], Any]  # Any: what it stands for has its type by the casts below

    def __init__(
        self, find: Callable[[], Any]
    ) -> None:  # Any: whatever it stands for has its own type, by the cast below
        object.__setattr__(self, "_find", find)

    def __getattr__(self, name: str) -> object:
        return getattr(self._find(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._find(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._find(), name)

    def __getitem__(self, key: str) -> object:
        return self._find()[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._find()[key] = value

    def __delitem__(self, key: str) -> None:
        del self._find()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._find()

    def __iter__(self) -> Iterator[object]:
        return iter(self._find())

    def __len__(self) -> int:
        return len(self._find())

    def __bool__(self) -> bool:
        return bool(self._find())

    def __repr__(self) -> str:
        try:
            return repr(self._find())
        except NoContextError:  # a debugger or a traceback asks everything for its repr
            return "<nothing: there is no request here>"

    def __dir__(self) -> list[str]:
        try:
            return dir(self._find())
        except NoContextError:
            return dir(type(self))

    def __eq__(self, other: object) -> bool:
        return bool(self._find() == other)

    __hash__ = None  # type: ignore[assignment]  # what it stands for changes with the request


request: Request = cast(Request, _StandIn(_current_request))
session: Session = cast(Session, _StandIn(lambda: _current_request().session))
