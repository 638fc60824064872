"""Run the live application on Granian's embedded server, as a program with a loop of its own would do."""

from __future__ import annotations

import asyncio
import signal
import sys

from granian.constants import Interfaces
from granian.server.embed import Server

from tests.live.live_app import app


async def main(interface: str, port: int) -> None:
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces(interface))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
