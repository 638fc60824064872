"""Be an ASGI site of its own, to be mounted: it echoes bodies and tells what becomes of its client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tests.live.parts.signals import tell

Message = MutableMapping[str, Any]  # Any: ASGI's messages are dicts of many shapes
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def site(scope: Message, receive: Receive, send: Send) -> None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            tell("mounted site: client gone")
            return
        body += message["body"]
        if not message.get("more_body"):
            break
    path = scope["path"].removeprefix(scope["root_path"])
    status = 204 if path == "/empty" else 200
    if path == "/boom":
        raise RuntimeError("boom: a secret")
    seen = f"{scope['method']} {path}?{scope['query_string'].decode()} "
    body = seen.encode() + body
    fields = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode()), (b"x-site", b"mounted")]
    await send({"type": "http.response.start", "status": status, "headers": fields[0 if status == 200 else 2 :]})
    half = len(body) // 2
    await send({"type": "http.response.body", "body": body[:half], "more_body": True})
    if path == "/boom/late":
        raise RuntimeError("boom: a secret")
    await send({"type": "http.response.body", "body": body[half:]})
