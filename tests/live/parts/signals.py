"""Tell the test what happens, and let it decide when a waiting handler goes on.

Lines on standard output that begin with "@ " are events (tests/servers/launch.py collects them).
"""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict

# Set by the route /release/<key>.
RELEASES: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
BLOCKS: defaultdict[str, threading.Event] = defaultdict(threading.Event)


def tell(event: str) -> None:
    print(f"@ {event}", flush=True)  # noqa: T201  # it is what the test listens to
