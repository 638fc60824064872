"""The line that installs what is missing, and the name that was meant."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demijohn.debug.remedies import install_line, near_line

PYPROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a2wsgi", "pip install 'demijohn[mount]'"),
        ("brotli", "pip install 'demijohn[fast]'"),
        ("yaml.nodes", "pip install pyyaml"),
        ("PIL", "pip install pillow"),
    ],
)
def test_a_known_module_has_its_line(name: str, line: str) -> None:
    assert install_line(ModuleNotFoundError(f"No module named {name!r}", name=name)) == line


def test_nothing_is_guessed() -> None:
    assert install_line(ModuleNotFoundError("No module named 'modles'", name="modles")) == ""
    assert install_line(ModuleNotFoundError("no name")) == ""
    assert install_line(ImportError("cannot import name 'x' from 'yaml'", name="yaml")) == ""


def test_the_extras_that_are_named_exist() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]

    for extra, module in [
        ("mount", "a2wsgi"),
        ("dev", "rich"),
        ("dev", "watchfiles"),
        ("fast", "uvloop"),
        ("fast", "winloop"),
    ]:
        assert any(requirement.startswith(module) for requirement in extras[extra])
        assert f"demijohn[{extra}]" in install_line(ModuleNotFoundError(name=module))


class Broken:
    def __dir__(self) -> list[str]:
        raise ValueError


def test_a_misspelt_name_is_told_from_those_that_were_there(raised: Callable[[Callable[[], object]], Any]) -> None:
    def fail() -> object:
        visitor = "Ann"
        return eval("visitr", {}, {"visitor": visitor})

    assert near_line(raised(fail)) == "Did you mean 'visitor'?"
    assert near_line(raised(lambda: eval("'a'.uper()"))) == "Did you mean 'upper'?"


@pytest.mark.parametrize("source", ["zzzzzz", "''.zzzzzz", "Broken().zzzzzz", "1 / 0"])
def test_no_name_is_made_up(raised: Callable[[Callable[[], object]], Any], source: str) -> None:
    assert near_line(raised(lambda: eval(source))) == ""


def test_an_error_without_a_traceback_is_left_alone() -> None:
    assert near_line(NameError("by hand", name="x")) == ""
    assert near_line(AttributeError("by hand")) == ""
