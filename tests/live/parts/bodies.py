"""Take bodies of every kind: whole, in pieces, forms, files."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Annotated

import msgspec

from demijohn import File, HTTPError, Module, Request, Response, Stream, UploadedFile, limits, send_file
from tests.live.parts.signals import tell

FILES = Path(os.environ["LIVE_FILES"])

routes = Module("bodies")


class Item(msgspec.Struct):
    name: str


@routes.post("/echo")
async def echo(request: Request) -> Response:
    return Response(request.body, content_type="application/octet-stream")


@routes.post("/echo/blocking")
def echo_blocking(request: Request) -> Response:
    return Response(request.body, content_type="application/octet-stream")


@routes.post("/digest", stream=True)
@limits(body="300MB", body_time=100)
async def digest(request: Request) -> dict[str, object]:
    size, sha = 0, hashlib.sha256()
    async for chunk in request.stream():
        size += len(chunk)
        sha.update(chunk)
    return {"size": size, "sha256": sha.hexdigest()}


@routes.post("/digest/watched", stream=True)
@limits(body="300MB", body_time=100)
async def digest_watched(request: Request) -> dict[str, object]:
    """Tell when the first bytes have come, so that the test can make a pause before the rest."""
    size = 0
    try:
        async for chunk in request.stream():
            if not size:
                tell("body begun")
            size += len(chunk)
    except HTTPError as error:
        tell(f"body refused {error.code}")
        raise
    except asyncio.CancelledError:
        tell("body cancelled")
        raise
    return {"size": size}


@routes.post("/echo/stream", stream=True)
async def echo_stream(request: Request) -> Stream:
    return Stream(request.stream())


@routes.post("/form")
async def form(request: Request) -> dict[str, str]:
    return dict(request.form)


@routes.post("/json/item")
async def item(item: Item) -> Item:
    return item


@routes.post("/unread", stream=True)
async def unread() -> str:
    return "not read"


@routes.post("/files")
@limits(body="300MB", body_time=100)
def files(upload: Annotated[UploadedFile, File()]) -> dict[str, object]:
    sha = hashlib.sha256()
    while chunk := upload.read(1 << 20):
        sha.update(chunk)
    return {"name": upload.filename, "size": upload.size, "sha256": sha.hexdigest()}


@routes.post("/files/boom")
def files_boom(upload: Annotated[UploadedFile, File()]) -> str:
    raise RuntimeError(f"boom: {upload.size}")


@routes.get("/file/<name>")
def file(name: str) -> Response:
    return send_file(FILES, name)
