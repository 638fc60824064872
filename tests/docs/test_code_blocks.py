"""Run every example of the documentation. The Python blocks of a page are one program, in the order of the page.

A block whose first line names a file (`# app.py`) is that file instead: the files of a page make a project, which is
imported, frozen and, where it has tests, tested. `<!-- not run: reason -->` above a block leaves it out.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import textwrap
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest

from demijohn import Config

from .pages import Block, Page, pages

LANGUAGES = {"python", "console", "sh", "toml", "ini", "text", "json", "html", "nginx", "yaml", "http", "javascript"}
SERVED = ("routes", "check", "config", "shell", "dev", "run", "weigh", "compress")

PAGES = pages()


def named(page: Page) -> str:
    return page.name


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put each page into an empty folder, where no setting is set."""
    for field in fields(Config):
        monkeypatch.delenv(field.name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_examples_of_a_page_run(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("page_" + page.path.stem.replace("-", "_").lower())
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in page.blocks():
        if block.language == "python" and block.not_run is None and block.file_name is None:
            run(block, page, module)


def run(block: Block, page: Page, module: ModuleType) -> None:
    code = "\n" * (block.line - 1) + block.content  # so that a traceback names the line of the page
    exec(compile(code, str(page.path), "exec", dont_inherit=True), vars(module))


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.file_name for block in page.blocks())], ids=named)
def test_the_files_of_a_page_are_a_project_that_works(page: Page, tmp_path: Path) -> None:
    for block in page.blocks():
        if block.file_name is not None and block.not_run is None:
            path = tmp_path / block.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.content + "\n", "utf-8")
            if "/" in block.file_name:
                (path.parent / "__init__.py").touch()
    programs = [path.stem for path in (tmp_path / "app.py", tmp_path / "main.py") if path.exists()]
    if programs:
        check = f"import {programs[0]}; {programs[0]}.app.freeze('test')"
        assert_runs([sys.executable, "-W", "error", "-c", check], tmp_path)
    tests = list(tmp_path.glob("test_*.py"))
    if tests:
        options = ["-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-W", "error"]
        assert_runs([sys.executable, "-m", "pytest", "-q", *options], tmp_path)
    assert programs or tests, "The files of this page make nothing that could be run."


def assert_runs(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_block_says_what_it_is_in(page: Page) -> None:
    unknown = [f"line {block.line}: {block.language!r}" for block in page.blocks() if block.language not in LANGUAGES]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_is_not_run_says_why(page: Page) -> None:
    poor = [block.line for block in page.blocks() if block.not_run is not None and len(block.not_run.split()) < 3]
    assert poor == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_on_a_page_exist_with_their_options(page: Page) -> None:
    for block in page.blocks():
        if block.language not in ("console", "sh"):
            continue
        for line in textwrap.dedent(block.content).replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True)
            words = [word for word in words if "=" not in word.partition("-")[0]]  # SITE_URL=... in front
            if words[:1] == ["demijohn"] and len(words) > 1 and words[1] in SERVED:
                assert_parses(words[1], words[2:], f"{page.name}, line {block.line}")


def assert_parses(name: str, arguments: list[str], place: str) -> None:
    command: click.Command = import_module(f"demijohn.cli.commands.{name}").command
    context = click.Context(command, info_name=name)
    try:
        command.make_parser(context).parse_args(list(arguments))
    except click.UsageError as error:
        pytest.fail(f"{place}: demijohn {name}: {error.message}", pytrace=False)
