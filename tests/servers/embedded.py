"""Serve the echo application with Granian's embedded server: `python -m tests.servers.embedded rsgi|asgi PORT`.

The embedded server installs no signal handlers, so SIGTERM is bound to its stop(), before the application starts.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from .echo_app import app


async def serve(interface: str, port: int) -> None:
    server = Server(app, port=port, interface=Interfaces(interface), http=HTTPModes.http1, log_enabled=False)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
