"""Show what the parts of an app cost to import: processor time, memory, modules, distributions."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import msgspec

from demijohn.cli.commands.target import target_argument
from demijohn.cli.terminal import Terminal
from demijohn.cli.weighing.plan import plan_stages
from demijohn.cli.weighing.rounds import Row, Weight, weigh
from demijohn.logs import printable

__all__ = ["command"]

_HEADINGS = ("PART", "CPU MS", "    MB", "MODULES", "DISTRIBUTIONS")
_NAMES_SHOWN = 4
_WHEN = {
    "core": "it is loaded with every app",
    "serving": "it is loaded when the app freezes",
    "extra": "it is loaded where it is first used",
    "extension": "it is loaded with the app",
    "templates": "it is loaded at the first render",
}


@click.command("weigh")
@target_argument
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Weigh so many times.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON for other programs.")
def command(target: str | None, *, rounds: int, as_json: bool) -> None:
    """Show what each part costs: processor time, memory, modules, distributions.

    The parts are imported one after the other in fresh interpreters, so what two of them share counts for the first.
    Shown is the median. The app is imported but neither frozen nor started. Without an app, Demijohn itself and its
    extras that are installed are weighed. Ends with status 1 where a part cannot be imported.
    """
    distributions = {"demijohn": ["demijohn"], **packages_distributions()}  # an editable install does not name it
    plan = plan_stages(target, Path.cwd(), distributions)
    weight = weigh(plan, rounds=rounds, distributions=distributions)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(weight)))
    else:
        _show(weight)
    sys.exit(1 if any(row.error for row in weight.rows) else 0)


def _show(weight: Weight) -> None:
    terminal = Terminal(sys.stdout)
    total = ("total", *_figures(weight.cpu_ms, weight.mb, weight.modules), str(len(weight.distributions)))
    terminal.table(_HEADINGS, [*map(_cells, weight.rows), total])
    for row in weight.rows:
        if row.error is not None:
            first, *rest = row.error.split("\n")
            terminal.line(f"{row.name} failed: {printable(first)}", "bold red")
            for line in rest:
                terminal.line(f"    {printable(line)}")
    if weight.app is None:
        terminal.line("There is no app here, so this is Demijohn with its extras that are installed.")
    if sentence := _heaviest(weight):
        terminal.line(sentence)


def _cells(row: Row) -> tuple[str, ...]:
    names = row.distributions[:_NAMES_SHOWN]
    more = len(row.distributions) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more else "")
    return (row.name, *_figures(row.cpu_ms, row.mb, row.modules), listed or "-")


def _figures(cpu_ms: float | None, mb: float | None, modules: int | None) -> tuple[str, str, str]:
    """Return three cells as wide as their headings, so that the numbers stand under each other."""
    return (
        "-".rjust(6) if cpu_ms is None else f"{cpu_ms:6.1f}",
        "-".rjust(6) if mb is None else f"{mb:6.1f}",
        "-".rjust(7) if modules is None else f"{modules:7d}",
    )


def _heaviest(weight: Weight) -> str:
    """Say in a sentence what takes most of the time beyond that of the interpreter itself."""
    parts = [(row.cpu_ms, row) for row in weight.rows if row.cpu_ms is not None and row.kind != "python"]
    whole = sum(cpu_ms for cpu_ms, _ in parts)
    if not whole:
        return ""
    most, row = max(parts, key=lambda part: part[0])
    when = _WHEN.get(row.kind) or f"python -X importtime -c 'import {row.imports[0]}' tells more"
    name = row.name[0].upper() + row.name[1:] if row.kind == "serving" else row.name
    return f"{name} is {most / whole:.0%} of the time on top of bare Python; {when}.".replace("%", " %")
