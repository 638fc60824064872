"""Check that the documentation leaves nothing out: public names, settings, limits, errors, codes, commands."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

import click
import msgspec
import pytest

import demijohn
import demijohn.testing
from demijohn import Config, DemijohnError, Extension, Limits, Module, Setup
from demijohn.checks.source import _LOADER_WORDS

from .pages import ROOT, Page, pages

SOURCE = ROOT / "src" / "demijohn"
DOCS = ROOT / "docs"
COMMANDS = ("dev", "run", "routes", "check", "config", "shell", "weigh", "compress")

# What holds a Limits where one of its numbers is read; `self` is Limits itself.
LIMIT_HOLDERS = {"limits", "_limits", "self"}

# Codes that the source puts together.
COMPOSED_CODES = {"form.too_many_fields", "form.too_many_files"} | {f"source.{kind}" for kind in _LOADER_WORDS}

# Codes that stand in the source as arguments of these calls: the name, and the position of the code.
CODE_CALLS = {"Fault": 0, "OptOut": 0, "Finding": 1, "FieldError": 3}


def text_of(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def all_text() -> str:
    return "\n".join(page.text for page in pages())


def unmentioned(names: Iterable[str], text: str) -> list[str]:
    """Return the names that never stand in code: between backticks, or in a fenced block."""
    code = " ".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    return [name for name in sorted(names) if not re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", code)]


def test_every_public_name_is_explained() -> None:
    assert unmentioned(demijohn.__all__, all_text()) == []


def test_every_name_of_the_test_kit_is_explained() -> None:
    assert unmentioned(demijohn.testing.__all__, text_of("testing.md")) == []


def test_every_declaration_of_a_module_is_explained() -> None:
    methods = [name for name, value in vars(Module).items() if callable(value) and not name.startswith("_")]
    internal = {"check_open"}
    assert unmentioned({f"app.{name}" for name in {*methods} - internal}, all_text()) == []


def test_everything_that_extensions_may_do_and_say_is_explained() -> None:
    methods = {f"setup.{name}" for name in (*vars(Setup), "mode") if not name.startswith("_")}
    attributes = {name for name in Extension.__annotations__ if not name.startswith("_")}
    assert len(methods) > 10
    assert unmentioned(methods | attributes, text_of("extensions.md")) == []


def test_every_setting_is_explained() -> None:
    names = [field.name for field in fields(Config)]
    assert unmentioned([name.upper() for name in names], text_of("configuration.md")) == []


def test_every_limit_is_explained() -> None:
    limits = msgspec.structs.fields(Limits)
    assert unmentioned([limit.name for limit in limits], text_of("security.md")) == []


def test_every_error_class_is_explained() -> None:
    for module in pkgutil.walk_packages(demijohn.__path__, "demijohn."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    names = {cls.__name__ for cls in descendants(DemijohnError) if cls.__module__.startswith("demijohn.")}
    assert unmentioned(names | {"DemijohnError"}, text_of("errors-reference.md")) == []


def descendants(cls: type) -> Iterator[type]:
    children: list[type] = cls.__subclasses__()
    for child in children:
        yield child
        yield from descendants(child)


def test_every_stable_code_is_explained() -> None:
    codes = {code for path in SOURCE.rglob("*.py") for code in codes_in(path)} | COMPOSED_CODES
    assert len(codes) > 80
    assert unmentioned(codes, text_of("errors-reference.md")) == []


def codes_in(path: Path) -> Iterator[str]:
    """Find the codes of refusals, faults, opt-outs and findings that a module spells out."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "code":
            yield from texts_in(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CODE_CALLS:
            position = CODE_CALLS[node.func.id]
            if len(node.args) > position:
                yield from texts_in(node.args[position])
        if isinstance(node, ast.Constant) and re.fullmatch(r"source\.[a-z]+", str(node.value)):
            yield str(node.value)
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["code"]:
            yield from texts_in(node.value)


def texts_in(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_in(node.body)
        yield from texts_in(node.orelse)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_explained_with_its_options(name: str) -> None:
    command: click.Command = importlib.import_module(f"demijohn.cli.commands.{name}").command
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert unmentioned([f"demijohn {name}", *options], text_of("command-line.md")) == []


PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Page) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.text, flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = unquote(target).partition("#")
        path = (page.path.parent / file).resolve() if file else page.path
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_found_from_the_index() -> None:
    index = text_of("index.md")
    missing = [path.name for path in DOCS.glob("*.md") if path.name != "index.md" and f"({path.name})" not in index]
    assert missing == []


def test_every_limit_limits_something() -> None:
    """A number that nobody reads would be documented as a protection that is not there."""
    read = {
        node.attr
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).rpartition(".")[2] in LIMIT_HOLDERS
    }
    assert {limit.name for limit in msgspec.structs.fields(Limits)} - read == set()
