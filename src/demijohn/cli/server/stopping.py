"""Hear that a server process has to stop, and end what never ends by itself. single.py and workers.py do so.

Granian (2.8) waits for requests, event streams among them, but drops WebSockets at once, with their handlers.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from types import FrameType
from typing import Protocol

from demijohn.http.websocket import WebSocket
from demijohn.pipeline.pipeline import GatewayCall

__all__ = ["Served", "end_conversations", "hear_signals"]

_TICK_SECONDS = 0.02
_FLUSH_SECONDS = 0.1


class Served(Protocol):
    """Be what a server process serves: a Pipeline, or what stands in for an app that does not start (debug/)."""

    @property
    def rsgi(self) -> GatewayCall: ...

    @property
    def open_sockets(self) -> Collection[WebSocket]: ...

    async def startup(self) -> None: ...

    def begin_shutdown(self) -> None: ...

    async def shutdown(self) -> None: ...


def hear_signals(loop: asyncio.AbstractEventLoop, ask: Callable[[], None]) -> None:
    """Call `ask` on the loop at SIGTERM and at Ctrl+C, also where they come while the loop is not running.

    A handler of the loop's own would miss those: uvloop listens only while it runs, and Granian lets it run twice.
    """

    def hear(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(ask)

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, _wake)
        signal.signal(number, hear)


def _wake() -> None:
    """Do nothing: with a handler of its own, the loop has a file descriptor by which a signal wakes it."""


async def end_conversations(pipeline: Served) -> None:
    """Tell event streams and WebSockets, and wait until the handlers of the WebSockets have ended.

    Requests go on meanwhile, new ones too. Whoever calls this sets the limit.
    """
    pipeline.begin_shutdown()
    talking = bool(pipeline.open_sockets)
    while pipeline.open_sockets:  # noqa: ASYNC110  # the end of the last one is no event, and requests pay for none
        await asyncio.sleep(_TICK_SECONDS)
    if talking:
        await asyncio.sleep(_FLUSH_SECONDS)  # the closing frames are Granian's to send, and it does not say when it has
