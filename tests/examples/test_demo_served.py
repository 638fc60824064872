"""Serve the demonstration with the real commands, and talk to it over loopback as a browser would."""

from __future__ import annotations

import json
import re
import socket
import urllib.request
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlencode

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from .conftest import EXAMPLES, Served, serve

DEMO = EXAMPLES / "demo"
SECONDS = 20.0

HANDSHAKE = (
    "GET /chat HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
NORMAL = (1000).to_bytes(2, "big")
CLOSE_FRAME = b"\x88\x82" + bytes(4) + NORMAL  # masked, with a mask of zeros


@pytest.mark.parametrize(
    "arguments", [("dev",), ("run",), ("run", "--interface", "rsgi"), ("run", "--workers", "2")], ids=" ".join
)
def test_the_demo_answers_over_http_events_and_websocket(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if arguments[0] == "run":  # dev makes one
        monkeypatch.setenv("SECRET_KEY", token_urlsafe(32))
    with serve(DEMO, *arguments, "--port", "0") as served:
        page = fetch(served, "/")
        assert "Nobody has signed yet." in page
        for address in re.findall(r'<link [^>]*href="(/static/[^"]+)"', page):
            assert fetch(served, address)
        chat_with_myself(served)
        if "--workers" not in arguments:  # each worker would have a book of its own
            listen_to_an_entry(served)


def test_a_browser_that_signs_the_book_is_thanked_once() -> None:
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with serve(DEMO, "dev", "--port", "0") as served:

        def visit(data: dict[str, str] | None = None) -> str:
            form = None if data is None else urlencode(data).encode()
            request = urllib.request.Request(served.address + "/", form)
            with visitor.open(request, timeout=SECONDS) as response:
                content: bytes = response.read()
            return content.decode()

        token = re.search(r'name="csrf_token" value="([^"]+)"', visit())
        assert token is not None
        thanks = visit({"name": "Ann", "message": "Hello!", "csrf_token": token[1]})
        assert "Thank you, Ann." in thanks
        assert "<b>Ann</b>" in thanks
        assert "Thank you" not in visit()


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
def test_the_server_hangs_up_when_a_websocket_is_closed(interface: str) -> None:
    with serve(DEMO, "run", "--interface", interface, "--port", "0") as served:
        host = served.address.removeprefix("http://")
        with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2])), SECONDS) as connection:
            connection.sendall(HANDSHAKE.format(host).encode())
            received = b""
            while not received.endswith(b"\x81\x071 here."):
                received += connection.recv(4096)
            connection.sendall(CLOSE_FRAME)
            assert connection.recv(4096) == b"\x88\x02" + NORMAL
            assert connection.recv(4096) == b""


def fetch(served: Served, path: str, body: object = None) -> str:
    data = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"content-type": "application/json"}
    request = urllib.request.Request(served.address + path, data, headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        content: bytes = response.read()
    return content.decode()


def chat_with_myself(served: Served) -> None:
    address = served.address.replace("http", "ws")
    with connect(f"{address}/chat", origin=Origin(served.address), proxy=None, open_timeout=SECONDS) as chat:
        assert chat.recv(SECONDS) == "1 here."
        chat.send("Hello!")
        assert chat.recv(SECONDS) == "Hello!"


def listen_to_an_entry(served: Served) -> None:
    with urllib.request.urlopen(f"{served.address}/events", timeout=SECONDS) as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        entry = json.loads(fetch(served, "/entries", {"name": "Ann", "message": "Hello!"}))
        lines = [stream.readline().decode().rstrip() for _ in range(3)]
    assert lines[:2] == ["event: entry", f"id: {entry['id']}"]
    assert json.loads(lines[2].removeprefix("data: ")) == entry


def test_the_folder_of_the_demo_holds_nothing_else() -> None:
    made = {"__pycache__", ".demijohn"}
    assert {path.name for path in DEMO.iterdir()} - made == {"app.py", "templates", "static", "try.txt"}


def test_make_demo_points_at_the_demo() -> None:
    makefile = Path(EXAMPLES.parent / "Makefile").read_text()
    assert "cat examples/demo/try.txt" in makefile
    assert "cd examples/demo" in makefile
