"""Speak to PostgreSQL through psycopg, blocking and async. The sibling is sqlite.py."""

from __future__ import annotations

import select
from functools import lru_cache

import psycopg
from psycopg import errors
from psycopg.pq import ExecStatus, TransactionStatus

from tests.spikes.worlds.pools import AsyncPool, Pool
from tests.spikes.worlds.transaction import ConnectionLost, DatabaseError, Execute, IntegrityError, Row, StaleSnapshot

OPTIONS = "-c timezone=UTC"
_ROWS = ExecStatus.TUPLES_OK


@lru_cache(5000)
def _text(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def translate(error: psycopg.Error) -> DatabaseError:
    if isinstance(error, errors.IntegrityError):
        return IntegrityError(str(error))
    if isinstance(error, errors.SerializationFailure | errors.DeadlockDetected):
        return StaleSnapshot(str(error))
    is_lost = isinstance(error, errors.AdminShutdown | errors.CrashShutdown) or error.sqlstate is None
    return (ConnectionLost if is_lost and isinstance(error, psycopg.OperationalError) else DatabaseError)(str(error))


def _is_stale(raw: psycopg.Connection | psycopg.AsyncConnection) -> bool:
    """Look whether the server has said something to an idle connection: that is its last word. No round trip."""
    if raw.closed:
        return True
    poll = select.poll()
    poll.register(raw.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


class PgLink:
    """Be one blocking connection in autocommit with one cursor."""

    def __init__(self, dsn: str) -> None:
        self.raw = psycopg.connect(dsn, autocommit=True, options=OPTIONS)
        self.cursor = self.raw.cursor()

    def run(self, step: Execute) -> list[Row]:
        cursor = self.cursor
        try:
            cursor.execute(_text(step[0]), step[1])
            return cursor.fetchall() if cursor.pgresult and cursor.pgresult.status == _ROWS else []
        except psycopg.Error as error:
            raise translate(error) from error

    async def arun(self, step: Execute) -> list[Row]:
        return self.run(step)

    @property
    def is_idle(self) -> bool:
        return self.raw.pgconn.transaction_status == TransactionStatus.IDLE

    @property
    def is_stale(self) -> bool:
        return _is_stale(self.raw)

    def close(self) -> None:
        self.raw.close()


class AsyncPgLink:
    """Be one async connection, which belongs to its loop."""

    def __init__(self, raw: psycopg.AsyncConnection) -> None:
        self.raw = raw
        self.cursor = raw.cursor()

    def run(self, step: Execute) -> list[Row]:
        raise NotImplementedError

    async def arun(self, step: Execute) -> list[Row]:
        cursor = self.cursor
        try:
            await cursor.execute(_text(step[0]), step[1])
            return await cursor.fetchall() if cursor.pgresult and cursor.pgresult.status == _ROWS else []
        except psycopg.Error as error:
            raise translate(error) from error

    @property
    def is_idle(self) -> bool:
        return self.raw.pgconn.transaction_status == TransactionStatus.IDLE

    @property
    def is_stale(self) -> bool:
        return _is_stale(self.raw)

    def close(self) -> None:
        """Close without waiting: `AsyncConnection.close` waits for nothing but its own lock."""
        self.raw.pgconn.finish()


class Postgres:
    """Make links to one database."""

    name = "postgres"

    def __init__(self, dsn: str, *, size: int, timeout: float) -> None:
        self.dsn, self.size, self.timeout = dsn, size, timeout

    def begin(self, read_only: bool) -> str:
        return "BEGIN READ ONLY" if read_only else "BEGIN"

    def pool(self) -> Pool[PgLink]:
        return Pool(lambda: PgLink(self.dsn), self.size, self.timeout)

    def async_pools(self) -> tuple[AsyncPool[AsyncPgLink], AsyncPool[AsyncPgLink]]:
        async def connect() -> AsyncPgLink:
            return AsyncPgLink(await psycopg.AsyncConnection.connect(self.dsn, autocommit=True, options=OPTIONS))

        pool = AsyncPool(connect, self.size, self.timeout)
        return pool, pool
