"""Name the cookies that the framework sets for itself. What they hold is the session's and the CSRF check's matter."""

from __future__ import annotations

import msgspec

__all__ = ["OwnCookies"]


class OwnCookies(msgspec.Struct, frozen=True):
    """Give the cookies of one frozen app their names.

    `__Host-` makes browsers insist on TLS and on this very host, so that no neighbour can plant one (RFC 6265bis
    section 4.1.3.2). Over plain http browsers refuse the prefix; there the cookies do without it in development and
    tests (`plain_http`), and elsewhere are neither set nor read.
    """

    plain_http: bool = False

    def name(self, name: str, *, is_secure: bool) -> str:
        """Return the whole name of a cookie, for a request over TLS or not."""
        return name if self.plain_http and not is_secure else f"__Host-{name}"
