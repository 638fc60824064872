"""Stand around handlers: hooks, error handlers, middleware, a guard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from demijohn import HTTPError, Module, Request, Response, WebSocket, abort
from tests.live.parts.signals import tell

CallNext = Callable[[Request], Awaitable[Response]]


class Closed:
    """A guard that lets nobody in."""

    def check(self, request: Request) -> None:
        abort(403, code="live.closed")


hooked = Module("hooked")
guarded = Module("guarded", guard=Closed())
wrapped = Module("wrapped")


@hooked.before_request
def note(request: Request) -> None:
    request.state["note"] = "before"


@hooked.after_request
async def add_header(response: Response, request: Request) -> None:
    response.headers["x-hooked"] = f"{request.state.get('note')} and after"


@hooked.error_handler(HTTPError)
def answer_error(error: HTTPError) -> tuple[dict[str, object], int]:
    return {"refused": error.code}, error.status


@hooked.get("/<kind>")
async def hooked_answer(kind: str) -> dict[str, str]:
    if kind == "refused":
        abort(418, code="live.teapot")
    return {"kind": kind}


@guarded.websocket("/guarded/ws")
async def socket_behind_guard(ws: WebSocket) -> None:
    await ws.close()


@guarded.post("/guarded")
async def behind_guard() -> str:
    return "the guard lets nobody in"


@wrapped.middleware
async def watch(request: Request, call_next: CallNext) -> Response:
    try:
        return await call_next(request)
    finally:
        tell("middleware left")


@wrapped.get("/hold")
async def hold_within() -> str:
    tell("held wrapped")
    await asyncio.Event().wait()
    return "nobody hears this"
