"""Show that one body means the same over both databases, blocking and async: atomic, savepoints, hooks, failures."""

# ruff: noqa: PT012  # what is raised comes from the end of a block, so the block stands in it
from __future__ import annotations

import pytest

from demijohn import after_commit
from tests.spikes.worlds.conftest import Blocking, Caller, Play, notes
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.transaction import DatabaseError, IntegrityError, PoolTimeout, TransactionFailed, get_or_create

INSERT = "INSERT INTO note (title) VALUES (?)"


async def add(call: Caller, title: str) -> None:
    await call.fetch(INSERT, title, cost="write")


def test_a_transaction_commits_and_an_error_rolls_it_back(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        async with call.atomic():
            await add(call, "kept")
            assert notes(db) == []
            assert await call.fetch("SELECT title FROM note") == [("kept",)]
        with pytest.raises(ZeroDivisionError):
            async with call.atomic():
                await add(call, "lost")
                _ = 1 / 0

    play(body)
    assert notes(db) == ["kept"]


def test_a_savepoint_rolls_back_alone(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        async with call.atomic():
            await add(call, "outer")
            with pytest.raises(IntegrityError):
                async with call.atomic():
                    await add(call, "inner")
                    await add(call, "outer")
            async with call.atomic():
                await add(call, "second")

    play(body)
    assert notes(db) == ["outer", "second"]


def test_an_error_that_is_caught_inside_the_block_spoils_it(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        with pytest.raises(TransactionFailed, match=r"opened at .*\.py:\d+"):
            async with call.atomic():
                await add(call, "a")
                with pytest.raises(IntegrityError):
                    await add(call, "a")
                with pytest.raises(TransactionFailed):
                    await call.fetch("SELECT 1")
                with pytest.raises(TransactionFailed):
                    async with call.atomic():
                        raise AssertionError("the block must not be entered")
        await add(call, "after")

    play(body)
    assert notes(db) == ["after"]


def test_hooks_run_after_the_outermost_commit_in_their_order_and_outside_of_it(play: Play, db: Database) -> None:
    seen: list[object] = []

    async def body(call: Caller) -> None:
        async with call.atomic():
            after_commit(lambda: seen.append(1))
            async with call.atomic():
                after_commit(lambda: seen.append(notes(db)))
                await add(call, "n")
            with pytest.raises(ZeroDivisionError):
                async with call.atomic():
                    after_commit(lambda: seen.append("of a rolled back savepoint"))
                    _ = 1 / 0
            after_commit(lambda: after_commit(lambda: seen.append("at once")))
            assert seen == []
        after_commit(lambda: seen.append("outside"))
        with pytest.raises(ZeroDivisionError):
            async with call.atomic():
                after_commit(lambda: seen.append("of a rolled back transaction"))
                _ = 1 / 0

    play(body)
    assert seen == [1, ["n"], "at once", "outside"]


def test_a_hook_of_a_commit_may_query_and_open_a_transaction(db: Database) -> None:
    def mail() -> None:
        with db.atomic():
            db.fetch(INSERT, "mailed", cost="write")

    with db.atomic():
        after_commit(mail)
        db.fetch(INSERT, "first", cost="write")
    assert notes(db) == ["first", "mailed"]


def test_a_blocking_hook_of_an_async_commit_runs_in_a_thread_and_may_query(db: Database) -> None:
    import asyncio

    async def main() -> None:
        async with db.atomic():
            after_commit(lambda: db.fetch(INSERT, "mailed", cost="write"))
            await db.afetch(INSERT, "first", cost="write")
        await db.close_loop()

    asyncio.run(main())
    assert notes(db) == ["first", "mailed"]


def test_an_operation_of_several_steps_is_written_once(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        first, created = await call.run(get_or_create("note", "title", "x"))
        assert created
        assert await call.run(get_or_create("note", "title", "x")) == (first, False)
        async with call.atomic():
            assert await call.run(get_or_create("note", "title", "x")) == (first, False)

    play(body)
    assert notes(db) == ["x"]


def test_an_exhausted_pool_says_so_and_serves_again(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        if isinstance(call, Blocking):
            taken = [db.pool.take() for _ in range(3)]
            with pytest.raises(PoolTimeout, match="All 3 connections"):
                await call.fetch("SELECT 1")
            for link in taken:
                db.pool.give(link)  # type: ignore[arg-type]  # the pool's own
        else:
            pool = db._pools()[0]
            taken = [await pool.take() for _ in range(3)]
            with pytest.raises(PoolTimeout, match="All 3 connections"):
                await call.fetch("SELECT 1")
            for link in taken:
                pool.give(link)
        assert await call.fetch("SELECT 1") == [(1,)]

    play(body)


def test_a_statement_the_database_refuses_leaves_the_connection_usable(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        with pytest.raises(DatabaseError):
            await call.fetch("SELECT nothing FROM nowhere")
        assert await call.fetch("SELECT 1") == [(1,)]

    play(body)


def test_a_read_only_transaction_sees_one_snapshot(play: Play, db: Database) -> None:
    async def body(call: Caller) -> None:
        await add(call, "before")
        async with call.atomic(read_only=True):
            assert await call.fetch("SELECT count(*) FROM note") == [(1,)]

    play(body)
