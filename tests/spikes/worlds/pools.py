"""Keep idle connections, the last used on top. One shape twice: for threads, and for the tasks of one event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tests.spikes.worlds.transaction import Link, PoolTimeout

L = TypeVar("L", bound=Link)


class _Idle(Generic[L]):
    def __init__(self, size: int, timeout: float) -> None:
        self.size = size
        self.timeout = timeout
        self.idle: list[L] = []
        self.in_use = 0

    def _pop(self) -> L | None:
        while True:
            try:
                link = self.idle.pop()  # one step of the interpreter, so two threads never get the same
            except IndexError:
                return None
            if not link.is_stale:
                return link
            link.close()

    def _push(self, link: L) -> None:
        if link.is_idle:
            self.idle.append(link)
        else:
            link.close()

    def _busy(self) -> PoolTimeout:
        return PoolTimeout(f"All {self.size} connections have been in use for {self.timeout:g} s.")

    def close(self) -> None:
        while self.idle:
            self.idle.pop().close()


class Pool(_Idle[L]):
    """Serve threads."""

    def __init__(self, connect: Callable[[], L], size: int, timeout: float) -> None:
        super().__init__(size, timeout)
        self._connect = connect
        self._free = threading.Semaphore(size)

    def take(self) -> L:
        if not self._free.acquire(timeout=self.timeout):
            raise self._busy()
        try:
            return self._pop() or self._connect()
        except BaseException:
            self._free.release()
            raise

    def give(self, link: L) -> None:
        try:
            self._push(link)
        finally:
            self._free.release()


class AsyncPool(_Idle[L]):
    """Serve the tasks of one event loop."""

    def __init__(self, connect: Callable[[], Awaitable[L]], size: int, timeout: float) -> None:
        super().__init__(size, timeout)
        self._connect = connect
        self._free = asyncio.Semaphore(size)

    async def take(self) -> L:
        if self._free.locked():
            try:
                async with asyncio.timeout(self.timeout):
                    await self._free.acquire()
            except TimeoutError:
                raise self._busy() from None
        else:
            await self._free.acquire()  # does not wait
        try:
            return self._pop() or await self._connect()
        except BaseException:  # a cancelled connect as well
            self._free.release()
            raise

    def give(self, link: L) -> None:
        try:
            self._push(link)
        finally:
            self._free.release()
