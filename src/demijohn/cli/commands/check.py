"""Show what is wrong with an app, or should be known before it goes to production."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from demijohn.checks import run_checks
from demijohn.cli.commands.target import load_target, target_argument
from demijohn.cli.location import freeze_app
from demijohn.cli.terminal import Terminal
from demijohn.errors import DeclarationError

if TYPE_CHECKING:
    from demijohn.pipeline.pipeline import Mode

__all__ = ["command"]


@click.command("check")
@target_argument
@click.option(
    "--deploy", is_flag=True, help="Also look for what production must not have; read settings as `run` does."
)
def command(target: str | None, *, deploy: bool) -> None:
    """Look for mistakes.

    Every protection that the app gave up is listed. Ends with status 1 where there is an error (E); warnings (W) are
    for you to judge.
    """
    mode: Mode = "production" if deploy else "development"
    app = load_target(target, mode)
    with suppress(DeclarationError):  # these are findings; what keeps a convention file from being imported is not
        freeze_app(app, mode)
    findings = run_checks(app, deploy=deploy)
    terminal = Terminal(sys.stdout)
    for finding in findings:
        style = "bold red" if finding.level == "E" else "yellow"
        place = f"{finding.where}: " if finding.where else ""
        terminal.parts((finding.level, style), (f" {place}", "dim"), (f"{finding.message} [{finding.code}]", ""))
        if finding.remedy:
            terminal.line(f"    {finding.remedy}")
    errors = sum(finding.level == "E" for finding in findings)
    warnings = len(findings) - errors
    if findings:
        terminal.line(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}.", "bold")
    else:
        terminal.line("Nothing found.", "green")
    sys.exit(1 if errors else 0)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
