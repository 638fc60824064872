"""Tell kinds of annotations apart for signature.py: what carries a marker, what can only be a JSON body."""

from __future__ import annotations

import inspect
import typing

import msgspec

from demijohn.annotations import Annotation, unwrap
from demijohn.routing.markers import Marker
from demijohn.types import UNDEFINED
from demijohn.validation.decoder import is_pydantic

__all__ = ["default_of", "is_body_type", "item_type", "markers_of"]


def default_of(parameter: inspect.Parameter) -> object:
    """Return the default of a parameter, UNDEFINED where it has none."""
    return UNDEFINED if parameter.default is parameter.empty else parameter.default


def markers_of(annotation: Annotation) -> list[Marker]:
    """Return the markers in an annotation; `Query` without parentheses is `Query()`."""
    found = [meta() if isinstance(meta, type) and issubclass(meta, Marker) else meta for meta in annotation.metadata]
    return [meta for meta in found if isinstance(meta, Marker)]


def item_type(bare: object) -> object:
    """Return X of list[X], any other type as it is."""
    return unwrap(typing.get_args(bare)[0]).bare if typing.get_origin(bare) is list else bare


def is_body_type(bare: object) -> bool:
    """Say whether a type can only be a JSON body: a model, or a collection or union of models."""
    origin, arguments = typing.get_origin(bare), typing.get_args(bare)
    if isinstance(bare, type) and origin is None:
        is_model = isinstance(bare, msgspec.StructMeta) or hasattr(bare, "__dataclass_fields__") or is_pydantic(bare)
        return is_model or typing.is_typeddict(bare)
    if isinstance(origin, type) and is_body_type(origin):  # a generic Struct
        return True
    members = [unwrap(argument).bare for argument in arguments if argument is not ...]
    return bool(members) and (is_body_type(members[-1]) if origin is dict else all(map(is_body_type, members)))
