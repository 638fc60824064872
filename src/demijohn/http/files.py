"""Answer with a file from a folder: `send_file(UPLOADS, name)`. Static files (staticfiles/) share what is here."""

from __future__ import annotations

import os
import re
from pathlib import Path

from demijohn.context import current_scope
from demijohn.errors import DemijohnError, HTTPError
from demijohn.http.conditional import check_preconditions, is_not_modified, may_use_range
from demijohn.http.dates import http_date
from demijohn.http.disposition import content_disposition, is_device_name
from demijohn.http.ranges import content_range, parse_range
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, Response

__all__ = ["BYTES", "CONTENT_TYPES", "answer_with_file", "resolve_below", "send_file"]

BYTES = "application/octet-stream"

# Fixed, because the system's table differs from machine to machine. What is not here is downloaded as bytes.
CONTENT_TYPES = {
    ".aac": "audio/aac",
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".vtt": "text/vtt; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".zip": "application/zip",
}

# What a browser may show in its window: nothing of this can run a script in the site's name.
_INLINE = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "video/mp4", "application/pdf"}
)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:]")


def send_file(
    base: str | os.PathLike[str],
    name: str,
    *,
    inline: bool = False,
    download_name: str | None = None,
    max_age: int | None = None,
) -> Response:
    """Answer with the file `name` below the folder `base`, as a download; ranges and conditional requests work.

    `inline` lets the browser show png, jpeg, gif, webp, avif, mp4 and pdf itself; other types are downloaded all the
    same, for they could run scripts in the site's name. `max_age` is in seconds.

    Raises:
        HTTPError: 404 for what is missing, no regular file, or not below `base` (`..`, links that lead out, dot files).
        DemijohnError: `base` is no folder.
    """
    folder = Path(base)
    if not folder.is_dir():
        raise DemijohnError(f"send_file looks in {os.fspath(base)!r}, which is no folder. Give an absolute path.")
    path = resolve_below(folder, name)
    if path is None:
        raise HTTPError(404, "There is no such file.")
    request = current_scope("the request to answer with a file")
    if not isinstance(request, Request):
        raise DemijohnError("send_file answers a request; there is none here.")
    status = path.stat()
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    response = answer_with_file(request, path, etag=etag, modified=status.st_mtime, size=status.st_size)
    shown = download_name or path.name
    content_type = CONTENT_TYPES.get(path.suffix.lower(), BYTES)
    is_inline = inline and content_type in _INLINE
    response.headers["content-disposition"] = content_disposition(shown, inline=is_inline)
    if response.status in (200, 206):
        response.content_type = content_type
    if max_age is not None:
        response.headers["cache-control"] = f"private, max-age={max_age}"
    response.kind = "upload"
    return response


def resolve_below(folder: Path, name: str) -> Path | None:
    """Return the regular file `name` below `folder`, or None: nothing outside of it, no dot file, no device name."""
    parts = name.split("/")
    if _FORBIDDEN.search(name) or any(not part or part.startswith(".") or is_device_name(part) for part in parts):
        return None
    try:
        root = folder.resolve(strict=True)
        path = root.joinpath(*parts).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # missing, a name too long, a loop of links (RuntimeError before 3.13)
        return None
    return path if path.is_relative_to(root) and path.is_file() else None


def answer_with_file(
    request: Request, path: Path, *, etag: str, modified: float, size: int, in_parts: bool = True
) -> Response:
    """Answer with a file, the part of it that Range names, or 304; its type and caching are the caller's to say.

    `etag` is quoted, `modified` a POSIX timestamp, `size` in bytes. Without `in_parts` Range is not looked at.

    Raises:
        HTTPError: 412 or 416, as the conditions of the request say.
    """
    validators = {"etag": etag, "last-modified": http_date(modified)}
    headers = request.headers
    check_preconditions(headers, etag, modified, method=request.method)
    if request.method in ("GET", "HEAD") and is_not_modified(headers, etag, modified):
        return Response(b"", 304, validators)
    if not in_parts:
        return FileResponse(path, length=size, headers=validators)
    ranges = None
    wanted = headers.get("range")
    if wanted is not None and request.method == "GET" and may_use_range(headers, etag, modified):
        ranges = parse_range(wanted, size)
    fields = {**validators, "accept-ranges": "bytes"}
    if ranges is None or len(ranges) != 1:  # several ranges in one answer serve nobody; the whole file is allowed
        return FileResponse(path, length=size, headers=fields)
    start, stop = ranges[0]
    fields["content-range"] = content_range(start, stop, size)
    return FileResponse(path, start=start, length=stop - start, status=206, headers=fields)
