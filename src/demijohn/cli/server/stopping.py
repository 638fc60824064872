"""End what never ends by itself before the server is told to stop. When that happens is in single.py and workers.py.

Granian (2.8) waits for requests, event streams among them, but drops WebSockets at once, with their handlers.
"""

from __future__ import annotations

import asyncio

from demijohn.pipeline.pipeline import Pipeline

__all__ = ["end_conversations"]

_TICK_SECONDS = 0.02
_FLUSH_SECONDS = 0.1


async def end_conversations(pipeline: Pipeline) -> None:
    """Tell event streams and WebSockets, and wait until the handlers of the WebSockets have ended.

    Requests go on meanwhile, new ones too. Whoever calls this sets the limit.
    """
    pipeline.begin_shutdown()
    talking = bool(pipeline._open_sockets)
    while pipeline._open_sockets:  # noqa: ASYNC110  # the end of the last one is no event, and requests pay for none
        await asyncio.sleep(_TICK_SECONDS)
    if talking:
        await asyncio.sleep(_FLUSH_SECONDS)  # the closing frames are Granian's to send, and it does not say when it has
