"""Keep what decorators such as `@rate_limit` say of a handler, on the handler. The pipeline reads it at freeze.

A mark changes neither the function's type nor its behaviour when called, so marks may stand in any order, above or
below the route decorator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from demijohn.types import Origin, caller_origin

__all__ = ["Mark", "add_mark", "marks_of"]

_ATTRIBUTE = "__demijohn_marks__"
_F = TypeVar("_F", bound=Callable[..., object] | type)


@dataclass(frozen=True, slots=True)
class Mark:
    """Pair what a decorator said with the place where it said so."""

    value: object
    origin: Origin


def add_mark(target: _F, value: object) -> _F:
    """Record `value` on a handler, a class view or a class, and return the same object."""
    own = vars(target).get(_ATTRIBUTE, ())
    setattr(target, _ATTRIBUTE, (*own, Mark(value, caller_origin())))
    return target


def marks_of(target: object) -> tuple[Mark, ...]:
    """Return the marks of a handler in the order in which they were applied.

    Bound methods give their function's; a class has those of its parents, too, and theirs come first.
    """
    function = getattr(target, "__func__", target)
    if isinstance(function, type):
        return tuple(mark for cls in reversed(function.__mro__) for mark in vars(cls).get(_ATTRIBUTE, ()))
    marks: tuple[Mark, ...] = getattr(function, _ATTRIBUTE, ())
    return marks
