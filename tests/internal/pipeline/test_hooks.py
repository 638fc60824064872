from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest

from demijohn.errors import Problem
from demijohn.pipeline.hooks import Hook, call_on_loop, fit_hook, is_async_callable
from demijohn.types import Origin

ORIGIN = Origin("app.py", 3)
TAKES = ("error", "request")


def fit(function: Callable[..., Any]) -> tuple[Hook | None, list[Problem]]:
    problems: list[Problem] = []
    return fit_hook(function, TAKES, ORIGIN, problems, what="The error handler"), problems


async def coroutine(*arguments: object) -> tuple[object, ...]:
    return arguments


class AsyncObject:
    async def __call__(self, error: object) -> object:
        return error


class Methods:
    def both(self, error: object, request: object) -> tuple[object, ...]:
        return error, request

    @staticmethod
    def none() -> tuple[object, ...]:
        return ()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda error, request: (error, request), (1, 2)),
        (lambda error: (error,), (1,)),
        (lambda: (), ()),
        (lambda *all_of_it: all_of_it, (1, 2)),
        (lambda error, *rest: (error, *rest), (1, 2)),
        (lambda error, request, more="default": (error, request, more), (1, 2, "default")),
        (lambda error, *, option=None: (error,), (1,)),
        (functools.partial(lambda option, error: (option, error), "given"), ("given", 1)),
        (Methods().both, (1, 2)),
        (Methods.none, ()),
    ],
)
def test_a_hook_gets_as_many_arguments_as_it_takes(function: Callable[..., Any], expected: tuple[object, ...]) -> None:
    hook, problems = fit(function)
    assert hook is not None
    assert problems == []
    assert hook.call(1, 2) == expected
    assert not hook.is_async


@pytest.mark.parametrize("function", [coroutine, functools.partial(coroutine), AsyncObject(), AsyncObject().__call__])
def test_whatever_gives_a_coroutine_is_async(function: Callable[..., Any]) -> None:
    hook, _ = fit(function)
    assert hook is not None
    assert hook.is_async
    assert is_async_callable(function)


@pytest.mark.parametrize(
    "function", [lambda error, request, third: None, lambda error, *, option: None, lambda a, b, c, d=1: None]
)
def test_a_hook_that_takes_more_than_there_is_stops_the_start(function: Callable[..., Any]) -> None:
    hook, problems = fit(function)
    assert hook is None
    (problem,) = problems
    assert problem.where == "app.py:3"
    assert "takes more than it is given" in problem.message
    assert "(error, request)" in problem.remedy


def test_what_has_no_signature_gets_everything() -> None:
    hook, problems = fit(max)
    assert hook is not None
    assert problems == []
    assert hook.call(1, 2) == 2


def test_a_blocking_hook_is_called_in_a_worker_and_an_async_one_on_the_loop() -> None:
    async def on_loop(value: object) -> tuple[object, bool]:
        return value, threading.current_thread() is threading.main_thread()

    def in_thread(value: object) -> tuple[object, bool]:
        return value, threading.current_thread() is threading.main_thread()

    async def main() -> list[Any]:
        return [
            await call_on_loop(Hook(on_loop, True, "on_loop"), asyncio.to_thread, 1),
            await call_on_loop(Hook(in_thread, False, "in_thread"), asyncio.to_thread, 2),
        ]

    assert asyncio.run(main()) == [(1, True), (2, False)]
