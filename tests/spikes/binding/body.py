"""Prototype of how a model's body is read: which names are fields, what Meta says, and what is refused how."""

from __future__ import annotations

import builtins
import difflib
import re
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from demijohn.errors import DeclarationError, Problem
from tests.spikes.binding.declarations import MISSING, Computed, Field, ForeignKey, ManyToMany, Reverse, Spec
from tests.spikes.binding.expressions import Expr

__all__ = ["RESERVED", "BodyReader", "Declared", "ModelInfo", "columns_of", "merged_of", "near", "text_of"]

RESERVED = frozenset(
    {
        *("objects", "pk", "save", "delete", "refresh", "asave", "adelete", "arefresh", "meta", "Meta"),
        *("mro", "before_save", "after_save"),  # `mro` on a metaclass would replace type.mro
    }
)
_KINDS: dict[str, type] = {kind.__name__: kind for kind in (Field, ForeignKey, ManyToMany, Reverse, Computed)}
_MAKERS: dict[type, str] = {
    Field: "field",
    ForeignKey: "foreign_key",
    ManyToMany: "many",
    Reverse: "reverse",
    Computed: "computed",
}
_OPTIONS = {"proxy", "table", "ordering", "indexes", "managed", "database"}
_OWN_OPTIONS = {"proxy", "table"}  # a child does not inherit these from an abstract parent's Meta


@dataclass(slots=True, eq=False)
class Declared:
    """Hold one name of a model's body. `definer` is the class whose module and text the annotation belongs to."""

    name: str
    spec: Spec
    annotation: object
    definer: type = object


@dataclass(slots=True, eq=False)
class ModelInfo:
    """Be `Post.meta`: what the class body said. What depends on a database belongs to the Database."""

    model_name: str
    declared: dict[str, Declared]
    options: dict[str, object]
    is_abstract: bool = False
    locals: dict[str, object] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    key: str = ""

    def __set_name__(self, model: type, name: str) -> None:
        """Tell columns and annotations their class. Python calls this before __init_subclass__, which may read both."""
        for column in vars(type(model)).values():
            if isinstance(column, Expr):
                column.model = model
        for found in self.declared.values():
            if found.definer is object:
                found.definer = model

    @property
    def table(self) -> str:
        """Return the table's name without the prefix of an extension; the module plays no part."""
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.model_name)
        return str(self.options.get("table") or snake.lower())

    def __post_init__(self) -> None:
        self.key = next((name for name, found in self.declared.items() if found.spec.primary_key), "")


