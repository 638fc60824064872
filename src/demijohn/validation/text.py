"""Decode what comes as text: query strings, headers, cookies, form fields, parts of a path. JSON is in decoder.py."""

from __future__ import annotations

import enum
import math
import re
import typing
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal  # loaded by msgspec in any case, as uuid is
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from demijohn.annotations import Annotation, spell, unwrap
from demijohn.validation.faults import LARGEST_INT, REPEATED, SMALLEST_INT, Check, Fault, compile_checks, one_of

__all__ = ["InvalidText", "TextDecoder", "is_text_type"]

_Parse: TypeAlias = Callable[[str], Any]  # Any: the type is known at run time only; ValueError where it does not fit

_MOST_FAULTS: Final = 100
_LONGEST_NUMBER: Final = 64
_LONGEST_TIME: Final = 40
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_EXPONENT = re.compile(r"(?:[eE][+-]?[0-9]+)?")
_BOOLS: Final = {
    "1": True,
    "true": True,
    "on": True,
    "yes": True,
    "0": False,
    "false": False,
    "off": False,
    "no": False,
}
_BOUNDS: Final = ("ge", "gt", "le", "lt", "multiple_of")
_LENGTHS: Final = ("min_length", "max_length")
_FOREIGN: Final = ("pydantic", "annotated_types")  # their constraints, silently ignored, would be holes


class InvalidText(Exception):
    """Say what is wrong with a text: pairs of the place in a list (empty for a single value) and the fault."""

    def __init__(self, *faults: tuple[str, Fault]) -> None:
        super().__init__(*faults)
        self.faults = faults


class TextDecoder:
    """Decode the texts that were sent under one name into a scalar or a list of scalars.

    `decode` takes all of them in their order and raises `InvalidText`; a list may be empty, a scalar needs exactly one.
    Integers have at most 64 bits, floats are finite; `1 true on yes` and `0 false off no` are bools in any case of
    letters; an empty text is None where None is allowed, unless the type is str. Constraints are given as
    `Annotated[int, msgspec.Meta(ge=1)]`.

    Raises:
        TypeError: the type cannot be read from text, or a constraint does not fit it.
    """

    __slots__ = ("decode", "is_list", "nullable")

    def __init__(self, declared: object) -> None:
        # An attribute rather than a method, made to measure: it runs for every parameter of every request.
        self.decode: Callable[[Sequence[str]], Any]  # Any: the type is known at run time only
        annotation = unwrap(declared)
        self.nullable = annotation.nullable
        collection = _COLLECTIONS.get(typing.get_origin(annotation.bare))
        self.is_list = collection is not None
        if collection is None:
            self.decode = _decode_single(annotation)
        else:
            self.decode = _decode_several(annotation, collection)


def is_text_type(declared: object) -> bool:
    """Say whether a type is a scalar or a list of scalars; whether its constraints fit, `TextDecoder` finds out."""
    bare = unwrap(declared).bare
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if origin in _COLLECTIONS and arguments:
        is_fixed = origin is tuple and arguments[1:] != (...,)
        return not is_fixed and _is_scalar_type(unwrap(arguments[0]).bare)
    return _is_scalar_type(bare)


def _is_scalar_type(bare: object) -> bool:
    if typing.get_origin(bare) is typing.Literal:
        return True
    return isinstance(bare, type) and (bare in _SCALARS or issubclass(bare, enum.Enum))


def _decode_single(annotation: Annotation) -> Callable[[Sequence[str]], Any]:
    parse, fault = _parser(annotation.bare)
    checks = _checks(annotation)
    if annotation.nullable and annotation.bare is not str:
        parse = _none_if_empty(parse)

    def decode(texts: Sequence[str]) -> Any:
        if len(texts) != 1:
            raise InvalidText(("", REPEATED))
        try:
            return parse(texts[0])
        except ValueError:
            raise InvalidText(("", fault)) from None

    def decode_and_check(texts: Sequence[str]) -> Any:
        value = decode(texts)
        if value is not None and (faults := _failed(checks, value)):
            raise InvalidText(*(("", failed) for failed in faults))
        return value

    return decode_and_check if checks else decode


def _decode_several(annotation: Annotation, collection: Callable[[Any], Any]) -> Callable[[Sequence[str]], Any]:
    item = unwrap(typing.get_args(annotation.bare)[0])
    if item.nullable:
        raise TypeError(f"items of {spell(annotation.bare)} cannot be None: an absent item is not sent")
    parse, fault = _parser(item.bare)
    item_checks, checks = _checks(item), _checks(annotation)

    def decode(texts: Sequence[str]) -> Any:
        values, faults = [], []
        for place, text in enumerate(texts):
            try:
                value = parse(text)
            except ValueError:
                faults.append((str(place), fault))
                continue
            values.append(value)
            faults += [(str(place), failed) for failed in _failed(item_checks, value)]
        faults += [("", failed) for failed in _failed(checks, texts)]
        if faults:
            raise InvalidText(*faults[:_MOST_FAULTS])
        return collection(values)

    return decode


def _parser(bare: object) -> tuple[_Parse, Fault]:
    """Return how a scalar is read and what to say of a text that is none."""
    if typing.get_origin(bare) is typing.Literal:
        return _choice(bare, [(value, value) for value in typing.get_args(bare)])
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return _choice(bare, [(member.value, member) for member in bare])
    if isinstance(bare, type) and bare in _SCALARS:
        parse, sentence = _SCALARS[bare]
        return parse, Fault("type", sentence)
    raise TypeError(f"{spell(bare)} cannot be read from text")


