"""The user's own line behind a failing import."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from demijohn.cli.location import find_app, load_app
from demijohn.errors import DeclarationError, DemijohnError


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def failure(folder: Path, **files: str) -> str:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    with pytest.raises(DemijohnError) as caught:
        load_app(find_app(next(iter(files)), folder))
    return str(caught.value)


def test_the_innermost_line_of_the_project_is_shown(tmp_path: Path) -> None:
    text = failure(
        tmp_path, blame_a="import blame_b\n", blame_b="import json\n\njson.loads('{')  # in the standard library\n"
    )

    assert text.startswith("blame_b.py, line 3: JSONDecodeError: ")
    assert "    json.loads('{')  # in the standard library" in text


def test_a_syntax_error_shows_line_and_column(tmp_path: Path) -> None:
    text = failure(tmp_path, blame_c="x = 1\nif x:\n    y = (1 +\n")

    assert text.startswith("blame_c.py, line 3: SyntaxError: ")
    assert "    y = (1 +\n        ^" in text


def test_a_missing_package_is_told_with_its_pip_line(tmp_path: Path) -> None:
    text = failure(tmp_path, blame_d="import no_such_package.inner\n")

    assert "blame_d.py, line 1: ModuleNotFoundError" in text
    assert text.endswith("Correct the name, or install what brings it.")


def test_a_missing_extra_of_ours_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "a2wsgi", None)

    text = failure(tmp_path, blame_e="raise ModuleNotFoundError(\"No module named 'a2wsgi'\", name='a2wsgi')\n")

    assert text.endswith("Install it: pip install 'demijohn[mount]'")


def test_a_misspelt_import_is_told_with_the_near_name(tmp_path: Path) -> None:
    text = failure(tmp_path, blame_f="from collections import OrderedDit\n")

    assert "ImportError" in text
    assert text.endswith("Did you mean 'OrderedDict'?")


def test_a_name_of_flask_is_told_what_it_is_called_here(tmp_path: Path) -> None:
    text = failure(
        tmp_path, blame_j="from demijohn import App\n\napp = App(__name__)\napp.jinja_env.globals['a'] = 1\n"
    )

    assert text.startswith("blame_j.py, line 4: AttributeError: ")
    assert text.endswith("Write @app.template_filter() or @app.template_global()")


def test_a_misspelt_name_is_told_with_the_near_one(tmp_path: Path) -> None:
    text = failure(tmp_path, blame_k="visitor = 1\nprint(visitr)\n")

    assert text.endswith("Did you mean 'visitor'?")


def test_a_missing_module_of_the_project_is_not_taken_for_a_package(tmp_path: Path) -> None:
    (tmp_path / "blame_g").mkdir()
    (tmp_path / "blame_g" / "__init__.py").touch()
    with pytest.raises(DemijohnError) as caught:
        load_app(find_app("blame_g.web", tmp_path))

    assert str(caught.value).startswith("There is no module 'blame_g.web'.")


def test_leaving_the_program_while_it_is_imported_is_explained(tmp_path: Path) -> None:
    text = failure(tmp_path, blame_h="import sys\nsys.exit(3)\n")

    assert text.startswith("blame_h.py, line 2: the program ends here")
    assert 'if __name__ == "__main__":' in text


def test_our_own_errors_pass_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "blame_i.py").write_text(
        "from demijohn.errors import DeclarationError\nraise DeclarationError('as it is')\n"
    )
    with pytest.raises(DeclarationError, match="as it is"):
        load_app(find_app("blame_i", tmp_path))
