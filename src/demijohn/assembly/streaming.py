"""Find out, before any request, whether an app streams: over RSGI a stream without end would fill the memory."""

from __future__ import annotations

import sys

from demijohn.http.response import Stream
from demijohn.pipeline.pipeline import ServedRoute

__all__ = ["needs_asgi"]


def needs_asgi(served: ServedRoute) -> bool:
    """Tell whether a route is better served over ASGI.

    So are WebSockets (subprotocols and closing codes do not exist in RSGI), event streams, unread bodies, and handlers
    whose module knows `Stream`: what they return is only seen when it is too late.
    """
    route = served.route
    if route.kind != "http" or route.stream:
        return True
    module = sys.modules.get(getattr(route.handler, "__module__", ""))
    return (
        any(isinstance(value, type) and issubclass(value, Stream) for value in vars(module).values())
        if module
        else False
    )
