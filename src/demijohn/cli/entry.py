"""Be the command `demijohn`. Each command is imported when it is called, so that `demijohn --help` imports none."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from demijohn.cli.errors import CommandError
from demijohn.cli.failure import report_failure
from demijohn.errors import DemijohnError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from demijohn.pipeline.pipeline import Mode

__all__ = ["main"]

_COMMANDS = {
    "dev": "Serve for development: restarts when a file is saved.",
    "run": "Serve for production.",
    "routes": "Show every route, its handler and its guards.",
    "check": "Look for mistakes; with --deploy also for what production must not have.",
    "config": "Show every setting and where it comes from.",
    "shell": "Open a Python prompt with the app loaded.",
    "compress": "Write compressed variants of the static files.",
    "weigh": "Show what each part of an app costs to import.",
}
_ENTRY_POINTS = "demijohn.commands"


class _Commands(click.Group):
    """Know the commands by name: ours, those of installed batteries, and those that the app itself declares."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_COMMANDS, *sorted(_battery_commands())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _COMMANDS:
            command = importlib.import_module(f"demijohn.cli.commands.{cmd_name}").command
        elif (entry := _battery_commands().get(cmd_name)) is not None:
            command = entry.load()
        else:
            from demijohn.cli.app_commands import find_app_command

            mode: Mode = "production" if ctx.params.get("deploy") else "development"
            command = find_app_command(cmd_name, Path.cwd(), mode)
        if command is not None and not isinstance(command, click.Command):
            raise CommandError(f"The command {cmd_name!r} is no click command but {command!r}.")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            raise click.UsageError(f"{error.message}{f' Did you mean {near[0]!r}?' if near else ''}", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = list(_COMMANDS.items())
        for name, entry in sorted(_battery_commands().items()):
            rows.append((name, f"From {entry.dist.name if entry.dist else entry.value}."))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _battery_commands() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # 20 ms, and most calls name a command of ours

    return {entry.name: entry for entry in entry_points(group=_ENTRY_POINTS)}


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Commands of your app, made with @app.command(), are called the same way.",
)
@click.option("--traceback", is_flag=True, help="Show the whole traceback of an error.")
@click.option(
    "--deploy", is_flag=True, help="Run a command of your app as production has it: without .env and its own key."
)
@click.version_option(package_name="demijohn", message="Demijohn %(version)s")
@click.pass_context
def _demijohn(context: click.Context, *, traceback: bool, deploy: bool) -> None:
    """Serve and look after a Demijohn app.

    The app is `app` in app.py or main.py of this folder, or what [tool.demijohn] in pyproject.toml names; most commands
    also take it as `module:name`.
    """
    context.obj = traceback
    if deploy and context.invoked_subcommand in _COMMANDS:  # `deploy` is read where an app's command is looked up
        raise click.UsageError(f"--deploy before {context.invoked_subcommand} is for commands of your app.")


def main() -> None:
    """Run the command line and leave the process."""
    with_traceback = "--traceback" in sys.argv
    try:
        _demijohn(prog_name="demijohn")
    except DemijohnError as error:
        sys.exit(report_failure(error, with_traceback=with_traceback))
