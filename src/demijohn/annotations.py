"""Read annotations: no other module does. What they mean is decided where they are used (routing/parameters.py, ...).

Annotations come as objects, as strings (`from __future__ import annotations`), as forward references or, from Python
3.14 on, as code that has not run yet (PEP 649). Whatever the way, the result is the same.
"""

from __future__ import annotations

import inspect
import linecache
import sys
import types
import typing
from collections.abc import Callable, Mapping

import msgspec

from demijohn.errors import DeclarationError, Problem
from demijohn.types import Origin, origin_of

__all__ = ["Annotation", "Hints", "hints_of", "read_hints", "signature_of", "spell", "unwrap"]

if sys.version_info >= (3, 14):  # a name that is missing must not hide the others: ask for what can be had (PEP 749)
    from annotationlib import Format, get_annotations

    def _declared(target: Callable[..., object] | type) -> Mapping[str, object]:
        return get_annotations(target, format=Format.FORWARDREF)

    def _signature(target: Callable[..., object]) -> inspect.Signature:
        return inspect.signature(target, annotation_format=Format.FORWARDREF)

else:

    def _declared(target: Callable[..., object] | type) -> Mapping[str, object]:
        return inspect.get_annotations(target)

    def _signature(target: Callable[..., object]) -> inspect.Signature:
        return inspect.signature(target)


class Hints(msgspec.Struct, frozen=True):
    """Hold the annotations of a function or class: those that were found, and a Problem for each that was not."""

    types: dict[str, object] = {}
    problems: dict[str, Problem] = {}


class Annotation(msgspec.Struct, frozen=True):
    """Hold an annotation taken apart.

    `bare` has no Annotated, NewType, type alias or `| None` around it any more; a union of several types stays one.
    `metadata` holds what stood in Annotated, the innermost first.
    """

    bare: object
    nullable: bool = False
    metadata: tuple[object, ...] = ()


def hints_of(target: Callable[..., object] | type) -> dict[str, object]:
    """Return the annotations of a function, bound method or class (inherited ones too), Annotated kept.

    Raises:
        DeclarationError: names in them cannot be found; every such annotation is listed.
    """
    hints = read_hints(target)
    if hints.problems:
        raise DeclarationError(hints.problems.values())
    return hints.types


def read_hints(target: Callable[..., object] | type) -> Hints:
    """Return what `hints_of` does, with the mistakes beside the annotations instead of raised."""
    hints = Hints()
    if isinstance(target, type):
        for cls in reversed(target.__mro__):
            if cls is not object:
                # As typing does for classes, the module's names win: a field `date: date` means the type.
                _resolve_all(
                    cls, {**_type_parameters(cls), **vars(cls)}, vars(sys.modules.get(cls.__module__, typing)), hints
                )
        return hints
    function = _function_behind(target)
    _resolve_all(function, getattr(function, "__globals__", {}), _closure_of(function), hints)
    return hints


def signature_of(handler: Callable[..., object]) -> inspect.Signature:
    """Return the parameters of a callable; take their annotations from `read_hints`, these here may be text.

    Raises:
        ValueError: it has no signature that Python can see, as some functions written in C.
    """
    return _signature(handler)


def unwrap(declared: object) -> Annotation:
    """Take an annotation apart. It must be resolved: a result of `hints_of`, not text."""
    nullable = False
    metadata: tuple[object, ...] = ()
    while True:
        origin = typing.get_origin(declared)
        if origin is typing.Annotated:
            declared, *extras = typing.get_args(declared)
            metadata = (*extras, *metadata)
        elif origin is typing.Union or origin is types.UnionType:
            members = [member for member in typing.get_args(declared) if member is not type(None)]
            if len(members) == len(typing.get_args(declared)):
                return Annotation(declared, nullable, metadata)
            nullable = True
            declared = typing.Union[tuple(members)]  # noqa: UP007  # `|` takes no tuple
        elif isinstance(declared, typing.NewType):
            declared = declared.__supertype__
        elif _is_alias(declared):
            declared = declared.__value__  # type: ignore[attr-defined]  # TypeAliasType is not in 3.11
        elif _is_alias(origin):
            declared = origin.__value__[typing.get_args(declared)]  # type: ignore[union-attr]  # as above
        else:
            return Annotation(declared, nullable, metadata)


def spell(annotation: object) -> str:
    """Write an annotation as a person would, for messages: `int`, `list[Note]`, `Note | None`."""
    if annotation is type(None) or annotation is None:
        return "None"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return spell(arguments[0])
    if origin is typing.Union or origin is types.UnionType:
        return " | ".join(spell(member) for member in arguments)
    if origin is typing.Literal:
        return f"Literal[{', '.join(repr(value) for value in arguments)}]"
    if origin is not None and arguments:
        inner = ", ".join("..." if member is ... else spell(member) for member in arguments)
        return f"{spell(origin)}[{inner}]"
    name = getattr(annotation, "__qualname__", None) or getattr(annotation, "__name__", None)
    return str(name).rpartition("<locals>.")[2] if name else repr(annotation).removeprefix("typing.")


