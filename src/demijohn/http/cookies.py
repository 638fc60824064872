"""Read the Cookie header and write Set-Cookie. Signed session cookies are made in sessions/."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from demijohn.errors import InvalidHeader
from demijohn.http.dates import http_date

__all__ = ["InvalidCookie", "SameSite", "format_cookie", "parse_cookie_pairs", "parse_cookies"]

SameSite = Literal["Lax", "Strict", "None"]

_MAX_BYTES = 4096  # RFC 6265 section 6.1: name, value and attributes; browsers drop larger ones without a word
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # token, RFC 9110 section 5.6.2
_BAD_IN_VALUE = re.compile(r"[^\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]")  # not a cookie-octet, RFC 6265 section 4.1.1
_BAD_IN_PATH = re.compile(r"[^\x20-\x3a\x3c-\x7e]")
_DOMAIN = re.compile(r"\.?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")


class InvalidCookie(InvalidHeader):
    """Refuse to set a cookie that browsers would drop, cut or read as something else."""


def parse_cookies(values: Sequence[str]) -> dict[str, str]:
    """Read the Cookie headers of a request: name to value, the first of a name wins.

    The first, because browsers send the cookie of the longest path first (RFC 6265 section 5.4).
    """
    cookies: dict[str, str] = {}
    for name, value in parse_cookie_pairs(values):
        cookies.setdefault(name, value)
    return cookies


def parse_cookie_pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    """Read the Cookie headers of a request as pairs, repeated names included. HTTP/2 sends several headers.

    Lenient as browsers are; what has no name is dropped (CVE-2023-23934), one pair of quotes around a value is not
    part of it. Only spaces and tabs are trimmed: trimming what else Unicode calls a space would let another site's
    cookie pass for a `__Host-` one.
    """
    pairs = []
    for header in values:
        for piece in header.split(";"):
            name, separator, value = piece.partition("=")
            name = name.strip(" \t")
            if not separator or not name:
                continue
            value = value.strip(" \t")
            if len(value) >= 2 and value[0] == value[-1] == '"':
                value = value[1:-1]
            pairs.append((name, value))
    return pairs


def format_cookie(
    name: str,
    value: str,
    *,
    max_age: int | None = None,
    expires: float | datetime | None = None,
    path: str = "/",
    domain: str | None = None,
    secure: bool,
    httponly: bool = True,
    samesite: SameSite = "Lax",
    partitioned: bool = False,
) -> str:
    """Write the value of a Set-Cookie header.

    `max_age` is in seconds, `expires` a POSIX timestamp or a datetime with a time zone. Without either the cookie
    lives until the browser closes; `max_age=0` deletes it. A value is sent as it is, never quoted or encoded.

    Raises:
        InvalidCookie: a character that may not stand where it stands, more than 4,096 bytes, a combination of
            attributes that browsers refuse, or a `__Host-` or `__Secure-` name without what it promises.
    """
    _check_text(name, value, path, domain)
    _check_attributes(name, path, domain, secure, samesite, partitioned)
    parts = [f"{name}={value}"]
    if max_age is not None:
        parts.append(f"Max-Age={max_age:d}")
    if expires is not None:
        parts.append(f"Expires={http_date(_timestamp(name, expires))}")
    if domain is not None:
        parts.append(f"Domain={domain.lstrip('.')}")
    parts.append(f"Path={path}")
    if secure:
        parts.append("Secure")
    if httponly:
        parts.append("HttpOnly")
    parts.append(f"SameSite={samesite}")
    if partitioned:
        parts.append("Partitioned")
    cookie = "; ".join(parts)
    if len(cookie) > _MAX_BYTES:
        raise InvalidCookie(
            f"Cookie {name!r} has {len(cookie):,} bytes with its attributes; browsers keep {_MAX_BYTES:,}. "
            "Keep the data on the server and put only its id into the cookie."
        )
    return cookie


def _check_text(name: str, value: str, path: str, domain: str | None) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidCookie(f"{name!r} cannot name a cookie: use letters, digits, '-' and '_'.")
    if bad := _BAD_IN_VALUE.search(value):  # the value may be a secret, so only the character is shown
        raise InvalidCookie(
            f"The value of cookie {name!r} has {bad.group()!r} at position {bad.start()}: spaces, quotes, commas, "
            "semicolons, backslashes and what is not ASCII cannot stand in a cookie. Encode the value, for example "
            "with urllib.parse.quote(), and decode it where you read it."
        )
    if not path.startswith("/") or _BAD_IN_PATH.search(path):
        raise InvalidCookie(f"Cookie {name!r} has the path {path!r}: a path starts with '/' and has no ';'.")
    if domain is not None and not _DOMAIN.fullmatch(domain):
        raise InvalidCookie(f"Cookie {name!r} has the domain {domain!r}: give a host name without scheme or port.")


def _check_attributes(name: str, path: str, domain: str | None, secure: bool, samesite: str, partitioned: bool) -> None:
    if samesite not in ("Lax", "Strict", "None"):
        raise InvalidCookie(f"Cookie {name!r} has samesite={samesite!r}: it is 'Lax', 'Strict' or 'None'.")
    if samesite == "None" and not secure:
        raise InvalidCookie(f"Cookie {name!r} has samesite='None', which browsers accept with secure=True only.")
    if partitioned and not secure:
        raise InvalidCookie(f"Cookie {name!r} is partitioned, which browsers accept with secure=True only.")
    prefix = name.lower()  # browsers compare prefixes without regard to case
    if prefix.startswith(("__host-", "__secure-")) and not secure:
        raise InvalidCookie(f"Cookie {name!r} has a prefix that browsers accept with secure=True only.")
    if prefix.startswith("__host-") and (path != "/" or domain is not None):
        raise InvalidCookie(f"Cookie {name!r}: a '__Host-' cookie has the path '/' and no domain.")


def _timestamp(name: str, expires: float | datetime) -> float:
    if not isinstance(expires, datetime):
        return expires
    if expires.tzinfo is None:
        raise InvalidCookie(
            f"Cookie {name!r} expires at {expires}, which names no time zone. Use datetime.now(UTC), or max_age."
        )
    return expires.timestamp()
