"""Show what tasks and threads do to connections: gather, child tasks, cancellation, and calls of the wrong world."""

# ruff: noqa: PT012  # what is raised comes from the end of a block, so the block stands in it
from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.spikes.worlds.conftest import assert_all_back_here, busy_backends, notes, until
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.sqlite import Sqlite
from tests.spikes.worlds.transaction import Execute, TransactionFailed, WrongWorld, get_or_create

INSERT = "INSERT INTO note (title) VALUES (?)"


def on_a_loop(db: Database, body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        try:
            await body()
            assert_all_back_here(db)
        finally:
            await db.close_loop()

    asyncio.run(whole())


async def start_long_query(db: Database, write: bool = False) -> asyncio.Task[Any]:
    """Begin a query that does not end by itself, and wait until the database is at it."""
    if not isinstance(db.dialect, Sqlite):
        sql = "INSERT INTO note (title) SELECT 'half' FROM pg_sleep(30)" if write else "SELECT pg_sleep(30)"
        task = asyncio.create_task(db.afetch(sql, cost="write"))
        await until(lambda: any("pg_sleep" in row[2] and row[1] == "active" for row in busy_backends(db)))
        return task
    began = threading.Event()
    endless = "WITH RECURSIVE n(i) AS (SELECT began() UNION ALL SELECT i + 1 FROM n) SELECT 'half' || count(*) FROM n"
    sql = f"INSERT INTO note (title) {endless}" if write else endless

    def begin() -> int:
        began.set()
        return 0

    link = await use(db, write)
    link.raw.create_function("began", 0, begin)
    task = asyncio.create_task(db.afetch(sql, cost="write" if write else "large"))
    await until(began.is_set)
    return task


async def use(db: Database, write: bool) -> Any:
    """Return the connection that the next query of this task gets."""
    transaction = db._transaction.get()
    if transaction is not None:
        return transaction.link
    pool = db._pools()[write]
    link = await pool.take()
    pool.give(link)
    return link


async def cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_gathered_queries_outside_a_transaction_run_beside_each_other(db: Database) -> None:
    async def body() -> None:
        rows = await asyncio.gather(*(db.afetch("SELECT ?", str(i)) for i in range(20)))
        assert rows == [[(str(i),)] for i in range(20)]
        await asyncio.gather(*(db.afetch(INSERT, str(i), cost="write") for i in range(20)))
        assert await db.afetch("SELECT count(*) FROM note") == [(20,)]

    on_a_loop(db, body)


def test_gathered_queries_in_a_transaction_share_its_connection_one_at_a_time(db: Database) -> None:
    async def body() -> None:
        async with db.atomic():
            await asyncio.gather(*(db.afetch(INSERT, str(i), cost="write") for i in range(10)))
            rows = await asyncio.gather(*(db.afetch("SELECT ?", str(i)) for i in range(10)))
            assert rows == [[(str(i),)] for i in range(10)]
            assert notes(db) == []
        assert len(notes(db)) == 10

    on_a_loop(db, body)


def test_gathered_queries_after_one_that_failed_do_not_run(db: Database) -> None:
    async def body() -> None:
        with pytest.raises(TransactionFailed):
            async with db.atomic():
                await db.afetch(INSERT, "a", cost="write")
                titles = ("b", "a", "c", "d")
                done = await asyncio.gather(
                    *(db.afetch(INSERT, title, cost="write") for title in titles), return_exceptions=True
                )
                assert [type(each).__name__ for each in done] == ["list", "IntegrityError", *["TransactionFailed"] * 2]

    on_a_loop(db, body)
    assert notes(db) == []


def test_a_query_that_begins_while_the_transaction_commits_stands_outside_of_it(db: Database) -> None:
    async def body() -> None:
        async with db.atomic():
            await db.afetch(INSERT, "inside", cost="write")
            task = asyncio.create_task(db.afetch(INSERT, "outside", cost="write"))
        await task

    on_a_loop(db, body)
    assert notes(db) == ["inside", "outside"]


def test_a_child_task_that_opens_a_transaction_raises_at_once_and_the_outer_goes_on(db: Database) -> None:
    async def child() -> None:
        async with db.atomic():
            raise AssertionError("the block must not be entered")

    async def body() -> None:
        async with db.atomic():
            await db.afetch(INSERT, "outer", cost="write")
            with pytest.raises(WrongWorld, match=r"Another task has opened .*test_tasks\.py:\d+"):
                await asyncio.gather(child())
            await db.afetch(INSERT, "after", cost="write")

    on_a_loop(db, body)
    assert notes(db) == ["outer", "after"]


def test_a_task_that_outlives_the_transaction_goes_on_without_it(db: Database) -> None:
    async def body() -> None:
        gate = asyncio.Event()

        async def child() -> None:
            await gate.wait()
            await db.afetch(INSERT, "late", cost="write")

        with pytest.raises(ZeroDivisionError):
            async with db.atomic():
                task = asyncio.create_task(child())
                _ = 1 / 0
        gate.set()
        await task

    on_a_loop(db, body)
    assert notes(db) == ["late"]


@pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
def test_a_cancelled_query_gives_its_connection_back(db: Database, write: bool) -> None:
    async def body() -> None:
        await cancel(await start_long_query(db, write))
        assert_all_back_here(db)
        assert await db.afetch("SELECT 1") == [(1,)]

    on_a_loop(db, body)
    assert notes(db) == []


def test_a_cancelled_transaction_commits_nothing_and_gives_its_connection_back(db: Database) -> None:
    async def body() -> None:
        inside: list[asyncio.Task[Any]] = []

        async def work() -> None:
            async with db.atomic():
                await db.afetch(INSERT, "half", cost="write")
                inside.append(await start_long_query(db, write=True))
                await inside[0]

        task = asyncio.create_task(work())
        await until(lambda: inside)
        await cancel(task)
        assert_all_back_here(db)
        async with db.atomic():
            await db.afetch(INSERT, "whole", cost="write")

    on_a_loop(db, body)
    assert notes(db) == ["whole"]


def test_a_query_that_times_out_inside_a_transaction_spoils_it(db: Database) -> None:
    async def body() -> None:
        with pytest.raises(TransactionFailed):
            async with db.atomic():
                await db.afetch(INSERT, "half", cost="write")
                await cancel(await start_long_query(db))

    on_a_loop(db, body)
    assert notes(db) == []


def test_a_write_cancelled_within_a_savepoint_leaves_nothing_that_looks_like_the_transaction(db: Database) -> None:
    async def body() -> None:
        async with db.atomic():
            await db.afetch(INSERT, "outer", cost="write")
            with pytest.raises(asyncio.CancelledError):
                async with db.atomic():
                    task = await start_long_query(db, write=True)
                    task.cancel()
                    await task
            await db.afetch(INSERT, "after", cost="write")

    if isinstance(db.dialect, Sqlite):  # an interrupted write takes the whole transaction with it (sqlite3_interrupt)
        with pytest.raises(TransactionFailed):
            on_a_loop(db, body)
        assert notes(db) == []
    else:
        on_a_loop(db, body)
        assert notes(db) == ["outer", "after"]


def test_a_task_cancelled_while_it_waits_for_a_connection_takes_none(db: Database) -> None:
    async def body() -> None:
        pool = db._pools()[1]
        taken = [await pool.take() for _ in range(pool.size)]
        task = asyncio.create_task(db.afetch(INSERT, "never", cost="write"))
        await until(lambda: pool._free._waiters)
        await cancel(task)
        for link in taken:
            pool.give(link)

    on_a_loop(db, body)
    assert notes(db) == []


def test_a_blocking_call_on_the_loop_raises_with_the_right_spelling(db: Database) -> None:
    async def body() -> None:
        with pytest.raises(WrongWorld, match=r"Write `await db.afetch\(...\)`"):
            db.fetch("SELECT 1")
        with pytest.raises(WrongWorld, match=r"Write `await db.arun\(...\)`"):
            db.run(get_or_create("note", "title", "x"))
        with pytest.raises(WrongWorld, match=r"Write `async with db.atomic\(\)`"), db.atomic():
            raise AssertionError("the block must not be entered")

    on_a_loop(db, body)


def test_a_blocking_call_in_a_thread_of_an_async_transaction_raises_at_once(db: Database) -> None:
    async def body() -> None:
        async with db.atomic():
            await db.afetch(INSERT, "outer", cost="write")
            with pytest.raises(WrongWorld, match=r"async transaction opened at .*test_tasks\.py"):
                await asyncio.to_thread(db.fetch, INSERT, "inner", cost="write")

    on_a_loop(db, body)
    assert notes(db) == ["outer"]


def test_threads_that_ask_for_one_key_create_it_once(db: Database) -> None:
    answers: list[tuple[int, bool]] = []
    barrier = threading.Barrier(3)

    def work() -> None:
        barrier.wait()
        answers.append(db.run(get_or_create("note", "title", "x")))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created for _, created in answers) == [False, False, True]
    assert len({key for key, _ in answers}) == 1


def test_the_connection_used_last_is_taken_first(db: Database) -> None:
    first, second = db.pool.take(), db.pool.take()
    db.pool.give(first)  # type: ignore[arg-type]  # the pool's own
    db.pool.give(second)  # type: ignore[arg-type]  # the pool's own
    assert db.pool.take() is second
    db.pool.give(second)  # type: ignore[arg-type]  # the pool's own
    for _ in range(5):
        db.fetch("SELECT 1")
    assert len(db.pool.idle) == 2


def test_many_threads_share_few_connections(db: Database) -> None:
    def work(name: str) -> None:
        for turn in range(10):
            with db.atomic():
                db.fetch(INSERT, f"{name}-{turn}", cost="write")

    db.pool.timeout = 5.0
    threads = [threading.Thread(target=work, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(notes(db)) == 80
    assert len(db.pool.idle) <= 3


def test_an_unread_returning_keeps_no_lock(db: Database) -> None:
    db.fetch("INSERT INTO note (title) VALUES ('a'), ('b') RETURNING id", cost="write")
    link = db.pool.take()
    link.run(Execute("UPDATE note SET views = 1", (), "write"))
    db.pool.give(link)  # type: ignore[arg-type]  # the pool's own
