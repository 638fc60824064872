from __future__ import annotations

from pathlib import Path

import pytest

from demijohn.http.files import CONTENT_TYPES
from demijohn.staticfiles.folders import NEVER_SERVED, is_refused, kind_of, names_in


@pytest.mark.parametrize(
    "name",
    [
        *("app.py", "APP.PY", "a/b/app.py", "app.py.", "app.py ", "settings.py~", "settings.py.bak", "app.pyc"),
        *(".env", "prod.env", ".htpasswd", "a/.git", "notes.db", "notes.sqlite3", "notes.db-wal", "notes.db-journal"),
        *("dump.sql.gz", "notes.db.zip", "notes.db.gz.br", "server.key", "page.html.jinja", ".gz"),
    ],
)
def test_what_lies_there_by_mistake_is_refused(name: str) -> None:
    assert is_refused(name)


@pytest.mark.parametrize(
    "name", ["style.css", "app.db.js", "a.py/style.css", "python.svg", "data.zip", "env", "style.css.gz"]
)
def test_what_pages_need_is_not(name: str) -> None:
    assert not is_refused(name)


def test_no_type_is_both_served_and_refused() -> None:
    assert not NEVER_SERVED.keys() & CONTENT_TYPES.keys()
    assert kind_of("notes.sqlite3.gz") == "a database"


def test_names_are_listed_without_hidden_and_linked_folders(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").touch()
    names = list(names_in(folder))
    assert "img/a b.svg" in names
    assert not [name for name in names if name.startswith((".", "up/", "here/"))]
    assert list(names_in(folder / "missing")) == []
