"""Tell the project's own files from those of libraries, and name them briefly."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

from demijohn.logs import printable

__all__ = ["is_project_file", "short_path"]

_INSTALLED = ("site-packages", "dist-packages")
_OWN = str(Path(__file__).resolve().parents[1]) + os.sep
_STANDARD_LIBRARY = tuple(sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib"))


def is_project_file(file: str) -> bool:
    """Tell whether a developer of the project wrote this file: it belongs neither to Python nor to a package.

    Templates are such files, too; the engine gives their names to the frames of a traceback.
    """
    if file == "<template>":  # one that came as a string
        return True
    if file.startswith("<") or any(part in _INSTALLED for part in Path(file).parts):
        return False
    return not file.startswith((_OWN, *_STANDARD_LIBRARY))


def short_path(file: str) -> str:
    """Return the path of a file below the working directory or below the packages, else the whole path."""
    path = Path(file)
    for index, part in enumerate(path.parts):
        if part in _INSTALLED:
            return printable("/".join(path.parts[index + 1 :]))
    try:
        return printable(path.relative_to(Path.cwd()).as_posix())
    except (ValueError, OSError):  # outside the working directory, or that is gone
        return printable(file)
