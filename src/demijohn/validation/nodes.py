"""Know the type nodes of msgspec.inspect: what each stands for and how a person is told that a value is not one.

The three readers of a type share this: twins.py and policy.py make good input strict, collector.py explains bad input.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import inspect

from demijohn.annotations import spell
from demijohn.validation.faults import LARGEST_INT, SMALLEST_INT, Fault

__all__ = [
    "BARE_TYPES",
    "CONSTRAINTS",
    "TYPE_FAULTS",
    "ObjectType",
    "decimal_fits",
    "int_fits",
    "is_bounded",
    "json_types",
    "members_of",
    "plain_class",
    "read_type",
    "tag_of",
]

ObjectType: TypeAlias = inspect.StructType | inspect.DataclassType | inspect.TypedDictType

CONSTRAINTS: Final = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "pattern", "tz")

BARE_TYPES: Final[dict[type[inspect.Type], Any]] = {  # Any: type expressions, for msgspec
    inspect.AnyType: Any,
    inspect.NoneType: None,
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.BytesType: bytes,
    inspect.ByteArrayType: bytearray,
    inspect.MemoryViewType: memoryview,
    inspect.DateTimeType: datetime,
    inspect.TimeType: time,
    inspect.DateType: date,
    inspect.TimeDeltaType: timedelta,
    inspect.UUIDType: UUID,
    inspect.DecimalType: Decimal,
    inspect.RawType: msgspec.Raw,
    inspect.SetType: set,
    inspect.FrozenSetType: frozenset,
}

TYPE_FAULTS: Final[dict[type[inspect.Type], Fault]] = {
    kind: Fault("type", sentence)
    for kind, sentence in {
        inspect.NoneType: "Must be null.",
        inspect.BoolType: "Must be true or false.",
        inspect.IntType: "Must be a whole number.",
        inspect.FloatType: "Must be a number.",
        inspect.StrType: "Must be text.",
        inspect.BytesType: "Must be base64 text.",
        inspect.ByteArrayType: "Must be base64 text.",
        inspect.MemoryViewType: "Must be base64 text.",
        inspect.DateTimeType: "Must be a date and time such as 2026-01-31T09:30:00Z.",
        inspect.TimeType: "Must be a time such as 09:30:00.",
        inspect.DateType: "Must be a date such as 2026-01-31.",
        inspect.TimeDeltaType: "Must be a duration such as PT1H30M.",
        inspect.UUIDType: "Must be a UUID.",
        inspect.DecimalType: "Must be a decimal number.",
        inspect.ListType: "Must be a list.",
        inspect.SetType: "Must be a list.",
        inspect.FrozenSetType: "Must be a list.",
        inspect.VarTupleType: "Must be a list.",
        inspect.TupleType: "Must be a list.",
        inspect.NamedTupleType: "Must be a list.",
        inspect.DictType: "Must be an object.",
        inspect.TypedDictType: "Must be an object.",
        inspect.DataclassType: "Must be an object.",
        inspect.StructType: "Must be an object.",
    }.items()
}

_JSON_TYPES: Final[dict[type[inspect.Type], frozenset[type]]] = {  # the others are written as text
    inspect.AnyType: frozenset({type(None), bool, int, float, str, list, dict}),
    inspect.RawType: frozenset({type(None), bool, int, float, str, list, dict}),
    inspect.NoneType: frozenset({type(None)}),
    inspect.BoolType: frozenset({bool}),
    inspect.IntType: frozenset({int}),
    inspect.FloatType: frozenset({int, float}),
    inspect.DecimalType: frozenset({int, float, str}),
    inspect.ListType: frozenset({list}),
    inspect.SetType: frozenset({list}),
    inspect.FrozenSetType: frozenset({list}),
    inspect.VarTupleType: frozenset({list}),
    inspect.TupleType: frozenset({list}),
    inspect.NamedTupleType: frozenset({list}),
    inspect.DictType: frozenset({dict}),
    inspect.TypedDictType: frozenset({dict}),
    inspect.DataclassType: frozenset({dict}),
    inspect.StructType: frozenset({dict}),
}

_LARGEST_EXPONENT = 100


def read_type(declared: object) -> inspect.Type:
    """Return the node of a type that JSON can carry.

    Raises:
        TypeError: JSON cannot carry it, or something in it.
        NameError: an annotation inside it names what cannot be found.
    """
    node = inspect.type_info(declared)
    for found in _walk(node, set()):
        if isinstance(found, inspect.CustomType | inspect.ExtType):
            name = spell(found.cls) if isinstance(found, inspect.CustomType) else "Ext"
            raise TypeError(f"{name} cannot be read from JSON")
    return node


def plain_class(cls: type) -> type:
    """Return the class itself of `Page[Item]`, and any other class as it is."""
    origin: type | None = typing.get_origin(cls)
    return cls if origin is None else origin


def json_types(node: inspect.Type) -> frozenset[type]:
    """Return the Python types that JSON for this type is read as."""
    match node:
        case inspect.EnumType():
            return frozenset(type(choice.value) for choice in node.cls)
        case inspect.LiteralType():
            return frozenset(type(choice) for choice in node.values)
        case inspect.StructType() if node.array_like:
            return frozenset({list})
    return _JSON_TYPES.get(type(node), frozenset({str}))


def members_of(node: inspect.Type) -> tuple[inspect.Type, ...]:
    """Return the members of a union, any other type as the only one; wrappers with metadata are taken off."""
    while isinstance(node, inspect.Metadata):
        node = node.type
    if isinstance(node, inspect.UnionType):
        return tuple(inner for member in node.types for inner in members_of(member))
    return (node,)


def tag_of(node: inspect.Type) -> tuple[str, str | int] | None:
    """Return the key and the value that tell a Struct from the others of its union."""
    if isinstance(node, inspect.StructType) and node.tag_field is not None and node.tag is not None:
        return node.tag_field, node.tag
    return None


def is_bounded(node: inspect.IntType) -> bool:
    """Say whether the type has bounds of its own on both sides."""
    return (node.ge is not None or node.gt is not None) and (node.le is not None or node.lt is not None)


def int_fits(value: int) -> bool:
    """Say whether an integer has at most 64 bits: what databases, and most readers of JSON, can hold."""
    return SMALLEST_INT <= value <= LARGEST_INT


def decimal_fits(value: Decimal | str | float) -> bool:
    """Say whether it is a number that can be compared and printed: msgspec takes NaN and 1E+999999, too."""
    number = Decimal(value)
    return number.is_finite() and -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT


def _walk(node: inspect.Type, seen: set[int]) -> Iterator[inspect.Type]:
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    for name in node.__struct_fields__:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, inspect.Field):
                part = part.type
            if isinstance(part, inspect.Type):
                yield from _walk(part, seen)
