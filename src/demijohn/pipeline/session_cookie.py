"""Send the framework's own cookies with an answer: the session's, and the one that stands for it in CSRF tokens.

What a session holds is in sessions/, loading it is Request's.
"""

from __future__ import annotations

import logging
import time

from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.security.csrf import BINDING_COOKIE
from demijohn.sessions.session import Session

__all__ = ["SessionCookie"]

_log = logging.getLogger("demijohn.security")

_QUIET_SECONDS = 60.0


class SessionCookie:
    """Save the session of a request and set, keep or delete its cookie; mark what depends on it as private.

    `allows_http` is for development and tests: elsewhere these cookies travel over TLS only.
    """

    __slots__ = ("_allows_http", "_complained")

    def __init__(self, *, allows_http: bool) -> None:
        self._allows_http = allows_http
        self._complained = -_QUIET_SECONDS

    def save(self, request: Request, response: Response) -> None:
        """Do nothing for a session that nobody has touched: what does not depend on one stays cacheable."""
        session = request.loaded_session
        if session is not None and session.accessed:
            _make_private(response)
            self._save_session(session, request, response)
        if request.csrf_binding is not None:
            _make_private(response)
            name = request.own_cookie_name(BINDING_COOKIE)
            if request.cookies.get(name) != request.csrf_binding:
                self._set(name, request.csrf_binding, request, response)

    def _save_session(self, session: Session, request: Request, response: Response) -> None:
        value = session.save()
        if value is not None:
            max_age = session.max_age if value else 0
            self._set(request.session_cookie_name, value, request, response, max_age=max_age)

    def _set(self, name: str, value: str, request: Request, response: Response, *, max_age: int | None = None) -> None:
        if request.is_secure or self._allows_http:
            response.set_cookie(name, value, max_age=max_age)
            return
        now = time.monotonic()
        if now - self._complained >= _QUIET_SECONDS:
            self._complained = now
            _log.warning(
                "A session was not kept: the request came over plain http. Serve over TLS with --tls-cert, or, where a "
                "proxy ends TLS, name it in TRUSTED_PROXIES so that its X-Forwarded-Proto counts."
            )


def _make_private(response: Response) -> None:
    headers = response.headers
    names = [name.strip().lower() for field in headers.getlist("vary") for name in field.split(",")]
    headers["vary"] = ", ".join(dict.fromkeys([*names, "cookie"]))
    headers.setdefault("cache-control", "private, no-cache")
