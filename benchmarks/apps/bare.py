"""Answer with nothing between the server and the handler: the figure that all others are divided by."""

import msgspec
from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian.rsgi import Scope

from benchmarks.apps.answer import HEADERS, greeting

encode = msgspec.json.Encoder().encode


async def app(scope: Scope, protocol: HTTPProtocol) -> None:
    protocol.response_bytes(200, HEADERS, encode(greeting()))
