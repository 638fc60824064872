"""Tell which of the project's files have changed. What happens then is in supervisor.py."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

__all__ = ["changes", "is_watched"]

_SUFFIXES = (".py", ".html")
_NAMES = frozenset({".env", "pyproject.toml"})
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "build", "dist"})
_POLL_SECONDS = 0.4
_TICK_MILLISECONDS = 200


def is_watched(path: str | Path) -> bool:
    """Tell whether a change of this file starts the app again: code, templates and settings of the project."""
    path = Path(path)
    if path.suffix not in _SUFFIXES and path.name not in _NAMES:
        return False
    return not any(_is_skipped(part) for part in path.parts[:-1])


def changes(folders: Sequence[Path], stop: threading.Event) -> Iterator[set[Path]]:
    """Yield the files that changed since the last time, several times a second and mostly none, until `stop` is set.

    watchfiles tells at once where it is installed; else the times of the files are compared.
    """
    try:
        import watchfiles  # the extra `dev`
    except ImportError:
        yield from _poll(folders, stop)
        return
    roots = [folder.resolve() for folder in folders]

    def wanted(change: watchfiles.Change, path: str) -> bool:
        return any(is_watched(Path(path).relative_to(root)) for root in roots if Path(path).is_relative_to(root))

    for batch in watchfiles.watch(
        *roots,
        watch_filter=wanted,
        stop_event=stop,
        step=50,
        rust_timeout=_TICK_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    ):
        yield {Path(path) for _, path in batch}


def _poll(folders: Sequence[Path], stop: threading.Event) -> Iterator[set[Path]]:
    known = _times(folders)
    while not stop.wait(_POLL_SECONDS):
        current = _times(folders)
        yield {path for path in known.keys() | current.keys() if known.get(path) != current.get(path)}
        known = current


def _times(folders: Sequence[Path]) -> dict[Path, int]:
    found: dict[Path, int] = {}
    pending = [str(folder) for folder in folders]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except OSError:  # the folder has gone, or is not ours to read
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not _is_skipped(entry.name):
                        pending.append(entry.path)
                elif is_watched(entry.name):
                    found[Path(entry.path)] = entry.stat().st_mtime_ns
            except OSError:
                continue
    return found


def _is_skipped(folder: str) -> bool:
    return folder in _SKIPPED or (folder.startswith(".") and folder not in (".", ".."))
