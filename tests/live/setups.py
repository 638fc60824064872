"""The ways in which the live application is served, and the servers that run for the tests."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tests.live.clients import Exchange, Exchange1, Exchange2
from tests.servers import launch, raw
from tests.servers.raw import Answer

Setup = Literal["rsgi", "asgi", "h2", "h2-asgi", "uvicorn"]
SETUPS: tuple[Setup, ...] = get_args(Setup)
HTTP1: tuple[Setup, ...] = ("rsgi", "asgi", "uvicorn")
HTTP2: tuple[Setup, ...] = ("h2", "h2-asgi")
RSGI: tuple[Setup, ...] = ("rsgi", "h2")
ASGI: tuple[Setup, ...] = ("asgi", "h2-asgi", "uvicorn")
ROOT = Path(__file__).parents[2]
BIG_FILE = 20_000_000
MIDDLE_FILE = 5_000_000

_LOOPBACK = ("--host", "127.0.0.1", "--port", "{port}")
_GRANIAN = (
    *(sys.executable, "-m", "granian", "tests.live.live_app:{app}", "--no-log", *_LOOPBACK),
    *("--workers-kill-timeout", "2", "--http1-buffer-size", "65536", "--http2-max-headers-size", "65536"),
)
COMMANDS: dict[Setup, tuple[str, ...]] = {
    "rsgi": (*_GRANIAN, "--interface", "rsgi", "--http", "1"),
    "asgi": (*_GRANIAN, "--interface", "asgi", "--http", "1"),
    "h2": (*_GRANIAN, "--interface", "rsgi", "--http", "2"),
    "h2-asgi": (*_GRANIAN, "--interface", "asgi", "--http", "2"),
    "uvicorn": (
        *(sys.executable, "-m", "uvicorn", "tests.live.live_app:{app}", *_LOOPBACK, "--log-level", "warning"),
        *("--http", "httptools", "--ws", "websockets-sansio", "--no-proxy-headers", "--no-server-header"),
        *("--timeout-graceful-shutdown", "2"),
    ),
}
RUN = (sys.executable, "-m", "demijohn.cli", "run", "tests.live.live_app:{app}", *_LOOPBACK)


@dataclass(frozen=True)
class Live:
    """One running server, and its folders: `files` to be sent, `temporary` for what it spools."""

    setup: Setup
    server: launch.ServerProcess
    folder: Path

    @property
    def is_http2(self) -> bool:
        return self.setup in HTTP2

    @property
    def is_rsgi(self) -> bool:
        return self.setup in RSGI

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    @property
    def life(self) -> list[str]:
        """What the start-up and shut-down steps have recorded."""
        return (self.folder / "life").read_text().splitlines()

    @property
    def url(self) -> str:
        """The address for a WebSocket client."""
        assert isinstance(self.server.address, tuple)
        return "ws://{}:{}".format(*self.server.address)

    def exchange(self, *, timeout: float = 10.0) -> Exchange:
        """Open a connection for one request."""
        kind: Callable[..., Exchange] = Exchange2 if self.is_http2 else Exchange1
        return kind(self.server.address, timeout=timeout)

    def http1(self, *, timeout: float = 10.0, receive_buffer: int | None = None) -> raw.Http1:
        """Open a connection to send what HTTP/1 alone can."""
        return raw.Http1(self.server.address, timeout=timeout, receive_buffer=receive_buffer)

    def ask(
        self, method: str, path: str, *fields: tuple[str, str], body: bytes | None = None, timeout: float = 10.0
    ) -> Answer:
        """Send one whole request on a connection of its own."""
        if body is not None:
            fields = (*fields, ("content-length", str(len(body))))
        with self.exchange(timeout=timeout) as exchange:
            exchange.begin(method, path, *fields, ends=body is None)
            if body is not None:
                exchange.send(body, ends=True)
            return exchange.answer()

    def get(self, path: str, *fields: tuple[str, str]) -> Answer:
        return self.ask("GET", path, *fields)

    def release(self, key: str) -> None:
        """Let the handlers go on that wait for `key`."""
        assert self.get(f"/release/{key}").status == 204

    @property
    def pid(self) -> int:
        """The process that answers."""
        return int(json.loads(self.get("/pid").body)["pid"])

    @property
    def memory(self) -> int:
        """The resident memory of the process that answers, in bytes."""
        return launch.resident_bytes(self.pid)


class Servers:
    """Start servers at their first use and keep them; what has died is started again."""

    def __init__(self, new_folder: Callable[[str], Path]) -> None:
        self._new_folder = new_folder
        self._running: dict[tuple[Setup, str], Live] = {}

    def get(self, setup: Setup, app: str = "app") -> Live:
        live = self._running.get((setup, app))
        if live is not None and live.server.process.poll() is not None:
            live.server.stop()
            live = None
        if live is None:
            few = {"WORKER_THREADS": "2", "WORKER_QUEUE": "3"} if app == "strict" else {}
            live = self._running[setup, app] = self.start(setup, COMMANDS[setup], app, **few)
        live.server.events()  # what an earlier test has left
        return live

    def start(self, setup: Setup, command: tuple[str, ...], app: str = "app", **environment: str) -> Live:
        """Start a server that the caller stops."""
        folder = self._new_folder(f"{setup}-{app}")
        (folder / "temporary").mkdir()
        files = folder / "files"
        files.mkdir()
        (files / "small.txt").write_text("a small file\n")
        for name, size in [("big.bin", BIG_FILE), ("middle.bin", MIDDLE_FILE)]:
            with (files / name).open("wb") as file:
                file.truncate(size)
        process = launch.ServerProcess(
            [word.replace("{app}", app) for word in command],
            directory=ROOT,
            environment={
                "ALLOWED_HOSTS": "127.0.0.1,localhost",
                "SECRET_KEY": "8Wq-v3Lr0_Zt5xNw1yXy7Bv2Nm4Pq6Rs9TuKd",
                "TRUSTED_PROXIES": "127.0.0.1",
                "LIVE_FILES": str(files),
                "LIVE_LIFE": str(folder / "life"),
                "TMPDIR": str(folder / "temporary"),
                **environment,
            },
        )
        return Live(setup, process, folder)

    def stop(self) -> None:
        """Stop all that `get` has started."""
        for live in self._running.values():
            live.server.stop()
