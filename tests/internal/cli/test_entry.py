"""The command `demijohn` as a whole: what it loads, what it says to a wrong call."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


def test_help_names_every_command_and_loads_none() -> None:
    program = (
        "import sys; from demijohn.cli import main; sys.argv = ['demijohn', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted(m for m in sys.modules if m in {'asyncio', 'granian', 'rich', 'jinja2', 'demijohn.app'}"
        " or m.startswith('demijohn.cli.commands')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("[]\n")
    for name in ("dev", "run", "routes", "check", "config", "shell", "weigh", "compress"):
        assert f"  {name} " in done.stdout


def test_a_misspelt_command_is_told_with_the_near_one(project: Project) -> None:
    done = project.call("rotes")

    assert done.status == 2
    assert "No such command 'rotes'. Did you mean 'routes'?" in done.errors


def test_an_expected_error_is_no_traceback_unless_asked_for(project: Project) -> None:
    project.write("app.py", "1 / 0\n")

    done = project.call("routes")
    assert (done.status, done.output) == (1, "")
    assert done.errors.startswith("Error: app.py, line 1: ZeroDivisionError: division by zero\n      1 / 0\n")
    assert "Traceback" not in done.errors

    assert "Traceback" in project.call("--traceback", "routes").errors


def test_a_battery_brings_commands_through_an_entry_point(project: Project) -> None:
    project.write("bottle_cli.py", "import click\n\n@click.command()\ndef fill():\n    click.echo('filled')\n")
    project.write("bottle-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: bottle\nVersion: 1.0\n")
    project.write("bottle-1.0.dist-info/entry_points.txt", "[demijohn.commands]\nfill = bottle_cli:fill\n")

    assert project.call("fill").output == "filled\n"
    assert "fill From bottle." in " ".join(project.call("--help").output.split())
