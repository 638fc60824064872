from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from demijohn.pipeline.hooks import Hook
from demijohn.pipeline.lifecycle import Lifecycle
from demijohn.pipeline.threads import WorkerPool

Log = list[str]


def step(log: Log, name: str, error: Exception | None = None) -> Hook:
    def call() -> None:
        log.append(name)
        if error is not None:
            raise error

    return Hook(call, False, name)


def async_step(log: Log, name: str) -> Hook:
    async def call() -> None:
        await asyncio.sleep(0)
        log.append(name)

    return Hook(call, True, name)


def run(test: Callable[[WorkerPool], Any]) -> None:
    async def main() -> None:
        pool = WorkerPool(1, 0)
        try:
            await test(pool)
        finally:
            await pool.close()

    asyncio.run(main())


def test_steps_run_in_order_and_backwards_at_the_end() -> None:
    log: Log = []
    life = Lifecycle(
        [step(log, "open a"), async_step(log, "open b")], [step(log, "close a"), async_step(log, "close b")]
    )

    async def test(pool: WorkerPool) -> None:
        await life.startup(pool)
        await life.shutdown(pool)

    run(test)
    assert log == ["open a", "open b", "close b", "close a"]


def test_a_blocking_step_runs_in_a_worker() -> None:
    names: list[str] = []
    life = Lifecycle([Hook(lambda: names.append(threading.current_thread().name), False, "step")], [])
    run(life.startup)
    assert names == ["demijohn-1"]


def test_several_gateways_start_the_app_once_and_all_wait_for_it() -> None:
    log: Log = []
    life = Lifecycle([async_step(log, "open")], [step(log, "close")])

    async def test(pool: WorkerPool) -> None:
        await asyncio.gather(*(life.startup(pool) for _ in range(3)))
        assert log == ["open"]
        await life.shutdown(pool)
        await life.shutdown(pool)

    run(test)
    assert log == ["open", "close"]


def test_an_app_that_was_never_started_is_not_shut_down() -> None:
    log: Log = []
    run(Lifecycle([], [step(log, "close")]).shutdown)
    assert log == []


def test_a_step_that_fails_stops_the_start() -> None:
    log: Log = []
    life = Lifecycle([step(log, "a", LookupError("no database")), step(log, "b")], [step(log, "close")])

    async def test(pool: WorkerPool) -> None:
        with pytest.raises(LookupError, match="no database"):
            await life.startup(pool)
        await life.shutdown(pool)

    run(test)
    assert log == ["a"]


def test_a_step_that_fails_at_the_end_keeps_no_other_from_running() -> None:
    log: Log = []
    life = Lifecycle([], [step(log, "a", LookupError("a")), step(log, "b"), step(log, "c", LookupError("c"))])

    async def test(pool: WorkerPool) -> None:
        await life.startup(pool)
        with pytest.raises(LookupError, match="c"):
            await life.shutdown(pool)

    run(test)
    assert log == ["c", "b", "a"]


def test_an_app_can_be_started_again() -> None:
    log: Log = []
    life = Lifecycle([step(log, "open")], [step(log, "close")])

    async def test(pool: WorkerPool) -> None:
        for _ in range(2):
            await life.startup(pool)
            await life.shutdown(pool)

    run(test)
    assert log == ["open", "close"] * 2
