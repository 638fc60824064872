"""Define what a server process is told. The commands fill it in; process.py carries it out."""

from __future__ import annotations

import sys
from typing import Literal

import msgspec

__all__ = ["HTTPVersion", "Interface", "ServerOptions", "server_command"]

Interface = Literal["auto", "rsgi", "asgi"]
HTTPVersion = Literal["auto", "1", "2"]


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Hold the options of one server process.

    `socket` is the number of an inherited listening socket, `watch` that of a pipe whose end tells that the parent is
    gone. `stop_timeout` is in seconds: how long open requests may go on after the signal to stop.
    """

    target: str | None = None
    mode: Literal["development", "production"] = "production"
    host: str = "127.0.0.1"
    port: int = 8000
    uds: str | None = None
    workers: int = 1
    only: tuple[str, ...] = ()
    interface: Interface = "auto"
    http: HTTPVersion | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    access_log: bool = False
    log_form: Literal["text", "json"] = "text"
    stop_timeout: float = 25.0
    socket: int | None = None
    watch: int | None = None
    with_traceback: bool = False

    @property
    def address(self) -> str:
        """Return where the server can be reached, for people: `http://127.0.0.1:8000`, `unix:/run/app.sock`."""
        if self.uds:
            return f"unix:{self.uds}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the server."""
        return self.uds is None and (self.host in ("localhost", "::1") or self.host.startswith("127."))

    @property
    def http_version(self) -> HTTPVersion:
        """Return what Granian is told. Waiting for a version costs it the timeout for silent connections (2.8)."""
        return self.http or ("auto" if self.tls_cert else "1")


def server_command(options: ServerOptions) -> list[str]:
    """Return the command that starts a server process, with the flags of this interpreter."""
    import subprocess  # the server process reads this module, too, and has no use for it

    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # what multiprocessing uses, too
    return [sys.executable, *flags, "-m", "demijohn.cli.server", msgspec.json.encode(options).decode()]
