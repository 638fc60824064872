"""Run the app for one request and wait for what it does. What it answers is collected in reply.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from types import CoroutineType
from typing import Any

from demijohn.context import unhandled_errors
from demijohn.testing.errors import ClientTimeout
from demijohn.testing.reply import Reply

__all__ = ["Exchange"]

_CANCEL_SECONDS = 1.0
_ASYNCIO = asyncio.__file__.removesuffix("__init__.py")


class Exchange:
    """Hold the task that runs the app, and the reply it fills. Nothing waits longer than `timeout` seconds."""

    def __init__(
        self, app: Coroutine[Any, Any, None], reply: Reply, *, timeout: float, raise_server_errors: bool
    ) -> None:
        self.reply = reply
        self._timeout = timeout
        self._raises = raise_server_errors
        self._unhandled: list[BaseException] = []
        self._is_told = False  # what went wrong is raised once, not again when the `with` block ends
        context = copy_context()
        if raise_server_errors:
            context.run(unhandled_errors.set, self._unhandled)
        self._task = asyncio.get_running_loop().create_task(app, context=context)
        self._task.add_done_callback(self._take_note)

    def _take_note(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # asking for it keeps asyncio from logging it as forgotten
        self.reply.notify()

    async def wait(self, ready: Callable[[], bool], awaited: str) -> None:
        """Return when `ready()` is true; what went wrong after that is raised by the next wait.

        Raises:
            ClientTimeout: neither came; `awaited` says in the message what was missing.
            AssertionError: the app broke the protocol.
            Exception: what the app raised, with `raise_server_errors`.
        """
        try:
            async with asyncio.timeout(self._timeout):
                while not (ready() or self.reply.fault or self._has_ended()):
                    await self.reply.change()
        except TimeoutError:
            raise await self._timed_out(awaited) from None
        except asyncio.CancelledError:  # the test gave up, as a client does that drops its connection
            self.reply.leave()
            self._task.cancel()
            raise
        if self.reply.fault or self._unhandled or not ready():
            await self.raise_failure()

    async def finish(self, awaited: str) -> None:
        """Wait until the app has returned and its answer is complete.

        Raises:
            As `wait` does.
        """
        await self.wait(lambda: False, awaited)

    async def raise_failure(self) -> None:
        """Raise what has gone wrong so far, once.

        Raises:
            AssertionError: the app broke the protocol.
            Exception: what no error handler took, or came out of the app, with `raise_server_errors`.
        """
        reply = self.reply
        if self._is_told:
            return
        if reply.fault is not None:
            self._is_told = True
            await self.abandon()
            raise reply.fault
        if self._unhandled:
            self._is_told = True
            raise self._unhandled[0]
        if not self._task.done():
            return
        error = None if self._task.cancelled() else self._task.exception()
        if error is not None and self._raises:
            self._is_told = True
            raise error
        if reply.left.is_set() or reply.upgraded:
            return
        if error is None:
            if not reply.status:
                reply.fail("was cancelled" if self._task.cancelled() else "returned without an answer")
        elif not reply.status:  # what every server does then
            reply.start(500, [("content-length", "0")])
            reply.end()
        elif not reply.ended:
            reply.fail(f"raised {error!r} in the middle of its answer, so that the connection broke off", error)

    async def abandon(self) -> None:
        """Leave as a client does that closes its connection, and cancel the app if it does not take notice."""
        self.reply.leave()
        self._task.cancel()
        await asyncio.wait([self._task], timeout=_CANCEL_SECONDS)

    def _has_ended(self) -> bool:
        if not self._task.done():
            return False
        # Over RSGI a stream ends when the app lets go of it, which may be later than its return.
        if self._task.cancelled() or self._task.exception() is not None:
            return True
        return self.reply.ended or not self.reply.status or self.reply.left.is_set()

    async def _timed_out(self, awaited: str) -> ClientTimeout:
        place = f" It waits at {_innermost_await(self._task)}." if not self._task.done() else ""
        answer = f"It has answered {self.reply.status}" if self.reply.status else "There is no answer yet"
        await self.abandon()
        return ClientTimeout(f"{self.reply.name}: {awaited} did not come within {self._timeout:g} s. {answer}.{place}")


def _innermost_await(task: asyncio.Task[None]) -> str:
    """Say where a task waits: the innermost line that is not asyncio's own."""
    coroutine: object = task.get_coro()
    place = "an unknown place"
    while isinstance(coroutine, CoroutineType):
        code = coroutine.cr_code
        if coroutine.cr_frame is not None and not code.co_filename.startswith(_ASYNCIO):
            place = f"{code.co_filename}:{coroutine.cr_frame.f_lineno} in {code.co_name}"
        coroutine = coroutine.cr_await
    return place
