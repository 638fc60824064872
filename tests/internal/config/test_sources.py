"""Reading pyproject.toml, `.env` and the environment, and naming the place of each value."""

from __future__ import annotations

from pathlib import Path

import pytest

from demijohn.config.sources import project_root, project_table, read_sources
from demijohn.errors import ConfigError


def test_every_value_knows_its_place(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.other]\npage_size = 9\n[ tool.demijohn ]  # ours\n\n'page_size' = 1\nlimits.body = 2\n"
    )
    (tmp_path / ".env").write_text("# first\nPAGE_SIZE=2\n")

    sources = read_sources(tmp_path, {"PAGE_SIZE": "3"}, development=True)

    assert [(entry.value, entry.place) for entry in sources.project.values()] == [
        (1, "pyproject.toml, line 5"),
        ({"body": 2}, "pyproject.toml"),
    ]
    assert [(entry.value, entry.place) for entry in sources.dotenv.values()] == [("2", ".env, line 2")]
    assert sources.environment["PAGE_SIZE"].place == "the environment"
    assert sources.problems == []


def test_a_project_without_files_is_no_mistake(tmp_path: Path) -> None:
    sources = read_sources(tmp_path, {}, development=True)

    assert (sources.project, sources.dotenv, sources.problems) == ({}, {}, [])


def test_a_pyproject_that_is_not_ours_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("this is [ no TOML")

    assert project_table(tmp_path) == {}


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn\n")

    with pytest.raises(ConfigError, match=r"pyproject\.toml: The file is not valid TOML"):
        project_table(tmp_path)


def test_the_app_is_no_setting(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn]\napp = 'shop:app'\n")

    assert read_sources(tmp_path, {}, development=True).project == {}
    assert project_table(tmp_path)["app"] == "shop:app"


def test_files_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.demijohn]\nx = '\xff'\n")
    (tmp_path / ".env").write_bytes(b"A=\xff\n")

    problems = [str(problem) for problem in read_sources(tmp_path, {}, development=True).problems]

    assert len(problems) == 2
    assert "pyproject.toml: The file cannot be read" in problems[0]
    assert ".env: The file cannot be read: it is not UTF-8." in problems[1]


def test_a_name_twice_in_dotenv_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PAGE_SIZE=1\n\nPAGE_SIZE=2\n")

    (problem,) = read_sources(tmp_path, {}, development=True).problems

    assert str(problem).startswith(".env, line 3: PAGE_SIZE stands in the file twice; the first is in .env, line 1.")


def test_the_project_root_is_the_nearest_folder_with_a_project_file(tmp_path: Path) -> None:
    package = tmp_path / "src" / "shop"
    package.mkdir(parents=True)

    (tmp_path / ".git").mkdir()
    assert project_root(package) == package.resolve()
    (tmp_path / "pyproject.toml").touch()
    assert project_root(package) == tmp_path.resolve()
    (package / ".env").touch()
    assert project_root(package) == package.resolve()
