"""Define `lazy`, an attribute that is worked out at its first reading and kept.

`functools.cached_property` takes a lock on Python 3.11 and always makes an instance dict; a request is built for each
call, and this one costs nothing until it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["lazy"]

_T = TypeVar("_T")
_Owner = TypeVar("_Owner")


class lazy(Generic[_Owner, _T]):  # noqa: N801  # reads as a decorator, like property
    """Turn a method into an attribute that is computed at first reading; assigning to it replaces the value."""

    def __init__(self, compute: Callable[[_Owner], _T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type[_Owner]) -> lazy[_Owner, _T]: ...

    @overload
    def __get__(self, instance: _Owner, owner: type[Any]) -> _T: ...

    def __get__(self, instance: _Owner | None, owner: type[Any]) -> lazy[_Owner, _T] | _T:
        if instance is None:
            return self
        value = self.compute(instance)
        setattr(instance, self.name, value)  # this is no data descriptor, so the instance's own value wins from now on
        return value
