"""Define `StaticFolder`, and which names in it are served at all. Serving them is in files.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

__all__ = ["NEVER_SERVED", "StaticFolder", "is_refused", "kind_of", "names_in"]

# What ends up in such a folder by mistake, and what it is called: not served in development either.
NEVER_SERVED = {
    **dict.fromkeys((".py", ".pyc", ".pyi", ".pyo", ".pyd", ".ipynb"), "source code"),
    **dict.fromkeys((".jinja", ".jinja2", ".j2"), "a template"),
    **dict.fromkeys((".db", ".db3", ".sqlite", ".sqlite3", ".sql", ".dump"), "a database"),
    **dict.fromkeys((".pem", ".key", ".p12", ".pfx", ".env"), "a secret"),
    **dict.fromkeys((".bak", ".old", ".orig", ".swp"), "an old copy"),
}
# What is inside counts: `dump.sql.gz`, `app.db-wal`, `settings.py~`.
_AROUND = (".gz", ".br", ".zst", ".bz2", ".xz", ".zip", ".tmp", "~", "-wal", "-shm", "-journal")


class StaticFolder(msgspec.Struct, frozen=True):
    """Name a folder of static files, and how the names of its files begin.

    The app's own has no prefix, that of the module `blog` has `blog/`. `where` is the place of the declaration.
    """

    path: Path
    prefix: str
    where: str


def is_refused(name: str) -> bool:
    """Tell whether a file of this name is never served: `app.py`, `.env`, `notes.sqlite3`, `dump.sql.gz`."""
    return name.rpartition("/")[2].startswith(".") or kind_of(name) is not None


def kind_of(name: str) -> str | None:
    """Say what kind of file that is never served this is by its suffix, such as `source code`; None for others."""
    return NEVER_SERVED.get(PurePosixPath(_core(name)).suffix)


def names_in(folder: Path) -> Iterator[str]:
    """List the files below a folder in the order of their names, without hidden ones and those in linked folders."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = Path(place).relative_to(folder)
        yield from ((below / name).as_posix() for name in sorted(files) if not name.startswith("."))


def _core(name: str) -> str:
    """Return the last part of a name without what only stands around another type."""
    last = name.rpartition("/")[2].lower().rstrip(". ")  # Windows opens `app.py` for `app.py.`, too
    while last.endswith(_AROUND):
        last = next(last.removesuffix(around) for around in _AROUND if last.endswith(around))
    return last
