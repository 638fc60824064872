"""Offer a folder of static files, and `get`, which asks a StaticFiles as a gateway would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from demijohn.http.host import Host
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, Response
from demijohn.staticfiles.files import StaticFiles
from demijohn.staticfiles.folders import StaticFolder

STYLE = b"body { color: black }\n" * 100


class Transport:
    """Be a client that sends no body."""

    async def client_disconnect(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


class Get(Protocol):
    def __call__(self, files: StaticFiles, name: str, *, method: str = "GET", **fields: str) -> Response: ...


@pytest.fixture
def get() -> Get:
    """Ask for a file; `if_none_match="..."` is the field If-None-Match."""

    def ask(files: StaticFiles, name: str, *, method: str = "GET", **fields: str) -> Response:
        pairs = [(field.replace("_", "-"), value) for field, value in fields.items()]
        transport = Transport()
        path = f"/static/{name}"
        request = Request(method, path, "", pairs, dict(pairs), "http", "127.0.0.1:5", "1.1", transport, None)
        request.host = Host("example.com")
        return files.respond(request, name)

    return ask


def content_of(response: Response) -> bytes:
    """Return the bytes that a gateway would send."""
    if not isinstance(response, FileResponse):
        return response.body
    return response.path.read_bytes()[response.start :][: response.length]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a static folder with files, with what must not be served, and with links."""
    root = tmp_path / "static"
    (root / "img").mkdir(parents=True)
    (root / "style.css").write_bytes(STYLE)
    (root / "img" / "a b.svg").write_text("<svg/>")
    for name in (
        ".env",
        "app.py",
        "notes.sqlite3",
        "notes.db-wal",
        "dump.sql.gz",
        "settings.py~",
        "odd.xyz",
        "LICENSE",
    ):
        (root / name).write_text("private")
    (tmp_path / "secret.css").write_text("secret")
    (root / "out.css").symlink_to(tmp_path / "secret.css")
    (root / "up").symlink_to(tmp_path)
    (root / "here").symlink_to(root)
    (root / "linked.css").symlink_to(root / "style.css")
    (root / "linked.txt").symlink_to(root / ".env")
    return root


@pytest.fixture
def files(folder: Path) -> StaticFiles:
    return StaticFiles([StaticFolder(folder, "", "app.py:3")])


@pytest.fixture
def reloading(folder: Path) -> StaticFiles:
    return StaticFiles([StaticFolder(folder, "", "app.py:3")], reload=True)
