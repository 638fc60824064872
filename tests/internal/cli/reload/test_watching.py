"""Which files matter, and that a change is told, with watchfiles and without."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from demijohn.cli.reload.watching import changes, is_watched


@pytest.mark.parametrize("path", ["app.py", "blog/views.py", "templates/a.html", ".env", "pyproject.toml"])
def test_code_templates_and_settings_matter(path: str) -> None:
    assert is_watched(path)


@pytest.mark.parametrize(
    "path", ["app.pyc", "notes.txt", ".venv/lib/x.py", "node_modules/a.html", "__pycache__/a.py", ".git/x.py", "app.db"]
)
def test_other_files_do_not(path: str) -> None:
    assert not is_watched(path)


@pytest.fixture(params=["watchfiles", "poller"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "poller":
        monkeypatch.setitem(sys.modules, "watchfiles", None)


def next_change(told: Iterator[set[Path]], rounds: int = 50) -> set[Path]:
    """Return the first change, and an empty set where none comes in `rounds` looks at the files."""
    return next((changed for _, changed in zip(range(rounds), told, strict=False) if changed), set())


@pytest.mark.usefixtures("way")
def test_saving_making_and_removing_a_file_are_told(tmp_path: Path) -> None:
    tmp_path = tmp_path.resolve()
    app, other = tmp_path / "app.py", tmp_path / "blog" / "views.py"
    app.write_text("1")
    other.parent.mkdir()
    stop = threading.Event()
    told = changes([tmp_path], stop)
    next(told)  # from here on it watches

    app.write_text("2")
    os.utime(app, (1, 1))  # the clock of a file system may be coarse
    assert app in next_change(told)
    other.write_text("3")
    assert other in next_change(told)
    app.unlink()
    assert app in next_change(told)

    stop.set()
    assert list(told) in ([], [set()])


@pytest.mark.usefixtures("way")
def test_what_does_not_matter_is_not_told(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    told = changes([tmp_path], threading.Event())
    next(told)

    (tmp_path / "app.db").write_text("x")
    (tmp_path / ".venv" / "x.py").write_text("x")

    assert next_change(told, rounds=3) == set()