def _is_alias(declared: object) -> bool:
    """Say whether it is a `type X = ...`, by typing's class or by that of typing_extensions."""
    return type(declared).__name__ == "TypeAliasType"


def _function_behind(target: Callable[..., object]) -> Callable[..., object]:
    while True:
        if hasattr(target, "__wrapped__"):
            target = target.__wrapped__
        elif hasattr(target, "__func__"):
            target = target.__func__
        elif hasattr(target, "func") and hasattr(target, "keywords"):  # functools.partial
            target = target.func
        elif hasattr(target, "__code__"):
            return target
        else:
            target = type(target).__call__
            if not hasattr(target, "__code__"):  # a class, or a function written in C: nothing to read
                return target


def _type_parameters(target: object) -> dict[str, object]:
    """Return the T of `def f[T]` and `class C[T]`, from Python 3.12 on."""
    return {parameter.__name__: parameter for parameter in getattr(target, "__type_params__", ())}


def _closure_of(function: Callable[..., object]) -> dict[str, object]:
    """Return the names that a nested function sees of the functions around it, and its own type parameters."""
    names = _type_parameters(function)
    cells = getattr(function, "__closure__", None) or ()
    for name, cell in zip(function.__code__.co_freevars, cells, strict=True) if cells else ():
        try:
            names[name] = cell.cell_contents
        except ValueError:  # bound later than the decorator runs
            continue
    return names


def _resolve_all(
    target: Callable[..., object] | type, outer: dict[str, object], inner: dict[str, object], hints: Hints
) -> None:
    for name, declared in _declared(target).items():
        try:
            hints.types[name] = _resolve(name, declared, outer, inner, is_class=isinstance(target, type))
            hints.problems.pop(name, None)
        except Exception as error:  # noqa: BLE001  # an annotation is an expression: evaluating it may raise anything
            hints.problems[name] = _problem(target, name, declared, error, [*outer, *inner])


def _resolve(
    name: str, declared: object, outer: dict[str, object], inner: dict[str, object], *, is_class: bool
) -> object:
    # typing evaluates what `__annotations__` of any object says; only in a class does it allow ClassVar and Final.
    holder: object = types.SimpleNamespace(__annotations__={name: declared})
    if is_class:
        holder = type("holder", (), {"__annotations__": {name: declared}})
    return typing.get_type_hints(holder, outer, inner, include_extras=True)[name]


def _problem(
    target: Callable[..., object] | type, name: str, declared: object, error: Exception, known: list[str]
) -> Problem:
    origin = origin_of(target)
    of_what = f"`{name}` of {spell(target)}"
    where = str(origin or "")
    if isinstance(error, NameError) and error.name:
        message = f"The annotation of {of_what} names `{error.name}`, which cannot be found when the program runs."
        return Problem(message, where, _name_remedy(error.name, target, origin, known))
    text = declared if isinstance(declared, str) else spell(declared)
    message = f"The annotation of {of_what}, `{text}`, cannot be evaluated: {type(error).__name__}: {error}."
    return Problem(message, where, "Write a type that Python can evaluate where the function or class stands.")


def _name_remedy(name: str, target: object, origin: Origin | None, known: list[str]) -> str:
    if origin is not None and (line := _type_checking_import(name, origin.file)):
        return (
            f"`{name}` is imported under `if TYPE_CHECKING:` (line {line}), for type checkers only. Import it outside "
            "that block: Demijohn reads annotations when the program starts."
        )
    from difflib import get_close_matches  # here, because only a mistake needs it

    if near := get_close_matches(name, [other for other in known if not other.startswith("__")], 1):
        return f"Did you mean `{near[0]}`?"
    if "<locals>" in getattr(target, "__qualname__", ""):
        return (
            f"Define or import `{name}` at the top level of the module. With `from __future__ import annotations`, "
            "names that exist only inside a function are not seen from outside."
        )
    return f"Import or define `{name}` at the top level of the module."


def _type_checking_import(name: str, file: str) -> int:
    """Return the line on which a module imports a name for type checkers only, 0 where it does not."""
    import ast  # here, because only a mistake needs it

    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:  # the file has changed since it was imported
        return 0
    for block in ast.walk(tree):
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING"):
            for statement in (inner for part in block.body for inner in ast.walk(part)):
                if isinstance(statement, ast.Import | ast.ImportFrom):
                    names = {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
                    if name in names:
                        return statement.lineno
    return 0
