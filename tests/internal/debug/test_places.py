"""Which files are the project's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import pytest

import demijohn.app
from demijohn.debug.places import is_project_file, short_path


def test_python_packages_and_the_framework_are_libraries() -> None:
    assert not is_project_file(asyncio.__file__)
    assert not is_project_file(click.__file__)
    assert not is_project_file(demijohn.app.__file__)
    assert not is_project_file("/usr/lib/python3/dist-packages/x.py")
    assert not is_project_file("<frozen importlib._bootstrap>")
    assert not is_project_file("<string>")


def test_all_the_rest_is_the_projects() -> None:
    assert is_project_file(__file__)
    assert is_project_file("/srv/shop/templates/page.html")
    assert is_project_file("<template>")


def test_paths_are_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert short_path(str(tmp_path / "shop" / "app.py")) == "shop/app.py"
    assert short_path(click.core.__file__) == "click/core.py"
    assert short_path("/elsewhere/app.py") == "/elsewhere/app.py"
    assert short_path("<string>\x1b") == "<string>\\x1b"
