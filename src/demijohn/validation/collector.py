"""Find everything that is wrong with a JSON value. It runs only after decoder.py has been refused by msgspec or policy.

msgspec stops at the first mistake, and its sentences change between versions, so nothing here reads them: each part of
the value is tried by itself, and what fails is described with the sentences of faults.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import repeat
from typing import Final, TypeGuard

import msgspec
from msgspec import inspect

from demijohn.errors import FieldError
from demijohn.validation.faults import LARGEST_INT, MISSING, SMALLEST_INT, Fault, compile_checks, one_of, shown_key
from demijohn.validation.nodes import (
    BARE_TYPES,
    TYPE_FAULTS,
    ObjectType,
    decimal_fits,
    int_fits,
    is_bounded,
    json_types,
    members_of,
    plain_class,
    tag_of,
)

__all__ = ["MOST_ERRORS", "collect_errors"]

MOST_ERRORS: Final = 100
"""How many mistakes are listed at most."""

_MOST_VALUES = 10_000  # so that a long list with one mistake at its end costs no more than a few decodes of it
_INVALID: Final = Fault("invalid", "This is not valid.")
_UNKNOWN: Final = Fault("unknown_field", "There is no such field.")
_NO_MEMBER: Final = Fault("type", "Has none of the types that are allowed here.")
_TOO_SMALL: Final = Fault("ge", f"Must be at least {SMALLEST_INT}.")
_TOO_LARGE: Final = Fault("le", f"Must be at most {LARGEST_INT}.")


def collect_errors(value: object, node: inspect.Type) -> list[FieldError]:
    """Return the mistakes of a value from `msgspec.json.decode`, in the order of its type; at least one.

    Raises:
        RecursionError: it is nested more deeply than Python can follow.
    """
    collector = _Collector()
    with suppress(_EnoughError):
        collector.check(value, node, "")
    if not collector.errors:
        collector.add("", _INVALID)
    return collector.errors


class _EnoughError(Exception):
    """End the search: what is listed is plenty, or looking on would cost too much."""


class _Collector:
    """Gather mistakes while walking through a value and its type side by side."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self._left = _MOST_VALUES

    def add(self, field: str, fault: Fault) -> None:
        self.errors.append(FieldError("body", field, fault.message, fault.code))
        if len(self.errors) >= MOST_ERRORS:
            raise _EnoughError

    def check(self, value: object, node: inspect.Type, field: str) -> None:
        """Add what is wrong with one value and with all that it holds."""
        self._left -= 1
        if self._left < 0:
            raise _EnoughError
        members = members_of(node)
        if len(members) > 1:
            self._check_union(value, members, field)
        else:
            self._check_member(value, members[0], field)

    def _check_member(self, value: object, node: inspect.Type, field: str) -> None:
        match node:
            case inspect.StructType() if node.array_like:
                self._check_places(value, node, node.fields, field)
            case inspect.NamedTupleType():
                self._check_places(value, node, node.fields, field)
            case inspect.StructType() | inspect.DataclassType() | inspect.TypedDictType():
                self._check_object(value, node, field)
            case inspect.ListType() | inspect.VarTupleType() | inspect.SetType() | inspect.FrozenSetType():
                if self._is_list(value, node, field):
                    self._check_items(value, repeat(node.item_type, len(value)), field)
                    self._check_bounds(value, node, field, "item")
            case inspect.TupleType():
                if self._is_list(value, node, field):
                    self._check_items(value, node.item_types, field)
                    if len(value) != len(node.item_types):
                        self.add(field, Fault("length", f"Must have exactly {len(node.item_types)} items."))
            case inspect.DictType():
                self._check_mapping(value, node, field)
            case inspect.EnumType():
                if not _converts(value, node.cls):
                    self.add(field, one_of(choice.value for choice in node.cls))
            case inspect.LiteralType():
                if not any(value == choice and type(value) is type(choice) for choice in node.values):
                    self.add(field, one_of(node.values))
            case _:
                self._check_scalar(value, node, field)

    def _check_union(self, value: object, members: Sequence[inspect.Type], field: str) -> None:
        fitting = [member for member in members if type(value) in json_types(member)]
        others = [member for member in members if not isinstance(member, inspect.NoneType)]
        structs = [member for member in fitting if isinstance(member, inspect.StructType)]
        if len(structs) > 1:
            self._check_tagged(value, structs, field)
        elif fitting:
            self._check_member(value, min(fitting, key=_breadth), field)
        elif len(others) == 1:
            self._check_member(value, others[0], field)
        else:
            self.add(field, _NO_MEMBER)

    def _check_tagged(self, value: object, structs: Sequence[inspect.StructType], field: str) -> None:
        by_tag = {struct.tag: struct for struct in structs}
        if isinstance(value, dict):
            name = structs[0].tag_field or ""
            given = value.get(name)
        else:
            name = "0"
            given = value[0] if isinstance(value, list) and value else None
        if given is None:
            self.add(_join(field, name), MISSING)
        elif isinstance(given, str | int) and given in by_tag:
            self._check_member(value, by_tag[given], field)
        else:
            self.add(_join(field, name), one_of(by_tag))

    def _check_object(self, value: object, node: ObjectType, field: str) -> None:
        if not isinstance(value, dict):
            self.add(field, TYPE_FAULTS[type(node)])
            return
        before = len(self.errors)
        for part in node.fields:
            if part.encode_name in value:
                self.check(value[part.encode_name], part.type, _join(field, part.encode_name))
            elif part.required:
                self.add(_join(field, part.encode_name), MISSING)
        known = {part.encode_name for part in node.fields}
        if tag := tag_of(node):
            known.add(tag[0])
            if value.get(tag[0], tag[1]) != tag[1]:
                self.add(_join(field, tag[0]), one_of([tag[1]]))
        for key in value:
            if key not in known:
                self.add(_join(field, shown_key(key)), _UNKNOWN)
        if len(self.errors) == before:
            self._check_whole(value, node, field)

    def _check_whole(self, value: object, node: ObjectType, field: str) -> None:
        """Run the class's own `__post_init__`; what its ValueError says is meant for the client."""
        if not hasattr(plain_class(node.cls), "__post_init__"):
            return
        try:
            msgspec.convert(value, node.cls, str_keys=True)
        except msgspec.ValidationError as error:
            said = str(error.__cause__) if isinstance(error.__cause__, ValueError) else ""
            self.add(field, Fault("invalid", said) if said else _INVALID)

    def _check_places(
        self,
        value: object,
        node: inspect.StructType | inspect.NamedTupleType,
        parts: Sequence[inspect.Field],
        field: str,
    ) -> None:
        """Check a list whose places are the fields of a NamedTuple or of an array-like Struct."""
        if not isinstance(value, list):
            self.add(field, TYPE_FAULTS[inspect.ListType])
            return
        first = 1 if tag_of(node) else 0
        for place, part in enumerate(parts, first):
            if place < len(value):
                self.check(value[place], part.type, _join(field, str(place)))
            elif part.required:
                self.add(_join(field, str(place)), MISSING)
        if len(value) > first + len(parts):
            self.add(field, Fault("max_length", f"Must have at most {first + len(parts)} items."))

    def _check_mapping(self, value: object, node: inspect.DictType, field: str) -> None:
        if not isinstance(value, dict):
            self.add(field, TYPE_FAULTS[inspect.DictType])
            return
        key_types = members_of(node.key_type)
        for key, part in value.items():
            if not any(_is_key(key, key_type) for key_type in key_types):
                self.add(_join(field, shown_key(key)), Fault("key", "Is not allowed as a key."))
            self.check(part, node.value_type, _join(field, shown_key(key)))
        self._check_bounds(value, node, field, "key")

    def _check_items(self, value: Sequence[object], types: Iterable[inspect.Type], field: str) -> None:
        for place, (item, item_type) in enumerate(zip(value, types, strict=False)):
            self.check(item, item_type, _join(field, str(place)))

    def _check_scalar(self, value: object, node: inspect.Type, field: str) -> None:
        if isinstance(node, inspect.AnyType | inspect.RawType):
            return
        try:
            converted = msgspec.convert(value, BARE_TYPES[type(node)])
        except msgspec.ValidationError:
            self.add(field, TYPE_FAULTS[type(node)])
            return
        if isinstance(node, inspect.IntType) and not is_bounded(node) and not int_fits(converted):
            self.add(field, _TOO_SMALL if converted < 0 else _TOO_LARGE)
        elif isinstance(node, inspect.DecimalType) and not decimal_fits(converted):
            self.add(field, TYPE_FAULTS[inspect.DecimalType])
        self._check_bounds(converted, node, field, "character" if isinstance(node, inspect.StrType) else "byte")

    def _check_bounds(self, value: object, node: inspect.Type, field: str, unit: str) -> None:
        for passes, fault in compile_checks(node, unit):
            if not passes(value):
                self.add(field, fault)

    def _is_list(self, value: object, node: inspect.Type, field: str) -> TypeGuard[list[object]]:
        if isinstance(value, list):
            return True
        self.add(field, TYPE_FAULTS[type(node)])
        return False


def _breadth(node: inspect.Type) -> int:
    """Order the members of a union that take one JSON type, as msgspec does: `int | float` reads 1 as an int."""
    if isinstance(node, inspect.AnyType):
        return 0
    return 3 if isinstance(node, inspect.DecimalType) else 2 if isinstance(node, inspect.FloatType) else 1


def _converts(value: object, cls: type) -> bool:
    try:
        msgspec.convert(value, cls)
    except msgspec.ValidationError:
        return False
    return True


def _is_key(key: str, node: inspect.Type) -> bool:
    """Say whether the text of a key can be read as the type of the keys; JSON has no others."""
    if isinstance(node, inspect.LiteralType):
        return key in {str(choice) for choice in node.values}
    bare = node.cls if isinstance(node, inspect.EnumType) else BARE_TYPES.get(type(node))
    try:
        converted = msgspec.convert({key: None}, dict[bare, None], str_keys=True)  # type: ignore[valid-type]  # run time
    except (msgspec.ValidationError, TypeError):
        return False
    return all(passes(one) for one in converted for passes, _ in compile_checks(node, "character"))


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name
