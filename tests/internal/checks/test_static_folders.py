from __future__ import annotations

from pathlib import Path

import pytest

from demijohn.checks.finding import Finding
from demijohn.checks.static_folders import static_folder_findings
from demijohn.staticfiles.folders import StaticFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "js").mkdir(parents=True)
    for name in ("style.css", "js/app.js", ".gitkeep", "data.zip", ".prettierrc"):
        (root / name).touch()
    return root


def findings(folder: Path) -> list[Finding]:
    return list(static_folder_findings([StaticFolder(folder, "", "app.py:3")]))


def test_what_pages_need_is_no_finding(folder: Path, tmp_path: Path) -> None:
    assert findings(folder) == []
    assert findings(tmp_path / "missing") == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (".env", "a secret"),
        ("js/.env.local", "a secret"),
        ("prod.env", "a secret"),
        (".htpasswd", "a secret"),
        ("server.key", "a secret"),
        ("js/app.py", "source code"),
        ("notes.db", "a database"),
        ("notes.sqlite3-wal", "a database"),
        ("dump.sql.gz", "a database"),
        ("style.css.bak", "an old copy"),
        ("page.html.j2", "a template"),
        (".git/config", "a repository"),
    ],
)
def test_what_must_not_be_published_is_an_error(folder: Path, name: str, kind: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).touch()
    (finding,) = findings(folder)
    assert (finding.level, finding.code, finding.where) == ("E", "static.private", "app.py:3")
    named = folder / name.removesuffix("/config")
    assert finding.message == f"There is {kind} in a static folder: {named}."


def test_a_whole_project_is_one_error(folder: Path) -> None:
    for name in ("pyproject.toml", "app.py", ".env"):
        (folder / name).touch()
    assert [finding.code for finding in findings(folder)] == ["static.project"]


def test_a_link_to_the_whole_project_is_one_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(tmp_path)
    assert [finding.code for finding in findings(tmp_path / "linked")] == ["static.project"]


def test_templates_that_are_static_files_by_a_link_are_an_error(folder: Path, tmp_path: Path) -> None:
    (folder / "pages").mkdir()
    for target in (folder, folder / "pages"):
        (tmp_path / "templates").symlink_to(target)
        (finding,) = findings(folder)
        assert (finding.level, finding.code) == ("E", "static.templates")
        (tmp_path / "templates").unlink()


def test_static_files_within_the_templates_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "templates" / "files").mkdir(parents=True)
    (tmp_path / "static").symlink_to(tmp_path / "templates" / "files")
    assert [finding.code for finding in findings(tmp_path / "static")] == ["static.templates"]


def test_folders_beside_each_other_are_none(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (folder / "templates").mkdir()  # of a program in the browser
    assert findings(folder) == []


def test_the_list_ends_somewhere(folder: Path) -> None:
    for number in range(50):
        (folder / f"{number}.py").touch()
    found = findings(folder)
    assert len(found) == 21
    assert found[-1].message.startswith("There is more in ")
