"""Serve for development: this process watches the files, another one serves (cli/reload/, cli/server/)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from demijohn.cli.commands.target import target_argument
from demijohn.cli.location import find_app
from demijohn.cli.reload.supervisor import Supervisor
from demijohn.cli.server.address import listening_socket
from demijohn.cli.server.options import ServerOptions
from demijohn.cli.terminal import Terminal

__all__ = ["command"]


@click.command("dev")
@target_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for your phone.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--only", multiple=True, metavar="MODULE", help="Serve this module of the app alone; may be repeated.")
@click.option(
    "--watch",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another folder whose files matter; may be repeated.",
)
@click.pass_obj
def command(
    with_traceback: bool, *, target: str | None, host: str, port: int, only: tuple[str, ...], watch: tuple[Path, ...]
) -> None:
    """Serve for development.

    Starts again when a .py or .html file, .env or pyproject.toml is saved. A mistake in your files is shown, here and
    in the browser, and the next save tried. Settings are also read from .env.
    """
    folder = Path.cwd()
    location = find_app(target, folder)
    listener = listening_socket(host, port)
    options = ServerOptions(
        target=target,
        mode="development",
        host=host,
        port=listener.getsockname()[1],
        only=only,
        access_log=True,
        stop_timeout=2.0,
        with_traceback=with_traceback,
    )
    terminal = Terminal(sys.stdout)
    terminal.parts((f"Serving {location} for development on ", ""), (options.address, "bold underline"))
    terminal.line("Ctrl+C stops it." if options.is_loopback else _AFAR, "dim")
    inherited = listener if os.name == "posix" else None
    if inherited is None:
        listener.close()
    try:
        status = Supervisor(options, inherited, [folder, *watch], terminal).run()
    finally:
        listener.close()
    sys.exit(status)


_AFAR = "Others in your network can reach it, so browsers see no debug page: errors are shown here. Ctrl+C stops it."
