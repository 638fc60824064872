"""Show what is wrong with an app, or should be known before it goes to production."""

from __future__ import annotations

import sys

import click

from demijohn.cli.commands.target import load_target, target_argument
from demijohn.cli.findings import findings_of
from demijohn.cli.terminal import Terminal

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
    findings = findings_of(load_target(target, "production" if deploy else "development"), deploy=deploy)
    terminal = Terminal(sys.stdout)
    for finding in findings:
        style = "bold red" if finding.level == "E" else "yellow"
        place = f"{finding.place}: " if finding.place else ""
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
