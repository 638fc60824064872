"""Offer `write`, which makes a template, and `templates`, which renders those that were written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from demijohn.http.host import Host
from demijohn.http.request import Request
from demijohn.templating.environment import Templates
from demijohn.templating.folders import TemplateFolder


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def put(name: str, text: str) -> Path:
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return put


@pytest.fixture
def folders(tmp_path: Path) -> list[TemplateFolder]:
    return [TemplateFolder(tmp_path / "templates", "the app", 0, "app.py:1")]


@pytest.fixture
def templates(folders: list[TemplateFolder]) -> Templates:
    return Templates(folders)


@pytest.fixture
def current() -> Request:
    made = Request("GET", "/notes", "", [], {}, "http", "unix", "1.1", cast("object", None), None)  # type: ignore[arg-type]  # no gateway is asked
    made.host = Host("testserver")
    made.services = {}
    return made
