"""Run a coroutine and cancel it when its client goes away. What a disconnect looks like is each gateway's own matter.

Most handlers end without ever waiting, and a task that listens for the disconnect costs as much as half a request. So
the coroutine is started by hand: only where it stops to wait, and still waits after a moment, does a listener start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

from demijohn.http.request import RequestTransport

__all__ = ["ClientGone", "resume_watched", "run_watched"]

_T = TypeVar("_T")

# How long a waiting handler goes unobserved. Long enough that a database query never pays for a listener.
_UNOBSERVED_SECONDS = 0.1


class ClientGone(BaseException):
    """End a request whose client has left: there is nobody to answer."""


async def run_watched(handler: Coroutine[Any, Any, _T], transport: RequestTransport) -> _T:
    """Return what the coroutine returns; cancel it when the client disconnects while it waits.

    Raises:
        ClientGone: the client left first.
    """
    try:
        awaited = handler.send(None)
    except StopIteration as end:
        result: _T = end.value
        return result
    return await resume_watched(handler, awaited, transport)


async def resume_watched(handler: Coroutine[Any, Any, _T], awaited: object, transport: RequestTransport) -> _T:
    """Return what the coroutine returns; cancel it when the client disconnects while it waits.

    The caller has started it with `send(None)`, which gave `awaited`.

    Raises:
        ClientGone: the client left first. The coroutine got a CancelledError at its await, and its `finally` ran.
    """
    listener = _Listener(transport)
    try:
        return await _resume(handler, awaited)
    except asyncio.CancelledError:
        if listener.is_alone:
            raise ClientGone from None
        raise
    finally:
        listener.stop()


@coroutine
def _resume(handler: Coroutine[Any, Any, _T], awaited: object) -> Generator[Any, Any, _T]:
    """Drive on a coroutine that has been started; PEP 380 spells out what `yield from` does."""
    while True:
        try:
            try:
                sent = yield awaited
            except GeneratorExit:
                handler.close()
                raise
            except BaseException as error:  # noqa: BLE001  # a cancellation, mostly: it is the coroutine's to handle
                awaited = handler.throw(error)
            else:
                awaited = handler.send(sent)
        except StopIteration as end:
            result: _T = end.value
            return result


class _Listener:
    """Cancel the task that made it once the client has gone."""

    __slots__ = ("_before", "_has_cancelled", "_listening", "_task", "_timer", "_transport")

    def __init__(self, transport: RequestTransport) -> None:
        self._task = asyncio.current_task()
        self._transport = transport
        self._listening: asyncio.Task[None] | None = None
        self._has_cancelled = False
        self._before = 0
        self._timer = asyncio.get_running_loop().call_later(_UNOBSERVED_SECONDS, self._start)

    def _start(self) -> None:
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        await self._transport.client_disconnect()
        if self._task is not None:
            self._before = self._task.cancelling()
            self._has_cancelled = True
            self._task.cancel()

    @property
    def is_alone(self) -> bool:
        """Tell whether nobody but this has cancelled the task: a server that stops does so, too, and must see it."""
        return self._has_cancelled and self._task is not None and self._task.cancelling() == self._before + 1

    def stop(self) -> None:
        """Listen no longer, and take back the request to cancel: what follows in the task is no part of the handler."""
        self._timer.cancel()
        if self._listening is not None:
            self._listening.cancel()
        if self._has_cancelled and self._task is not None:
            self._task.uncancel()
