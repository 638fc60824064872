"""Start a server process on a free loopback port, wait until it accepts, watch its memory, stop it.

What is sent to it over raw sockets lives in raw.py. Nothing here knows the echo application, but that lines on standard
output which begin with "@ " are events; `demijohn run` can be started the same way with its own arguments.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

START_SECONDS = 15.0
STOP_SECONDS = 8.0


class ServerFailed(Exception):
    """The process ended, or did not accept in time; the message holds the tail of what it wrote."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """One server with all its workers, in a process group of its own.

    `arguments` may contain the words {port} and {uds}; exactly one of them decides what `address` is.
    """

    def __init__(self, arguments: Sequence[str], *, directory: Path, environment: dict[str, str] | None = None) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="demijohn-server-")
        uds = str(Path(self._scratch.name) / "socket")
        port = free_port()
        on_uds = any("{uds}" in argument for argument in arguments)
        self.address: tuple[str, int] | str = uds if on_uds else ("127.0.0.1", port)
        self._errors = Path(self._scratch.name) / "stderr"
        self._events: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [argument.replace("{port}", str(port)).replace("{uds}", uds) for argument in arguments],
                cwd=directory,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read_events, daemon=True)
        self._reader.start()
        self._wait_until_accepting()

    def event(self, *prefixes: str, seconds: float = 3.0) -> str | None:
        """Wait for the next event that begins with one of the prefixes; drop those before it. None after `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._events.get(timeout=left)
            except queue.Empty:
                return None
            if line is None:
                return None
            if not prefixes or line.startswith(prefixes):
                return line
        return None

    def events(self) -> list[str]:
        """Take the events told so far; after `stop` or `wait` these are all of them."""
        lines: list[str] = []
        while not self._events.empty():
            line = self._events.get()
            if line is not None:
                lines.append(line)
        return lines

    def terminate(self) -> None:
        """Send SIGTERM to the main process alone, as a service manager does."""
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> int | None:
        """Return the exit status, or None where the process still runs after `seconds`."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(2)
        return status

    def stop(self) -> None:
        """End the server at once and remove its files; safe to call twice."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        self._reader.join(2)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._scratch.cleanup()

    def complaints(self) -> str:
        """Return what was written to standard error so far."""
        return self._errors.read_text(errors="replace")

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = raw.decode(errors="replace").rstrip()
            if line.startswith("@ "):
                self._events.put(line[2:])
        self._events.put(None)

    def _wait_until_accepting(self) -> None:
        family = socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with socket.socket(family) as probe:
                if probe.connect_ex(self.address) == 0:
                    return
            if self.wait(0.02) is not None:
                break
        complaint = self.complaints()[-2000:]
        self.stop()
        raise ServerFailed(f"{self.process.args!r} did not accept on {self.address!r}:\n{complaint}")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process (Linux: /proc)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
