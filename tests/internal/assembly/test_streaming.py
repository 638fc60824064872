from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest

from demijohn.app import App
from demijohn.http.request import Request
from demijohn.http.response import Stream
from demijohn.http.websocket import WebSocket


def plain() -> str:
    return ""


def test_an_app_of_plain_answers_is_served_over_rsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App("app")
    monkeypatch.setattr(plain, "__module__", "module_without_streams")
    monkeypatch.setitem(sys.modules, "module_without_streams", type(sys)("module_without_streams"))
    app.add_route("/", plain)
    assert not app.freeze("test").needs_asgi


def test_a_handler_whose_module_knows_streams_may_return_one(monkeypatch: pytest.MonkeyPatch) -> None:
    module = type(sys)("module_with_streams")
    monkeypatch.setitem(sys.modules, "module_with_streams", module)
    monkeypatch.setattr(plain, "__module__", "module_with_streams")
    app = App("app")
    app.add_route("/", plain)
    assert not app.freeze("test").needs_asgi
    monkeypatch.setattr(module, "Rows", type("Rows", (Stream,), {}), raising=False)
    assert app.freeze("test").needs_asgi


async def talk(ws: WebSocket) -> None: ...


async def events() -> AsyncIterator[str]:
    yield ""


async def upload(request: Request) -> str:
    return ""


async def site(scope: object, receive: object, send: object) -> None: ...


@pytest.mark.parametrize("kind", ["socket", "events", "upload", "mount"])
def test_sockets_events_unread_bodies_and_mounts_need_asgi(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "module_without_streams", type(sys)("module_without_streams"))
    for handler in (talk, events, upload):
        monkeypatch.setattr(handler, "__module__", "module_without_streams")
    app = App("app")
    if kind == "socket":
        app.websocket("/")(talk)
    elif kind == "events":
        app.sse("/")(events)
    elif kind == "upload":
        app.post("/", stream=True)(upload)
    else:
        app.mount("/", site)
    assert app.freeze("test").needs_asgi
