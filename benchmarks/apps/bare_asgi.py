"""Answer with JSON over ASGI with nothing in between: what a framework on this interface cannot get below."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from benchmarks.apps.answer import HEADERS, greeting

encode = msgspec.json.Encoder().encode
headers = [(name.encode(), value.encode()) for name, value in HEADERS]


async def app(
    scope: Mapping[str, object], receive: Callable[[], object], send: Callable[[Mapping[str, object]], Awaitable[None]]
) -> None:
    if scope["type"] != "http":
        raise RuntimeError("This program answers HTTP only.")
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": encode(greeting())})
