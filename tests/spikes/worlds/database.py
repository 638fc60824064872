"""Define `Database`: one piece of code that serves blocking and async callers, and an extension of a Demijohn app."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar, cast

from demijohn import Extension, Setup
from demijohn.contracts import after_commit, commit_scope
from tests.spikes.worlds.core_patches import at_job_end
from tests.spikes.worlds.pools import AsyncPool
from tests.spikes.worlds.postgres import Postgres
from tests.spikes.worlds.sqlite import Sqlite
from tests.spikes.worlds.transaction import Cost, Execute, Link, Row, Steps, Transaction, WrongWorld

T = TypeVar("T")
_running_loop = asyncio._get_running_loop


class _Kept(threading.local):
    """The connection that a worker keeps until its job ends."""

    link: Link | None = None


class Database(Extension):
    """Run queries: `fetch`, `run`, `with atomic()` in threads; `afetch`, `arun`, `async with atomic()` on a loop."""

    def __init__(self, url: str, *, size: int = 10, timeout: float = 5.0, patience: float = 5.0) -> None:
        is_sqlite = url.startswith("sqlite:///")
        self.dialect: Sqlite | Postgres = (
            Sqlite(url[10:], size=size, timeout=timeout, patience=patience)
            if is_sqlite
            else Postgres(url, size=size, timeout=timeout)
        )
        self.pool = self.dialect.pool()
        self._async_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[AsyncPool[Any], AsyncPool[Any]]]
        self._async_pools = weakref.WeakKeyDictionary()  # Any above: the link is the dialect's
        self._kept = _Kept()
        self._pinned: Link | None = None
        self._transaction: ContextVar[Transaction | None] = ContextVar("transaction", default=None)

    def setup(self, setup: Setup) -> None:
        setup.provide(Database, lambda request: self)
        setup.on_shutdown(self.close_loop)
        setup.on_shutdown(self.close)

    # Blocking.

    def fetch(self, sql: str, *params: object, cost: Cost = "small") -> list[Row]:
        return self._execute(Execute(sql, params, cost))

    def run(self, steps: Steps[T]) -> T:
        """Drive an operation of several steps."""
        return _drive(steps, self._execute)

    def _execute(self, step: Execute) -> list[Row]:
        transaction = self._transaction.get()
        if transaction is not None and not transaction.is_over:
            self._refuse_async(transaction)
            with transaction.lock:
                transaction.check()
                return _run_in(transaction, step)
        self._refuse_async(None)
        link = self._take()
        try:
            return link.run(step)
        finally:
            self._give(link)

    def _refuse_async(self, transaction: Transaction | None) -> None:
        """Raise where waiting would stop the loop, or would wait for a lock that the own request holds."""
        if _running_loop() is not None:
            raise WrongWorld(
                f"{_call()} waits for the database, and this is the event loop. Write `{_spelling(_call())}`."
            )
        if transaction is not None and transaction.is_async and self._pinned is None:
            raise WrongWorld(
                f"{_call()} runs in a thread while the async transaction opened at {transaction.place} is open, whose "
                f"connection it cannot use, and whose locks it would wait for. Write `{_spelling(_call())}` within the "
                "transaction, or call it after."
            )

    def _take(self) -> Link:
        if self._pinned is not None:
            return self._pinned
        kept = self._kept.link
        if kept is not None:
            if not kept.is_stale:
                return kept
            self._release()
        link = self.pool.take()
        if at_job_end(self._release):
            self._kept.link = link
        return link

    def _give(self, link: Link) -> None:
        if link is not self._pinned and link is not self._kept.link:
            self.pool.give(cast(Any, link))  # Any: the dialect's own link

    def _release(self) -> None:
        link, self._kept.link = self._kept.link, None
        if link is not None:
            self.pool.give(cast(Any, link))  # Any: as above

    # Async.

    async def afetch(self, sql: str, *params: object, cost: Cost = "small") -> list[Row]:
        return await self._aexecute(Execute(sql, params, cost))

    async def arun(self, steps: Steps[T]) -> T:
        """Drive an operation of several steps."""
        return await _adrive(steps, self._aexecute)

    async def _aexecute(self, step: Execute) -> list[Row]:
        transaction = self._transaction.get()
        if transaction is not None and not transaction.is_over:
            if not transaction.is_async:  # the test's, pinned; or a loop that somebody runs inside `with atomic()`
                return await self._share(transaction, step)
            async with transaction.alock:  # the children of a task share its connection, one query at a time
                transaction.check()
                return await _arun_in(transaction, step)
        if self._pinned is not None:
            return await self._pinned.arun(step)
        pool = self._pools()[step.cost == "write"]
        link = await pool.take()
        try:
            return cast("list[Row]", await link.arun(step))
        finally:
            pool.give(link)

    async def _share(self, transaction: Transaction, step: Execute) -> list[Row]:
        if self._pinned is None:
            raise WrongWorld(f"The transaction opened at {transaction.place} is a blocking one. Use `async with`.")
        transaction.check()
        return await _arun_in(transaction, step)

    def _pools(self) -> tuple[AsyncPool[Any], AsyncPool[Any]]:  # Any: as above
        loop = asyncio.get_running_loop()
        pools = self._async_pools.get(loop)
        if pools is None:
            pools = self._async_pools[loop] = self.dialect.async_pools()
        return pools

    # Both.

    def atomic(self, *, read_only: bool = False) -> Atomic:
        return Atomic(self, read_only)

    def on_commit(self, callback: Callable[[], object]) -> None:
        after_commit(callback)

    @contextmanager
    def pinned(self) -> Iterator[Link]:
        """Give the test and all its handlers, `def` and `async def`, one connection; roll back at the end."""
        link = self.pool.take()
        link.run(Execute(self.dialect.begin(False)))
        self._pinned = link
        try:
            yield link
        finally:
            self._pinned = None
            try:
                link.run(Execute("ROLLBACK"))
            finally:
                self.pool.give(cast(Any, link))  # Any: as above

    async def close_loop(self) -> None:
        for pool in self._async_pools.pop(asyncio.get_running_loop(), ()):
            pool.close()

    def close(self) -> None:
        self.pool.close()


class Atomic:
    """Open a transaction, or a savepoint within one: `with db.atomic():` and `async with db.atomic():`."""

    def __init__(self, db: Database, read_only: bool) -> None:
        self._db = db
        self._read_only = read_only
        self._place = _place()

    def __enter__(self) -> None:
        db = self._db
        outer = self._outer(is_async=False)
        if outer is None:
            link = db._take()
            try:
                transaction = self._begin(link, threading.get_ident(), is_async=False)
                _drive(transaction.enter(), link.run)
            except BaseException:
                db._give(link)
                raise
        else:
            transaction = outer
            _drive(outer.enter(), outer.link.run)
        self._entered(transaction)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        transaction = self._own
        due: list[Callable[[], object]] = []
        try:
            with transaction.lock:
                due = _drive(transaction.leave(self._depth, error), transaction.link.run)
        finally:
            if self._left(transaction):
                self._db._give(transaction.link)
        for callback in due:
            callback()

    async def __aenter__(self) -> None:
        outer = self._outer(is_async=True)
        if outer is None:
            self._pool = None if self._db._pinned else self._db._pools()[not self._read_only]
            link: Link = self._db._pinned or await cast("AsyncPool[Any]", self._pool).take()  # Any: as above
            try:
                transaction = self._begin(link, asyncio.current_task(), is_async=True)
                await _adrive(transaction.enter(), link.arun)
            except BaseException:
                if self._pool is not None:
                    self._pool.give(link)
                raise
        else:
            transaction = outer
            await _adrive(outer.enter(), outer.link.arun)
        self._entered(transaction)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        transaction = self._own
        due: list[Callable[[], object]] = []
        try:
            async with transaction.alock:
                due = await _adrive(transaction.leave(self._depth, error), transaction.link.arun)
        finally:
            if self._left(transaction) and self._pool is not None:
                self._pool.give(transaction.link)
        for callback in due:  # a `def` one may wait, as Mailer.send does
            if inspect.iscoroutinefunction(callback):
                await callback()
            else:
                await asyncio.to_thread(callback)

    def _outer(self, *, is_async: bool) -> Transaction | None:
        db, transaction = self._db, self._db._transaction.get()
        open_one = None if transaction is None or transaction.is_over else transaction
        if not is_async:
            db._refuse_async(open_one)
        if open_one is None or db._pinned is not None:
            return open_one
        owner: object = asyncio.current_task() if is_async else threading.get_ident()
        if open_one.owner != owner:
            raise WrongWorld(
                f"Another task has opened the transaction at {open_one.place}, which this one may only query. Open "
                "`atomic()` around the gather, or start this task outside of the transaction."
            )
        return open_one

    def _begin(self, link: Link, owner: object, *, is_async: bool) -> Transaction:
        begin = "SAVEPOINT s0" if self._db._pinned else self._db.dialect.begin(self._read_only)
        return Transaction(link, owner, is_async=is_async, begin=begin, place=self._place)

    def _entered(self, transaction: Transaction) -> None:
        self._own, self._depth = transaction, transaction.depth
        self._before = self._db._transaction.get(), commit_scope.get()
        self._db._transaction.set(transaction)
        commit_scope.set(transaction)

    def _left(self, transaction: Transaction) -> bool:
        """Restore what was before; return whether the transaction is over. `set`, not `reset`: see README."""
        self._db._transaction.set(self._before[0])
        commit_scope.set(self._before[1])
        return transaction.is_over


def _run_in(transaction: Transaction, step: Execute) -> list[Row]:
    try:
        return transaction.link.run(step)
    except BaseException as error:
        transaction.fail(error)
        raise


async def _arun_in(transaction: Transaction, step: Execute) -> list[Row]:
    try:
        return await transaction.link.arun(step)
    except BaseException as error:  # a cancelled query, too: nobody knows what it has done
        transaction.fail(error)
        raise


def _drive(steps: Steps[T], run: Callable[[Execute], list[Row]]) -> T:
    try:
        step = next(steps)
        while True:
            try:
                rows = run(step)
            except BaseException as error:  # noqa: BLE001  # it is the operation's to handle
                step = steps.throw(error)
            else:
                step = steps.send(rows)
    except StopIteration as end:
        return cast(T, end.value)


async def _adrive(steps: Steps[T], run: Callable[[Execute], Any]) -> T:  # Any: an awaitable of rows
    try:
        step = next(steps)
        while True:
            try:
                rows = await run(step)
            except BaseException as error:  # noqa: BLE001  # as above
                step = steps.throw(error)
            else:
                step = steps.send(rows)
    except StopIteration as end:
        return cast(T, end.value)


def _outside() -> Any:  # Any: a frame
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename in (__file__, _drive.__code__.co_filename):
        frame = frame.f_back
    return frame


def _place() -> str:
    frame = _outside()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _call() -> str:
    """Return the method of ours that was called, as it was spelt."""
    frame, name = sys._getframe(1), ""
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        name, frame = frame.f_code.co_name, frame.f_back
    return "with db.atomic()" if name == "__enter__" else f"db.{name}(...)"


def _spelling(call: str) -> str:
    return "async with db.atomic()" if "atomic" in call else call.replace("db.", "await db.a")
