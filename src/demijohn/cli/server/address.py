"""Take the address that a server is to listen on, or say why it cannot be had."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import msgspec

from demijohn.cli.errors import CommandError
from demijohn.cli.server.options import ServerOptions

__all__ = ["BACKLOG", "listening_socket", "reserve_address"]

BACKLOG = 1024


def reserve_address(options: ServerOptions) -> ServerOptions:
    """Make sure that nobody listens there, and choose a free port where port 0 asks for one.

    Granian would share a port silently with whoever has it, and trips over the file that a killed server left.

    Raises:
        CommandError: the address is taken or cannot be used.
    """
    if options.socket is not None:
        return options
    if options.uds:
        _clear_socket_file(Path(options.uds))
        return options
    with listening_socket(options.host, options.port, listen=False) as probe:
        return msgspec.structs.replace(options, port=probe.getsockname()[1])


def listening_socket(host: str, port: int, *, listen: bool = True) -> socket.socket:
    """Return a TCP socket that is bound, and listens where that is wanted.

    Raises:
        CommandError: the address is taken or cannot be used.
    """
    host = "127.0.0.1" if host == "localhost" else host
    server = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if os.name == "posix":
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host, port))
        if listen:
            server.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        server.close()
        raise _refusal(error, host, port) from None
    return server


def _refusal(error: OSError | OverflowError, host: str, port: int) -> CommandError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return CommandError(
            f"Something listens on port {port} already.", f"Stop it, or take another: --port {port + 1}."
        )
    if number == errno.EACCES:
        return CommandError(f"Port {port} needs more rights than this user has.", "Take one above 1023: --port 8000.")
    if number == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        remedy = "Take 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses."
        return CommandError(f"{host!r} is no address of this machine.", remedy, status=2)
    return CommandError(f"{host}:{port} cannot be listened on: {error}.", status=2)


def _clear_socket_file(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise CommandError(
                f"{path} is there and is no socket.", "Name another path: --uds /run/app.sock.", status=2
            )
    except FileNotFoundError:
        if not path.parent.is_dir():
            remedy = f"Make it first: mkdir -p {path.parent}"
            raise CommandError(f"There is no folder {path.parent} for the socket.", remedy, status=2) from None
        return
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise CommandError(f"A server listens on {path} already.", "Stop it, or name another path.")
    path.unlink()  # a server that was killed left it
