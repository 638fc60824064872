"""Serve for production: check the call, then become the server process (cli/server/)."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import NoReturn

import click
import msgspec

from demijohn.cli.commands.target import target_argument
from demijohn.cli.server.options import ServerOptions, server_command

__all__ = ["command"]

_FILE = click.Path(exists=True, dir_okay=False, readable=True)


@click.command("run")
@target_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all.")
@click.option(
    "--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option("--uds", metavar="PATH", help="Listen on a Unix socket instead.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes; about one a core."
)
@click.option("--tls-cert", type=_FILE, help="Certificate chain (PEM).")
@click.option("--tls-key", type=_FILE, help="Its private key (PEM).")
@click.option("--only", multiple=True, metavar="MODULE", help="Serve this module of the app alone; may be repeated.")
@click.option(
    "--interface",
    default="auto",
    show_default=True,
    type=click.Choice(["auto", "rsgi", "asgi"]),
    help="auto looks at the routes.",
)
@click.option("--http", type=click.Choice(["auto", "1", "2"]), help="HTTP version; default 1, with TLS auto.")
@click.option("--access-log", is_flag=True, help="Write a line for each request.")
@click.option(
    "--log-form", default="text", show_default=True, type=click.Choice(["text", "json"]), help="Form of all log lines."
)
@click.option(
    "--stop-timeout",
    default=25.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="Seconds that open requests get at the end.",
)
@click.pass_obj
def command(with_traceback: bool, /, **choices: object) -> None:
    """Serve for production.

    Settings come from the environment; `.env` is not read. Bound to this machine only (the default) nothing need be
    set; any other address needs ALLOWED_HOSTS or SITE_URL.
    """
    options = msgspec.convert({**choices, "with_traceback": with_traceback}, ServerOptions)
    if bool(options.tls_cert) != bool(options.tls_key):
        raise click.UsageError("TLS needs both --tls-cert and --tls-key.")
    if options.http == "2" and not options.tls_cert:
        raise click.UsageError(
            "Browsers speak HTTP/2 over TLS only: add --tls-cert and --tls-key, or leave --http out."
        )
    become_server(options)


def become_server(options: ServerOptions) -> NoReturn:
    """Replace this process by the server, which then runs without what the command line needed (2 MB)."""
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = server_command(options)
    if os.name == "posix":
        os.execv(arguments[0], arguments)  # noqa: S606  # no shell takes part, on purpose
    sys.exit(subprocess.call(arguments))  # noqa: S603  # our own interpreter and module
