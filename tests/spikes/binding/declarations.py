"""Prototype of what stands in a model's body: the annotations `Field[T]`, ... and the specifiers `field()`, ..."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Never, TypeVar, overload
from uuid import UUID

if TYPE_CHECKING:
    from tests.spikes.binding.expressions import Condition, Expr

__all__ = [
    "MISSING",
    "Computed",
    "Field",
    "ForeignKey",
    "ManyToMany",
    "Reverse",
    "Spec",
    "computed",
    "field",
    "foreign_key",
    "many",
    "primary_key",
    "reverse",
]

T = TypeVar("T")
R = TypeVar("R")
OnDelete = Literal["PROTECT", "CASCADE", "SET NULL"]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


# The five are only ever annotations: at run time nothing is an instance of them. What they declare for checkers is what
# ModelMeta does: columns on the metaclass, values in the instance's dict.


class Field(Generic[T]):
    """Annotate a column: an Expr[T] on the class, a T on the instance and in the constructor."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, obj: None, owner: type) -> Expr[T]: ...
        @overload
        def __get__(self, obj: object, owner: type) -> T: ...
        def __get__(self, obj: object, owner: type) -> object: ...
        def __set__(self, obj: object, value: T) -> None: ...


class ForeignKey(Generic[T]):
    """Annotate a relation to one row: the target's class on the class, a row on the instance; takes keys, too."""

    if TYPE_CHECKING:

        @overload
        def __get__(self: ForeignKey[R | None], obj: None, owner: type) -> type[R]: ...
        @overload
        def __get__(self, obj: None, owner: type) -> type[T]: ...
        @overload
        def __get__(self, obj: object, owner: type) -> T: ...
        def __get__(self, obj: object, owner: type) -> object: ...
        def __set__(self, obj: object, value: T | int | UUID) -> None: ...


class ToMany(Generic[T]):
    """Be, for checkers, a relation to many rows read on its class: `Post.tags.any(...)`, `Post.tags.to.name`."""

    if TYPE_CHECKING:
        to: type[T]

        def any(self, condition: Condition) -> Condition: ...


class Rows(Generic[T]):
    """Be the rows of a relation on an instance; the real one is a QuerySet."""

    if TYPE_CHECKING:

        def __iter__(self) -> Iterator[T]: ...


class ManyToMany(Generic[T]):
    """Annotate a relation through a table of pairs."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, obj: None, owner: type) -> ToMany[T]: ...
        @overload
        def __get__(self, obj: object, owner: type) -> Rows[T]: ...
        def __get__(self, obj: object, owner: type) -> object: ...


class Reverse(ManyToMany[T]):
    """Annotate the other end of a ForeignKey."""


class Computed(Generic[T]):
    """Annotate the home of an annotation's value; nobody sets it."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, obj: None, owner: type) -> Expr[T]: ...
        @overload
        def __get__(self, obj: object, owner: type) -> T: ...
        def __get__(self, obj: object, owner: type) -> object: ...
        def __set__(self, obj: object, value: Never) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Spec:
    """Hold what a specifier says. `maker` is its name, for messages; `kind` the annotation that it goes with."""

    kind: type
    maker: str
    default: object = MISSING
    init: bool = True
    primary_key: bool = False
    max_length: int | None = None
    unique: bool = False
    index: bool = False
    related_name: str | None = None
    on_delete: OnDelete = "PROTECT"


# Each returns Any where the annotation alone says what it is; with a default the two are compared.


@overload
def field(
    *, default: T | Callable[[], T], max_length: int | None = None, unique: bool = False, index: bool = False
) -> Field[T]: ...
@overload
def field(*, max_length: int | None = None, unique: bool = False, index: bool = False) -> Any: ...  # Any: see above
def field(
    *, default: object = MISSING, max_length: int | None = None, unique: bool = False, index: bool = False
) -> Any:  # Any: see above
    """Say more about a column than its type."""
    return Spec(Field, "field", default, max_length=max_length, unique=unique, index=index)


@overload
def primary_key(*, default: T | Callable[[], T], init: Literal[False] = False) -> Field[T]: ...
@overload
def primary_key(*, init: Literal[True], max_length: int | None = None) -> Any: ...  # Any: see above
@overload
def primary_key(*, init: Literal[False] = False) -> Any: ...  # Any: see above
def primary_key(
    *, default: object = MISSING, init: bool = False, max_length: int | None = None
) -> Any:  # Any: see above
    """Make this column the key. The constructor takes it with `init=True` only, as a natural key needs it."""
    return Spec(Field, "primary_key", default, init=init, primary_key=True, max_length=max_length)


def foreign_key(
    *, default: _Missing | None = MISSING, related_name: str | None = None, on_delete: OnDelete = "PROTECT"
) -> Any:  # Any: see above
    """Say more about a relation to one row."""
    return Spec(ForeignKey, "foreign_key", default, related_name=related_name, on_delete=on_delete)


def many(*, related_name: str | None = None, init: Literal[False] = False) -> Any:  # Any: see above
    """Declare a relation to many rows."""
    return Spec(ManyToMany, "many", init=init, related_name=related_name)


def reverse(*, init: Literal[False] = False) -> Any:  # Any: see above
    """Give the other end of a relation its type."""
    return Spec(Reverse, "reverse", init=init)


def computed(*, init: Literal[False] = False) -> Any:  # Any: see above
    """Give the value of an annotation its type."""
    return Spec(Computed, "computed", init=init)
