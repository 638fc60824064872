"""Prototype of what a Database does at freeze: find its app's models, and what their annotations mean."""

from __future__ import annotations

import re
import sys
import typing
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from demijohn import App, Extension, Module
from demijohn.annotations import unwrap
from demijohn.assembly.tree import places
from demijohn.errors import DeclarationError, Problem
from tests.spikes.binding.declarations import ForeignKey, ManyToMany, Reverse
from tests.spikes.binding.model import BareModel

__all__ = ["Column", "bind", "models_of", "owner_of", "resolve", "target_of"]


@dataclass(frozen=True, slots=True)
class Column:
    """Hold what an annotation turned out to mean."""

    bare: object
    nullable: bool = False
    target: type[BareModel] | None = None


def owner_of(model: type[BareModel], app: App) -> Module | Extension | None:
    """Return the app, the module or the extension whose package holds the model: the one with the longest name."""
    owners: list[tuple[str, Module | Extension]] = [
        (_package(type(use.extension).__module__), use.extension) for use in app.app_records.extensions
    ]
    owners += [(_package(place.module.import_name), place.module) for place in places(app, ())[0]]
    found = {package: owner for package, owner in owners if f"{model.__module__}.".startswith(f"{package}.")}
    return found[max(found, key=len)] if found else None


def _package(name: str) -> str:
    """Return the package that a module stands in: its own where it is one, and a lone module's own name."""
    module = sys.modules.get(name)
    return name if hasattr(module, "__path__") else name.rpartition(".")[0] or name


def models_of(app: App, extra: Sequence[type[BareModel]] = ()) -> list[type[BareModel]]:
    """Return the models of an app. Those made in functions belong to nobody and are named: `Database(models=[...])`."""
    owned = [model for model in _alive(BareModel) if owner_of(model, app) is not None]
    return [*owned, *extra]


def bind(app: App, extra: Sequence[type[BareModel]] = ()) -> dict[str, type[BareModel]]:
    """Return the app's models by table.

    Raises:
        DeclarationError: two models want one table, or annotations cannot be resolved.
    """
    tables: dict[str, type[BareModel]] = {}
    problems = []
    models = models_of(app, extra)
    for model in models:
        owner = owner_of(model, app)
        table = getattr(owner, "table_prefix", "") + model.meta.table
        if first := tables.setdefault(table, model) is not model and tables[table]:
            message = f"{_full(first)} and {_full(model)} both want the table {table!r}."
            problems.append(Problem(message, "", f"Write Meta.table in one of them: table = '{table}2'."))
        try:
            resolve(model, models)
        except DeclarationError as error:
            problems += error.problems
    if problems:
        raise DeclarationError(problems)
    return tables


def _alive(parent: type[BareModel]) -> Iterator[type[BareModel]]:
    """Yield the concrete models that modules hold now. Python itself remembers subclasses: no registry of ours."""
    for model in parent.__subclasses__():
        if not model.meta.is_abstract and "<locals>" not in model.__qualname__:
            held: object = sys.modules.get(model.__module__)
            for part in model.__qualname__.split("."):
                held = getattr(held, part, None)
            if held is model:  # else its module was executed again, or is gone
                yield model
        yield from _alive(model)


def resolve(model: type[BareModel], known: Sequence[type[BareModel]]) -> dict[str, Column]:
    """Return what the annotations of a model mean.

    Raises:
        DeclarationError: some name in them is found neither in its module nor among `known`.
    """
    columns, problems = {}, []
    variables = _variables(model)
    for name, declared in model.meta.declared.items():
        try:
            hint = _evaluate(declared.annotation, declared.definer, model, known)
        except (NameError, AttributeError) as error:
            message = f"{_full(model)}.{name} names `{error.name}`, which cannot be found."
            problems.append(Problem(message, "", "Import it, also when the program runs."))
            continue
        (argument,) = typing.get_args(hint)
        while getattr(argument, "__parameters__", ()) or isinstance(argument, typing.TypeVar):
            if isinstance(argument, typing.TypeVar):
                argument = variables[argument]
            else:
                argument = argument[tuple(variables[each] for each in argument.__parameters__)]
        bare = unwrap(argument)
        is_relation = declared.spec.kind in (ForeignKey, ManyToMany, Reverse)
        if is_relation and not (isinstance(bare.bare, type) and issubclass(bare.bare, BareModel)):
            problems.append(Problem(f"{_full(model)}.{name} leads to {bare.bare}, which is no model."))
            continue
        target = typing.cast(type[BareModel], bare.bare) if is_relation else None
        columns[name] = Column(bare.bare, bare.nullable, target)
    if problems:
        raise DeclarationError(problems)
    return columns


def target_of(model: type[BareModel], name: str) -> type[BareModel]:
    """Return where a relation leads; the real one remembers."""
    target = resolve(model, [*_alive(BareModel)])[name].target
    if target is None:
        raise TypeError(f"{model.__name__}.{name} is no relation.")
    return target


def _evaluate(annotation: object, definer: type, model: type[BareModel], known: Sequence[type[BareModel]]) -> object:
    module = vars(sys.modules.get(definer.__module__, typing))
    near = _by_name(known, definer)
    # `shop.models.Note` may be written without importing shop; a lone `datetime` must not mean the module.
    dotted = set(re.findall(r"(?<![\w.])(\w+)\.", str(annotation)))
    packages = {name: sys.modules[name] for name in dotted & sys.modules.keys()}
    own = {model.__name__: model} if definer is model else {}
    local = definer.meta.locals if issubclass(definer, BareModel) else {}
    names = ChainMap(own, local, module, near, packages)
    holder = type("holder", (), {"__annotations__": {"it": annotation}, "__module__": definer.__module__})
    return typing.get_type_hints(holder, dict(names), {}, include_extras=True)["it"]


def _by_name(known: Sequence[type[BareModel]], definer: type) -> dict[str, object]:
    """Return models by class name; of two the one in the same package, else none: the annotation must say which."""
    found: dict[str, list[type[BareModel]]] = {}
    for model in known:
        found.setdefault(model.__name__, []).append(model)
    root = definer.__module__.partition(".")[0]
    chosen: dict[str, object] = {}
    for name, models in found.items():
        near = [model for model in models if model.__module__.partition(".")[0] == root] or models
        if len(near) == 1:
            chosen[name] = near[0]
    return chosen


def _variables(model: type) -> Mapping[typing.TypeVar, object]:
    """Return what `class Post(Owned[User])` puts for the T of `class Owned(BareModel, Generic[T])`."""
    found: dict[typing.TypeVar, object] = {}
    for cls in model.__mro__:
        for base in vars(cls).get("__orig_bases__", ()):
            origin = typing.get_origin(base)
            if origin is not None and origin is not typing.Generic:
                found |= dict(zip(origin.__parameters__, typing.get_args(base), strict=False))
    return found


def _full(model: type) -> str:
    return f"{model.__module__}.{model.__qualname__}"
