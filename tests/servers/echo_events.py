"""What both spellings of the echo application share: its constants, its events, and the early sight of SIGTERM.

The spellings are echo_rsgi.py and echo_asgi.py; echo_app.py joins them into the object that servers load.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

BLOCK = b"x" * 65536
HELD = 0.6  # seconds that /hold and /wait keep an answer back
DRAIN = 0.3  # seconds between telling the application and telling the server, where that is asked for
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
    sys.stdout.write(f"@ {event}\n")
    sys.stdout.flush()


def watch_sigterm(loop: asyncio.AbstractEventLoop) -> None:
    """Set CLOSING as soon as SIGTERM comes.

    The server's own handler is called at once, or, with ECHO_STOP=drain, after DRAIN seconds. A handler in the loop
    (Granian's) cannot be asked for; but Granian has the same one for SIGINT, which the process then sends to itself.
    """
    if os.environ.get("ECHO_STOP") == "drain" and loop.remove_signal_handler(signal.SIGTERM):
        loop.add_signal_handler(signal.SIGTERM, _drain, loop, lambda: os.kill(os.getpid(), signal.SIGINT))
        return
    before = signal.getsignal(signal.SIGTERM)
    if not callable(before):  # with SIG_DFL in place a handler of ours would keep the process alive
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if os.environ.get("ECHO_STOP") == "drain":
            loop.call_soon_threadsafe(_drain, loop, lambda: before(number, None))
        else:
            tell("signal")
            loop.call_soon_threadsafe(CLOSING.set)
            before(number, frame)

    signal.signal(signal.SIGTERM, on_signal)
    signal.siginterrupt(signal.SIGTERM, False)


def _drain(loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
    tell("signal")
    CLOSING.set()
    loop.call_later(DRAIN, stop)


async def seen_within(event: Awaitable[object], seconds: float) -> bool:
    try:
        await asyncio.wait_for(event, seconds)
    except TimeoutError:
        return False
    return True
