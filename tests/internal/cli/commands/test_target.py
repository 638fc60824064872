"""Loading the app that a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


@pytest.mark.parametrize("target", ["shop", "shop:site", "shop.py", "shop.py:site", "./shop.py"])
def test_an_app_is_named_by_module_or_by_file(project: Project, target: str) -> None:
    project.write("shop.py", "from demijohn.app import App\nsite = App(__name__)\n@site.get('/')\ndef a(): ...\n")

    assert "shop.a" in project.call("routes", target).output


def test_commands_read_the_project_as_development_does(project: Project) -> None:
    project.write(
        "app.py",
        "from demijohn.app import App\nfrom demijohn.context import starting_mode\nprint(starting_mode.get())\n"
        "app = App(__name__)\n",
    )
    assert project.call("routes").output.startswith("development\n")
    assert project.call("check", "--deploy").output.startswith("production\n")


def test_a_convention_file_that_fails_is_told_with_its_line(project: Project) -> None:
    project.write("pyproject.toml", '[tool.demijohn]\napp = "shop"\n')
    project.write("shop/__init__.py", "from demijohn.app import App\napp = App(__name__)\n")
    project.write("shop/views.py", "import json\n\njson.loads('{')\n")

    done = project.call("routes")

    assert done.status == 1
    assert done.errors.startswith("Error: shop/views.py, line 3: JSONDecodeError")
    assert "Traceback" not in done.errors