def _choice(bare: object, choices: Iterable[tuple[object, object]]) -> tuple[_Parse, Fault]:
    by_text: dict[str, object] = {}
    for value, choice in choices:
        if not isinstance(value, str | int):
            raise TypeError(f"{spell(bare)} has the value {value!r}, which is neither text nor a whole number")
        by_text[str(value).lower() if isinstance(value, bool) else str(value)] = choice

    def parse(text: str) -> Any:
        try:
            return by_text[text]
        except KeyError:
            raise ValueError from None

    return parse, one_of(by_text)


def _none_if_empty(parse: _Parse) -> _Parse:
    return lambda text: parse(text) if text else None


def _failed(checks: tuple[Check, ...], value: object) -> list[Fault]:
    return [fault for passes, fault in checks if not passes(value)]


def _checks(annotation: Annotation) -> tuple[Check, ...]:
    """Return the checks of what stands in Annotated, once it is sure that each can be applied."""
    bare = annotation.bare
    is_list = typing.get_origin(bare) in _COLLECTIONS
    allowed = _LENGTHS if is_list else _CONSTRAINTS.get(bare, ()) if isinstance(bare, type) else ()
    for meta in annotation.metadata:
        if type(meta).__module__.partition(".")[0] in _FOREIGN:
            raise TypeError(f"{meta!r} is not applied to {spell(bare)} here: write msgspec.Meta(...) instead")
        for name in (*_BOUNDS, *_LENGTHS, "pattern", "tz") if isinstance(meta, msgspec.Meta) else ():
            if getattr(meta, name) is not None and name not in allowed:
                raise TypeError(f"msgspec.Meta({name}=...) cannot be applied to {spell(bare)}")
    metas = [meta for meta in annotation.metadata if isinstance(meta, msgspec.Meta)]
    return tuple(check for meta in metas for check in compile_checks(meta, "item" if is_list else "character"))


def _parse_int(text: str) -> int:
    if text.isdigit() and text.isascii() and len(text) <= 18:  # nearly all of them
        return int(text)
    digits = text.removeprefix("-")
    if len(text) > 20 or not (digits.isdigit() and digits.isascii()):  # int() itself is quadratic and takes `1_0`
        raise ValueError
    value = int(text)
    if not SMALLEST_INT <= value <= LARGEST_INT:
        raise ValueError
    return value


def _parse_float(text: str) -> float:
    if len(text) > _LONGEST_NUMBER or (number := _NUMBER.match(text)) is None:
        raise ValueError
    if _EXPONENT.fullmatch(text, number.end()) is None or not math.isfinite(value := float(text)):
        raise ValueError
    return value


def _parse_decimal(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER or _NUMBER.fullmatch(text) is None:  # no exponent: 1E+999999 is a trap
        raise ValueError
    return Decimal(text)


def _parse_bool(text: str) -> bool:
    value = _BOOLS.get(text.lower()) if len(text) <= 5 else None
    if value is None:
        raise ValueError
    return value


def _parse_date(text: str) -> date:
    if text[4:5] != "-" or text[7:8] != "-":  # Python reads 20260131 and 2026-W05-6, too
        raise ValueError
    return date.fromisoformat(text)


def _parse_datetime(text: str) -> datetime:
    """Read RFC 3339, and what `<input type="datetime-local">` sends: without seconds and without an offset."""
    if len(text) > _LONGEST_TIME or text[4:5] != "-" or text[7:8] != "-" or text[10:11] not in ("T", " ", "t"):
        raise ValueError
    if text[13:14] != ":":
        raise ValueError
    return datetime.fromisoformat(text)


def _parse_time(text: str) -> time:
    if len(text) > _LONGEST_TIME or text[2:3] != ":":
        raise ValueError
    return time.fromisoformat(text)


def _parse_uuid(text: str) -> UUID:
    if len(text) != 36:
        raise ValueError
    value = UUID(text)
    if str(value) != text.lower():  # Python drops hyphens, braces and `urn:` wherever they stand
        raise ValueError
    return value


_COLLECTIONS: Final[dict[object, Callable[[Any], Any]]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    Sequence: list,
}
_SCALARS: Final[dict[type, tuple[_Parse, str]]] = {
    str: (str, "Must be text."),
    int: (_parse_int, "Must be a whole number."),
    float: (_parse_float, "Must be a number."),
    bool: (_parse_bool, "Must be true or false."),
    Decimal: (_parse_decimal, "Must be a decimal number."),
    date: (_parse_date, "Must be a date such as 2026-01-31."),
    datetime: (_parse_datetime, "Must be a date and time such as 2026-01-31T09:30:00Z."),
    time: (_parse_time, "Must be a time such as 09:30:00."),
    UUID: (_parse_uuid, "Must be a UUID."),
}
_CONSTRAINTS: Final[dict[type, tuple[str, ...]]] = {
    str: (*_LENGTHS, "pattern"),
    int: _BOUNDS,
    float: _BOUNDS,
    Decimal: _BOUNDS,
    datetime: ("tz",),
    time: ("tz",),
}
