"""Run a site that is mounted in the app: hand it a cleaned request, add the plain security headers to its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from demijohn.http.mounted import MountedSite
from demijohn.http.request import Request
from demijohn.pipeline.pipeline import Pipeline
from demijohn.security.csp import ResponseKind

__all__ = ["Message", "asgi_scope", "body_receiver", "header_adder"]

Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI's messages are dicts of many shapes
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

# What protects any site without changing how its pages work; the rest of the headers is the site's own business.
_PLAIN = frozenset({"x-content-type-options", "referrer-policy", "x-frame-options", "strict-transport-security"})


def asgi_scope(request: Request, site: MountedSite, original: Message | None) -> Message:
    """Return the scope for a mounted site: header fields that handlers may not see are left out, for it as well.

    `original` is the server's own scope over ASGI, whose extensions and state go along.
    """
    scope: Message = dict(original) if original is not None else {"type": "http", "asgi": {"version": "3.0"}}
    scope.setdefault("http_version", request.http_version)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.multi_items()]
    if "host" not in request.headers:  # over HTTP/2 it is in the authority
        headers.append((b"host", str(request.host).encode()))
    scope.update(
        method=request.method,
        scheme=request.scheme,
        path=request.path,
        raw_path=request.url[len(request.origin) :].partition("?")[0].encode(),
        query_string=request.quoted_query.encode(),
        root_path=site.prefix,
        headers=headers,
        client=(request.client, 0),
        server=(request.host.name, request.host.port),
    )
    return scope


def body_receiver(chunks: AsyncIterator[bytes], gone: Callable[[], Awaitable[None]]) -> Receive:
    """Return ASGI's `receive` for a body that comes in chunks; when it has ended, it waits for the disconnect."""
    ended = False

    async def receive() -> Message:
        nonlocal ended
        if ended:
            await gone()
            return {"type": "http.disconnect"}
        try:
            chunk = await anext(chunks)
        except StopAsyncIteration:
            ended = True
            return {"type": "http.request", "body": b"", "more_body": False}
        except RuntimeError:  # cut off
            ended = True
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": True}

    return receive


def header_adder(pipeline: Pipeline, request: Request, site: MountedSite, send: Send) -> Send:
    """Return ASGI's `send` that adds the security headers which the site has not set itself.

    A body that must not be there is left out, for over HTTP/2 the server would send it.
    """
    is_bodiless = request.method == "HEAD"

    async def add(message: Message) -> None:
        nonlocal is_bodiless
        if message["type"] == "http.response.start":
            fields = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", [])]
            own = {name.decode("latin-1") for name, _ in fields}
            content_type = next((value for name, value in fields if name == b"content-type"), b"")
            kind: ResponseKind = "html" if content_type.startswith(b"text/html") else "data"
            wanted = pipeline.security.for_response(kind, request.is_secure)
            fields += [
                (name.encode(), value.encode())
                for name, value in wanted
                if name not in own and (not site.plain or name in _PLAIN)
            ]
            fields += [(name.encode(), value.encode("latin-1")) for name, value in _set_by_hooks(site)]
            message = {**message, "headers": fields}
            is_bodiless = is_bodiless or message["status"] in (204, 304)
        elif is_bodiless and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return add


def _set_by_hooks(site: MountedSite) -> list[tuple[str, str]]:
    """Return what the project's own middleware and hooks have added to the answer: header fields and cookies."""
    own = site.own_headers or ()
    return [field for field in site.fields or [] if field[0] == "set-cookie" or field[0] in own]
