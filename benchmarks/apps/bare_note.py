"""Answer with the JSON body that came in, decoded and checked by msgspec, and nothing else in between."""

from typing import Annotated

import msgspec
from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian.rsgi import Scope

from benchmarks.apps.answer import HEADERS


class Note(msgspec.Struct):
    """Describe the JSON body."""

    title: Annotated[str, msgspec.Meta(max_length=100)]
    body: str
    tags: list[str]
    stars: Annotated[int, msgspec.Meta(ge=0, le=5)]


decode = msgspec.json.Decoder(Note).decode
encode = msgspec.json.Encoder().encode


async def app(scope: Scope, protocol: HTTPProtocol) -> None:
    protocol.response_bytes(200, HEADERS, encode(decode(await protocol())))
