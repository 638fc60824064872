"""Make msgspec strict at the price of one decode: unknown keys, integers beyond 64 bits, unruly Decimals.

msgspec ignores unknown keys unless a Struct says `forbid_unknown_fields=True`. So a body is decoded into *twins*,
Structs that say so: for a Struct a subclass with the same memory layout, whose values are then given their own class
back; for a dataclass or TypedDict a Struct whose values are poured over. finishes.py does the second half. Types that
can have no twin are checked by policy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from types import FunctionType
from typing import Annotated, Any, Generic, Literal, Union

import msgspec
from msgspec import inspect

from demijohn.validation.faults import LARGEST_INT, SMALLEST_INT
from demijohn.validation.finishes import (
    Finish,
    FinishTable,
    finish_dataclass,
    finish_decimal,
    finish_dict,
    finish_list,
    finish_struct,
    finish_tuple,
    finish_typed_dict,
    relabel,
    relabel_list,
)
from demijohn.validation.nodes import BARE_TYPES, CONSTRAINTS, ObjectType, is_bounded, members_of, plain_class

__all__ = ["NoTwin", "StrictType"]


class NoTwin(Exception):  # a decision, not an error
    """Say that a type has to be checked in the other way."""


class StrictType:
    """Hold the strict form of a type: `decoded` is what msgspec decodes into, `finishes` what is then to be done.

    `label` is the class to give to every decoded value, where that is all there is to do, else None.

    Raises:
        NoTwin: something in it watches its class, contains itself, or is hashed.
    """

    __slots__ = ("_changes", "_finish_of", "_twins", "decoded", "finishes", "label")

    def __init__(self, node: inspect.Type) -> None:
        self._twins: dict[object, type | None] = {}  # None while the twin is being made
        self._finish_of: dict[object, FinishTable] = {}
        self._changes = 0
        self.decoded = self._strict(node)
        self.finishes = self._finishes(node)
        self.label = self._label(node)

    def _strict(self, node: inspect.Type) -> Any:  # Any: a type expression, which has no type of its own
        match node:
            case inspect.Metadata():
                return self._strict(node.type)
            case inspect.StructType() | inspect.DataclassType() | inspect.TypedDictType():
                return self._twin(node)
            case inspect.UnionType():
                return Union[tuple(self._strict(member) for member in node.types)]  # noqa: UP007  # `|` takes no tuple
            case inspect.EnumType():
                return node.cls
            case inspect.LiteralType():
                return Literal[node.values]
            case inspect.TupleType():
                return tuple.__class_getitem__(tuple(self._strict(item) for item in node.item_types))
        return self._constrained(self._strict_container(node), node)

    def _strict_container(self, node: inspect.Type) -> Any:  # Any: as above
        match node:
            case inspect.ListType():
                return list[self._strict(node.item_type)]  # type: ignore[misc]  # evaluated, not read by a checker
            case inspect.VarTupleType():
                return tuple[self._strict(node.item_type), ...]  # type: ignore[misc]  # as above
            case inspect.SetType() | inspect.FrozenSetType():
                return BARE_TYPES[type(node)][self._strict_hashed(node.item_type)]
            case inspect.DictType():
                key = self._strict_hashed(node.key_type)
                return dict[key, self._strict(node.value_type)]  # type: ignore[misc,valid-type]  # as above
            case inspect.DecimalType():
                self._changes += 1
        try:
            return BARE_TYPES[type(node)]
        except KeyError:  # a NamedTuple
            raise NoTwin from None

    def _strict_hashed(self, node: inspect.Type) -> Any:  # Any: as above
        strict = self._strict(node)
        if self._finishes(node):  # a twin's hash is not that of the value it stands for
            raise NoTwin
        return strict

    def _constrained(self, bare: Any, node: inspect.Type) -> Any:  # Any: as above
        bounds = {name: bound for name in CONSTRAINTS if (bound := getattr(node, name, None)) is not None}
        if isinstance(node, inspect.IntType) and not is_bounded(node):
            self._changes += 1
            if "ge" not in bounds and "gt" not in bounds:
                bounds["ge"] = SMALLEST_INT
            if "le" not in bounds and "lt" not in bounds:
                bounds["le"] = LARGEST_INT
        return Annotated[bare, msgspec.Meta(**bounds)] if bounds else bare

    def _twin(self, node: ObjectType) -> type:
        if node.cls not in self._twins:
            self._twins[node.cls] = None
            if isinstance(node, inspect.StructType):
                self._twins[node.cls] = self._subclass(node)
            else:
                self._twins[node.cls] = self._stand_in(node)
        twin = self._twins[node.cls]
        if twin is None:
            raise NoTwin
        self._changes += twin is not plain_class(node.cls)
        return twin

    def _subclass(self, node: inspect.StructType) -> type[msgspec.Struct]:
        cls: type[msgspec.Struct] = plain_class(node.cls)
        if _watches_its_class(cls):
            raise NoTwin
        changes = self._changes
        annotations = {field.name: self._strict(field.type) for field in node.fields}
        if node.forbid_unknown_fields and self._changes == changes:
            return cls
        namespace = {
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__annotations__": annotations,
            **{field.name: _field_like(field) for field in node.fields},
        }
        if hasattr(cls, "__post_init__"):
            namespace["__post_init__"] = _do_nothing  # it runs when the value has its class: finishes.py
        options = {"forbid_unknown_fields": True, "kw_only": True, "frozen": False}
        make: Callable[..., type[msgspec.Struct]] = type(cls)
        twin = make(cls.__name__, (cls,), namespace, tag_field=node.tag_field, tag=node.tag, **options)
        has_layout = twin.__basicsize__ == cls.__basicsize__
        if not has_layout or (node.array_like and list(annotations) != list(twin.__struct_fields__)):
            raise NoTwin
        return twin

    def _stand_in(self, node: inspect.DataclassType | inspect.TypedDictType) -> type:
        cls = plain_class(node.cls)
        if hasattr(cls, "__attrs_attrs__") or not all(field.name.isidentifier() for field in node.fields):
            raise NoTwin  # attrs has converters and validators of its own
        if isinstance(node, inspect.DataclassType) and not _can_be_made(cls):
            raise NoTwin
        fields = [(field.name, self._strict(field.type), _field_like(field)) for field in node.fields]
        return msgspec.defstruct(cls.__name__, fields, forbid_unknown_fields=True, kw_only=True)

    def _finishes(self, node: inspect.Type) -> FinishTable:
        """Return what has to be done to a decoded value, by the class it may have; nothing for most."""
        table: FinishTable = {}
        for member in members_of(node):
            match member:
                case inspect.StructType() | inspect.DataclassType() | inspect.TypedDictType():
                    if member.cls not in self._finish_of:
                        self._finish_of[member.cls] = dict(self._finish_object(member))
                    table |= self._finish_of[member.cls]
                case inspect.DecimalType():
                    table[Decimal] = finish_decimal
                case inspect.ListType():
                    if inner := self._finishes(member.item_type):
                        label = self._label(member.item_type)
                        table[list] = finish_list(inner) if label is None else relabel_list(next(iter(inner)), label)
                case inspect.VarTupleType():
                    if inner := self._finishes(member.item_type):
                        table[tuple] = finish_tuple(inner)
                case inspect.TupleType():
                    if inner := {k: v for item in member.item_types for k, v in self._finishes(item).items()}:
                        table[tuple] = finish_tuple(inner)
                case inspect.DictType():
                    if inner := self._finishes(member.value_type):
                        table[dict] = finish_dict(inner)
        return table

    def _finish_object(self, node: ObjectType) -> Iterator[tuple[type, Finish]]:
        cls, twin = plain_class(node.cls), self._twins[node.cls]
        parts = tuple((field.name, inner) for field in node.fields if (inner := self._finishes(field.type)))
        if twin is None or twin is cls:
            return
        if isinstance(node, inspect.DataclassType):
            yield twin, finish_dataclass(cls, [field.name for field in node.fields], parts)
        elif isinstance(node, inspect.TypedDictType):
            yield twin, finish_typed_dict([field.name for field in node.fields if not field.required], parts)
        elif self._label(node) is not None:
            yield twin, relabel(cls)
        else:
            yield twin, finish_struct(cls, parts)

    def _label(self, node: inspect.Type) -> type | None:
        """Return the class of Structs that need nothing but their class, None for every other type."""
        struct = members_of(node)[0]
        if len(members_of(node)) > 1 or not isinstance(struct, inspect.StructType):
            return None
        cls = plain_class(struct.cls)
        is_plain = self._twins[struct.cls] is not cls and not hasattr(cls, "__post_init__")
        return cls if is_plain and not any(self._finishes(field.type) for field in struct.fields) else None


def _watches_its_class(cls: type[msgspec.Struct]) -> bool:
    """Say whether code of the class would notice that it has a subclass, or that a value changes its class."""
    own = [vars(base) for base in cls.__mro__ if base not in (object, msgspec.Struct, Generic)]
    if any("__init_subclass__" in names for names in own):
        return True
    return type(cls) is not msgspec.StructMeta or isinstance(cls.__setattr__, FunctionType)


def _can_be_made(cls: type) -> bool:
    """Say whether Python makes an instance without `__init__`; not of an exception, not of an abstract class."""
    try:
        object.__new__(cls)
    except TypeError:
        return False
    return True


def _field_like(field: inspect.Field) -> Any:  # Any: as msgspec types it, so that it can stand for any default
    if field.required:
        return msgspec.field(name=field.encode_name)
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory, name=field.encode_name)
    default = msgspec.UNSET if field.default is msgspec.NODEFAULT else field.default
    return msgspec.field(default=default, name=field.encode_name)


def _do_nothing(self: object) -> None:
    """Stand where a class has its `__post_init__`."""
