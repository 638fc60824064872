"""Prototype of what a field is when read on its class: an expression. The classes themselves are in model.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, NoReturn, TypeVar

__all__ = ["Condition", "Expr", "Operand", "Order", "Path", "ToManyPath"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Hold a comparison. It has no truth of its own, so that `if Post.title == "x"` fails instead of always running."""

    left: object
    operator: str
    right: object

    def __and__(self, other: Condition) -> Condition:
        return Condition(self, "and", other)

    def __or__(self, other: Condition) -> Condition:
        return Condition(self, "or", other)

    def __invert__(self) -> Condition:
        return Condition(self, "not", None)

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self} is a condition for a query, neither true nor false. Join two with & or |.")

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right!r}"


@dataclass(frozen=True, slots=True)
class Order:
    """Hold an expression to sort by."""

    by: object
    descending: bool = False


class Operand(Generic[T_co]):
    """Be what a column can be compared with: covariant, so that a `str | None` column takes a `str` one."""

    __slots__ = ()


class Expr(Operand[T]):
    """Be a column in a query. T is invariant, because comparisons take it."""

    __slots__ = ("model", "path")

    def __init__(self, model: type, path: tuple[str, ...]) -> None:
        self.model = model
        self.path = path

    __hash__ = object.__hash__

    def __eq__(self, other: T | Operand[T | None] | None) -> Condition:  # type: ignore[override]  # it builds SQL
        return Condition(self, "=", other)

    def __ne__(self, other: T | Operand[T | None] | None) -> Condition:  # type: ignore[override]  # as above
        return Condition(self, "<>", other)

    def __lt__(self, other: T | Operand[T | None]) -> Condition:
        return Condition(self, "<", other)

    def __le__(self, other: T | Operand[T | None]) -> Condition:
        return Condition(self, "<=", other)

    def __gt__(self, other: T | Operand[T | None]) -> Condition:
        return Condition(self, ">", other)

    def __ge__(self, other: T | Operand[T | None]) -> Condition:
        return Condition(self, ">=", other)

    def in_(self, values: Iterable[T]) -> Condition:
        return Condition(self, "in", tuple(values))

    def icontains(self: Expr[str] | Expr[str | None], text: str) -> Condition:
        return Condition(self, "icontains", text)

    def desc(self, nulls: Literal["first", "last", None] = None) -> Order:
        return Order(self, descending=True)

    def __repr__(self) -> str:
        return ".".join([self.model.__name__, *self.path])


class Path:
    """Be a relation read on its class: `Post.author.name`. Checkers believe it to be `type[Author]`.

    Its own names have underscores, so that every name of the target's fields can be asked.
    """

    __slots__ = ("_model", "_path", "_target")

    def __init__(self, model: type, path: tuple[str, ...], target: Callable[[], type]) -> None:
        self._model = model
        self._path = path
        self._target = target

    def __getattr__(self, name: str) -> object:
        """Find the field on the target, which is looked for now, and go on from there."""
        found = getattr(self._target(), name)
        path = (*self._path, name)
        if isinstance(found, Path):
            return Path(self._model, path, found._target)
        if isinstance(found, Expr):
            return Expr[object](self._model, path)
        raise AttributeError(f"{name!r} of {self._target().__name__} is no field.", name=name, obj=self)

    def __dir__(self) -> list[str]:
        return dir(self._target())

    def __repr__(self) -> str:
        return ".".join([self._model.__name__, *self._path])


class ToManyPath(Path):
    """Be a relation to many rows read on its class: `Post.tags.any(Tag.name == "x")`, `Post.tags.to.name`."""

    __slots__ = ()

    @property
    def to(self) -> Path:
        return Path(self._model, self._path, self._target)

    def any(self, condition: Condition) -> Condition:
        return Condition(self, "any", condition)
