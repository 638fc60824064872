"""Compare what the pages state as facts with the program: defaults in tables, the files and storeys it names."""

from __future__ import annotations

import configparser
import dataclasses
import re
from typing import Any

import msgspec
import pytest

from demijohn import Config, Limits
from demijohn.security.limits import parse_size

from .pages import ROOT

SOURCE = ROOT / "src" / "demijohn"
WORDS: dict[str, object] = {"none": None, "empty": [], "false": False, "true": True}


def rows(page: str) -> dict[str, str]:
    """Return the second column of each table row whose first is a name in code."""
    text = (ROOT / page).read_text("utf-8")
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, re.MULTILINE))


def default_of(field: dataclasses.Field[Any]) -> object:  # Any: fields of many types
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


@pytest.mark.parametrize("field", dataclasses.fields(Config), ids=lambda field: field.name)
def test_the_default_of_a_setting_is_as_documented(field: dataclasses.Field[Any]) -> None:
    told = rows("docs/configuration.md")[field.name.upper()].strip("`")
    default = default_of(field)
    assert told in (str(default), *(word for word, value in WORDS.items() if value == default))


@pytest.mark.parametrize("field", msgspec.structs.fields(Limits), ids=lambda field: field.name)
def test_the_default_of_a_limit_is_as_documented(field: msgspec.structs.FieldInfo) -> None:
    told = rows("docs/security.md")[field.name].replace(",", "")
    number = re.sub(r" ?(bytes/s|bytes|s)$", "", told)
    assert parse_size(number) == field.default


def test_the_architecture_page_names_files_that_exist() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    named = set(re.findall(r"`((?:\w+/)*\w+\.py|(?:\w+/)+)`", page))
    assert len(named) > 40
    missing = [name for name in named if not ((SOURCE / name).exists() or (ROOT / name).exists())]
    assert missing == []


def test_the_architecture_page_names_every_storey() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = re.findall(r"\((\w+)\)", contracts["importlinter:contract:storeys"]["layers"])
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    table = page.partition("## Floors")[2].partition("## Words")[0]
    assert [layer for layer in layers if not re.search(rf"`[^`]*\b{layer}\b[^`]*`", table)] == []


def test_the_architecture_page_has_the_storeys_in_their_order() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)(?:/|\.py)`", page, re.MULTILINE)
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = re.findall(r"\((\w+)\)", contracts["importlinter:contract:storeys"]["layers"])
    assert [name for name in told if name in layers] == [name for name in layers if name in told]


def test_the_readme_begins_with_the_five_lines_and_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:24])
    for line in ("from demijohn import App", "pip install demijohn", "demijohn dev", "demijohn run"):
        assert line in first_screen
