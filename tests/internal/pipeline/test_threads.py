from __future__ import annotations

import asyncio
import random
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial

import pytest

from demijohn.pipeline.threads import ServerBusy, WorkerPool

SECONDS = 10.0


class Gate:
    """Hold calls until `open` is called, and count how many have arrived."""

    def __init__(self) -> None:
        self._arrived = threading.Semaphore(0)
        self._opened = threading.Event()

    def pass_through(self) -> str:
        self._arrived.release()
        assert self._opened.wait(SECONDS)
        return threading.current_thread().name

    async def wait_for(self, calls: int) -> None:
        for _ in range(calls):
            assert await asyncio.to_thread(self._arrived.acquire, timeout=SECONDS)

    def open(self) -> None:
        self._opened.set()


def test_a_call_runs_in_a_thread_of_the_pool_with_the_callers_context() -> None:
    variable: ContextVar[str] = ContextVar("variable")

    async def main() -> tuple[str, str]:
        pool = WorkerPool(1, 0)
        variable.set("the caller's")
        found = await pool.run(lambda: (threading.current_thread().name, variable.get()))
        await pool.close()
        return found

    assert asyncio.run(main()) == ("demijohn-1", "the caller's")


def test_what_a_call_sets_stays_in_its_own_context_unless_it_is_shared() -> None:
    variable: ContextVar[str] = ContextVar("variable")

    def fail() -> None:
        variable.set("failed")
        raise LookupError

    async def main() -> list[str]:
        pool = WorkerPool(1, 0)
        variable.set("before")
        await pool.run(lambda: variable.set("alone"))
        seen = [variable.get()]
        await pool.run_sharing(lambda: variable.set("shared"))
        seen.append(variable.get())
        with pytest.raises(LookupError):
            await pool.run_sharing(fail)
        seen.append(variable.get())
        await pool.close()
        return seen

    assert asyncio.run(main()) == ["before", "shared", "failed"]


def test_two_thousand_calls_each_get_their_own_result() -> None:
    async def main() -> list[int]:
        pool = WorkerPool(8, 2000)
        results = await asyncio.gather(*(pool.run(partial(pow, number, 2)) for number in range(2000)))
        assert pool.waiting == 0
        await pool.close()
        return results

    assert asyncio.run(main()) == [number * number for number in range(2000)]


def test_results_come_in_the_order_in_which_calls_end() -> None:
    async def main() -> list[str]:
        pool = WorkerPool(2, 0)
        gate, ended = Gate(), list[str]()
        slow = asyncio.ensure_future(pool.run(gate.pass_through))
        slow.add_done_callback(lambda _: ended.append("slow"))
        await gate.wait_for(1)
        await pool.run(lambda: None)
        ended.append("quick")
        gate.open()
        await slow
        await pool.close()
        return ended

    assert asyncio.run(main()) == ["quick", "slow"]


def test_threads_are_started_as_they_are_needed() -> None:
    async def main() -> tuple[int, int]:
        pool = WorkerPool(4, 4)
        names = {await pool.run(lambda: threading.current_thread().name) for _ in range(20)}
        gate = Gate()
        calls = [asyncio.ensure_future(pool.run(gate.pass_through)) for _ in range(6)]
        await gate.wait_for(4)
        gate.open()
        together = set(await asyncio.gather(*calls))
        await pool.close()
        return len(names), len(together)

    alone, together = asyncio.run(main())
    assert alone == 1, "one call after the other needs one thread"
    assert together == 4


def test_an_exception_reaches_the_caller_as_it_is() -> None:
    error = LookupError("mine")

    def fail() -> None:
        raise error

    async def main() -> None:
        pool = WorkerPool(1, 0)
        with pytest.raises(LookupError) as caught:
            await pool.run(fail)
        assert caught.value is error
        assert await pool.run(lambda: "still works") == "still works"
        await pool.close()

    asyncio.run(main())


