"""Answer with whole values of every kind, and with what the handler saw."""

from __future__ import annotations

import os
import threading

from demijohn import Module, Request, Response, Session, abort

routes = Module("answers")


@routes.get("/json")
async def plain() -> dict[str, object]:
    return {"world": "async", "n": [1, 2.5, None, "ä"]}


@routes.get("/blocking")
def blocking() -> dict[str, object]:
    return {"world": "def", "on_loop_thread": threading.current_thread() is threading.main_thread()}


@routes.get("/text/<int:n>")
def text(n: int, q: str = "none") -> str:
    return f"{n} {q}"


@routes.get("/number/<int:n>")
async def number(n: int) -> dict[str, int]:
    return {"n": n}


@routes.get("/pid")
async def pid() -> dict[str, int]:
    return {"pid": os.getpid()}


@routes.route("/mirror", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def mirror(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query_string,
        "host": str(request.host),
        "scheme": request.scheme,
        "client": request.client,
        "version": request.http_version,
        "headers": request.headers.multi_items(),
        "cookies": dict(request.cookies),
        "length": len(request.body),
    }


@routes.get("/empty")
async def empty() -> None:
    return None


@routes.get("/not-modified")
async def not_modified() -> Response:
    return Response(b"", 304, {"etag": '"1"'})


@routes.get("/bodied/<int:status>")
async def bodied(status: int) -> tuple[str, int]:
    return "a body", status


@routes.get("/bodied/blocking/<int:status>")
def bodied_blocking(status: int) -> tuple[str, int]:
    return "a body", status


@routes.get("/status/<int:status>")
async def any_status(status: int) -> Response:
    return Response("a body", status)


@routes.get("/status/response/<int:status>")
def any_status_of_response(status: int) -> tuple[Response, int]:
    return Response("a body"), status


@routes.get("/headers")
def headers() -> Response:
    response = Response("headers", 201, [("x-one", "1"), ("x-two", "tab\tin it"), ("vary", "accept")])
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@routes.get("/refused")
async def refused() -> None:
    abort(409, "Not now.", code="live.refused")


@routes.get("/boom")
async def boom() -> str:
    raise RuntimeError("boom: a secret")


@routes.get("/boom/blocking")
def boom_blocking() -> str:
    raise RuntimeError("boom: a secret")


@routes.get("/count")
def count(session: Session) -> dict[str, object]:
    seen = session.get("seen", 0)
    session["seen"] = seen + 1 if isinstance(seen, int) else 1
    return {"seen": session["seen"]}
