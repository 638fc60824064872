"""Decide by entity tags and dates whether a client has the current version (RFC 9110 section 13)."""

from __future__ import annotations

import hashlib
import re

from demijohn.datastructures import Headers
from demijohn.errors import HTTPError
from demijohn.http.dates import parse_http_date

__all__ = ["check_preconditions", "etag_for", "is_not_modified", "may_use_range", "parse_etags"]

_ETAG = re.compile(r'[ \t]*(\*|(?:W/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)')


def etag_for(content: bytes) -> str:
    """Make a strong entity tag, quotes included, from the bytes of a body: 128 bits of BLAKE2b."""
    return f'"{hashlib.blake2b(content, digest_size=16, usedforsecurity=False).hexdigest()}"'


def parse_etags(header: str) -> tuple[str, ...]:
    """Read the tags of If-Match or If-None-Match as they are written: `"a"`, `W/"b"`, or a lone `*`.

    Returns none at all where any of them is malformed, so that If-Match then fails and If-None-Match does nothing.
    """
    tags = []
    position = 0
    while position < len(header):
        found = _ETAG.match(header, position)
        if not found:
            return ()
        tags.append(found[1])
        position = found.end()
    return tuple(tags) if "*" not in tags or len(tags) == 1 else ()


def is_not_modified(request_headers: Headers, etag: str | None, last_modified: float | None) -> bool:
    """Tell whether a GET or HEAD may be answered with 304. `last_modified` is a POSIX timestamp.

    If-None-Match decides alone where it was sent, by weak comparison; otherwise If-Modified-Since, to the second.
    """
    if "if-none-match" in request_headers:
        return _matches(request_headers, "if-none-match", etag, weak=True)
    return _is_unchanged_since(request_headers.get("if-modified-since"), last_modified)


def check_preconditions(
    request_headers: Headers, etag: str | None, last_modified: float | None, *, method: str = "GET"
) -> None:
    """Refuse a request that is meant for another version of what it names.

    `etag` is None where there is no current version yet; `last_modified` is a POSIX timestamp. On methods other than
    GET and HEAD, If-None-Match counts, too: `If-None-Match: *` on a PUT creates and never replaces.

    Raises:
        HTTPError: 412 `precondition.failed`.
    """
    failed = None
    if "if-match" in request_headers:
        if not _matches(request_headers, "if-match", etag, weak=False):
            failed = "If-Match"
    elif last_modified is not None:
        since = parse_http_date(request_headers.get("if-unmodified-since", ""))
        if since is not None and int(last_modified) > since:
            failed = "If-Unmodified-Since"
    if method not in ("GET", "HEAD") and _matches(request_headers, "if-none-match", etag, weak=True):
        failed = failed or "If-None-Match"
    if failed:
        raise HTTPError(
            412, f"This has changed since you read it ({failed}). Load it again.", code="precondition.failed"
        )


def may_use_range(request_headers: Headers, etag: str | None, last_modified: float | None) -> bool:
    """Tell whether Range counts: no If-Range came, or it names the current version by a strong tag or exact date."""
    condition = request_headers.get("if-range")
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition == etag
    date = parse_http_date(condition)
    return date is not None and last_modified is not None and int(last_modified) == date


def _matches(request_headers: Headers, name: str, etag: str | None, *, weak: bool) -> bool:
    if etag is None:
        return False
    tags = parse_etags(", ".join(request_headers.getlist(name)))
    if tags == ("*",):
        return True
    if weak:
        return etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in tags]
    return etag in tags and not etag.startswith("W/")


def _is_unchanged_since(date: str | None, last_modified: float | None) -> bool:
    since = parse_http_date(date) if date is not None else None
    return since is not None and last_modified is not None and int(last_modified) <= since
