"""Serve from several worker processes under Granian's supervisor. One process alone is in single.py.

The supervisor has loaded the app, so that mistakes are told once and, where processes are forked, memory is shared.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops

from demijohn.app import App
from demijohn.cli.server.granian import common_arguments
from demijohn.cli.server.options import ServerOptions

__all__ = ["serve_workers"]


def serve_workers(app: App, options: ServerOptions, interface: Interfaces, load: Callable[[ServerOptions], App]) -> int:
    """Serve until a signal stops the process; return its exit status. `load` must be a function of a module."""
    server = Granian(
        "app",
        workers=options.workers,
        loop=Loops.uvloop if _has_uvloop() else Loops.asyncio,
        workers_kill_timeout=max(1, round(options.stop_timeout)),
        respawn_failed_workers=True,
        **common_arguments(options, interface, quiet=False),
    )
    server.serve(target_loader=_Loader(app, options, load), wrap_loader=False)
    return 0


class _Loader:
    """Give a worker its app: the supervisor's own in a forked process, loaded again in one that was spawned."""

    def __init__(self, app: App | None, options: ServerOptions, load: Callable[[ServerOptions], App]) -> None:
        self._app = app
        self._options = options
        self._load = load

    def __reduce__(self) -> tuple[type[_Loader], tuple[object, ...]]:
        return _Loader, (None, self._options, self._load)

    def __call__(self) -> _Worker:
        return _Worker(self._load(self._options) if self._app is None else self._app)


def _has_uvloop() -> bool:
    try:
        import uvloop  # noqa: F401  # the extra `fast`
    except ImportError:
        return False
    return True


class _Worker:
    """Be the app, and hear the signal to stop when Granian does: streams and WebSockets must be told at once.

    Granian sets its handlers before it starts the app. Both event loops learn of signals from a file descriptor, so a
    second handler, set the plain way, is called beside Granian's and replaces nothing.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self.__rsgi__ = app.pipeline.rsgi
        self.__rsgi_del__ = app.__rsgi_del__

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._listen(loop)
        self._app.__rsgi_init__(loop)

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:  # Any: ASGI's messages are untyped
        if scope["type"] == "lifespan":
            self._listen(asyncio.get_running_loop())
        return self._app(scope, receive, send)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        def tell(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._app.pipeline.begin_shutdown)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, tell)
