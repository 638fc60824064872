"""Apply the rules of security/csrf.py to requests: by their headers first, by a token where there is no evidence."""

from __future__ import annotations

from typing import cast

from demijohn.http.request import Request
from demijohn.security.csrf import (
    BINDING_COOKIE,
    TOKEN_FIELD,
    TOKEN_HEADER,
    CsrfPolicy,
    CsrfTokens,
    Exempt,
    RouteCsrf,
    Verdict,
    decide,
    refuse_without_evidence,
)

__all__ = ["CsrfCheck", "CsrfRules"]

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class CsrfRules:
    """Hold what all routes of an app share.

    `knows_tls` says that http can be believed to be http, because a trusted proxy would have told otherwise.
    """

    __slots__ = ("_knows_tls", "_policy")

    def __init__(self, policy: CsrfPolicy, *, knows_tls: bool) -> None:
        self._policy = policy
        self._knows_tls = knows_tls

    @property
    def enabled(self) -> bool:
        """Tell whether the app checks at all."""
        return self._policy.enabled

    def judge(self, request: Request, *, websocket: bool = False) -> Verdict:
        """Return what the headers of the request prove.

        Raises:
            HTTPError: 403 `csrf.malformed`, `csrf.cross_site` or `csrf.origin`.
        """
        fields = request.fields_by_name
        return decide(
            request.method,
            sec_fetch_site=_present(fields.get("sec-fetch-site")),
            origin=_present(fields.get("origin")),
            own_origin=request.origin,
            own_host=str(request.host),
            tls_known=self._knows_tls or request.is_secure,
            trusted_origins=self._policy.trusted_origins,
            websocket=websocket,
        )

    def is_ambient(self, request: Request) -> bool:
        """Tell whether a browser added a proof of identity by itself: the session cookie, unless a bearer is named."""
        return request.session_cookie_name in request.cookies

    def has_valid_token(self, request: Request, *, is_body_read: bool) -> bool:
        """Tell whether the request brought a token made for its session, in a header or in its form."""
        if CsrfTokens not in request.services:  # without a key no token was ever made
            return False
        tokens = cast(CsrfTokens, request.services[CsrfTokens])
        token = request.fields_by_name.get(TOKEN_HEADER)
        if token is None and is_body_read and request.content_type in _FORMS:
            token = request.form.get(TOKEN_FIELD)
        return token is not None and tokens.valid(token, self._binding(request))

    def _binding(self, request: Request) -> str:
        if request.session_cookie_name in request.cookies and not request.session.new:
            return request.session.id
        return request.cookies.get(request.own_cookie_name(BINDING_COOKIE), "")


def _present(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


class CsrfCheck:
    """Check the requests of one route."""

    __slots__ = ("_enabled", "_rules", "is_strict")

    def __init__(self, rules: CsrfRules, route: RouteCsrf) -> None:
        self._rules = rules
        self._enabled = rules.enabled and not isinstance(route, Exempt)
        # "always": evidence is asked for even where no cookie came.
        self.is_strict = self._enabled and route == "always"

    def check(self, request: Request) -> bool:
        """Check the headers, before anything else happens; return whether a token must follow with the body.

        Raises:
            HTTPError: 403 `csrf.malformed`, `csrf.cross_site` or `csrf.origin`.
        """
        if not self._enabled or request.has_bearer:
            return False
        if self._rules.judge(request) is Verdict.ALLOW:
            return False
        return self.is_strict or self._rules.is_ambient(request)

    def check_token(self, request: Request, *, is_body_read: bool = True) -> None:
        """Check the token, after the body was read; where that is left to the handler, only a header can bring one.

        Raises:
            HTTPError: 403 `csrf.no_evidence`.
        """
        if not self._rules.has_valid_token(request, is_body_read=is_body_read):
            raise refuse_without_evidence()
