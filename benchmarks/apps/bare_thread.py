"""Answer from a worker thread made by hand: the least that a blocking handler can cost on this server."""

import asyncio
from queue import SimpleQueue
from threading import Thread

import msgspec
from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian.rsgi import Scope

from benchmarks.apps.answer import HEADERS, greeting

encode = msgspec.json.Encoder().encode
jobs: SimpleQueue[tuple[HTTPProtocol, asyncio.Future[None]]] = SimpleQueue()


def work() -> None:
    while True:
        protocol, answered = jobs.get()
        protocol.response_bytes(200, HEADERS, encode(greeting()))
        answered.get_loop().call_soon_threadsafe(answered.set_result, None)


class ThreadApp:
    """Start one worker when the server process starts, not when this file is imported."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        Thread(target=work, daemon=True).start()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        jobs.put((protocol, answered))
        await answered


app = ThreadApp()
