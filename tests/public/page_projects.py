"""Write small projects with templates into a folder and import them, as a person has them on disk."""

from __future__ import annotations

import importlib
import itertools
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demijohn import App

__all__ = ["Project", "write_project"]

Project = Callable[[dict[str, str]], App]

_numbers = itertools.count()


def write_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a function that writes files, `__init__.py` or `app.py` among them, and gives the app in it."""

    def write(files: dict[str, str]) -> App:
        name = f"pages_project_{next(_numbers)}"
        for path, text in files.items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), "utf-8")
        (folder / name / "__init__.py").touch()
        monkeypatch.syspath_prepend(str(folder))
        module: Any = importlib.import_module(f"{name}.app")
        for loaded in [each for each in sys.modules if each.partition(".")[0] == name]:
            monkeypatch.setitem(sys.modules, loaded, sys.modules[loaded])  # and taken out again after the test
        app: App = module.app
        return app

    return write
