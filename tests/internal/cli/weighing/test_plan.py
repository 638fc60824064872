"""What is weighed, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from demijohn.cli.errors import CommandError
from demijohn.cli.weighing.plan import plan_stages

APP = "from demijohn.app import App\n\napp = App(__name__)\n"


def kinds(folder: Path, target: str | None = None) -> list[str]:
    return [stage.kind for stage in plan_stages(target, folder, {}).stages]


def test_an_app_comes_last_so_that_its_row_holds_its_own_alone(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)

    assert kinds(tmp_path) == ["core", "serving", "app"]


def test_an_extension_of_the_app_itself_counts_for_the_app(tmp_path: Path) -> None:
    own = "from demijohn.extension import Extension\nclass Banner(Extension): pass\n"
    (tmp_path / "app.py").write_text(own + APP + "app.use(Banner())\n")

    assert kinds(tmp_path) == ["core", "serving", "app"]


def test_an_app_that_cannot_be_imported_has_the_reason_in_its_stage(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import nothing_of_that_name\n")

    last = plan_stages(None, tmp_path, {}).stages[-1]

    assert last.kind == "app"
    assert "No module named 'nothing_of_that_name'" in (last.error or "")
    assert "Correct the name" in (last.error or "")


def test_without_an_app_the_extras_are_those_that_are_installed(tmp_path: Path) -> None:
    found = plan_stages(None, tmp_path, {"a2wsgi": ["a2wsgi"], "flask": ["Flask"], "_private": ["a2wsgi"]})

    assert found.app is None
    assert [(stage.name, stage.modules) for stage in found.stages if stage.kind == "extra"] == [
        ("demijohn[mount]", ("a2wsgi",))
    ]


def test_distributions_are_known_however_their_names_are_spelt(tmp_path: Path) -> None:
    stages = plan_stages(None, tmp_path, {"brotli": ["Brotli"]}).stages

    assert [stage.name for stage in stages if stage.kind == "extra"] == ["demijohn[fast]"]


def test_an_app_that_pyproject_names_wrongly_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.demijohn]\napp = "not an app"\n')

    with pytest.raises(CommandError, match="does not name an app"):
        plan_stages(None, tmp_path, {})


def test_a_file_without_an_app_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")

    with pytest.raises(CommandError, match="has no app") as caught:
        plan_stages(None, tmp_path, {})
    assert caught.value.status == 2
