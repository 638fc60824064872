"""Fit what a project registers (hooks, error handlers, start-up and shut-down steps) to one calling form, at freeze."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from demijohn.errors import Problem
from demijohn.types import Origin

__all__ = ["Hook", "HookFunction", "fit_hook", "is_async_callable"]

HookFunction: TypeAlias = Callable[..., Any]  # Any: hooks may return a value, None, or an awaitable of either


class Hook(msgspec.Struct, frozen=True):
    """Hold a hook that takes exactly the arguments its kind is called with."""

    call: HookFunction
    is_async: bool
    name: str


def is_async_callable(function: object) -> bool:
    """Tell whether calling it gives a coroutine, also for partials and objects with an async `__call__`."""
    while (inner := getattr(function, "func", None)) is not None and hasattr(function, "keywords"):
        function = inner  # functools.partial
    if inspect.iscoroutinefunction(function):
        return True
    return inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004  # asks what calling would give


def fit_hook(
    function: HookFunction, takes: Sequence[str], origin: Origin, problems: list[Problem], *, what: str
) -> Hook | None:
    """Return the hook, or None with a Problem noted where its parameters do not fit.

    `takes` names what it is called with, most wanted first; a hook may leave out the last ones: an error handler is
    `(error, request)`, `(error)` or `()`.
    """
    name = getattr(function, "__qualname__", repr(function))
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # built in C without a signature: call it with everything
        return Hook(function, is_async_callable(function), name)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = sum(p.default is p.empty for p in positional)
    unfit = any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters)
    if required > len(takes) or unfit:
        form = ", ".join(takes)
        problems.append(
            Problem(
                f"{what} {name} takes more than it is given.",
                str(origin),
                f"Write `def {name}({form})`; parameters from the right may be left out.",
            )
        )
        return None
    star = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    count = len(takes) if star else min(len(takes), len(positional))
    return Hook(_take_first(function, count, len(takes)), is_async_callable(function), name)


def _take_first(function: HookFunction, count: int, given: int) -> HookFunction:
    if count == given:
        return function
    return lambda *arguments: function(*arguments[:count])


async def call_on_loop(hook: Hook, in_worker: Callable[[Callable[[], Any]], Awaitable[Any]], *arguments: object) -> Any:
    """Call a hook from the loop: an async one at once, a `def` one in a worker."""
    if hook.is_async:
        return await hook.call(*arguments)
    return await in_worker(lambda: hook.call(*arguments))
