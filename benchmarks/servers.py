"""Run a server as a user would, on one core, and read what it costs. The requests come from load.py.

Linux only: the figures come from the kernel's CPU clocks and from /proc.
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

# The server has one core to itself and everything else the other, so that neither takes the other's time.
SERVER_CORE: Final = min(os.sched_getaffinity(0))
CLIENT_CORE: Final = max(os.sched_getaffinity(0))
START_SECONDS: Final = 30
ENVIRONMENT: Final = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1", "PYTHONUNBUFFERED": "1"}


@contextmanager
def pinned_to(core: int) -> Iterator[None]:
    """Keep this thread, and the processes started inside the block, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a response as it arrived, without `date`, which differs by itself."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Memory:
    """Hold sizes in MiB: of the process that answers, and what the whole server takes from the machine."""

    worker_rss: float
    worker_pss: float
    all_pss: float


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Read the costs of a server that was started by `serving`."""

    port: int
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    def cpu_seconds(self) -> float:
        """Return the user and system time of all its processes and their threads, ended threads included."""
        return sum(time.clock_gettime(_cpu_clock(pid)) for pid in self._pids())

    def memory(self) -> Memory:
        """Return its sizes now. The worker is the process started last, or the only one."""
        sizes = {pid: _memory_of(pid) for pid in self._pids()}
        rss, pss = sizes[max(sizes)]
        return Memory(rss, pss, sum(each for _, each in sizes.values()))

    def fetch(
        self, path: str = "/", *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send one request on a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            fields = sorted((name.lower(), value) for name, value in response.getheaders() if name.lower() != "date")
            return Answer(response.status, tuple(fields), response.read())
        finally:
            connection.close()

    def _pids(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                with suppress(FileNotFoundError):  # the thread of a connection ended in between
                    found.extend(int(child) for child in (task / "children").read_text().split())
        return found


@contextmanager
def serving(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Iterator[RunningServer]:
    """Start a server on a free port, wait for its first answer, and stop it at the end.

    `{port}` in an argument is replaced; each argument follows `python -m`. `environment` adds variables.

    Raises:
        RuntimeError: it ended, or did not answer within 30 seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    arguments = [sys.executable, "-m", *(word.replace("{port}", str(port)) for word in command)]
    with tempfile.TemporaryFile() as log:
        with pinned_to(SERVER_CORE):
            variables = ENVIRONMENT | dict(environment or {})
            process = subprocess.Popen(arguments, env=variables, stdout=log, stderr=log)
        server = RunningServer(port, process, log)
        try:
            _wait_until_ready(server)
            yield server
        finally:
            _stop(process)


def granian(target: str, *, interface: str = "rsgi", loop: str = "uvloop") -> list[str]:
    """Return the command that serves every program that is compared: the same options for all.

    A WSGI app gets one thread: with Granian's default of many a request costs more on one core.
    """
    options = f"--interface {interface} --http 1 --loop {loop} --workers 1 --runtime-threads 1"
    quiet = "--no-access-log --log-level error"
    threads = "--blocking-threads 1"
    return ["granian", *f"{options} {threads} {quiet}".split(), "--host", "127.0.0.1", "--port", "{port}", target]


def _wait_until_ready(server: RunningServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            server.fetch()
        except OSError:
            time.sleep(0.05)
        else:
            return
    server.log.seek(0)
    raise RuntimeError(f"{server.process.args!r} did not answer:\n{server.log.read().decode(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _cpu_clock(pid: int) -> int:
    """Return the id of another process's CPU clock, as clock_getcpuclockid(3) makes it; it counts nanoseconds."""
    return ~pid << 3 | 2


def _memory_of(pid: int) -> tuple[float, float]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kibibytes = {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in rollup)}
    return kibibytes["Rss"] / 1024, kibibytes["Pss"] / 1024
