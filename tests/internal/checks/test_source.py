from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demijohn.checks import Finding
from demijohn.checks.source import SourceFile, project_files, source_findings

if TYPE_CHECKING:
    from tests.internal.checks.conftest import ProjectFolder


def scan(text: str, *, deploy: bool = True) -> list[Finding]:
    text = textwrap.dedent(text)
    return list(source_findings(SourceFile(Path("views.py"), text.split("\n"), ast.parse(text)), deploy=deploy))


def codes(text: str) -> list[str]:
    return [finding.code for finding in scan(text)]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("import pickle; pickle.loads(raw)", "source.pickle"),
        ("import pickle as p; p.load(file)", "source.pickle"),
        ("from pickle import loads as read; read(raw)", "source.pickle"),
        ("import shelve; shelve.open(path)", "source.pickle"),
        ("import marshal; marshal.loads(raw)", "source.marshal"),
        ("import yaml; yaml.load(text)", "source.yaml"),
        ("import yaml; yaml.load(text, Loader=yaml.Loader)", "source.yaml"),
        ("from yaml import unsafe_load; unsafe_load(text)", "source.yaml"),
        ("eval(text)", "source.eval"),
        ("exec(text)", "source.eval"),
    ],
)
def test_what_runs_foreign_data_is_an_error_of_a_deployment(call: str, code: str) -> None:
    assert [(finding.level, finding.code) for finding in scan(call)] == [("E", code)]
    assert [finding.level for finding in scan(call, deploy=False)] == ["W"]


@pytest.mark.parametrize(
    "call",
    [
        "import pickle; pickle.dumps(value)",
        "import json; json.loads(raw)",
        "import yaml; yaml.safe_load(text)",
        "import yaml; yaml.load(text, Loader=yaml.SafeLoader)",
        "import yaml; yaml.load(text, yaml.CSafeLoader)",
        "from yaml import load, SafeLoader; load(text, SafeLoader)",
        "frame.eval('a + b')",
        "model.eval()",
        "loads(raw)",
        "def eval(text): ...\neval(text)",
        "cursor.execute(text)",
    ],
)
def test_what_only_looks_like_it_is_left_alone(call: str) -> None:
    assert codes(call) == []


@pytest.mark.parametrize(
    "call",
    [
        "from demijohn import html; html(page)",
        "from demijohn import html; html(f'<p>{name}</p>')",
        "from demijohn import html as page; page('<p>' + name)",
        "from demijohn import html; html('<p>%s</p>' % name)",
        "import demijohn; demijohn.html(text)",
    ],
)
def test_a_page_that_is_not_written_out_is_found(call: str) -> None:
    assert codes(call) == ["source.html"]


@pytest.mark.parametrize(
    "call",
    [
        "from demijohn import html; html('<p>{name}</p>', name=name)",
        "from demijohn import html; html('<p>' '{name}' '</p>', name=name)",
        "from demijohn import html; html('<p>' + '{name}</p>', name=name)",
        "from lxml import html; html(text)",
        "import html; html.escape(text)",
        "html(text)",
    ],
)
def test_a_page_that_is_written_out_is_not(call: str) -> None:
    assert codes(call) == []


def test_text_that_is_marked_as_safe_is_found_where_it_is_not_written_out() -> None:
    assert codes("from markupsafe import Markup; Markup(text)") == ["source.markup"]
    assert codes("import markupsafe; markupsafe.Markup(f'<b>{name}</b>')") == ["source.markup"]
    assert codes("from markupsafe import Markup; Markup('<b>{}</b>').format(name)") == []


def test_a_reason_at_the_line_excuses_what_is_found() -> None:
    found = scan(
        """
        import pickle
        pickle.loads(raw)  # unsafe: written by this process alone
        pickle.loads(
            raw,
        )  # unsafe: as above
        pickle.loads(raw)  # unsafe:
        """
    )
    assert [finding.level for finding in found] == ["W", "W", "E"]
    assert "written by this process alone" in found[0].message


def test_findings_name_file_and_line_in_the_order_of_the_file() -> None:
    found = scan("x = 1\neval(eval(x))\nexec(x)\n")
    assert [finding.where for finding in found] == ["views.py:2", "views.py:2", "views.py:3"]


def test_only_the_projects_own_files_are_read(project: ProjectFolder) -> None:
    project.write("shop/__init__.py", "")
    project.write("shop/late.py", "eval('never imported, but the project\\'s own')")
    project.write("shop/tests/test_it.py", "eval('a test')")
    project.write("not_loaded.py", "eval('nobody imports this')")
    project.write(".venv/lib/site-packages/installed.py", "eval('not ours')")
    project.app("from demijohn.app import App\napp = App(__name__)", "shop.main")
    names = [path.relative_to(project.folder).as_posix() for path in project_files(project.folder)]
    assert names == ["shop/__init__.py", "shop/late.py", "shop/main.py"]


def test_a_file_that_is_no_python_is_passed_over(project: ProjectFolder) -> None:
    broken = SourceFile.read(project.write("broken.py", "def ("))
    assert list(source_findings(broken, deploy=True)) == []
    assert broken.first_import({"demijohn.session"}) is None
    assert SourceFile.read(project.folder / "missing.py").tree is None
