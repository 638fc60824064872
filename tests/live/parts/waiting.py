"""Keep a request in flight until the test lets it go, or for a moment."""

from __future__ import annotations

import asyncio

from demijohn import Module
from tests.live.parts.signals import BLOCKS, RELEASES, tell

routes = Module("waiting")


@routes.get("/hold/<key>")
async def hold(key: str) -> str:
    tell(f"held {key}")
    try:
        await RELEASES[key].wait()
    except asyncio.CancelledError:
        tell(f"cancelled {key}")
        raise
    tell(f"finished {key}")
    return f"held {key}"


@routes.get("/block/<key>")
def block(key: str) -> str:
    tell(f"blocked {key}")
    if not BLOCKS[key].wait(30):
        raise TimeoutError(key)
    tell(f"unblocked {key}")
    return f"blocked {key}"


@routes.get("/hold/stubborn/<key>")
async def hold_on(key: str) -> str:
    tell(f"held {key}")
    try:
        await RELEASES[key].wait()
    except asyncio.CancelledError:
        tell(f"went on {key}")
    return "nobody hears this"


@routes.get("/pause")
async def pause() -> None:
    """Last longer than handlers go unobserved, so that whoever waits meanwhile is listened for."""
    await asyncio.sleep(0.15)


@routes.get("/linger")
async def linger() -> str:
    """Be in flight for some time, whichever process has the request."""
    tell("lingers")
    await asyncio.sleep(0.3)
    tell("lingered")
    return "lingered"


@routes.get("/linger/def")
def linger_blocking() -> str:
    tell("lingers")
    BLOCKS["never"].wait(0.3)
    tell("lingered")
    return "lingered"


@routes.get("/release/<key>")
async def release(key: str) -> None:
    RELEASES[key].set()
    BLOCKS[key].set()
