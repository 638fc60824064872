"""Run the guards of a route: after the match, before the body is read, so that a refused upload is never received."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

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


AnyGuard = Guard | AsyncGuard


def is_guard(value: object) -> bool:
    """Tell whether a mark is a guard."""
    return isinstance(value, Guard | AsyncGuard)


class Guards:
    """Hold the guards of one route in the order: app, modules from the outside in, handler."""

    __slots__ = ("_guards", "_pool")

    def __init__(self, guards: Sequence[Guard | AsyncGuard], pool: WorkerPool) -> None:
        self._guards = tuple(guards)
        self._pool = pool

    def __bool__(self) -> bool:
        return bool(self._guards)

    def __iter__(self) -> object:
        return iter(self._guards)

    async def check(self, request: Request) -> None:
        """Ask each guard in turn.

        Raises:
            HTTPError: the first refusal.
        """
        for guard in self._guards:
            if isinstance(guard, AsyncGuard):
                await guard.acheck(request)
            elif getattr(guard, "blocking", False):
                await self._pool.run(lambda guard=guard: guard.check(request))  # type: ignore[misc]
            else:
                guard.check(request)
