"""Offer `project`: the files of a project in a folder of its own, and its app, imported from there."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from demijohn.app import App

_SETTINGS = ("SECRET_KEY", "SECRET_KEY_FILE", "ALLOWED_HOSTS", "SITE_URL", "TRUSTED_ORIGINS", "TRUSTED_PROXIES")


class ProjectFolder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def app(self, text: str, module: str = "checked_app") -> App:
        """Write the text as a module, import it and return its `app`."""
        self.write(f"{module.replace('.', '/')}.py", text)
        loaded = importlib.import_module(module)
        assert isinstance(loaded.app, App)
        return loaded.app


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProjectFolder]:
    folder = (tmp_path / "project").resolve()
    folder.mkdir()
    (folder / "pyproject.toml").write_text("")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(folder)
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    loaded = set(sys.modules)
    yield ProjectFolder(folder)
    for name in set(sys.modules) - loaded:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
