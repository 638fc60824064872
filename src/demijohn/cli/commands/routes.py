"""Show the routes of an app."""

from __future__ import annotations

import sys

import click
import msgspec

from demijohn.cli.commands.target import frozen_target, target_argument
from demijohn.cli.terminal import Terminal
from demijohn.pipeline.pipeline import ServedRoute
from demijohn.types import origin_of

__all__ = ["command"]


class _Row(msgspec.Struct, frozen=True):
    methods: list[str]
    path: str
    name: str
    handler: str
    guards: list[str]
    place: str


@click.command("routes")
@target_argument
@click.option("--json", "as_json", is_flag=True, help="Write JSON for other programs.")
def command(target: str | None, *, as_json: bool) -> None:
    """Show every route: methods, path, name, handler, guards, and the line where it stands."""
    rows = [_row(route) for route in frozen_target(target).pipeline.routes]
    rows.sort(key=lambda row: (row.path, row.methods))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)))
        return
    terminal = Terminal(sys.stdout)
    if not rows:
        terminal.line("This app has no routes. Write one: @app.get('/') above a function.")
        return
    terminal.table(
        ("METHODS", "PATH", "NAME", "HANDLER", "GUARDS", "PLACE"),
        [
            (" ".join(row.methods), row.path, row.name, row.handler, ", ".join(row.guards) or "-", row.place)
            for row in rows
        ],
    )


def _row(served: ServedRoute) -> _Row:
    handler = served.route.handler
    return _Row(
        methods=["WEBSOCKET"] if served.route.kind == "websocket" else sorted(served.methods),
        path=served.pattern.text,
        name=served.name,
        handler=f"{handler.__module__}.{getattr(handler, '__qualname__', type(handler).__qualname__)}",
        guards=[_label(guard) for guard in served.endpoint.guards],
        place=str(origin_of(handler) or served.route.origin),
    )


def _label(guard: object) -> str:
    """Name a guard: a function by its name, an object by its class."""
    name = getattr(guard, "__qualname__", None)
    return name if isinstance(name, str) else type(guard).__name__
