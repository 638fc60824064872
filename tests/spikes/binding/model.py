"""Prototype of the class layer of `demijohn.db`: Model, BareModel and the metaclass that each concrete model gets.

What stands in a body is in declarations.py, read by body.py; owners.py says whose a model is.
Nothing is resolved when a class is created: annotations may be text that names what does not exist yet.
"""

from __future__ import annotations

import inspect
import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, dataclass_transform

from tests.spikes.binding.body import BodyReader, ModelInfo, columns_of, merged_of, near, text_of
from tests.spikes.binding.declarations import (
    MISSING,
    Computed,
    Field,
    ForeignKey,
    computed,
    field,
    foreign_key,
    many,
    primary_key,
    reverse,
)
from tests.spikes.binding.expressions import Condition, Expr, Path, ToManyPath

__all__ = ["BareModel", "Manager", "Model", "ModelMeta", "NotLoaded", "QuerySet"]

M = TypeVar("M", bound="BareModel")

_ON_METACLASS = (Field, Computed)


class NotLoaded(AttributeError):
    """Stand for the query that reads a column which a row does not have; the spike has no database."""


class Manager:
    """Be `Post.objects`: a descriptor, because a property of the metaclass is refused by pyright in the library."""

    def __get__(self, obj: None, owner: type[M]) -> QuerySet[M]:
        return QuerySet(owner)


class QuerySet(Generic[M]):
    """Stand for the real one, for checkers."""

    def __init__(self, model: type[M]) -> None:
        self.model = model

    def filter(self, *conditions: Condition, **lookups: object) -> QuerySet[M]:
        return self

    def first(self) -> M | None:
        return None


class Relation:
    """Be a relation in the class: a data descriptor, because writing `author` must also write `author_id`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = f"{name}_id"
        self.path: Path | None = None  # of the model whose this is; a proxy has the same

    def __get__(self, row: BareModel | None, owner: type[BareModel]) -> object:
        if row is None:
            return self.path or self._make_path(owner)
        values = row.__dict__
        key, loaded = values.get(self.key), values.get(self.name)
        if key is None:
            return loaded
        if loaded is None or loaded.pk != key:  # somebody wrote author_id since
            target = _target_of(owner, self.name)
            loaded = target.__new__(target)
            loaded.__dict__[target.meta.key] = key  # a row with a key alone: `post.author.id` asks nobody
            values[self.name] = loaded
        return loaded

    def __set__(self, row: BareModel, value: object) -> None:
        values = row.__dict__
        if isinstance(value, BareModel):
            values[self.name], values[self.key] = value, value.pk
        else:
            values[self.name], values[self.key] = None, value

    def _make_path(self, owner: type[BareModel]) -> Path:
        to_many = owner.meta.declared[self.name].spec.kind is not ForeignKey
        self.path = (ToManyPath if to_many else Path)(owner, (self.name,), partial(_target_of, owner, self.name))
        return self.path


def _target_of(owner: type[BareModel], name: str) -> type[BareModel]:
    from tests.spikes.binding.owners import target_of  # which knows models

    return target_of(owner, name)


@dataclass_transform(
    kw_only_default=True,
    eq_default=False,
    field_specifiers=(field, primary_key, foreign_key, many, reverse, computed),
)
class ModelMeta(type):
    """Create models. Abstract ones share this metaclass; a concrete one gets its own, which holds its columns."""

    meta: ModelInfo

    def __new__(
        mcs,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],  # Any: a class body
        *,
        abstract: bool = False,
        **keywords: Any,  # Any: what __init_subclass__ takes
    ) -> ModelMeta:
        infos = [base.meta for base in bases if isinstance(base, ModelMeta)]
        frame = sys._getframe(1)
        while frame.f_code.co_name == "__new__" and frame.f_back:  # a metaclass derived from this one
            frame = frame.f_back
        reader = BodyReader(name, f"{frame.f_code.co_filename}:{frame.f_lineno}", {**frame.f_globals, **frame.f_locals})
        namespace = dict(namespace)
        options = reader.options(namespace.get("Meta"), infos)
        own = reader.declarations(namespace)
        reader.check_parents(infos, options, own)
        declared = merged_of(infos, own)
        if not options.get("proxy"):
            reader.check_names(declared, namespace, bases)
        reader.finish()
        info = ModelInfo(name, declared, options, abstract, columns=frozenset(columns_of(declared)))
        if "<locals>" in namespace["__qualname__"]:
            words = set(re.findall(r"\w+", " ".join(text_of(found.annotation) for found in own.values())))
            info.locals = {word: value for word, value in frame.f_locals.items() if word in words}
        namespace["meta"] = info
        private, columns = mcs, dict[str, Expr[object]]()
        if not abstract:
            own_part = {} if options.get("proxy") else declared
            columns = {each: Expr(object, (each,)) for each, it in own_part.items() if it.spec.kind in _ON_METACLASS}
            namespace |= {each: Relation(each) for each in own_part if each not in columns}
            private = type(f"{name}Meta", (mcs,), {**columns, "__module__": namespace["__module__"]})
        return super().__new__(private, name, bases, namespace, **keywords)

    def __dir__(cls) -> list[str]:
        return sorted({*super().__dir__(), *(() if cls.meta.is_abstract else cls.meta.declared)})

    @property
    def __signature__(cls) -> inspect.Signature:
        """Return what the constructor takes; made when asked, with annotations as written."""
        kind = inspect.Parameter.KEYWORD_ONLY
        empty = inspect.Parameter.empty
        taken = [found for found in cls.meta.declared.values() if found.spec.init]
        defaults = [empty if found.spec.default is MISSING else found.spec.default for found in taken]
        return inspect.Signature(
            [
                inspect.Parameter(found.name, kind, default=default, annotation=found.annotation)
                for found, default in zip(taken, defaults, strict=True)
            ]
        )


class BareModel(metaclass=ModelMeta, abstract=True):
    """Be the parent of models that declare their key themselves."""

    meta: ClassVar[ModelInfo]
    objects = Manager()

    def __init__(self, **values: object) -> None:
        meta = type(self).meta
        if meta.is_abstract:
            raise TypeError(f"{meta.model_name} is abstract: it has no table. Derive a model from it.")
        missing = []
        for found in meta.declared.values():
            spec = found.spec
            if not spec.init:
                if spec.default is not MISSING:
                    setattr(self, found.name, spec.default() if callable(spec.default) else spec.default)
            elif found.name in values:
                setattr(self, found.name, values.pop(found.name))
            elif spec.default is MISSING:
                missing.append(found.name)
            else:
                setattr(self, found.name, spec.default() if callable(spec.default) else spec.default)
        if values:
            unknown, *_ = values
            raise TypeError(f"{meta.model_name} takes no {unknown!r}.{near(unknown, meta.declared)}")
        if missing:
            raise TypeError(f"{meta.model_name} needs {', '.join(missing)}.")

    if not TYPE_CHECKING:  # with it, checkers would take any misspelt name of a row

        def __getattr__(self, name: str) -> object:
            """Load a column that the row came without; for any other name fail as Python does."""
            if name in type(self).meta.columns:
                raise NotLoaded(f"{type(self).__name__}.{name} is not loaded.", name=name, obj=self)
            return object.__getattribute__(self, name)  # again, for the message of a property that failed inside

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_batch"}

    @property
    def pk(self) -> object:
        return self.__dict__.get(type(self).meta.key)


class Model(BareModel, abstract=True):
    """Be the parent of models with the usual key."""

    id: Field[int] = primary_key()
