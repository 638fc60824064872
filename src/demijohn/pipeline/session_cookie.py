"""Send the session's cookie with an answer. What a session holds is in sessions/, loading it is Request's."""

from __future__ import annotations

import logging
import time

from demijohn.http.request import Request
from demijohn.http.response import Response

__all__ = ["SessionCookie"]

_log = logging.getLogger("demijohn.security")

_QUIET_SECONDS = 60.0


class SessionCookie:
    """Save the session of a request and set, keep or delete its cookie; mark what depends on it as private.

    `allows_http` is for development and tests: elsewhere a session travels over TLS only.
    """

    __slots__ = ("_allows_http", "_complained")

    def __init__(self, *, allows_http: bool) -> None:
        self._allows_http = allows_http
        self._complained = -_QUIET_SECONDS

    def save(self, request: Request, response: Response) -> None:
        """Do nothing for a session that nobody has touched: what does not depend on one stays cacheable."""
        session = request.loaded_session
        if session is None or not session.accessed:
            return
        headers = response.headers
        headers["vary"] = ", ".join(filter(None, [headers.get("vary"), "cookie"]))
        headers.setdefault("cache-control", "private, no-cache")
        value = session.save()
        if value is None:
            return
        name = request.session_cookie_name
        if not value:
            response.set_cookie(name, "", max_age=0, secure=request.is_secure)
        elif request.is_secure or self._allows_http:
            response.set_cookie(name, value, max_age=session.max_age, secure=request.is_secure)
        else:
            self._complain()

    def _complain(self) -> None:
        now = time.monotonic()
        if now - self._complained >= _QUIET_SECONDS:
            self._complained = now
            _log.warning(
                "A session was not kept: the request came over plain http. Serve over TLS with --tls-cert, or, where a "
                "proxy ends TLS, name it in TRUSTED_PROXIES so that its X-Forwarded-Proto counts."
            )
