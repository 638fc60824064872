"""Run the start-up and shut-down steps of an app, once per process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from demijohn.pipeline.hooks import Hook, call_on_loop
from demijohn.pipeline.threads import WorkerPool

__all__ = ["Lifecycle"]


class Lifecycle:
    """Hold the steps in the order of declaration; shutting down goes backwards."""

    __slots__ = ("_shutdown", "_started", "_starting", "_startup")

    def __init__(self, startup: Sequence[Hook], shutdown: Sequence[Hook]) -> None:
        self._startup = tuple(startup)
        self._shutdown = tuple(reversed(shutdown))
        self._starting: asyncio.Lock | None = None
        self._started = False

    async def startup(self, pool: WorkerPool) -> None:
        """Run the steps; a second call waits for the first and does nothing more.

        Raises:
            Exception: whatever a step raised.
        """
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if not self._started:
                for step in self._startup:
                    await call_on_loop(step, pool.run)
                self._started = True

    async def shutdown(self, pool: WorkerPool) -> None:
        """Run the steps backwards, all of them, where the app was started.

        Raises:
            Exception: the first error of a step; the steps after it have run.
        """
        if not self._started:
            return
        self._started = False
        self._starting = None  # a lock belongs to its loop, and the next start may be on another
        failures: list[Exception] = []
        for step in self._shutdown:
            try:
                await call_on_loop(step, pool.run)
            except Exception as error:  # noqa: BLE001  # the others must still let go of what they hold
                failures.append(error)
        if failures:
            raise failures[0]