class BodyReader:
    """Read the body of one model and collect what is wrong with it."""

    def __init__(self, name: str, where: str, scope: Mapping[str, object]) -> None:
        self.name = name
        self.where = where
        self.scope = scope
        self.problems: list[Problem] = []

    def refuse(self, message: str, remedy: str) -> None:
        self.problems.append(Problem(message, self.where, remedy))

    def finish(self) -> None:
        if self.problems:
            raise DeclarationError(self.problems)

    def options(self, meta: type | None, parents: list[ModelInfo]) -> dict[str, object]:
        """Return what Meta says, on top of what the parents' say, whether or not it derives from theirs."""
        options: dict[str, object] = {}
        for parent in reversed(parents):
            options |= {name: value for name, value in parent.options.items() if name not in _OWN_OPTIONS}
        for cls in reversed(meta.__mro__[:-1]) if meta else ():
            for name, value in vars(cls).items():
                if name in _OPTIONS:
                    options[name] = value
                elif not name.startswith("__"):
                    self.refuse(f"Meta of {self.name} says {name!r}.{near(name, _OPTIONS)}", "Take it out.")
        return options

    def declarations(self, namespace: dict[str, Any]) -> dict[str, Declared]:  # Any: a class body
        """Take the fields out of a class body."""
        own = {}
        annotations = namespace.get("__annotations__", {})
        for name, annotation in annotations.items():
            kind, value = self.kind_of(annotation), namespace.get(name, MISSING)
            if kind == "ClassVar":
                continue
            if kind is None:
                text = text_of(annotation)
                self.refuse(f"{name!r} is annotated {text}, which is no column.", f"Write Field[{text}] or ClassVar.")
            elif isinstance(value, Spec) and value.kind is kind:
                own[name] = Declared(name, namespace.pop(name), annotation)
            elif isinstance(value, Spec):
                self.refuse(f"{name!r} is {kind.__name__} by its annotation and {value.maker}() by its value.", "")
            elif value is not MISSING:
                self.refuse(f"{name!r} is set to {value!r}.", f"Write {_MAKERS[kind]}(default={value!r}).")
            elif kind in (Field, ForeignKey):
                own[name] = Declared(name, Spec(kind, _MAKERS[kind]), annotation)
            else:  # without the specifier, checkers would want it in the constructor
                self.refuse(f"{name!r} has no value.", f"Write {name}: {text_of(annotation)} = {_MAKERS[kind]}().")
        for name, value in namespace.items():
            if isinstance(value, Spec) and name not in annotations:
                self.refuse(
                    f"{name!r} has no annotation.", f"Write {name}: {value.kind.__name__}[...] = {value.maker}(...)."
                )
        return own

    def kind_of(self, annotation: object) -> type | Literal["ClassVar"] | None:
        """Say which of the five kinds, or ClassVar, an annotation names; text is looked up by its head alone."""
        if isinstance(annotation, str):
            head, _, _ = annotation.strip("'\" ").partition("[")
            first, *others = head.strip().split(".")
            found = self.scope.get(first, vars(builtins).get(first))
            for other in others:
                found = getattr(found, other, None)
            # Imported under TYPE_CHECKING alone: the last word has to do.
            last = (others or [first])[-1]
            annotation = found or (ClassVar if last == "ClassVar" else _KINDS.get(last))
        origin = typing.get_origin(annotation) or annotation
        if origin is ClassVar:
            return "ClassVar"
        return next((kind for kind in _KINDS.values() if kind is origin), None)

    def check_parents(self, parents: list[ModelInfo], options: dict[str, object], own: dict[str, Declared]) -> None:
        concrete = [parent for parent in parents if not parent.is_abstract]
        if options.get("proxy"):
            if len(concrete) != 1 or own:
                self.refuse(f"{self.name} is a proxy.", "A proxy has one concrete parent and no fields of its own.")
        elif concrete:
            names = " and ".join(parent.model_name for parent in concrete)
            remedy = "Put what they share into a class with abstract=True, or set Meta.proxy = True."
            self.refuse(f"{self.name} derives from {names}, which has a table of its own.", remedy)

    def check_names(self, declared: dict[str, Declared], namespace: Mapping[str, Any], bases: tuple[type, ...]) -> None:
        slots = tuple(namespace.get("__slots__", ()))
        for name in declared:
            if name in RESERVED or name in dir(type) or "__" in name or name[0] == "_" or name[-1] == "_":
                self.refuse(
                    f"A field cannot be called {name!r}.",
                    "Names of Model, and underscores that lookups use, are taken.",
                )
            holders = [cls.__name__ for base in bases for cls in base.__mro__ if name in vars(cls)]
            if name in namespace or name in slots or holders:
                by = holders[0] if holders else self.name
                self.refuse(f"{by}.{name} stands in the way of the field {name!r}.", "Rename one of the two.")
            if declared[name].spec.kind is ForeignKey and f"{name}_id" in declared:
                self.refuse(f"{name!r} keeps its key in '{name}_id', which is a field.", f"Take '{name}_id' out.")


def merged_of(parents: list[ModelInfo], own: dict[str, Declared]) -> dict[str, Declared]:
    """Return all declarations, parents' first; of two parents' the more derived wins, as in Python's own order."""
    merged: dict[str, Declared] = {}
    for parent in reversed(parents):
        for name, found in parent.declared.items():
            if name not in merged or not issubclass(merged[name].definer, found.definer):
                merged[name] = found
    return merged | own


def columns_of(declared: Mapping[str, Declared]) -> Iterator[str]:
    """Yield the names under which a row keeps values of its own."""
    for name, found in declared.items():
        if found.spec.kind is Field:
            yield name
        elif found.spec.kind is ForeignKey:
            yield f"{name}_id"


def near(name: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest of the known names, or nothing."""
    close = difflib.get_close_matches(name, known, 1)
    return f" Did you mean {close[0]!r}?" if close else ""


def text_of(annotation: object) -> str:
    """Return an annotation as it was written, nearly."""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", None) or repr(annotation)
