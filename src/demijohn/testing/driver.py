"""Run coroutines for tests that are plain functions: an event loop that turns only while the test waits for it."""

from __future__ import annotations

import asyncio
import signal
import threading
import weakref
from collections import deque
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from demijohn.testing.errors import ClientTimeout

__all__ = ["Driver"]

_T = TypeVar("_T")


class Driver:
    """Own an event loop in the thread of the test.

    Handlers that run on it see the thread and the context variables of the test. What they leave running stands still
    between two calls of the client.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        # A client that nobody closes must not leave an open loop behind, which Python reports as a leak.
        self._finalizer = weakref.finalize(self, self._loop.close)
        self._last_turn = 0.0

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Return what the coroutine returns.

        Raises:
            RuntimeError: the client is closed, or this is inside `async def`, or another thread is at it.
            ClientTimeout: something blocks the loop (told on the main thread of POSIX systems only).
        """
        try:
            self._refuse_wrong_use()
            with self._alarm():
                return self._loop.run_until_complete(coroutine)
        finally:
            coroutine.close()

    @property
    def is_closed(self) -> bool:
        """Return whether nothing can be run any more."""
        return not self._finalizer.alive

    def close(self) -> None:
        """Cancel what still runs and close the loop."""
        if self._finalizer.detach() is not None:
            self._runner.close()

    def _refuse_wrong_use(self) -> None:
        if self.is_closed:
            raise RuntimeError("This client is closed. Make a new one: Client(app).")
        if self._loop.is_running():
            raise RuntimeError("Two threads use this client at once. Give each its own: Client(app).")
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        raise RuntimeError("Client cannot run inside async def. Use AsyncClient(app) there, and await its methods.")

    @contextmanager
    def _alarm(self) -> Iterator[None]:
        """Interrupt a handler that keeps the loop from turning, which no timer of the loop itself could do."""
        if not _may_use_alarm():
            yield
            return

        def turn() -> None:
            self._last_turn = self._loop.time()
            timers.append(self._loop.call_later(self._timeout / 4, turn))

        def check(_: int, frame: FrameType | None) -> None:
            if self._loop.time() - self._last_turn >= self._timeout:
                place = f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}" if frame else "?"
                fired.append(
                    ClientTimeout(f"The event loop has been blocked for {self._timeout:g} s. It stands at {place}.")
                )
                raise fired[0]

        fired: list[ClientTimeout] = []
        timers: deque[asyncio.Handle] = deque([self._loop.call_soon(turn)], maxlen=1)
        self._last_turn = self._loop.time()
        signal.signal(signal.SIGALRM, check)
        signal.setitimer(signal.ITIMER_REAL, self._timeout, self._timeout / 4)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            timers[0].cancel()
            if fired:  # the app may have caught it, or answered late because of it
                raise fired[0] from None


def _may_use_alarm() -> bool:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    # pytest-timeout and others may have set it: then they watch over the test, and it is left to them
    return signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
