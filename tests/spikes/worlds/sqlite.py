"""Speak to SQLite through the standard library, with the production profile. The sibling is postgres.py."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from tests.spikes.worlds.pools import AsyncPool, Pool
from tests.spikes.worlds.transaction import DatabaseError, Execute, IntegrityError, Locked, Row, StaleSnapshot

PROFILE = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
    "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=2000"
)


def translate(error: sqlite3.Error) -> DatabaseError:
    code = getattr(error, "sqlite_errorcode", 0) or 0
    if code == sqlite3.SQLITE_BUSY_SNAPSHOT:
        return StaleSnapshot(str(error))
    if code & 0xFF == sqlite3.SQLITE_BUSY:
        return Locked(str(error))
    return (IntegrityError if isinstance(error, sqlite3.IntegrityError) else DatabaseError)(str(error))


class SqliteLink:
    """Be one sqlite3 connection; `patience` is how long it waits for another writer."""

    is_stale = False

    def __init__(self, path: str, patience: float) -> None:
        self.raw = sqlite3.connect(
            path, isolation_level=None, cached_statements=512, check_same_thread=False, timeout=patience
        )
        self.raw.executescript(PROFILE)

    def run(self, step: Execute) -> list[Row]:
        try:
            return self.raw.execute(step[0], step[1]).fetchall()  # all of them: an unread RETURNING keeps the lock
        except sqlite3.Error as error:
            raise translate(error) from error

    async def arun(self, step: Execute) -> list[Row]:
        return self.run(step)

    @property
    def is_idle(self) -> bool:
        if self.raw.in_transaction:
            self.raw.rollback()
        return True

    def close(self) -> None:
        self.raw.close()


class AsyncSqliteLink(SqliteLink):
    """Run small reads where it stands, and what may wait in a thread. It never waits inside SQLite for a lock."""

    def __init__(self, path: str, threads: ThreadPoolExecutor, patience: float) -> None:
        super().__init__(path, patience)  # the first connection of a process may have to recover the journal
        self.raw.execute("PRAGMA busy_timeout=0")
        self._threads = threads
        self._patience = patience

    async def arun(self, step: Execute) -> list[Row]:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self.run(step) if step.cost == "small" else await self._in_thread(lambda: self.run(step))
            except Locked:  # waiting here can be cancelled; SQLite's own busy handler cannot even be interrupted
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.002)

    async def _in_thread(self, call: Callable[[], list[Row]]) -> list[Row]:
        job = self._threads.submit(call)
        try:
            return await asyncio.shield(asyncio.wrap_future(job))
        except asyncio.CancelledError:
            while not (job.cancel() or job.done()):  # the statement must be over before anybody else gets the link
                self.raw.interrupt()
                wait([job], timeout=0.001)
            if not job.cancelled():
                job.exception()
            raise


class Sqlite:
    """Make links to one file."""

    name = "sqlite"

    def __init__(self, path: str, *, size: int, timeout: float, patience: float = 5.0) -> None:
        self.path, self.size, self.timeout, self.patience = path, size, timeout, patience
        self.threads = ThreadPoolExecutor(1, "demijohn-sqlite-writer")
        self.readers = ThreadPoolExecutor(2, "demijohn-sqlite-reader")

    def begin(self, read_only: bool) -> str:
        return "BEGIN DEFERRED" if read_only else "BEGIN IMMEDIATE"

    def pool(self) -> Pool[SqliteLink]:
        return Pool(lambda: SqliteLink(self.path, self.patience), self.size, self.timeout)

    def async_pools(self) -> tuple[AsyncPool[SqliteLink], AsyncPool[SqliteLink]]:
        """Return one for reading, and one that holds the only writer."""

        async def connect(threads: ThreadPoolExecutor) -> SqliteLink:
            job = threads.submit(AsyncSqliteLink, self.path, threads, self.patience)
            try:
                return await asyncio.shield(asyncio.wrap_future(job))
            except asyncio.CancelledError:
                job.add_done_callback(lambda made: None if made.cancelled() else made.result().close())
                raise

        return (
            AsyncPool(lambda: connect(self.readers), self.size, self.timeout),
            AsyncPool(lambda: connect(self.threads), 1, self.timeout),
        )