@pytest.mark.parametrize("kind", [StopIteration, SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError])
def test_what_would_end_the_task_or_the_server_becomes_an_ordinary_error(kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind("from a handler")

    async def main() -> None:
        pool = WorkerPool(1, 0)
        with pytest.raises(RuntimeError, match="from a handler") as caught:
            await pool.run(fail)
        assert isinstance(caught.value.__cause__, kind)
        assert await pool.run(lambda: "still works") == "still works"
        await pool.close()

    asyncio.run(main())


def test_too_many_calls_are_refused_and_accepted_again_later() -> None:
    async def main() -> None:
        pool = WorkerPool(2, 3)
        gate = Gate()
        calls = [asyncio.ensure_future(pool.run(gate.pass_through)) for _ in range(5)]
        await gate.wait_for(2)
        assert pool.waiting == 5
        with pytest.raises(ServerBusy) as refused:
            await pool.run(lambda: None)
        assert (refused.value.status, refused.value.code) == (503, "server.busy")
        assert refused.value.headers == {"retry-after": "1"}
        gate.open()
        await asyncio.gather(*calls)
        assert await pool.run(lambda: "again") == "again"
        await pool.close()

    asyncio.run(main())


def test_a_cancelled_caller_leaves_its_call_to_end_and_its_place_taken_until_then() -> None:
    async def main() -> None:
        pool = WorkerPool(1, 0)
        gate = Gate()
        call = asyncio.ensure_future(pool.run(gate.pass_through))
        await gate.wait_for(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert pool.waiting == 1
        with pytest.raises(ServerBusy):
            await pool.run(lambda: None)
        gate.open()
        while pool.waiting:
            await asyncio.sleep(0)
        assert await pool.run(lambda: "free again") == "free again"
        await pool.close()

    asyncio.run(main())


def test_calls_that_are_cancelled_at_random_disturb_no_other() -> None:
    chance = random.Random(7)

    def work(number: int) -> int:
        for _ in range(number % 50):
            pass
        if number % 13 == 0:
            raise LookupError(number)
        return number

    async def main() -> None:
        pool = WorkerPool(8, 1000)
        for _ in range(5):
            calls = [asyncio.ensure_future(pool.run(partial(work, number))) for number in range(400)]
            cancelled = set(chance.sample(range(400), 120))
            for turn, number in enumerate(cancelled):
                calls[number].cancel()
                if turn % 10 == 0:
                    await asyncio.sleep(0)
            results = await asyncio.gather(*calls, return_exceptions=True)
            for number, result in enumerate(results):
                if isinstance(result, asyncio.CancelledError):
                    assert number in cancelled
                elif number % 13 == 0:
                    assert isinstance(result, LookupError)
                else:
                    assert result == number
        while pool.waiting:
            await asyncio.sleep(0)
        await pool.close()

    asyncio.run(main())


def test_calls_from_calls_of_several_tasks_keep_their_contexts_apart() -> None:
    variable: ContextVar[int] = ContextVar("variable")

    async def one(pool: WorkerPool, number: int) -> bool:
        variable.set(number)
        return all([await pool.run(variable.get) == number for _ in range(10)])

    async def main() -> list[bool]:
        pool = WorkerPool(4, 1000)
        same = await asyncio.gather(*(one(pool, number) for number in range(50)))
        await pool.close()
        return same

    assert all(asyncio.run(main()))


def test_closing_lets_what_was_handed_over_end_and_takes_nothing_more() -> None:
    async def main() -> None:
        pool = WorkerPool(1, 2)
        gate = Gate()
        calls = [asyncio.ensure_future(pool.run(gate.pass_through)) for _ in range(3)]
        await gate.wait_for(1)
        closing = asyncio.ensure_future(pool.close())
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy):
            await pool.run(lambda: None)
        gate.open()
        await closing
        assert await asyncio.gather(*calls) == ["demijohn-1"] * 3

    asyncio.run(main())


def test_closing_does_not_wait_for_ever() -> None:
    gate = Gate()

    async def main() -> None:
        pool = WorkerPool(1, 0)
        call = asyncio.ensure_future(pool.run(gate.pass_through))
        await gate.wait_for(1)
        await pool.close(grace=0)
        assert not call.done()
        call.cancel()

    try:
        asyncio.run(main())
    finally:
        gate.open()


def test_closing_a_pool_that_never_worked_does_nothing() -> None:
    asyncio.run(WorkerPool(1, 0).close())


def test_a_pool_that_was_closed_can_be_opened_again() -> None:
    async def main() -> str:
        pool = WorkerPool(1, 0)
        await pool.run(lambda: None)
        await pool.close()
        pool.reopen()
        result = await pool.run(lambda: "again")
        await pool.close()
        return result

    assert asyncio.run(main()) == "again"


def test_a_loop_that_is_closed_under_a_working_thread_harms_neither_the_thread_nor_the_next_loop() -> None:
    pool = WorkerPool(1, 0)
    gate = Gate()
    failures: list[object] = []
    hook, threading.excepthook = threading.excepthook, failures.append

    async def leave_behind() -> None:
        call = asyncio.ensure_future(pool.run(gate.pass_through))
        await gate.wait_for(1)
        call.cancel()

    async def work_anew() -> str:
        result = await pool.run(lambda: "the next loop")
        await pool.close()
        return result

    try:
        asyncio.run(leave_behind())
        (thread,) = (thread for thread in threading.enumerate() if thread.name == "demijohn-1")
        assert asyncio.run(work_anew()) == "the next loop"
        gate.open()
        thread.join(SECONDS)
        assert not thread.is_alive()
    finally:
        threading.excepthook = hook
    assert failures == []


def test_a_thread_that_wakes_a_closed_loop_lives_on() -> None:
    pool = WorkerPool(1, 0)
    gate = Gate()

    async def leave_behind() -> None:
        call = asyncio.ensure_future(pool.run(gate.pass_through))
        await gate.wait_for(1)
        call.cancel()

    asyncio.run(leave_behind())
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "demijohn-1")
    gate.open()

    async def work_anew() -> str:
        result = await pool.run(lambda: "the next loop")
        await pool.close()
        return result

    assert asyncio.run(work_anew()) == "the next loop"
    thread.join(SECONDS)
    assert not thread.is_alive()


