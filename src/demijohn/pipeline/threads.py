"""Run the blocking world: a pool of threads for `def` handlers. What runs on the event loop is in endpoint.py.

Measured on one core (CPU a request): a hop through this pool that answers from the thread costs 1.6 times a bare async
answer, the same through `loop.run_in_executor` 2.8 times: that one locks a queue, makes two futures and always comes
back to the loop before anything is sent.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from typing import TypeVar

from demijohn.errors import HTTPError

__all__ = ["ServerBusy", "WorkerPool"]

_T = TypeVar("_T")
_Job = tuple[Context, Callable[[], object], "asyncio.Future[object]"]
_Jobs = SimpleQueue[_Job | None]
_Done = deque[tuple["asyncio.Future[object]", object, BaseException | None]]

_UNSET = object()

# How long a call may stand in line before it is worth a thread.
_PATIENCE_SECONDS = 0.005

# What would not reach the caller as what it is: a future refuses the first, the others end its task or the server.
_NOT_FOR_A_TASK = (StopIteration, asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)


class ServerBusy(HTTPError):
    """Refuse a request because too many wait for a worker already."""

    def __init__(self) -> None:
        super().__init__(
            503, "The server is busy. Try again in a moment.", code="server.busy", headers={"retry-after": "1"}
        )


class WorkerPool:
    """Run calls in at most `threads` threads, started as they are needed; at most `waiting` calls stand in line.

    One pool belongs to one event loop, which is the loop of the first call; once that is closed, the next may have it.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self._jobs: _Jobs = SimpleQueue()
        self._limit = threads
        self._most = threads + waiting
        self._started: list[threading.Thread] = []
        self._unfinished = 0  # this and the next two are touched on the loop only
        self._submitted = 0
        self._relieving = False
        self._done: _Done = deque()
        self._woken = False
        self._closed = False
        self.inline = False  # the test kit runs calls where it stands
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, call: Callable[[], _T]) -> _T:
        """Run `call` in a worker, with the context variables of the caller, and return what it returns.

        When the caller is cancelled the call goes on to its end, for a thread cannot be stopped; its result is dropped.

        Raises:
            ServerBusy: too many calls wait already (503).
        """
        if self.inline:
            return call()
        return await self.submit(call)  # type: ignore[return-value]  # the future holds what the call returned

    async def run_sharing(self, call: Callable[[], _T]) -> _T:
        """Run `call` in a worker as `run` does; what it does to context variables holds for the caller, too.

        This is for what other code of the same request follows: hooks, guards, handlers within middleware.

        Raises:
            ServerBusy: too many calls wait already (503).
        """
        if self.inline:
            return call()
        context = copy_context()
        try:
            result = await self.submit(call, context)
        except Exception:  # not a cancellation: then the call still runs in that context
            _adopt(context)
            raise
        _adopt(context)
        return result  # type: ignore[return-value]  # the future holds what the call returned

    def submit(self, call: Callable[[], object], context: Context | None = None) -> asyncio.Future[object]:
        """Hand `call` to a worker, to run in `context` or in a copy of the caller's; return the future of its result.

        Raises:
            ServerBusy: too many calls wait already (503).
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._begin_on(loop)
        unfinished = self._unfinished
        if unfinished >= self._most or self._closed:
            raise ServerBusy
        if unfinished >= len(self._started) < self._limit and not self._relieving:
            self._relieve_later(loop)
        self._unfinished = unfinished + 1
        self._submitted += 1
        future: asyncio.Future[object] = loop.create_future()
        self._jobs.put((copy_context() if context is None else context, call, future))
        return future

    def _relieve_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """See to it that calls which find no worker free get another one, the first at once.

        Quick handlers do best on few threads: each more only waits for the interpreter lock (measured: a `def` JSON
        route on one thread costs a fifth less than on sixteen). So one is added when a call has waited for a while.
        """
        if not self._started:
            self._start_thread()
        else:
            self._relieving = True
            loop.call_later(_PATIENCE_SECONDS, self._relieve, loop, self._submitted)

    def _relieve(self, loop: asyncio.AbstractEventLoop, submitted: int) -> None:
        self._relieving = False
        if self._closed or loop is not self._loop:
            return
        taken = self._submitted - self._unfinished + len(self._started)  # what is done, and one for each thread
        if taken <= submitted:
            self._start_thread()
        if self._unfinished > len(self._started) < self._limit:
            self._relieving = True
            loop.call_later(_PATIENCE_SECONDS, self._relieve, loop, self._submitted)

    def _begin_on(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._loop.is_closed():
            raise RuntimeError("This app serves on another event loop. Give each loop a process of its own.")
        self._abandon_threads()
        self._loop = loop

    def _abandon_threads(self) -> None:
        """Begin anew: threads that still work end after their call, and nobody hears of its result."""
        for _ in self._started:
            self._jobs.put(None)
        self._jobs, self._done, self._started = SimpleQueue(), deque(), []
        self._unfinished = self._submitted = 0
        self._woken = self._relieving = False

    def _start_thread(self) -> None:
        name = f"demijohn-{len(self._started) + 1}"
        thread = threading.Thread(target=self._work, args=(self._jobs, self._done), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more: those that are there do the work, if there are any
            if not self._started:
                raise
        else:
            self._started.append(thread)

    def _work(self, jobs: _Jobs, done: _Done) -> None:
        get = jobs.get
        while (job := get()) is not None:
            context, call, future = job
            try:
                done.append((future, context.run(call), None))
            except BaseException as error:  # noqa: BLE001  # it belongs to the caller, who gets it through the future
                done.append((future, None, _fit_for_a_task(error)))
            del context, call, future, job  # a waiting thread must not keep the last request alive
            # Several results share one wake-up: the loop drains all that stand there when it comes round.
            if not self._woken:
                self._woken = True
                self._wake(done)

    def _wake(self, done: _Done) -> None:
        try:
            self._loop.call_soon_threadsafe(self._settle)  # type: ignore[union-attr]  # submit has set it
        except RuntimeError:  # the loop is closed: nobody waits for these results any more
            done.clear()

    def _settle(self) -> None:
        self._woken = False  # before draining: what is appended from here on wakes the loop again
        done = self._done
        while done:
            future, result, error = done.popleft()
            self._unfinished -= 1
            if future.done():  # its caller was cancelled
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    @property
    def waiting(self) -> int:
        """Return how many calls were handed over and are not finished."""
        return self._unfinished

    async def close(self, grace: float = 10.0) -> None:
        """Take no more calls, let those under way finish for at most `grace` seconds, and end the threads."""
        self._closed = True
        for _ in self._started:
            self._jobs.put(None)
        if self._loop is None:
            return
        deadline = self._loop.time() + grace
        for thread in self._started:
            await asyncio.to_thread(thread.join, max(0.0, deadline - self._loop.time()))

    def reopen(self) -> None:
        """Take calls again after `close`, for a program that starts and stops its app several times."""
        self._abandon_threads()
        self._closed = False


def _adopt(context: Context) -> None:
    """Give the context variables of the current context the values that they have in another."""
    for variable, value in context.items():
        if variable.get(_UNSET) is not value:
            variable.set(value)


def _fit_for_a_task(error: BaseException) -> BaseException:
    if not isinstance(error, _NOT_FOR_A_TASK):
        return error
    wrapped = RuntimeError(f"A `def` handler raised {error!r}, which is not for a request to raise.")
    wrapped.__cause__ = error
    return wrapped
