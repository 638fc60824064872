"""The four ways in which the live application is served, and the processes that do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, get_args

Setup = Literal["rsgi", "asgi", "h2", "uvicorn"]
SETUPS: tuple[Setup, ...] = get_args(Setup)
ROOT = Path(__file__).parents[2]
GRANIAN = (
    *(sys.executable, "-m", "granian", "tests.live.live_app:{app}", "--no-log", "--host", "127.0.0.1", "--port", "{port}"),
    *("--workers-kill-timeout", "2", "--http1-buffer-size", "65536", "--http2-max-headers-size", "65536"),
)
COMMANDS: dict[Setup, tuple[str, ...]] = {
    "rsgi": (*GRANIAN, "--interface", "rsgi", "--http", "1"),
    "asgi": (*GRANIAN, "--interface", "asgi", "--http", "1"),
    "h2": (*GRANIAN, "--interface", "rsgi", "--http", "2"),
    "uvicorn": (
        *(sys.executable, "-m", "uvicorn", "tests.live.live_app:{app}", "--host", "127.0.0.1", "--port", "{port}"),
        *("--http", "httptools", "--ws", "websockets-sansio", "--no-proxy-headers", "--no-server-header"),
        *("--log-level", "warning", "--timeout-graceful-shutdown", "2"),
    ),
}
