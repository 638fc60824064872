"""The server set-ups that are compared, and the servers that run for them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from . import launch, raw

Setup = Literal["rsgi", "asgi", "h2", "uvicorn"]
SETUPS: tuple[Setup, ...] = get_args(Setup)
TITLES = {"rsgi": "Granian RSGI", "asgi": "Granian ASGI", "h2": "Granian RSGI, HTTP/2", "uvicorn": "uvicorn httptools"}
ROOT = Path(__file__).parents[2]

GRANIAN = (
    *(sys.executable, "-m", "granian", "tests.servers.echo_app:app", "--no-log"),
    *("--workers-kill-timeout", "1", "--http1-header-read-timeout", "1000", "--http1-buffer-size", "65536"),
    *("--http2-max-headers-size", "65536"),
)
UVICORN = (
    *(sys.executable, "-m", "uvicorn", "tests.servers.echo_app:app", "--log-level", "warning", "--no-proxy-headers"),
    *("--http", "httptools", "--timeout-graceful-shutdown", "1", "--timeout-keep-alive", "1"),
)
SERVERS: dict[Setup, tuple[str, ...]] = {
    "rsgi": (*GRANIAN, "--interface", "rsgi", "--http", "1"),
    "asgi": (*GRANIAN, "--interface", "asgi", "--http", "1"),
    "h2": (*GRANIAN, "--interface", "rsgi", "--http", "2"),
    "uvicorn": UVICORN,
}
EMBEDDED = (sys.executable, "-m", "tests.servers.embedded")
LOOPBACK = ("--host", "127.0.0.1", "--port", "{port}")


@dataclass(slots=True)
class Running:
    """A set-up and the process that serves it."""

    setup: Setup
    server: launch.ServerProcess

    def facts(self, path: str = "/echo") -> dict[str, object]:
        """Fetch what the application sees of a plain GET, over the set-up's own protocol."""
        if self.setup == "h2":
            with raw.Http2(self.server.address) as second:
                fields = [
                    (b":method", b"GET"),
                    (b":scheme", b"http"),
                    (b":path", path.encode()),
                    (b":authority", b"localhost"),
                ]
                body = second.receive(second.request(fields)).body
        else:
            with raw.Http1(self.server.address) as first:
                first.send(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
                body = first.receive().body
        facts = json.loads(body)
        assert isinstance(facts, dict)
        return facts

    def answers(self) -> bool:
        try:
            return bool(self.facts())
        except (raw.Silence, raw.Closed, OSError):
            return False

    def memory(self) -> int:
        return launch.resident_bytes(int(str(self.facts()["pid"])))


def start(
    setup: Setup, *extra: str, loop: str = "asyncio", bind: tuple[str, ...] = LOOPBACK, stop: str = "at once"
) -> Running:
    arguments = (*SERVERS[setup], "--loop", loop, *bind, *extra)
    return Running(setup, launch.ServerProcess(arguments, directory=ROOT, environment={"ECHO_STOP": stop}))


@contextmanager
def fresh(
    setup: Setup, *extra: str, loop: str = "asyncio", bind: tuple[str, ...] = LOOPBACK, stop: str = "at once"
) -> Iterator[Running]:
    """Serve for one case alone."""
    running = start(setup, *extra, loop=loop, bind=bind, stop=stop)
    try:
        yield running
    finally:
        running.server.stop()


class Servers:
    """One long-lived server a set-up, started at first use and started again where a case killed it."""

    def __init__(self) -> None:
        self._running: dict[Setup, Running] = {}

    def get(self, setup: Setup) -> Running:
        running = self._running.get(setup)
        if running is not None and not running.answers():
            running.server.stop()
            running = None
        if running is None:
            running = self._running[setup] = start(setup)
        return running

    def stop(self) -> None:
        for running in self._running.values():
            running.server.stop()
