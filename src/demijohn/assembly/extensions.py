"""Set up the extensions of an app in the order that they need, and make one settings class of theirs and the app's."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable, Sequence

from demijohn.annotations import hints_of
from demijohn.app_records import AppRecords, Use
from demijohn.config import Config
from demijohn.config.names import environment_name
from demijohn.contracts import RateStore, SessionStore, StaticUrls, TemplateRenderer, UrlBuilder
from demijohn.errors import DeclarationError, Problem
from demijohn.extension import Contributions, Extension, Mode, Setup
from demijohn.types import origin_of

__all__ = ["CORE_CONTRACTS", "contribute", "settings_class_of"]

CORE_CONTRACTS = frozenset({RateStore, SessionStore, StaticUrls, TemplateRenderer, UrlBuilder})
"""What the core fulfils where no extension does; SessionStore only where there is a SECRET_KEY."""


def settings_class_of(records: AppRecords) -> type[Config]:
    """Return the settings class of an app: its own and those of its extensions in one.

    Raises:
        DeclarationError: two of them have a setting of the same name that differs.
    """
    own = records.settings_class or Config
    wanted: dict[type[Config], str] = {}
    for use in records.extensions:
        cls = use.extension.settings
        if cls is not None and not issubclass(own, cls):
            wanted.setdefault(cls, str(use.origin))
    bases = [cls for cls in wanted if not any(issubclass(other, cls) and other is not cls for other in wanted)]
    if not bases:
        return own
    problems = _clashes(own, bases, wanted)
    if problems:
        raise DeclarationError(problems)
    leading = [] if any(issubclass(cls, own) for cls in bases) else [own]
    return type(own.__name__, (*leading, *bases), {"__module__": own.__module__, "__doc__": own.__doc__})


def _clashes(own: type[Config], others: Sequence[type[Config]], places: dict[type[Config], str]) -> list[Problem]:
    """Return where two classes mean different settings by one name; the app's own may repeat an extension's."""
    problems = []
    seen: dict[str, type[Config]] = {}
    for cls in (own, *others):
        for field in dataclasses.fields(cls):
            first = seen.setdefault(field.name, cls)
            if _definer(first, field.name) is _definer(cls, field.name):
                continue
            if first is own and hints_of(first)[field.name] == hints_of(cls)[field.name]:
                continue
            message = f"{first.__name__} and {cls.__name__} both have the setting {environment_name(field.name)}."
            remedy = f"Derive one class from the other, or rename {field.name!r} in the class that is yours."
            problems.append(Problem(message, places.get(cls, ""), remedy))
    return problems


def _definer(cls: type, name: str) -> type:
    return next(parent for parent in cls.__mro__ if name in vars(parent).get("__annotations__", ()))


def contribute(uses: Sequence[Use], settings: Config, mode: Mode) -> Contributions:
    """Call the `setup` of every extension, each after those that it requires, and return what they gave."""
    contributions = Contributions()
    for use in _sorted(uses, contributions.problems):
        if (problem := _mistake_in(use)) is not None:
            contributions.problems.append(problem)
            continue
        setup = Setup(use.extension, contributions, settings, mode)
        try:
            use.extension.setup(setup)
        except DeclarationError as error:
            contributions.problems += error.problems
        except Exception as error:
            error.add_note(f"This happened while {use.extension.full_name} was set up, which is used at {use.origin}.")
            raise
    contributions.is_open = False
    for contract in contributions.services.keys() & {UrlBuilder, TemplateRenderer, StaticUrls}:
        given = contributions.services[contract]
        message = f"{given.by} fulfils {contract.__name__}, which is the core's own to fulfil."
        contributions.problems.append(Problem(message, str(given.origin), "Leave it out of the extension."))
    return contributions


def _sorted(uses: Sequence[Use], problems: list[Problem]) -> list[Use]:
    """Return the extensions in an order in which each comes after what it needs; among equals, as they were used."""
    by_name: dict[str, Use] = {}
    for use in uses:
        name = use.extension.full_name
        first = by_name.setdefault(name, use)
        if first is not use:
            message = f"Two extensions are named {name!r}, the other is used at {first.origin}."
            problems.append(Problem(message, str(use.origin), "Use it once, or give one of them another name."))
    done: list[Use] = []
    visited: dict[str, bool] = {}  # False while its needs are being looked at

    def visit(use: Use, path: tuple[str, ...]) -> None:
        name = use.extension.full_name
        if visited.get(name) is False:
            circle = " -> ".join([*path[path.index(name) :], name])
            remedy = "Move one of them from `requires` or `optional`."
            problems.append(Problem(f"These extensions need each other: {circle}.", str(use.origin), remedy))
            return
        if name in visited:
            return
        visited[name] = False
        for needed in (*use.extension.requires, *use.extension.optional):
            found = _fulfilling(needed, by_name.values())
            for other in found:
                visit(other, (*path, name))
            if not found and needed in use.extension.requires and needed not in CORE_CONTRACTS:
                problems.append(_missing(use, needed))
        visited[name] = True
        done.append(use)

    for use in by_name.values():
        visit(use, ())
    return done


def _mistake_in(use: Use) -> Problem | None:
    """Return what keeps an extension from being set up: Flask's method in its place, or one that takes no Setup."""
    cls = type(use.extension)
    if cls.setup is Extension.setup and hasattr(cls, "init_app"):
        message = f"{cls.__name__} has no method setup, which is called in place of init_app."
        return Problem(message, str(use.origin), "Write `def setup(self, setup: Setup) -> None:`.")
    try:
        inspect.signature(use.extension.setup).bind(None)
    except TypeError:
        message = f"The setup of {cls.__name__} does not take a Setup."
        where = str(origin_of(cls.setup) or use.origin)
        return Problem(message, where, "Write `def setup(self, setup: Setup) -> None:`.")
    return None


def _fulfilling(needed: type, uses: Iterable[Use]) -> list[Use]:
    if issubclass(needed, Extension):
        return [use for use in uses if isinstance(use.extension, needed)]
    return [use for use in uses if needed in use.extension.provides]


def _missing(use: Use, needed: type) -> Problem:
    name, message = use.extension.full_name, f"{use.extension.full_name} needs {needed.__name__}"
    if issubclass(needed, Extension):
        remedy = f"Add `app.use({needed.__name__}())`, with `from {needed.__module__} import {needed.__name__}`."
        return Problem(f"{message}, which the app does not use.", str(use.origin), remedy)
    remedy = f"Use an extension that provides {needed.__name__}, or leave {name} out."
    return Problem(f"{message}, which nothing in this app fulfils.", str(use.origin), remedy)
