"""What both spellings of the echo application share: its constants, its events, and the early sight of SIGTERM.

The spellings are echo_rsgi.py and echo_asgi.py; echo_app.py joins them into the object that servers load.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

BLOCK = b"x" * 65536
HELD = 0.6  # seconds that /hold and /wait keep an answer back
TEXT = [("content-type", "text/plain")]
HOSTILE = {
    "crlf": "a\r\nx-injected: 1",
    "lf": "a\nb",
    "nul": "a\0b",
    "latin1": "caf\xe9",
    "unicode": "\u20ac",
    "tab": "a\tb",
    "name": "bad name",
}
CLOSING = asyncio.Event()


def tell(event: str) -> None:
    print("@ " + event, flush=True)


def watch_sigterm(loop: asyncio.AbstractEventLoop) -> None:
    """Set CLOSING as soon as SIGTERM comes, and leave the server's own handler in place behind ours."""
    before = signal.getsignal(signal.SIGTERM)

    def on_signal(number: int, frame: FrameType | None) -> None:
        tell("signal")
        loop.call_soon_threadsafe(CLOSING.set)
        if callable(before):
            before(number, frame)

    if callable(before):  # with SIG_DFL in place a handler of ours would keep the process alive
        signal.signal(signal.SIGTERM, on_signal)
        signal.siginterrupt(signal.SIGTERM, False)


async def seen_within(event: Awaitable[object], seconds: float) -> bool:
    try:
        await asyncio.wait_for(event, seconds)
    except TimeoutError:
        return False
    return True
