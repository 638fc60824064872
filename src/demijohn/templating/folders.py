"""Find templates in folders: the app's own first, then those of modules, then those of extensions."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from demijohn.errors import Problem

__all__ = ["TemplateFolder", "find_template", "is_template_name", "sorted_folders", "template_conflicts", "walk_folder"]


class TemplateFolder(msgspec.Struct, frozen=True):
    """Name a folder of templates. `owner` is who it belongs to, `where` the line that declared them (`app.py:12`).

    `rank` is 0 for the app, 1 for modules, 2 for extensions: a lower one may override what a higher one holds.
    """

    path: Path
    owner: str
    rank: int
    where: str


def sorted_folders(folders: Iterable[TemplateFolder]) -> tuple[TemplateFolder, ...]:
    """Return the folders in the order in which they are looked into."""
    return tuple(sorted(folders, key=lambda folder: folder.rank))


def is_template_name(name: str) -> bool:
    """Say whether a name stays inside a folder: relative, with `/`, and no part of it empty, `.` or `..`."""
    return "\\" not in name and "\0" not in name and not {"", ".", ".."} & {*name.split("/")}


def find_template(folders: Iterable[TemplateFolder], name: str) -> Path | None:
    """Return the file of a template; None where no folder holds one, or where a link leads out of its folder."""
    if not is_template_name(name):
        return None
    for folder in folders:
        path = folder.path / name
        try:
            if path.is_file() and path.resolve().is_relative_to(folder.path.resolve()):
                return path
        except OSError:  # a name too long, or a folder that this process may not look into
            continue
    return None


def walk_folder(folder: Path) -> Iterator[str]:
    """Give the names of all templates in a folder, without what begins with a dot; nothing where there is no folder."""
    for place, inner, files in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for file in sorted(files):
            if not file.startswith("."):
                yield (Path(place) / file).relative_to(folder).as_posix()


def template_conflicts(folders: Sequence[TemplateFolder]) -> list[Problem]:
    """Return what two modules, or two extensions, both call their own; what the app has itself is decided by that."""
    ranks: dict[int, dict[Path, TemplateFolder]] = defaultdict(dict)
    for folder in folders:
        if folder.path.is_dir():
            ranks[folder.rank].setdefault(folder.path.resolve(), folder)
    own = list(ranks.pop(0, {}).values())
    problems: list[Problem] = []
    for _, rivals in sorted(ranks.items()):
        if len(rivals) > 1:  # else there is nothing to walk through
            problems += _conflicts(own, list(rivals.values()))
    return problems


def _conflicts(own: Sequence[TemplateFolder], rivals: Sequence[TemplateFolder]) -> Iterator[Problem]:
    holders: dict[str, TemplateFolder] = {}
    for folder in rivals:
        for name in walk_folder(folder.path):
            first = holders.setdefault(name, folder)
            if first is not folder and find_template(own, name) is None:
                yield Problem(
                    f"Two templates are called {name!r}: {first.path / name} of {first.owner}, and "
                    f"{folder.path / name} of {folder.owner}.",
                    folder.where,
                    f"Put them in a folder of their module's name: templates/{_folder_name(folder.owner)}/{name}",
                )


def _folder_name(owner: str) -> str:
    return owner.rpartition(".")[2].lower() or "blog"
