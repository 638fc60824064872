"""Show what is left when a backend is killed, a file is locked, or a snapshot is old."""

# ruff: noqa: PT012  # what is raised comes from the end of a block, so the block stands in it
from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import threading
import time
from contextlib import closing
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg
import pytest

from tests.spikes.worlds.conftest import TABLES, Caller, Play, assert_all_back_here, busy_backends, notes, until
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.postgres import Postgres
from tests.spikes.worlds.sqlite import Sqlite, SqliteLink
from tests.spikes.worlds.transaction import ConnectionLost, DatabaseError, Execute, Locked, StaleSnapshot

INSERT = "INSERT INTO note (title) VALUES (?)"
only_postgres = pytest.mark.parametrize("url", ["postgres"], indirect=True)
only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)


def kill(db: Database, where: str) -> int:
    assert isinstance(db.dialect, Postgres)
    with psycopg.connect(db.dialect.dsn, autocommit=True) as server:
        return len(
            server.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
                f"AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND {where}"
            ).fetchall()
        )


def sleeping(db: Database) -> bool:
    return any("pg_sleep" in row[2] and row[1] == "active" for row in busy_backends(db))


@only_postgres
def test_a_backend_killed_in_a_blocking_query_leaves_the_pool_usable(db: Database) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with db.atomic():
                db.fetch(INSERT, "half", cost="write")
                db.fetch("SELECT pg_sleep(30)")
        except ConnectionLost as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    asyncio.run(until(lambda: sleeping(db)))
    assert kill(db, "query LIKE '%pg_sleep%'") == 1
    thread.join()
    assert len(errors) == 1
    assert db.fetch("SELECT count(*) FROM note") == [(0,)]


@only_postgres
def test_a_backend_killed_in_an_async_query_leaves_the_pool_usable(db: Database) -> None:
    async def body() -> None:
        async def work() -> None:
            async with db.atomic():
                await db.afetch(INSERT, "half", cost="write")
                await db.afetch("SELECT pg_sleep(30)")

        task = asyncio.create_task(work())
        await until(lambda: sleeping(db))
        kill(db, "query LIKE '%pg_sleep%'")
        with pytest.raises(ConnectionLost):
            await task
        assert_all_back_here(db)
        assert await db.afetch("SELECT count(*) FROM note") == [(0,)]
        await db.close_loop()

    asyncio.run(body())


@only_postgres
def test_a_backend_killed_between_two_queries_is_replaced_before_anybody_notices(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        await call.fetch("SELECT 1")
        assert kill(db, "true") == 1
        assert await call.fetch("SELECT 1") == [(1,)]

    play(body)


def hold_the_lock(path: str, locked: Event, release: Event) -> None:
    """Be another process that writes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO note (title) VALUES ('theirs')")
        locked.set()
        release.wait(20)
        raw.execute("COMMIT")


@only_sqlite
def test_a_file_locked_by_another_process_is_waited_for_or_refused(play: Play, db: Database) -> None:
    assert isinstance(db.dialect, Sqlite)
    db.dialect.patience = 0.2
    context = multiprocessing.get_context("spawn")
    locked, release = context.Event(), context.Event()
    other = context.Process(target=hold_the_lock, args=(db.dialect.path, locked, release))
    other.start()
    assert locked.wait(10)

    async def body(call: Caller) -> None:
        assert await call.fetch("SELECT count(*) FROM note") == [(0,)]  # readers see the old snapshot meanwhile
        with pytest.raises(Locked):
            await call.fetch(INSERT, "ours", cost="write")
        with pytest.raises(Locked):
            async with call.atomic():
                raise AssertionError("the block must not be entered")
        release.set()
        other.join()
        await call.fetch(INSERT, "ours", cost="write")

    try:
        play(body)
    finally:
        release.set()
        other.join()
    assert notes(db) == ["theirs", "ours"]


@only_sqlite
def test_the_loop_turns_while_a_transaction_waits_for_another_writer(db: Database) -> None:
    async def body() -> None:
        raw = sqlite3.connect(db.dialect.path, isolation_level=None)  # type: ignore[union-attr]  # SQLite's alone
        raw.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(db.afetch(INSERT, "ours", cost="write"))
        turns = 0
        deadline = time.monotonic() + 0.1
        while time.monotonic() < deadline:
            await asyncio.sleep(0)
            turns += 1
        assert not task.done()
        assert turns > 100
        assert await db.afetch("SELECT count(*) FROM note") == [(0,)]
        raw.close()
        await task
        await db.close_loop()

    asyncio.run(body())
    assert notes(db) == ["ours"]


def test_immediate_waits_for_another_writer_where_deferred_fails_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "worlds.db")
    one, two = SqliteLink(path, 3.0), SqliteLink(path, 3.0)
    one.run(Execute(TABLES["sqlite"]))
    one.run(Execute("BEGIN DEFERRED"))
    one.run(Execute("SELECT * FROM note"))
    two.run(Execute(INSERT, ("b",)))
    before = time.monotonic()
    with pytest.raises(StaleSnapshot):
        one.run(Execute(INSERT, ("a",)))
    assert time.monotonic() - before < 1.0  # its patience of three seconds did not count
    one.run(Execute("ROLLBACK"))

    two.run(Execute("BEGIN IMMEDIATE"))
    threading.Timer(0.1, lambda: two.run(Execute("COMMIT"))).start()
    one.run(Execute("BEGIN IMMEDIATE"))
    one.run(Execute("SELECT * FROM note"))
    one.run(Execute(INSERT, ("a",)))
    one.run(Execute("COMMIT"))
    assert one.run(Execute("SELECT title FROM note ORDER BY id")) == [("b",), ("a",)]
    one.close()
    two.close()


def test_a_commit_that_fails_keeps_nothing_and_gives_the_connection_back(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        kind = "INTEGER" if db.dialect.name == "sqlite" else "bigint"
        await call.fetch("DROP TABLE IF EXISTS child", cost="write")
        await call.fetch(
            f"CREATE TABLE child (n {kind} REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED)", cost="write"
        )
        called: list[int] = []
        with pytest.raises(DatabaseError):
            async with call.atomic():
                db.on_commit(lambda: called.append(1))
                await call.fetch("INSERT INTO child VALUES (7)", cost="write")
        assert called == []
        assert await call.fetch("SELECT count(*) FROM child") == [(0,)]
        await call.fetch("DROP TABLE child", cost="write")

    play(body)
