"""The application of the server experiment: one object that is RSGI and ASGI, with no framework in between.

The first segment of the path chooses what to do, the second is its argument; anything else echoes what the server gave,
as JSON. What a client cannot see is told on standard output, one line an event, with "@ " before it.
The handlers are in echo_rsgi.py and echo_asgi.py, the servers that run this in setups.py.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from .echo_asgi import ASGI, Message, Receive, Send, asgi_lifespan, asgi_websocket
from .echo_events import tell, watch_sigterm
from .echo_rsgi import RSGI, rsgi_websocket

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian._granian import RSGIWebsocketProtocol as WebsocketProtocol
    from granian.rsgi import Scope


class Echo:
    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol | WebsocketProtocol) -> None:
        if scope.proto == "ws":
            await rsgi_websocket(scope, cast("WebsocketProtocol", proto))
            return
        name, _, argument = scope.path[1:].partition("/")
        await RSGI.get(name, RSGI["echo"])(scope, cast("HTTPProtocol", proto), argument)

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        tell("init")
        watch_sigterm(loop)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        tell("del")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await asgi_lifespan(receive, send)
        elif scope["type"] == "websocket":
            await asgi_websocket(scope, receive, send)
        else:
            name, _, argument = scope["path"][1:].partition("/")
            await ASGI.get(name, ASGI["echo"])(scope, receive, send, argument)


app = Echo()
