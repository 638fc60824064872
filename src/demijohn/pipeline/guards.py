"""Run the guards of a route: after the match, before the body is read, so that a refused upload is never received."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from demijohn.http.request import Request
from demijohn.pipeline.threads import WorkerPool

__all__ = ["AnyGuard", "AsyncGuard", "Guard", "Guards", "is_guard"]


@runtime_checkable
class Guard(Protocol):
    """Refuse a request by raising HTTPError. `check` runs in a worker where the guard says `blocking = True`."""

    def check(self, request: Request) -> None: ...


@runtime_checkable
class AsyncGuard(Protocol):
    """Refuse a request by raising HTTPError, after waiting for something. Runs on the event loop."""

    async def acheck(self, request: Request) -> None: ...


AnyGuard: TypeAlias = Guard | AsyncGuard


def is_guard(value: object) -> bool:
    """Tell whether a mark is a guard."""
    return isinstance(value, Guard | AsyncGuard)


class Guards:
    """Hold the guards of one route in the order: app, modules from the outside in, handler."""

    __slots__ = ("_guards", "_pool", "_steps")

    def __init__(self, guards: Sequence[AnyGuard], pool: WorkerPool) -> None:
        self._guards = tuple(guards)
        self._pool = pool
        # Which of the three ways a guard runs is told here once: asking a protocol costs a microsecond each time.
        self._steps = tuple(self._step(guard) for guard in guards)

    def __bool__(self) -> bool:
        return bool(self._guards)

    def __iter__(self) -> Iterator[AnyGuard]:
        return iter(self._guards)

    async def check(self, request: Request) -> None:
        """Ask each guard in turn.

        Raises:
            HTTPError: the first refusal.
        """
        for step in self._steps:
            waited = step(request)
            if waited is not None:
                await waited

    def _step(self, guard: AnyGuard) -> Callable[[Request], Awaitable[None] | None]:
        if isinstance(guard, AsyncGuard):
            return guard.acheck
        if getattr(guard, "blocking", False):
            check = guard.check
            return lambda request: self._pool.run_sharing(lambda: check(request))
        return guard.check
