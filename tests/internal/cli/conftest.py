"""Run `demijohn` as a user does: a process in a folder of its own, watched through what it prints."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

HELLO = """
    from demijohn.app import App

    app = App(__name__)

    @app.get("/hello/<name>")
    def hello(name: str):
        return f"Hello, {name}!"
"""

SECONDS = 20.0


class Started:
    """A running `demijohn`, whose output can be waited for."""

    def __init__(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def expect(self, text: str, seconds: float = SECONDS) -> str:
        """Wait for a line that holds `text` and return it; what came before is in `output`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if line is None:
                break
            self.output += line
            if text in line:
                return line.rstrip()
        raise AssertionError(f"{text!r} did not come. Output:\n{self.output}")

    def connect(self, port: int, seconds: float = SECONDS) -> socket.socket:
        """Wait until the server accepts, and return a connection."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            except OSError:
                if self.wait(0.05) is not None:
                    break
        raise AssertionError(f"Nobody listens on {port}. Output:\n{self.output}{self.rest()}")

    def get(self, port: int, path: str, host: str = "localhost") -> bytes:
        """Fetch a path and return the whole answer, head and body."""
        with self.connect(port) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = SECONDS) -> int | None:
        """Return the exit status, None where the process is still there after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def rest(self) -> str:
        """Return what was printed since the last `expect`; the process must have ended."""
        if self.process.poll() is None:
            return ""
        self._reader.join(SECONDS)
        found = ""
        while not self._lines.empty():
            found += self._lines.get() or ""
        self.output += found
        return found

    def kill(self) -> None:
        """End the whole group, whatever is left of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Finished:
    """A command that has ended."""

    status: int
    output: str
    errors: str


@dataclass
class Project:
    """A folder with the files of a project."""

    folder: Path
    _started: list[Started]

    def write(self, name: str, text: str) -> Path:
        """Write a file; the text may be indented as the test is."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def call(self, *arguments: str, stdin: str = "", **environment: str) -> Finished:
        """Run `demijohn` to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "demijohn.cli", *arguments],
            cwd=self.folder,
            env=_environment(environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, python: Sequence[str] = (), **environment: str) -> Started:
        """Start `demijohn`, or Python with other arguments, and leave it running; it is killed at the test's end."""
        called = list(python) or ["-m", "demijohn.cli", *arguments]
        started = Started(called, self.folder, environment)
        self._started.append(started)
        return started


def _environment(changes: dict[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("PORT", "SITE_URL", "ALLOWED_HOSTS")}
    return {**inherited, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **changes}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Give an empty project folder."""
    started: list[Started] = []
    yield Project(tmp_path, started)
    for each in started:
        each.kill()


@pytest.fixture
def hello(project: Project) -> Project:
    """Give a project with the five lines in app.py."""
    project.write("app.py", HELLO)
    return project


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Give ports on which nobody listens."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find
