"""Walk an app and the modules in it, and say for each route what stands around it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence

import msgspec

from demijohn.errors import Problem
from demijohn.module import Inclusion, Module
from demijohn.routing.route import Route

__all__ = ["Place", "import_convention_files", "places"]

_CONVENTION_FILES = ("models", "views", "commands")


class Place(msgspec.Struct, frozen=True):
    """Hold one module as it stands in an app: below which prefix, within which modules, itself the last of them."""

    module: Module
    prefix: str
    ancestors: tuple[Module, ...]
    by_extension: bool = False

    @property
    def is_root(self) -> bool:
        """Tell whether this is the app itself."""
        return len(self.ancestors) == 1

    def full_name(self, route: Route) -> str:
        """Return the name of a route for `url_for`: `show` in the app, `blog.show` in a module, `a.b.show` below."""
        return ".".join([*(module.name for module in self.ancestors[1:]), route.name])


def places(
    app: Module, only: Sequence[str], by_extensions: Sequence[Inclusion] = ()
) -> tuple[list[Place], list[Problem]]:
    """Return the app and every module in it, its extensions' last, and what is wrong with how they are included.

    `only` names modules; then the app's own routes and all other modules stay out, and what those include stays.
    """
    problems: list[Problem] = []
    names: dict[str, str] = {}
    found = list(_walk(app, "", (app,), problems, names))
    for inclusion in by_extensions:
        found += _walk_into(inclusion, "", (app,), problems, names, by_extension=True)
    if only:
        known = {place.module.name for place in found if not place.is_root}
        for name in only:
            if name not in known:
                have = ", ".join(sorted(known)) or "none"
                problems.append(
                    Problem(f"There is no module {name!r} to serve alone.", "--only", f"There are: {have}.")
                )
        found = [place for place in found if any(module.name in only for module in place.ancestors[1:])]
    return found, problems


def _walk(
    module: Module,
    prefix: str,
    ancestors: tuple[Module, ...],
    problems: list[Problem],
    names: dict[str, str],
    *,
    by_extension: bool = False,
) -> Iterator[Place]:
    """Yield a module and those in it; `names` collects what the included ones are called."""
    import_convention_files(module)
    yield Place(module, prefix, ancestors, by_extension)
    for inclusion in module.records.inclusions:
        yield from _walk_into(inclusion, prefix, ancestors, problems, names, by_extension=by_extension)


def _walk_into(
    inclusion: Inclusion,
    prefix: str,
    ancestors: tuple[Module, ...],
    problems: list[Problem],
    names: dict[str, str],
    *,
    by_extension: bool,
) -> Iterator[Place]:
    inner, where = inclusion.module, str(inclusion.origin)
    if inner in ancestors:
        problems.append(Problem(f"{inner!r} includes itself.", where, "Take one of the two includes out."))
        return
    if hasattr(inner, "app_records"):
        remedy = "Mount it, app.mount(prefix, other), or make it a Module."
        problems.append(Problem(f"{inner!r} is an app of its own and cannot be included.", where, remedy))
        return
    if inclusion.prefix and (not inclusion.prefix.startswith("/") or inclusion.prefix.endswith("/")):
        bare = inclusion.prefix.strip("/")
        remedy = f"Write prefix={'/' + bare!r}." if bare else "Leave the prefix out."
        problems.append(Problem(f"The prefix {inclusion.prefix!r} has no leading, or a closing, slash.", where, remedy))
    if inner.name in names:
        remedy = f'Give one of them another name: Module(__name__, name="{inner.name}2").'
        problems.append(Problem(f"Two modules named {inner.name!r}, the other at {names[inner.name]}.", where, remedy))
    names[inner.name] = where
    yield from _walk(inner, prefix + inclusion.prefix, (*ancestors, inner), problems, {}, by_extension=by_extension)


def import_convention_files(module: Module) -> None:
    """Import the files that belong to a package by their name, so that nobody need do it for their decorators."""
    package = sys.modules.get(module.import_name)
    if package is None or not hasattr(package, "__path__"):
        return
    for name in _CONVENTION_FILES:
        full = f"{module.import_name}.{name}"
        if importlib.util.find_spec(full) is not None:
            importlib.import_module(full)
