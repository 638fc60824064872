"""Show the settings of an app and where each comes from."""

from __future__ import annotations

import os
import sys

import click

from demijohn.assembly import project_folder, settings_class_of
from demijohn.cli.commands.target import load_target, target_argument
from demijohn.cli.terminal import Terminal
from demijohn.config import trace_config
from demijohn.logs import printable

__all__ = ["command"]


@click.command("config")
@target_argument
@click.option("--deploy", is_flag=True, help="Read them as `run` does: without .env.")
def command(target: str | None, *, deploy: bool) -> None:
    """Show every setting, its value and where it comes from. Secrets are masked."""
    app = load_target(target, "production" if deploy else "development")
    trace = trace_config(
        settings_class_of(app.app_records),
        development=not deploy,
        root=project_folder(app),
        environ=os.environ,
        arguments={},
    )
    rows = [(setting.name, printable(setting.value), setting.place) for setting in trace]
    Terminal(sys.stdout).table(("SETTING", "VALUE", "FROM"), rows)
