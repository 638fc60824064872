"""Turn decoded twins (twins.py) into the values that they stand for, and refuse what msgspec should not have taken.

Each function here makes a *finish*: a function that gets a decoded value and returns what belongs in its place, often
the same object. Containers are walked only where something inside needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import UNSET
from msgspec.structs import asdict

from demijohn.validation.faults import Refused
from demijohn.validation.nodes import decimal_fits

__all__ = [
    "Finish",
    "FinishTable",
    "finish_dataclass",
    "finish_decimal",
    "finish_dict",
    "finish_list",
    "finish_struct",
    "finish_tuple",
    "finish_typed_dict",
    "relabel",
    "relabel_list",
]

Finish: TypeAlias = Callable[[Any], Any]  # Any: a value of whatever type stands at that place, and what replaces it
FinishTable: TypeAlias = dict[type, Finish]
_Parts: TypeAlias = Sequence[tuple[str, FinishTable]]


def finish_decimal(value: Decimal) -> Decimal:
    """Return the number.

    Raises:
        Refused: it is no number, or one with an exponent beyond reason.
    """
    if not decimal_fits(value):
        raise Refused
    return value


def relabel(cls: type) -> Finish:
    """Give a twin the class it stands for; a twin is never frozen, so this is a plain assignment."""

    def finish(value: Any) -> Any:
        value.__class__ = cls
        return value

    return finish


def relabel_list(twin: type, cls: type) -> Finish:
    """Do for all items of a list what `relabel` does."""

    def finish(items: list[Any]) -> list[Any]:
        for item in items:
            if type(item) is twin:  # not the items of a default, which have their class already
                item.__class__ = cls
        return items

    return finish


def finish_struct(cls: type, parts: _Parts) -> Finish:
    """Finish the fields that need it, then give the twin its class and run `__post_init__`."""
    post_init = getattr(cls, "__post_init__", None)

    def finish(value: Any) -> Any:
        for name, finishes in parts:
            part = getattr(value, name)
            if (finish_part := finishes.get(type(part))) is not None:
                setattr(value, name, finish_part(part))
        value.__class__ = cls
        if post_init is not None:
            _run_post_init(value)
        return value

    return finish


def finish_dataclass(cls: type, names: Sequence[str], parts: _Parts) -> Finish:
    """Make the dataclass as msgspec does: without `__init__`, but with `__post_init__`."""
    new: Callable[[type], Any] = object.__new__
    post_init = getattr(cls, "__post_init__", None)
    if any(hasattr(getattr(cls, name, None), "__set__") for name in names):  # slots, for one
        fill = _fill_by_name
    else:
        fill = _fill_at_once

    def finish_plain(value: Any) -> Any:
        made = new(cls)
        made.__dict__ = asdict(value)
        return made

    def finish(value: Any) -> Any:
        made = new(cls)
        fill(made, _finish_parts(asdict(value), parts))
        if post_init is not None:
            _run_post_init(made)
        return made

    return finish_plain if fill is _fill_at_once and not parts and post_init is None else finish


def finish_typed_dict(optional: Sequence[str], parts: _Parts) -> Finish:
    """Make the dict, without the keys that were not sent."""

    def finish(value: Any) -> dict[str, Any]:
        values = _finish_parts(asdict(value), parts)
        for name in optional:
            if values[name] is UNSET:
                del values[name]
        return values

    return finish


def finish_list(finishes: FinishTable) -> Finish:
    """Finish the items of a list in their place."""
    finish_of = finishes.get

    def finish(items: list[Any]) -> list[Any]:
        for place, item in enumerate(items):
            if (finish_item := finish_of(type(item))) is not None:
                items[place] = finish_item(item)
        return items

    return finish


def finish_tuple(finishes: FinishTable) -> Finish:
    """Return a tuple of the finished items."""
    finish_items = finish_list(finishes)
    return lambda items: tuple(finish_items(list(items)))


def finish_dict(finishes: FinishTable) -> Finish:
    """Finish the values of a dict in their place."""
    finish_of = finishes.get

    def finish(mapping: dict[Any, Any]) -> dict[Any, Any]:
        for key, item in mapping.items():
            if (finish_item := finish_of(type(item))) is not None:
                mapping[key] = finish_item(item)
        return mapping

    return finish


def _finish_parts(values: dict[str, Any], parts: _Parts) -> dict[str, Any]:
    for name, finishes in parts:
        part = values[name]
        if (finish_part := finishes.get(type(part))) is not None:
            values[name] = finish_part(part)
    return values


def _fill_at_once(made: Any, values: dict[str, Any]) -> None:
    made.__dict__ = values


def _fill_by_name(made: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        object.__setattr__(made, name, value)  # a frozen dataclass has its own, which refuses


def _run_post_init(value: Any) -> None:
    try:
        value.__post_init__()
    except (ValueError, TypeError):  # as msgspec: these two say that the value is wrong, others that the code is
        raise Refused from None
