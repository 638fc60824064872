from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import pytest

from demijohn.pipeline import watch
from demijohn.pipeline.watch import ClientGone, run_watched

_T = TypeVar("_T")


class Transport:
    """Be a client that leaves when the test says so."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.listeners = 0

    async def client_disconnect(self) -> None:
        self.listeners += 1
        await self.gone.wait()

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("nobody reads a body here")


@pytest.fixture
def listens_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_UNOBSERVED_SECONDS", 0)


def run(test: Callable[[Transport], Coroutine[Any, Any, _T]]) -> _T:
    """Run the test and make sure that nothing of it goes on afterwards."""

    async def main() -> _T:
        result = await test(Transport())
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        return result

    return asyncio.run(main())


async def leaves(transport: Transport, waiting: asyncio.Event) -> None:
    """Leave once the handler waits."""
    await waiting.wait()
    transport.gone.set()


def test_a_handler_that_never_waits_is_not_watched() -> None:
    async def handler() -> str:
        return "at once"

    async def test(transport: Transport) -> tuple[str, int]:
        return await run_watched(handler(), transport), transport.listeners

    assert run(test) == ("at once", 0)


def test_a_handler_that_waits_shortly_is_not_watched() -> None:
    async def handler() -> str:
        await asyncio.sleep(0)
        return "soon"

    async def test(transport: Transport) -> tuple[str, int]:
        return await run_watched(handler(), transport), transport.listeners

    assert run(test) == ("soon", 0)


@pytest.mark.usefixtures("listens_at_once")
def test_results_and_errors_of_what_is_awaited_reach_the_handler() -> None:
    async def handler(first: Awaitable[str], second: Awaitable[str]) -> list[str]:
        seen = [await first]
        try:
            await second
        except LookupError as error:
            seen.append(str(error))
        return seen

    async def test(transport: Transport) -> list[str]:
        loop = asyncio.get_running_loop()
        first, second = loop.create_future(), loop.create_future()
        loop.call_later(0.001, first.set_result, "result")
        loop.call_later(0.002, second.set_exception, LookupError("error"))
        return await run_watched(handler(first, second), transport)

    assert run(test) == ["result", "error"]


@pytest.mark.usefixtures("listens_at_once")
def test_a_client_that_leaves_cancels_the_handler_and_its_finally_runs() -> None:
    log: list[str] = []

    async def handler(waiting: asyncio.Event) -> None:
        try:
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            log.append("finally")

    async def test(transport: Transport) -> None:
        waiting = asyncio.Event()
        leaving = asyncio.ensure_future(leaves(transport, waiting))
        with pytest.raises(ClientGone):
            await run_watched(handler(waiting), transport)
        await leaving

    run(test)
    assert log == ["cancelled", "finally"]


@pytest.mark.usefixtures("listens_at_once")
def test_a_handler_may_catch_the_cancellation_and_what_follows_in_the_task_can_be_cancelled_as_ever() -> None:
    async def handler(waiting: asyncio.Event) -> str:
        try:
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "caught"
        return "never"

    async def test(transport: Transport) -> list[str]:
        waiting = asyncio.Event()
        leaving = asyncio.ensure_future(leaves(transport, waiting))
        seen = [await run_watched(handler(waiting), transport)]
        await leaving
        with pytest.raises(TimeoutError):  # both count the cancellations of their task
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        with pytest.raises(ExceptionGroup):
            await failing_group()
        return seen

    assert run(test) == ["caught"]


async def fail() -> None:
    raise LookupError


async def failing_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(fail())
        await asyncio.Event().wait()


@pytest.mark.usefixtures("listens_at_once")
def test_an_error_while_the_handler_cleans_up_is_the_error() -> None:
    async def handler(waiting: asyncio.Event) -> None:
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            raise LookupError("while cleaning up")

    async def test(transport: Transport) -> None:
        waiting = asyncio.Event()
        leaving = asyncio.ensure_future(leaves(transport, waiting))
        with pytest.raises(LookupError, match="while cleaning up"):
            await run_watched(handler(waiting), transport)
        await leaving

    run(test)


@pytest.mark.usefixtures("listens_at_once")
@pytest.mark.parametrize("how", ["gather", "group", "wait_for", "task"])
def test_tasks_that_the_handler_waits_for_are_cancelled_with_it(how: str) -> None:
    ended: list[int] = []

    async def part(number: int, waiting: asyncio.Event) -> None:
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    async def handler(waiting: asyncio.Event) -> None:
        if how == "gather":
            await asyncio.gather(part(1, waiting), part(2, waiting))
        elif how == "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(part(1, waiting))
                group.create_task(part(2, waiting))
        elif how == "wait_for":
            await asyncio.wait_for(asyncio.gather(part(1, waiting), part(2, waiting)), 60)
        else:
            await asyncio.create_task(handler_within(waiting))

    async def handler_within(waiting: asyncio.Event) -> None:
        await asyncio.gather(part(1, waiting), part(2, waiting))

    async def test(transport: Transport) -> None:
        waiting = asyncio.Event()
        leaving = asyncio.ensure_future(leaves(transport, waiting))
        with pytest.raises(ClientGone):
            await run_watched(handler(waiting), transport)
        await leaving

    run(test)
    assert sorted(ended) == [1, 2]


@pytest.mark.usefixtures("listens_at_once")
def test_timeouts_within_the_handler_work_as_ever() -> None:
    async def handler() -> list[str]:
        seen = []
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            seen.append("timeout")
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        except TimeoutError:
            seen.append("wait_for")
        async with asyncio.timeout(60):
            await asyncio.sleep(0)
            seen.append("in time")
        return seen

    async def test(transport: Transport) -> list[str]:
        return await run_watched(handler(), transport)

    assert run(test) == ["timeout", "wait_for", "in time"]


@pytest.mark.usefixtures("listens_at_once")
def test_a_client_that_leaves_within_a_timeout_is_no_timeout() -> None:
    async def handler(waiting: asyncio.Event) -> None:
        async with asyncio.timeout(60):
            waiting.set()
            await asyncio.Event().wait()

    async def test(transport: Transport) -> None:
        waiting = asyncio.Event()
        leaving = asyncio.ensure_future(leaves(transport, waiting))
        with pytest.raises(ClientGone):
            await run_watched(handler(waiting), transport)
        await leaving

    run(test)


@pytest.mark.usefixtures("listens_at_once")
def test_task_groups_within_the_handler_work_as_ever() -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    async def handler() -> tuple[list[int], str]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(double(number)) for number in range(3)]
        failed = ""
        try:
            await failing_group()
        except* LookupError:
            failed = "failed"
        return [task.result() for task in tasks], failed

    async def test(transport: Transport) -> tuple[list[int], str]:
        return await run_watched(handler(), transport)

    assert run(test) == ([0, 2, 4], "failed")


@pytest.mark.usefixtures("listens_at_once")
def test_a_server_that_cancels_the_request_is_not_taken_for_a_client_that_left() -> None:
    async def handler(waiting: asyncio.Event) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async def test(transport: Transport) -> None:
        waiting = asyncio.Event()
        request = asyncio.ensure_future(run_watched(handler(waiting), transport))
        await waiting.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    run(test)


@pytest.mark.usefixtures("listens_at_once")
def test_a_server_that_cancels_while_the_handler_cleans_up_after_its_client_is_obeyed() -> None:
    async def handler(waiting: asyncio.Event, cleaning: asyncio.Event) -> None:
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await asyncio.Event().wait()

    async def test(transport: Transport) -> None:
        waiting, cleaning = asyncio.Event(), asyncio.Event()
        request = asyncio.ensure_future(run_watched(handler(waiting, cleaning), transport))
        await waiting.wait()
        transport.gone.set()
        await cleaning.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    run(test)


def test_dropping_the_request_closes_the_handler() -> None:
    log: list[str] = []

    async def handler() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("closed")

    async def test(transport: Transport) -> None:
        watched = run_watched(handler(), transport)
        watched.send(None)
        watched.close()

    run(test)
    assert log == ["closed"]
