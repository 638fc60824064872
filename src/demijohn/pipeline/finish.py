"""Complete an answer before it leaves: session, cookies, CORS and the security headers. Every answer comes by here.

A plain answer, one whose header fields nothing has touched, gets a list that was built for its content type before.
"""

from __future__ import annotations

from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.pipeline.session_cookie import SessionCookie
from demijohn.security.cors import Cors
from demijohn.security.csp import ResponseKind
from demijohn.security.headers import SecurityHeaders

__all__ = ["Finisher", "HeaderFields", "is_preflight"]

HeaderFields = list[tuple[str, str]]

_MAX_PLAIN = 256  # content types are the program's own words, but one made from input must not fill the memory


class Finisher:
    """Make the header fields of answers, for an app or for a route whose marks change them."""

    __slots__ = ("_cors", "_plain", "_security", "_sessions")

    def __init__(self, security: SecurityHeaders, *, cors: Cors | None, sessions: SessionCookie) -> None:
        self._security = security
        self._cors = cors
        self._sessions = sessions
        self._plain: dict[tuple[str, str], HeaderFields] = {}

    def with_security(self, security: SecurityHeaders) -> Finisher:
        """Return a finisher for a route with security headers of its own; itself where they are the app's."""
        if security is self._security:
            return self
        return Finisher(security, cors=self._cors, sessions=self._sessions)

    def fields(self, request: Request, response: Response) -> HeaderFields:
        """Return the header fields to send. The list may be shared between answers and is not to be changed."""
        if response.is_plain and request.is_plain and self._cors is None:
            key = (response.content_type, request.scheme)
            plain = self._plain.get(key)
            if plain is None:
                plain = self._build(request, response)
                if len(self._plain) < _MAX_PLAIN:
                    self._plain[key] = plain
            return plain
        response = response.detached()
        self._sessions.save(request, response)
        return self._build(request, response)

    def _build(self, request: Request, response: Response) -> HeaderFields:
        fields = _without_framing(response)
        own = {name for name, _ in fields}
        is_page = response.content_type.startswith("text/html") and response.kind != "upload"
        kind: ResponseKind = "html" if is_page else response.kind
        nonce = request.nonce if request.has_nonce else None
        security = self._security.for_response(kind, request.is_secure, nonce)
        if response.status == 304 and not response.content_type:  # browsers put its fields over those of what they keep
            security = [field for field in security if not field[0].startswith("content-security-policy")]
        fields += [field for field in security if field[0] not in own]
        for cookie in response.pending_cookies:
            fields.append(("set-cookie", cookie.format(request_is_secure=request.is_secure)))
        if self._cors is not None:
            allowed = _cors_fields(request, self._cors)
            fields += [field for field in allowed if field[0] == "vary" or field[0] not in own]
        return _join_vary(fields) if "vary" in own or self._cors is not None else fields


def is_preflight(request: Request) -> bool:
    """Tell whether a browser asks what a script of another origin may send (Fetch standard, CORS-preflight fetch)."""
    fields = request.fields_by_name
    return request.method == "OPTIONS" and "origin" in fields and "access-control-request-method" in fields


def _cors_fields(request: Request, cors: Cors) -> HeaderFields:
    fields = request.fields_by_name
    if not is_preflight(request):
        return cors.response_headers(fields.get("origin"))
    asked = fields["access-control-request-method"], fields.get("access-control-request-headers")
    return cors.preflight_headers(fields["origin"], *asked)


def _without_framing(response: Response) -> HeaderFields:
    """Return the header fields that were set, without those that say where the body ends.

    The server writes them by what it sends. A second opinion would let a client read one answer as two.
    """
    framing = ("transfer-encoding",) if response.is_long else ("transfer-encoding", "content-length")
    return [field for field in response.headers.multi_items() if field[0] not in framing]


def _join_vary(fields: HeaderFields) -> HeaderFields:
    """Put several Vary fields into one, each name once."""
    names = [name.strip().lower() for field, value in fields if field == "vary" for name in value.split(",")]
    others = [field for field in fields if field[0] != "vary"]
    return [*others, ("vary", ", ".join(dict.fromkeys(names)))] if names else others
