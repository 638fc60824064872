"""Serve from several worker processes under Granian's supervisor. One process alone is in single.py.

The supervisor has loaded the app, so that mistakes are told once and, where processes are forked, memory is shared.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

from granian import Granian, _signals
from granian._granian import WorkerSignal
from granian.constants import Interfaces, Loops
from granian.server.common import AbstractServer

from demijohn.app import App
from demijohn.cli.server.granian import common_arguments
from demijohn.cli.server.options import ServerOptions
from demijohn.cli.server.stopping import end_conversations, hear_signals
from demijohn.logs import configure_logging

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
    server.serve(target_loader=_Loader(app, options, load, server), wrap_loader=False)
    return 0


class _Loader:
    """Give a worker its app: the supervisor's own in a forked process, loaded again in one that was spawned."""

    def __init__(
        self,
        app: App | None,
        options: ServerOptions,
        load: Callable[[ServerOptions], App],
        supervisor: AbstractServer[Any] | None,  # Any: which kind of worker it has
    ) -> None:
        self._app = app
        self._options = options
        self._load = load
        self._supervisor = supervisor

    def __reduce__(self) -> tuple[type[_Loader], tuple[object, ...]]:
        return _Loader, (None, self._options, self._load, None)

    def __call__(self) -> App:
        app = self._app
        if app is None:
            configure_logging(form=self._options.log_form)
            app = self._load(self._options)
        # Granian looks this function up when the worker begins to serve, which is after this call.
        _signals.set_loop_signals = functools.partial(_hear_signals, app, self._supervisor)
        return app


def _hear_signals(app: App, supervisor: AbstractServer[Any] | None, loop: asyncio.AbstractEventLoop) -> WorkerSignal:
    """Return the event at which Granian stops the worker; a signal sets it once the conversations have ended.

    `supervisor` is a forked worker's own copy, whose handlers were in force until now: what they heard counts.
    """
    stop = WorkerSignal()
    ending: list[asyncio.Task[None]] = []

    async def end() -> None:
        await end_conversations(app.pipeline)
        stop.set()

    def ask() -> None:
        if not ending:  # Ctrl+C reaches a worker twice: from the terminal, and from the supervisor
            ending.append(loop.create_task(end()))

    hear_signals(loop, ask)
    if supervisor is not None and supervisor.interrupt_signal:
        loop.call_soon(ask)
    return stop


def _has_uvloop() -> bool:
    try:
        import uvloop  # noqa: F401  # the extra `fast`
    except ImportError:
        return False
    return True