def test_two_loops_that_run_at_once_are_told_so() -> None:
    async def main() -> None:
        pool = WorkerPool(1, 0)
        await pool.run(lambda: None)

        def elsewhere() -> str:
            with pytest.raises(RuntimeError, match="another event loop") as refused:
                asyncio.run(pool.run(lambda: None))
            return str(refused.value)

        assert await asyncio.to_thread(elsewhere)
        await pool.close()

    asyncio.run(main())


def test_a_system_without_more_threads_leaves_the_work_to_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("demijohn-"):
            raise RuntimeError("can't start new thread")
        start(thread)

    async def main() -> None:
        pool = WorkerPool(4, 8)
        monkeypatch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            await pool.run(lambda: None)
        assert pool.waiting == 0, "a call that was never handed over takes no place"
        monkeypatch.setattr(threading.Thread, "start", start)
        await pool.run(lambda: None)
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert await asyncio.gather(*(pool.run(partial(int, number)) for number in range(8))) == [*range(8)]
        monkeypatch.setattr(threading.Thread, "start", start)
        await pool.close()

    asyncio.run(main())


def test_an_idle_thread_keeps_nothing_of_the_last_call_alive() -> None:
    class Held:
        pass

    async def main() -> bool:
        pool = WorkerPool(1, 0)
        held = Held()
        seen = weakref.ref(held)

        def call(value: object = held) -> None:
            """Hold the value for as long as the call itself is held."""

        await pool.run(call)
        del held, call
        await pool.run(lambda: None)
        alive = seen() is not None
        await pool.close()
        return alive

    assert not asyncio.run(main())


def test_inline_calls_run_where_they_stand() -> None:
    async def main() -> list[str]:
        pool = WorkerPool(1, 0)
        pool.inline = True
        name: Callable[[], str] = lambda: threading.current_thread().name  # noqa: E731  # two uses of one short call
        return [await pool.run(name), await pool.run_sharing(name)]

    assert asyncio.run(main()) == [threading.current_thread().name] * 2
