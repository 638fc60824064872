"""Find the folders `templates` and `static` of an app, its modules and its extensions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from demijohn.assembly.template_names import TemplateNames
from demijohn.assembly.tree import Place
from demijohn.errors import Problem
from demijohn.module import Module

if TYPE_CHECKING:
    from demijohn.contracts import TemplateRenderer
    from demijohn.staticfiles.files import StaticFiles
    from demijohn.staticfiles.folders import StaticFolder
    from demijohn.templating.folders import TemplateFolder

__all__ = ["make_templates", "static_files", "template_paths", "template_problems"]


def _own_folders(app: Module, places: Sequence[Place], name: str) -> Iterator[tuple[Path, Place | None]]:
    """Yield each module's folder of that name, where there is one: the app's first, with None as its place."""
    seen = set()
    for place in (None, *(place for place in places if not place.is_root)):
        module = app if place is None else place.module
        file = getattr(sys.modules.get(module.import_name), "__file__", None)
        folder = Path(file).resolve().parent / name if file else None
        if folder is not None and folder not in seen and folder.is_dir():
            seen.add(folder)  # a module in one file beside the app's shares its folders
            yield folder, place


def template_paths(app: Module, places: Sequence[Place]) -> tuple[Path, ...]:
    """Return the folders of templates of an app and of everything in it."""
    return tuple(folder for folder, _ in _own_folders(app, places, "templates"))


def _template_folders(app: Module, places: Sequence[Place]) -> list[TemplateFolder]:
    from demijohn.templating.folders import TemplateFolder

    return [
        TemplateFolder(folder, _owner(place), _rank(place), str((place.module if place else app).origin))
        for folder, place in _own_folders(app, places, "templates")
    ]


def make_templates(
    app: Module, places: Sequence[Place], names: TemplateNames, *, reload: bool
) -> Callable[[], TemplateRenderer]:
    """Return what makes the renderer of templates; only a program that renders one imports the template engine."""

    def make() -> TemplateRenderer:
        from demijohn.pipeline.csrf_token import csrf_token
        from demijohn.staticfiles.urls import static
        from demijohn.templating.environment import Templates

        known = {"csrf_token": csrf_token, "static": static, **names.globals}
        return Templates(_template_folders(app, places), names=known, filters=names.filters, reload=reload)

    return make


def template_problems(app: Module, places: Sequence[Place]) -> list[Problem]:
    """Return where two modules, or two extensions, have a template of the same name."""
    if len(template_paths(app, places)) < 2:
        return []
    from demijohn.templating.folders import template_conflicts

    return template_conflicts(_template_folders(app, places))


def static_files(app: Module, places: Sequence[Place], url_path: str, *, reload: bool) -> StaticFiles | None:
    """Return the static files of an app; None where neither it nor a module has a folder `static`."""
    found = list(_own_folders(app, places, "static"))
    if not found:
        return None
    from demijohn.staticfiles.files import StaticFiles

    return StaticFiles(_static_folders(app, found), url_path=url_path, reload=reload)


def _static_folders(app: Module, found: Sequence[tuple[Path, Place | None]]) -> list[StaticFolder]:
    from demijohn.staticfiles.folders import StaticFolder

    return [
        StaticFolder(folder, f"{place.module.name}/" if place else "", str((place.module if place else app).origin))
        for folder, place in found
    ]


def _owner(place: Place | None) -> str:
    return "the app" if place is None else ".".join(module.name for module in place.ancestors[1:])


def _rank(place: Place | None) -> int:
    return 0 if place is None else 2 if place.by_extension else 1
