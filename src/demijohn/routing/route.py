"""Hold what one `@app.get(...)` said, as it was said. Its path is read in pattern.py and matched in router.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from demijohn.marks import Mark
from demijohn.types import Origin

__all__ = ["CsrfPolicy", "Route", "RouteKind"]

RouteKind: TypeAlias = Literal["http", "websocket", "sse"]

# True decides by the browser's own evidence, False is the opt-out and needs a reason, "always" demands evidence even
# from a request without cookies (login, sign-up, reset). The algorithm is in security/csrf.py.
CsrfPolicy: TypeAlias = Literal["always"] | bool


@dataclass(frozen=True, slots=True)
class Route:
    """Record one declared route; nothing is parsed, checked or looked up before the app freezes.

    `pattern` is the text the developer wrote, without the prefixes of the modules around it. `methods` is empty for a
    WebSocket. `marks` are those given to the route itself: a decorator above `@app.get` marks the handler only after
    the route is recorded, so the handler's own are read at freeze with `marks_of`. `status` is None where the returned
    value decides. `subprotocols` are those of a WebSocket, most wanted first.
    """

    pattern: str
    methods: frozenset[str]
    handler: Callable[..., object]
    name: str
    origin: Origin
    marks: tuple[Mark, ...] = ()
    status: int | None = None
    kind: RouteKind = "http"
    stream: bool = False
    csrf: CsrfPolicy = True
    csrf_reason: str = ""
    module: str = ""
    subprotocols: tuple[str, ...] = ()
