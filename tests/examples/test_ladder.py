"""Prove that growth only adds lines: each rung of examples/ladder contains the one below, and passes its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from itertools import pairwise
from pathlib import Path

import pytest

from demijohn.testing import Client

from .conftest import EXAMPLES, Load, serve
from .containment import missing_from_folder, missing_lines, missing_statements

LADDER = EXAMPLES / "ladder"


def rungs() -> list[Path]:
    folders = [path for path in LADDER.iterdir() if path.is_dir() and path.name != "__pycache__"]
    return sorted(folders, key=lambda folder: int(folder.name.partition("_")[0]))


def named(folder: Path) -> str:
    return folder.name


def test_the_rungs_are_numbered_from_one() -> None:
    assert [int(folder.name.partition("_")[0]) for folder in rungs()] == list(range(1, len(rungs()) + 1))


def test_the_table_names_every_rung() -> None:
    table = (LADDER / "README.md").read_text("utf-8")
    assert [folder.name for folder in rungs() if f"`{folder.name}`" not in table] == []


def test_each_rung_contains_the_one_below() -> None:
    broken = {
        f"{lower.name} in {upper.name}": missing
        for lower, upper in pairwise(rungs())
        if (missing := missing_from_folder(lower, upper))
    }
    assert broken == {}


@pytest.mark.parametrize("folder", rungs(), ids=named)
def test_a_rung_passes_its_own_tests(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("folder", rungs(), ids=named)
def test_a_rung_still_says_hello(folder: Path, load: Load) -> None:
    client = Client(load(folder / "app.py").app, browser=False)
    assert client.get("/hello/Ann").text == "Hello, Ann!\n"


@pytest.mark.parametrize("command", ["dev", "run"])
def test_the_first_rung_starts_with_one_command(command: str) -> None:
    with (
        serve(LADDER / "1_hello", command, "--port", "0") as served,
        urllib.request.urlopen(f"{served.address}/hello/Ann", timeout=20) as response,
    ):
        assert response.read() == b"Hello, Ann!\n"


LOWER = '''
"""A board."""
from demijohn import App

app = App(__name__)
LIMIT = 3

@app.get("/hello/<name>")
def hello(name: str) -> str:
    return f"Hello, {name}!"

class Note(Model):
    title: str

    def short(self) -> str:
        return self.title[:LIMIT]
'''

ADDITIONS = {
    "nothing": (LOWER, LOWER),
    "a name on an import line": ("import App", "import App, Request, abort"),
    "an import": ("from demijohn", "import asyncio\nfrom demijohn"),
    "a comment": ("LIMIT = 3", "LIMIT = 3  # as many as fit"),
    "a statement between two": ("LIMIT = 3", "LIMIT = 3\nMORE = 4"),
    "a function": ("class Note", "def bye() -> str:\n    return 'Bye!'\n\nclass Note"),
    "a decorator": ("\ndef hello", "\n@login_required\ndef hello"),
    "a field": ("    title: str", "    title: str\n    body: str = ''"),
    "a method": ("    def short", "    def long(self) -> str:\n        return self.title\n\n    def short"),
    "a decorator of a method": ("    def short", "    @property\n    def short"),
    "other layout": ('f"Hello, {name}!"', '(\n        f"Hello, {name}!"\n    )'),
    "an import spread over lines": ("import App", "import (\n    App,\n    Request,\n)"),
}

BREAKS = {
    "a changed value": ("LIMIT = 3", "LIMIT = 4", "`LIMIT = 3` is gone or changed"),
    "a dropped statement": ("LIMIT = 3", "", "`LIMIT = 3` is gone or changed"),
    "a changed docstring": ("A board.", "Another board.", "is gone or changed"),
    "a dropped import": ("from demijohn import App", "", "the import of demijohn.App is gone"),
    "a renamed import": ("import App", "import App as A", "the import of demijohn.App is gone"),
    "an import from elsewhere": ("from demijohn", "from elsewhere", "the import of demijohn.App is gone"),
    "a changed body": ("Hello", "Hi", "has another signature or body"),
    "a line within a function": ("    return f", "    print(name)\n    return f", "has another signature or body"),
    "a parameter": ("(name: str)", "(name: str, user: User)", "has another signature or body"),
    "a changed return type": ("-> str:\n    return f", "-> object:\n    return f", "has another signature or body"),
    "a changed path": ("/hello/", "/hi/", "has other decorators"),
    "a dropped decorator": ('@app.get("/hello/<name>")', "", "has other decorators"),
    "async": ("def hello", "async def hello", "`@app.get('/hello/<name>')`: changed"),
    "other bases": ("Note(Model)", "Note(Model, Dated)", "has other bases"),
    "a changed field": ("title: str", "title: str = ''", "`title: str` is gone or changed"),
    "a changed method": ("[:LIMIT]", "[LIMIT:]", "has another signature or body"),
    "a dropped method": ("    def short(self) -> str:\n        return self.title[:LIMIT]", "", "is gone or changed"),
    "a renamed function": ("def hello", "def greet", "is gone or changed"),
    "a second definition": ("class Note", "def hello() -> str:\n    return ''\n\nclass Note", "is defined again"),
    "statements that change places": ("app = App(__name__)\nLIMIT = 3", "LIMIT = 3\napp = App(__name__)", "has moved"),
    "a statement put into a block": ("LIMIT = 3", "if True:\n    LIMIT = 3", "`LIMIT = 3` is gone or changed"),
}


@pytest.mark.parametrize(("old", "new"), ADDITIONS.values(), ids=ADDITIONS.keys())
def test_an_addition_is_allowed(old: str, new: str) -> None:
    assert old in LOWER
    assert missing_statements(LOWER, LOWER.replace(old, new)) == []


@pytest.mark.parametrize(("old", "new", "told"), BREAKS.values(), ids=BREAKS.keys())
def test_a_change_is_found(old: str, new: str, told: str) -> None:
    assert old in LOWER
    missing = missing_statements(LOWER, LOWER.replace(old, new))
    assert told in " ".join(missing)


def test_several_changes_are_all_told() -> None:
    assert len(missing_statements(LOWER, LOWER.replace("LIMIT = 3", "LIMIT = 4").replace("Hello", "Hi"))) == 2


def test_lines_of_a_template_may_be_added_between_others() -> None:
    lower = "<h1>Board</h1>\n<ul>\n</ul>\n"
    assert missing_lines(lower, "<h1>Board</h1>\n<ul>\n<li>x</li>\n</ul>\n<p>y</p>\n") == []


@pytest.mark.parametrize(
    "upper", ["<ul>\n</ul>\n", "<h1>The board</h1>\n<ul>\n</ul>\n", "<ul>\n<h1>Board</h1>\n</ul>\n"]
)
def test_a_line_of_a_template_that_is_gone_changed_or_moved_is_found(upper: str) -> None:
    assert missing_lines("<h1>Board</h1>\n<ul>\n</ul>\n", upper) != []


def test_a_file_that_is_gone_is_found(tmp_path: Path) -> None:
    lower, upper = tmp_path / "1_a", tmp_path / "2_b"
    for folder in (lower, upper):
        (folder / "templates").mkdir(parents=True)
        (folder / "app.py").write_text("x = 1\n")
    (lower / "templates" / "page.html").write_text("<p>\n")
    (upper / "more.py").write_text("y = 2\n")
    assert missing_from_folder(lower, upper) == ["templates/page.html is gone."]
    (upper / "templates" / "page.html").write_text("<h1>\n<p>\n")
    assert missing_from_folder(lower, upper) == []
