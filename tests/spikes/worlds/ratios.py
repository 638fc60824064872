"""Measure one get by key against the raw driver: `python -m tests.spikes.worlds.ratios`. Medians of 7 pairs."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psycopg

from tests.spikes.worlds.core_patches import run_job
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.sqlite import SqliteLink
from tests.spikes.worlds.transaction import Execute

SQL = "SELECT id, title, views FROM note WHERE id = ?"
PG = SQL.replace("?", "%s")
PAIRS = 7


def seconds(call: Callable[[], object], turns: int) -> float:
    before = time.process_time()
    for _ in range(turns):
        call()
    return time.process_time() - before


async def aseconds(call: Callable[[], Awaitable[object]], turns: int) -> float:
    before = time.process_time()
    for _ in range(turns):
        await call()
    return time.process_time() - before


def show(name: str, pairs: list[tuple[float, float]], turns: int) -> None:
    ratio = statistics.median(ours / raw for ours, raw in pairs)
    micros = statistics.median(raw for _, raw in pairs) / turns * 1e6
    print(f"{name:44} {ratio:5.2f}   (raw {micros:.1f} us)")  # noqa: T201  # it is what this is for


def blocking(name: str, db: Database, raw: Callable[[], object], turns: int) -> None:
    def ours() -> object:
        return db.fetch(SQL, 1)

    def pairs() -> list[tuple[float, float]]:
        seconds(ours, turns // 5)
        return [(seconds(ours, turns), seconds(raw, turns)) for _ in range(PAIRS)]

    show(f"{name} blocking, a connection per query", pairs(), turns)
    show(f"{name} blocking, kept for a worker's job", run_job(pairs), turns)
    with db.atomic():
        show(f"{name} blocking, in atomic()", pairs(), turns)


async def on_loop(name: str, db: Database, raw: Callable[[], object], turns: int, *, is_async: bool) -> None:
    async def pairs() -> list[tuple[float, float]]:
        async def theirs() -> float:
            return await aseconds(raw, turns) if is_async else seconds(raw, turns)  # type: ignore[arg-type]  # as said

        await aseconds(lambda: db.afetch(SQL, 1), turns // 5)
        return [(await aseconds(lambda: db.afetch(SQL, 1), turns), await theirs()) for _ in range(PAIRS)]

    show(f"{name} async, a connection per query", await pairs(), turns)
    async with db.atomic():
        show(f"{name} async, in atomic()", await pairs(), turns)


def measure_sqlite(folder: str) -> None:
    path = str(Path(folder) / "ratios.db")
    link = SqliteLink(path, 5.0)
    link.run(Execute("CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, views INTEGER)"))
    link.run(Execute("INSERT INTO note VALUES (1, 'a', 0)"))
    execute = link.raw.execute

    def raw() -> object:
        return execute(SQL, (1,)).fetchall()

    db = Database(f"sqlite:///{path}")
    blocking("SQLite", db, raw, 20_000)

    async def main() -> None:
        await on_loop("SQLite", db, raw, 20_000, is_async=False)
        await db.close_loop()

    asyncio.run(main())
    db.close()
    link.close()


def measure_postgres() -> None:
    dsn = "host=127.0.0.1 user=postgres dbname=demijohn_worlds_ratios"
    with psycopg.connect("host=127.0.0.1 user=postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE demijohn_worlds_ratios")
        try:
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute("CREATE TABLE note (id bigint PRIMARY KEY, title text, views bigint)")
                connection.execute("INSERT INTO note VALUES (1, 'a', 0)")
                cursor = connection.cursor()
                db = Database(dsn)
                blocking("PostgreSQL", db, lambda: cursor.execute(PG, (1,)).fetchall(), 1_500)
                db.close()
            asyncio.run(measure_async_postgres(dsn))
        finally:
            server.execute("DROP DATABASE demijohn_worlds_ratios WITH (FORCE)")


async def measure_async_postgres(dsn: str) -> None:
    db = Database(dsn)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = connection.cursor()

        async def raw() -> object:
            await cursor.execute(PG, (1,))
            return await cursor.fetchall()

        await on_loop("PostgreSQL", db, raw, 1_500, is_async=True)
        await db.close_loop()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        measure_sqlite(folder)
    measure_postgres()
