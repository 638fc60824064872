"""Say what a query, a transaction and an error are, without any input or output. Who drives it is in database.py."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from demijohn import DemijohnError

T = TypeVar("T")
Row: TypeAlias = tuple[Any, ...]  # Any: what a column holds
Callback: TypeAlias = Callable[[], object]
Cost = Literal["small", "large", "write"]


class Execute(NamedTuple):
    """Ask the runner for one statement; `cost` decides where it runs in async SQLite: inline, a reader, the writer."""

    sql: str
    params: Sequence[object] = ()
    cost: Cost = "small"


Steps: TypeAlias = Generator[Execute, list[Row], T]


class DatabaseError(DemijohnError):
    """Be what a database refused."""


class IntegrityError(DatabaseError):
    """A constraint does not hold."""


class Locked(DatabaseError):
    """Another writer held the lock for too long."""


class StaleSnapshot(DatabaseError):
    """A transaction that has read wants to write what another has changed since; run it again from its beginning."""


class ConnectionLost(DatabaseError):
    """The server has closed the connection."""


class PoolTimeout(DatabaseError):
    """All connections are in use."""


class TransactionFailed(DatabaseError):
    """A query failed inside the transaction, and the error was caught inside it."""


class WrongWorld(DemijohnError, RuntimeError):
    """A blocking call where the event loop would stand still, an async one where there is none, or a task too many."""


class Link(Protocol):
    """Be one connection. A blocking link's `arun` runs inline; an async link has no `run`."""

    def run(self, step: Execute) -> list[Row]: ...
    async def arun(self, step: Execute) -> list[Row]: ...

    @property
    def is_idle(self) -> bool: ...

    @property
    def is_stale(self) -> bool: ...

    def close(self) -> None: ...


class Transaction:
    """Hold an open transaction: its levels, what is to be called once it is committed, and who owns it."""

    def __init__(self, link: Link, owner: object, *, is_async: bool, begin: str, place: str) -> None:
        self.link = link
        self.owner = owner
        self.is_async = is_async
        self.place = place
        self.is_over = False
        self._begin = begin  # a savepoint, too, where a test has pinned the connection
        self._levels: list[list[Callback]] = []
        self._failed: BaseException | None = None
        self.lock = threading.RLock()
        self.alock = asyncio.Lock()

    @property
    def depth(self) -> int:
        return len(self._levels)

    def on_commit(self, callback: Callback) -> None:
        self._levels[-1].append(callback)

    def check(self) -> None:
        if self._failed is not None:
            raise self._refusal() from self._failed
        if self.is_over:
            raise TransactionFailed(f"The transaction opened at {self.place} ended before it was this query's turn.")

    def _refusal(self) -> TransactionFailed:
        return TransactionFailed(
            f"A query failed inside the transaction opened at {self.place}, so no other can run in it. Catch the "
            "error outside of `atomic()`, or give the query that may fail an `atomic()` of its own."
        )

    def fail(self, error: BaseException) -> None:
        self._failed = self._failed or error

    def enter(self) -> Steps[None]:
        self.check()
        yield Execute(f"SAVEPOINT s{self.depth}" if self.depth else self._begin, (), "write")
        self._levels.append([])

    def leave(self, depth: int, error: BaseException | None) -> Steps[list[Callback]]:
        """End the level that `enter` began at `depth`; return what is due now."""
        if depth != self.depth:
            raise WrongWorld(f"Two tasks have nested their transactions in one another within {self.place}.")
        callbacks = self._levels.pop()
        self.is_over = not self._levels  # before the COMMIT: what begins from here on stands outside
        failed, self._failed = self._failed, None
        if error is None and failed is None:
            try:
                yield Execute(self._end("COMMIT", f"RELEASE SAVEPOINT s{self.depth}"), (), "write")
            except BaseException:  # a deferred constraint, or a cancellation
                yield from self._roll_back()
                raise
            if not self._levels:
                return callbacks
            self._levels[-1].extend(callbacks)
            return []
        yield from self._roll_back()
        if error is None and failed is not None:
            raise self._refusal() from failed
        return []

    def _roll_back(self) -> Steps[None]:
        name = f"s{self.depth}"
        try:
            yield Execute(self._end("ROLLBACK", f"ROLLBACK TO SAVEPOINT {name}"), (), "write")
            if self._end("", name):
                yield Execute(f"RELEASE SAVEPOINT {name}", (), "write")
        except DatabaseError as gone:
            # SQLite has rolled back all of it by itself, as it does where a write is interrupted or the disk is full;
            # or the server is gone. The error that led here tells of it, and the levels around must end as well.
            if self._levels:
                self.fail(gone)

    def _end(self, outermost: str, nested: str) -> str:
        return nested if self._levels or self._begin.startswith("SAVEPOINT") else outermost


def get_or_create(table: str, key: str, value: object) -> Steps[tuple[int, bool]]:
    """Be an operation of several steps: two threads that ask for one key get one `created=True` and no exception."""
    find = f"SELECT id FROM {table} WHERE {key} = ?"
    if rows := (yield Execute(find, (value,))):
        return int(rows[0][0]), False
    insert = f"INSERT INTO {table} ({key}) VALUES (?) ON CONFLICT ({key}) DO NOTHING RETURNING id"
    if rows := (yield Execute(insert, (value,), "write")):
        return int(rows[0][0]), True
    rows = yield Execute(find, (value,))
    return int(rows[0][0]), False
