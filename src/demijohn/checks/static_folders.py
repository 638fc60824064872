"""Find what must not lie in a folder of static files. Demijohn serves none of it, but folders are also given to proxies
and to CDNs, which serve everything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from demijohn.checks.finding import Finding
from demijohn.staticfiles.folders import StaticFolder, kind_of

__all__ = ["static_folder_findings"]

_MOST_FINDINGS = 20  # a folder: whoever published a whole project need not read all of its files here
_MOST_ENTRIES = 100_000
_REPOSITORIES = frozenset({".git", ".hg", ".svn", ".bzr", ".jj"})
_PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "manage.py", "uv.lock", "poetry.lock"})
_SECRETS = frozenset(
    {".htpasswd", ".npmrc", ".pypirc", ".netrc", ".pgpass", ".git-credentials", "id_rsa", "id_ed25519"}
)
_REMEDY = "Move it out of the folder, and replace the secrets in it if the folder was ever published."


def static_folder_findings(folders: Sequence[StaticFolder]) -> Iterator[Finding]:
    """Return what lies in static folders and must not be published: secrets, source, databases, repositories,
    templates, or the project itself.
    """
    for folder in folders:
        if folder.path.is_dir():
            overlaps = list(_overlaps(folder))
            yield from overlaps
            if not overlaps:  # the one mistake explains all the others
                yield from _contents(folder)


def _overlaps(folder: StaticFolder) -> Iterator[Finding]:
    """Find folders that are one by a link: of names alone, neither can hold the other."""
    root, beside = folder.path.resolve(), folder.path.parent
    if beside.resolve().is_relative_to(root) or _PROJECT_FILES.intersection(_names(root)):
        message = f"The static folder {folder.path} is the folder of the project itself."
        remedy = "Make a folder `static` with nothing but what everybody may see."
        yield Finding("E", "static.project", message, folder.where, remedy)
    templates = (beside / "templates").resolve()
    if templates.is_dir() and (templates.is_relative_to(root) or root.is_relative_to(templates)):
        message = f"Templates and static files overlap: {folder.path} and {beside / 'templates'}."
        remedy = "Keep templates in a folder of their own, beside the static one."
        yield Finding("E", "static.templates", message, folder.where, remedy)


def _contents(folder: StaticFolder) -> Iterator[Finding]:
    for count, (path, kind) in enumerate(_private(folder.path)):
        if count == _MOST_FINDINGS:
            message = f"There is more in {folder.path} that must not be published."
            yield Finding("E", "static.private", message, folder.where, _REMEDY)
            return
        message = f"There is {kind} in a static folder: {path}."
        yield Finding("E", "static.private", message, folder.where, _REMEDY)


def _private(root: Path) -> Iterator[tuple[Path, str]]:
    """Walk through a folder, not into linked ones, and return what is private with what it is called."""
    seen = 0
    for place, folders, files in os.walk(root):
        names = sorted(files)
        names += sorted(name for name in folders if name in _REPOSITORIES)
        for name in names:
            if (kind := _kind(name)) is not None:
                yield Path(place, name), kind
        folders[:] = sorted(name for name in folders if name not in _REPOSITORIES)
        seen += len(files)
        if seen > _MOST_ENTRIES:
            return


def _kind(name: str) -> str | None:
    lowered = name.lower()
    if lowered in _REPOSITORIES:  # a file of that name is one of a worktree or a submodule
        return "a repository"
    if lowered in _SECRETS or lowered == ".env" or lowered.startswith(".env."):
        return "a secret"
    return kind_of(name)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:  # nobody can publish what cannot be listed
        return []
