"""Collect what the app, its modules and its extensions let templates call, and where two of them use one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import msgspec

from demijohn.assembly.tree import Place
from demijohn.errors import Problem
from demijohn.extension import Contributed, Contributions
from demijohn.module import Recorded
from demijohn.templating.names import TEMPLATE_NAMES
from demijohn.types import Origin

__all__ = ["TemplateNames", "collect_template_names"]


class TemplateNames(msgspec.Struct, frozen=True):
    """Hold what templates can call beyond our own: values and functions by name, filters, and what is wrong there."""

    globals: dict[str, object]
    filters: dict[str, Callable[..., object]]
    problems: list[Problem]


def collect_template_names(places: Sequence[Place], given: Contributions) -> TemplateNames:
    """Return the names that all templates of an app have."""
    problems: list[Problem] = []
    modules = {id(place.module): place.module for place in places}.values()  # one may stand in several places
    found_globals = _collect(
        [it for module in modules for it in module.records.template_globals], given.template_globals, "name", problems
    )
    found_filters = _collect(
        [it for module in modules for it in module.records.template_filters], given.template_filters, "filter", problems
    )
    for name in found_globals.keys() & TEMPLATE_NAMES:
        message = f"Every template has the name {name!r} already."
        problems.append(Problem(message, str(found_globals[name][1]), "Give it another name."))
    values = {name: value for name, (value, _) in found_globals.items()}
    filters = {name: cast(Callable[..., object], value) for name, (value, _) in found_filters.items()}
    return TemplateNames(values, filters, problems)


def _collect(
    recorded: Sequence[tuple[str, Recorded]], given: Mapping[str, Contributed], what: str, problems: list[Problem]
) -> dict[str, tuple[Any, Origin]]:  # Any: whatever templates may use
    pairs = [
        *((name, it.function, it.origin) for name, it in recorded),
        *((name, it.value, it.origin) for name, it in given.items()),
    ]
    found: dict[str, tuple[Any, Origin]] = {}  # Any: as above
    for name, value, origin in pairs:
        first = found.setdefault(name, (value, origin))
        if first[0] is not value or first[1] is not origin:
            message = f"Two things have the template {what} {name!r}, the other at {first[1]}."
            problems.append(Problem(message, str(origin), "Give one of them another name."))
    return found
