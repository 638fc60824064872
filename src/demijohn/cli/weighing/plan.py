"""Say what is to be weighed, stage after stage: the core, what the app uses, the app itself. rounds.py weighs it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Literal

import msgspec

from demijohn.cli.errors import CommandError
from demijohn.cli.location import Location, find_app
from demijohn.cli.weighing.interpreter import run_scale
from demijohn.config import project_table

__all__ = ["Kind", "Plan", "Stage", "plan_stages"]

Kind = Literal["python", "core", "serving", "extra", "extension", "templates", "app"]

_CORE = "demijohn.app"
_TEMPLATES = ("jinja2", "demijohn.templating.environment")
_EXTRA = re.compile(r"(?P<name>[\w.-]+)[^;]*;.*\bextra\s*==\s*[\"'](?P<extra>[^\"']+)")


class Stage(msgspec.Struct, frozen=True):
    """Name one thing to be weighed; `error` is what stands in its way."""

    kind: Kind
    name: str
    modules: tuple[str, ...] = ()
    error: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """Hold the stages in the order in which they are imported, and the path to import from."""

    stages: tuple[Stage, ...]
    path: str
    app: str | None


class _Sighting(msgspec.Struct, frozen=True):
    """Hold what scale.py's scout reports of an app."""

    error: str | None
    status: int = 1
    path: str = ""
    extensions: tuple[tuple[str, str], ...] = ()
    has_templates: bool = False


def plan_stages(target: str | None, folder: Path, distributions: Mapping[str, Sequence[str]]) -> Plan:
    """Find the app, import it once in a process of its own to see what it uses, and return what to weigh.

    Where there is no app, the extras of Demijohn that are installed are weighed. `distributions` has the names of the
    distributions of each top-level module.

    Raises:
        CommandError: the target names no app.
        ConfigError: pyproject.toml cannot be read.
    """
    stages = [Stage("core", "demijohn", (_CORE,)), Stage("serving", "serving a request")]
    location = _location(target, folder)
    if location is None:
        return Plan((*stages, *_extras(distributions)), os.pathsep.join(sys.path), None)
    seen = _scout(location)
    if seen.error is None:
        stages += _extensions(seen, location)
        if seen.has_templates:
            stages.append(Stage("templates", "templates", _TEMPLATES))
    elif seen.status == 2:
        raise CommandError(seen.error, status=2)
    stages.append(Stage("app", str(location), (location.module,), seen.error))
    return Plan(tuple(stages), seen.path or os.pathsep.join(sys.path), str(location))


def _location(target: str | None, folder: Path) -> Location | None:
    """Return where the app is, None where none is named and none is here."""
    try:
        return find_app(target, folder)
    except CommandError:
        if target or project_table(folder).get("app"):
            raise
        return None


def _scout(location: Location) -> _Sighting:
    report = run_scale("scout", os.pathsep.join(sys.path), location.module, location.name, str(location.folder))
    return msgspec.json.decode(report, type=_Sighting)


def _extensions(seen: _Sighting, location: Location) -> list[Stage]:
    """Return a stage for each extension whose module is not part of the app's own package."""
    own = location.module.partition(".")[0]
    return [Stage("extension", name, (module,)) for name, module in seen.extensions if module.partition(".")[0] != own]


def _extras(distributions: Mapping[str, Sequence[str]]) -> list[Stage]:
    """Return a stage for each extra of Demijohn of which something is installed."""
    try:
        requirements = requires("demijohn") or []
    except PackageNotFoundError:  # it runs from its source
        return []
    modules: dict[str, list[str]] = {}
    for top, names in distributions.items():
        for name in names:
            modules.setdefault(_normal(name), []).append(top)
    found: dict[str, list[str]] = {}
    for requirement in requirements:
        if match := _EXTRA.match(requirement):
            tops = [top for top in modules.get(_normal(match["name"]), ()) if _is_public(top)]
            if tops and _normal(match["name"]) != "demijohn":
                found.setdefault(match["extra"], []).extend(tops)
    return [Stage("extra", f"demijohn[{extra}]", tuple(sorted(set(tops)))) for extra, tops in sorted(found.items())]


def _is_public(module: str) -> bool:
    return module.isidentifier() and not module.startswith("_")


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
