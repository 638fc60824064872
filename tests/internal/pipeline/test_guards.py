from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest

from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.pipeline.guards import Guards, is_guard
from demijohn.pipeline.threads import WorkerPool

if TYPE_CHECKING:
    from .conftest import MakeRequest

variable: ContextVar[str] = ContextVar("variable", default="unset")


class Sync:
    def __init__(self, log: list[str], name: str = "sync", refusal: int = 0) -> None:
        self.log, self.name, self.refusal = log, name, refusal

    def check(self, request: Request) -> None:
        self.log.append(f"{self.name} in {'a worker' if _in_worker() else 'the loop'}")
        if self.refusal:
            raise HTTPError(self.refusal)


class Blocking(Sync):
    blocking = True

    def check(self, request: Request) -> None:
        super().check(request)
        variable.set("set in a worker")


class Async(Sync):
    async def acheck(self, request: Request) -> None:
        await asyncio.sleep(0)
        super().check(request)


class Misspelt:
    """Say `async def check` where `acheck` was meant."""

    def __init__(self, refusal: int = 0) -> None:
        self.refusal = refusal

    async def check(self, request: Request) -> None:
        await asyncio.sleep(0)
        if self.refusal:
            raise HTTPError(self.refusal)


class Answering:
    """Answer instead of raising, as guards of other frameworks do."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def check(self, request: Request) -> None:
        return self.answer  # type: ignore[return-value]  # the mistake that is tested


def _in_worker() -> bool:
    return threading.current_thread() is not threading.main_thread()


def ask(request: Request, *guards: object) -> str:
    """Ask the guards as an endpoint does, and return what a context variable holds afterwards."""

    async def main() -> str:
        pool = WorkerPool(1, 1)
        try:
            await Guards(guards, pool).check(request)  # type: ignore[arg-type]  # wrong ones are tested, too
            return variable.get()
        finally:
            await pool.close()

    return asyncio.run(main())


def test_guards_are_asked_in_order_each_in_its_world(make_request: MakeRequest) -> None:
    log: list[str] = []
    ask(make_request(), Sync(log, "first"), Blocking(log, "second"), Async(log, "third"))
    assert log == ["first in the loop", "second in a worker", "third in the loop"]


def test_the_first_refusal_ends_the_asking(make_request: MakeRequest) -> None:
    log: list[str] = []
    with pytest.raises(HTTPError) as refused:
        ask(make_request(), Sync(log, "first"), Blocking(log, "second", 403), Async(log, "third", 401))
    assert refused.value.status == 403
    assert log == ["first in the loop", "second in a worker"]


def test_what_a_blocking_guard_sets_is_there_for_the_handler(make_request: MakeRequest) -> None:
    assert ask(make_request(), Blocking([])) == "set in a worker"


def test_a_guard_that_was_meant_to_be_async_is_not_passed_over(make_request: MakeRequest) -> None:
    ask(make_request(), Misspelt())
    with pytest.raises(HTTPError):
        ask(make_request(), Misspelt(403))


@pytest.mark.parametrize("answer", [False, True, "no", 403])
def test_a_guard_that_answers_instead_of_raising_lets_nobody_in(make_request: MakeRequest, answer: object) -> None:
    with pytest.raises(TypeError):
        ask(make_request(), Answering(answer))


def test_no_guards_are_false_and_guards_can_be_listed() -> None:
    pool = WorkerPool(1, 1)
    guard = Sync([])
    assert not Guards([], pool)
    assert Guards([guard], pool)
    assert list(Guards([guard], pool)) == [guard]


def test_a_guard_is_told_by_its_methods() -> None:
    assert is_guard(Sync([]))
    assert is_guard(Async([]))
    assert not is_guard(object())
    assert not is_guard(lambda request: None)
