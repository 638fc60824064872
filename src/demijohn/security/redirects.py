"""Check where a redirect leads. Which hosts are ours is decided in hosts.py.

Browsers forgive much in an address: they drop tabs and line breaks, read `\\` as `/`, and take `//x`, `/\\x` and
`http:x` for another host. So the check refuses what they forgive instead of guessing along (WHATWG URL).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote

from demijohn.errors import UnsafeRedirect
from demijohn.security.origins import split_url

__all__ = ["external_target", "redirect_target", "safe_next"]

_MAX_LENGTH = 2048
# C0, DEL, C1 and the backslash; U+2028 and its like are percent-encoded with all other non-ASCII.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_KEPT = "/?#[]@!$&'()*+,;=:%~-._"


def redirect_target(target: str, own_origins: Collection[str]) -> str:
    """Return the value for Location: a path from `/` on, or an address whose origin is one of ours.

    What is not ASCII, and spaces, come back percent-encoded.

    Raises:
        UnsafeRedirect: the target leads elsewhere, or browsers could read it so.
    """
    _refuse_ambiguous(target)
    if target.startswith("/"):
        if target.startswith("//"):
            raise UnsafeRedirect(f"{_shown(target)} leads to another host: browsers read // as the start of one.")
        return quote(target, safe=_KEPT)
    parts = split_url(target)
    if parts is None:
        raise UnsafeRedirect(
            f"{_shown(target)} is neither a path from / on nor an address. Redirect to a route, to '/path', or use "
            "redirect_external(url) for another site."
        )
    scheme, host, rest = parts
    if host.origin(scheme) not in own_origins:
        raise UnsafeRedirect(
            f"{_shown(target)} leads to another site. If that is meant, use redirect_external(url); if it is this "
            "site, set SITE_URL to its address."
        )
    return host.origin(scheme) + quote(rest, safe=_KEPT)


def safe_next(target: str | None, own_origins: Collection[str], default: str) -> str:
    """Return a target that came with a request (`?next=`) if it is ours, else the default; never raises for it."""
    if target:
        try:
            return redirect_target(target, own_origins)
        except UnsafeRedirect:
            pass
    return default


def external_target(url: str) -> str:
    """Return the value for Location of an http or https address of any site.

    Raises:
        UnsafeRedirect: the address is of another kind, malformed, or hides its host behind a user name.
    """
    _refuse_ambiguous(url)
    parts = split_url(url)
    if parts is None or parts[0] not in ("http", "https"):
        raise UnsafeRedirect(f"{_shown(url)} is not an http or https address, with an ASCII host and no user name.")
    scheme, host, rest = parts
    return host.origin(scheme) + quote(rest, safe=_KEPT)


def _refuse_ambiguous(target: str) -> None:
    if len(target) > _MAX_LENGTH:
        raise UnsafeRedirect(f"A redirect of {len(target)} characters is too long; {_MAX_LENGTH} are the most.")
    if not target or _FORBIDDEN.search(target):
        raise UnsafeRedirect(f"{_shown(target)} is empty, or has a backslash or a control character.")
    try:
        target.encode()
    except UnicodeEncodeError:
        raise UnsafeRedirect("The redirect has a lone surrogate, which no address can hold.") from None


def _shown(target: str) -> str:
    return ascii(target[:80] + "..." if len(target) > 80 else target)
