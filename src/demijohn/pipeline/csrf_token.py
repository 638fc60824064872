"""Make the token of a form: `csrf_token()`. It is checked in csrf.py, signed in security/csrf.py."""

from __future__ import annotations

from typing import cast

from demijohn.context import current_scope
from demijohn.errors import ConfigError, DemijohnError, Problem
from demijohn.http.request import Request
from demijohn.security.csrf import BINDING_COOKIE, CsrfTokens

__all__ = ["csrf_token"]


def csrf_token() -> str:
    """Return a token for the hidden field `csrf_token` of a form, or the header X-CSRF-Token of a script.

    Browsers of this decade prove by themselves where a form comes from. The token is for those that do not, and for
    programs that keep cookies. It differs each time, and is good while the visitor's session lasts; for a visitor
    without one, the answer sets a cookie that stands for it. Put something into the session before, not after.

    Raises:
        ConfigError: no SECRET_KEY, so nothing can be signed.
        NoContextError: no request is being handled.
    """
    request = current_scope("a CSRF token")
    if not isinstance(request, Request):
        raise DemijohnError("A CSRF token is bound to the visitor of a request; there is none here.")
    if CsrfTokens not in request.services:
        remedy = "Set SECRET_KEY. This prints one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        raise ConfigError([Problem("A CSRF token was asked for, but there is no SECRET_KEY to sign it.", "", remedy)])
    tokens = cast(CsrfTokens, request.services[CsrfTokens])
    return tokens.make(_session_id(request) or _stand_in(request))


def _session_id(request: Request) -> str | None:
    if request.loaded_session is None and request.session_cookie_name not in request.cookies:
        return None
    session = request.session
    return session.id if len(session) else None  # an empty one is not kept, and its id is gone with it


def _stand_in(request: Request) -> str:
    """Return what stands for the session of a visitor who has none; the answer sets its cookie."""
    if request.csrf_binding is None:
        kept = request.cookies.get(request.own_cookie_name(BINDING_COOKIE))
        request.csrf_binding = kept or CsrfTokens.new_binding()
        request.is_plain = False
    return request.csrf_binding
