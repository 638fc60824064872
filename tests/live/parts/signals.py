"""Tell the test what happens, and let it decide when a waiting handler goes on.

Lines on standard output that begin with "@ " are events (tests/servers/launch.py collects them).
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import defaultdict

# Set by the route /release/<key>.
RELEASES: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
BLOCKS: defaultdict[str, threading.Event] = defaultdict(threading.Event)


def tell(event: str) -> None:
    os.write(1, f"@ {event}\n".encode())  # in one piece, for other threads and processes write there, too
