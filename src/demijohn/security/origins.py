"""Bring web origins (`https://example.com`) into one spelling, so that two can be compared as text.

CSRF, CORS and redirects compare origins; which host is ours is decided in hosts.py. RFC 6454.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from demijohn.errors import ConfigError, Problem
from demijohn.http.host import Host
from demijohn.security.hosts import parse_host

__all__ = ["canonical_origin", "declared_origins", "split_origin", "split_url"]

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)(.*)", re.DOTALL)


def canonical_origin(text: str) -> str | None:
    """Return an origin in lower case without the scheme's default port; None for `null` and whatever is no origin."""
    parts = split_origin(text)
    return None if parts is None else parts[1].origin(parts[0])


def split_origin(text: str) -> tuple[str, Host] | None:
    """Return scheme and host of an origin; None for `null`, for a path behind it and for whatever is no origin."""
    parts = split_url(text)
    if parts is None or parts[2]:
        return None
    return parts[0], parts[1]


def split_url(url: str) -> tuple[str, Host, str] | None:
    """Return scheme, host and the rest of an address; None where its host is missing, malformed or has a user name."""
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme, authority, rest = match.groups()
    host = parse_host(authority)
    return None if host is None else (scheme.lower(), host, rest)


def declared_origins(values: Iterable[str], setting: str) -> frozenset[str]:
    """Return the origins that a setting names.

    Raises:
        ConfigError: some are no origins; `null` and patterns are never accepted.
    """
    origins: set[str] = set()
    problems = []
    for value in values:
        origin = canonical_origin(value)
        if origin is None:
            problems.append(Problem(f"{setting} has {value!r}, which is not an origin.", remedy=_remedy(value)))
        else:
            origins.add(origin)
    if problems:
        raise ConfigError(problems)
    return frozenset(origins)


def _remedy(value: str) -> str:
    parts = split_url(value)
    if parts is not None:
        return f"Write {parts[1].origin(parts[0])!r}: scheme and host, nothing behind them."
    if value == "null":
        return "Any sandboxed page of any site is 'null'; it cannot be trusted."
    if "*" in value:
        return "Name each origin; a pattern would let in hosts that nobody thought of."
    return "Write scheme and host, such as 'https://example.com'."
