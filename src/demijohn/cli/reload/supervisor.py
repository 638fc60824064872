"""Run the development server in a process of its own and start it again when files change."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import msgspec

from demijohn.cli.reload.notice import Notice
from demijohn.cli.reload.watching import changes
from demijohn.cli.server.options import ServerOptions, server_command
from demijohn.cli.terminal import Terminal

__all__ = ["Supervisor"]

_STOP_SECONDS = 3.0  # a browser holds its event stream open over a restart; nobody wants to wait for that


class Supervisor:
    """Hold the listening socket over all restarts, so that a request made meanwhile waits instead of failing.

    Where a socket cannot be handed to another process (Windows), `listener` is None and the server process listens.
    """

    def __init__(
        self, options: ServerOptions, listener: socket.socket | None, folders: Sequence[Path], terminal: Terminal
    ) -> None:
        self._options = options
        self._listener = listener
        self._folders = folders
        self._terminal = terminal
        self._stop = threading.Event()
        self._interrupted = False
        self._notice = None if listener is None else Notice(listener)
        self._server: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None

    def run(self) -> int:
        """Serve until a signal; return the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        self._start()
        try:
            for changed in changes(self._folders, self._stop):
                if self._stop.is_set():
                    break
                if changed:
                    self._tell(changed)
                    self._end()
                    self._start()
                elif self._server is not None and self._server.poll() is not None:
                    self._wait_for_change()
        finally:
            self._end()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = number == signal.SIGINT
        self._stop.set()

    def _tell(self, changed: set[Path]) -> None:
        first = min(changed)
        name = first.relative_to(Path.cwd()) if first.is_relative_to(Path.cwd()) else first
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        self._terminal.line(f"{name}{more} changed; starting again.", "dim")

    def _wait_for_change(self) -> None:
        self._end()
        self._terminal.line("Waiting for a file to be saved.", "yellow")
        if self._notice is not None:
            self._notice.show()

    def _start(self) -> None:
        if self._listener is None or self._notice is None:
            self._server = subprocess.Popen(server_command(self._options))  # noqa: S603  # our own interpreter and module
            return
        self._notice.hide()
        # The server reads from this pipe and stops at its end, which comes even where this process is killed.
        watched, self._lifeline = os.pipe()
        handed = (self._listener.fileno(), watched)
        options = msgspec.structs.replace(self._options, socket=handed[0], watch=handed[1])
        try:
            self._server = subprocess.Popen(server_command(options), pass_fds=handed)  # noqa: S603  # as above
        finally:
            os.close(watched)

    def _end(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            if not self._interrupted:  # else the terminal has told the server, too, and the second signal cuts short
                server.terminate()
            else:
                self._let_go()
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
