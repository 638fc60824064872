"""Refuse requests that another site made a visitor's browser send. The same question for scripts is in cors.py.

First by what browsers say of a request (Sec-Fetch-Site, then Origin), which needs no token in any form. Only where a
cookie came without a word from a browser a token is asked for. Exemptions name a route, never a path pattern
(CVE-2025-47910), and there is no method override.
"""

from __future__ import annotations

import base64
import enum
import os
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from demijohn.errors import DeclarationError, HTTPError, Problem
from demijohn.http.host import DEFAULT_PORTS
from demijohn.security.hosts import parse_host
from demijohn.security.optouts import OptOut
from demijohn.security.origins import declared_origins, split_origin
from demijohn.types import Origin

__all__ = [
    "BINDING_COOKIE",
    "SAFE_METHODS",
    "TOKEN_FIELD",
    "TOKEN_HEADER",
    "CsrfPolicy",
    "CsrfTokens",
    "Exempt",
    "RouteCsrf",
    "Verdict",
    "decide",
    "refuse_without_evidence",
    "remedy_for",
    "route_csrf",
]

# TRACE and CONNECT never reach a handler, and QUERY counts as unsafe.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

TOKEN_FIELD = "csrf_token"  # noqa: S105  # the name of the form field, no secret
TOKEN_HEADER = "x-csrf-token"  # noqa: S105  # the name of the header
# Stands for a session where a visitor has none; set only when a token is rendered. Over TLS with the prefix `__Host-`.
BINDING_COOKIE = "pre"

_KEY_PURPOSE = "csrf"
_RANDOM_BYTES = 16
_CROSS_SITE = "This request was sent from another site."
_REMEDIES = {
    "csrf.cross_site": (
        "Sec-Fetch-Site says that another site sent this. If that site is yours, list its origin in TRUSTED_ORIGINS; "
        'if others must post here (webhooks, payment returns), give the route csrf=False, reason="...".'
    ),
    "csrf.origin": (
        "The Origin header does not name this site. Behind a proxy that rewrites Host, set SITE_URL or "
        "TRUSTED_PROXIES; a page with Referrer-Policy: no-referrer or in a sandbox sends 'null'."
    ),
    "csrf.malformed": "Sec-Fetch-Site or Origin came twice, empty or with bytes that are not ASCII.",
    "csrf.no_evidence": (
        "A cookie came with neither Sec-Fetch-Site nor Origin. Programs should send `Authorization: Bearer`; a form "
        "for old browsers needs {{ csrf_field() }}; scripts may send X-CSRF-Token."
    ),
}


class Verdict(enum.Enum):
    """Say what the headers of a request prove."""

    ALLOW = "allow"
    NEEDS_EVIDENCE = "needs evidence"
    """No browser said where the request comes from: with a cookie, or on an "always" route, a token must."""


class Exempt(msgspec.Struct, frozen=True):
    """Say that a route takes requests from anywhere, why, and where that was written."""

    reason: str
    origin: Origin

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        return [OptOut("csrf.exempt", "csrf=False", self.reason, self.origin)]


RouteCsrf = Literal["auto", "always"] | Exempt
"""How a route is guarded. "always" asks for evidence even where no cookie came: login, sign-up, reset, logout."""


def route_csrf(csrf: bool | Literal["auto", "always"], reason: str | None, origin: Origin) -> RouteCsrf:
    """Return how a route is guarded, from what its declaration says.

    Raises:
        DeclarationError: `csrf=False` without a reason, or a reason without it.
    """
    if csrf is False:
        if not reason or not reason.strip():
            remedy = 'Say why, for whoever reads `demijohn check`: csrf=False, reason="signed by the payment provider".'
            raise DeclarationError(
                [Problem("csrf=False takes away a protection without a reason.", str(origin), remedy)]
            )
        return Exempt(reason, origin)
    if reason is not None:
        remedy = "Take the reason away, or write csrf=False if the route must take requests from other sites."
        raise DeclarationError([Problem("reason= was given, but the route is guarded.", str(origin), remedy)])
    if csrf not in (True, "auto", "always"):
        remedy = 'It is "auto" (the default), "always", or False with a reason.'
        raise DeclarationError([Problem(f"csrf={csrf!r} is not known.", str(origin), remedy)])
    return "always" if csrf == "always" else "auto"


class CsrfPolicy:
    """Hold what the configuration says about cross-site requests.

    `trusted` are origins (`https://accounts.example.com`) whose pages may post here; `own` is that of SITE_URL, by
    which the site is known where a proxy rewrites Host. `disabled` is the setting `unsafe_disable_csrf`.

    Raises:
        ConfigError: a trusted origin is not an origin.
    """

    __slots__ = ("_declared", "enabled", "trusted_origins")

    def __init__(self, trusted: Iterable[str] = (), *, own: Iterable[str] = (), disabled: bool = False) -> None:
        self._declared = declared_origins(trusted, "TRUSTED_ORIGINS")
        self.trusted_origins = self._declared.union(own)
        self.enabled = not disabled

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        found = [OptOut("csrf.trusted", f"{origin} may post to every route") for origin in sorted(self._declared)]
        if not self.enabled:
            found.append(OptOut("csrf.disabled", "unsafe_disable_csrf: any site may post to every route", grave=True))
        return found


def decide(
    method: str,
    *,
    sec_fetch_site: Sequence[str],
    origin: Sequence[str],
    own_origin: str,
    own_host: str,
    tls_known: bool,
    trusted_origins: frozenset[str],
    websocket: bool = False,
) -> Verdict:
    """Decide by its headers whether a request may change anything.

    `sec_fetch_site` and `origin` are all values of these fields. `own_origin` is as `Host.origin` writes it; `own_host`
    is compared instead where `tls_known` is false, as behind a proxy that nobody told us of. A WebSocket handshake is a
    GET that no browser protects, so it is never safe.

    Raises:
        HTTPError: 403 `csrf.malformed`, `csrf.cross_site` or `csrf.origin`.
    """
    if method in SAFE_METHODS and not websocket:
        return Verdict.ALLOW
    site, source = _one_value(sec_fetch_site), _one_value(origin)
    parts = None if source is None else split_origin(source)
    trusted = parts is not None and parts[1].origin(parts[0]) in trusted_origins
    if site is not None:
        # same-site is another origin below the same domain, and an unknown value is no proof of anything.
        if site.lower() in ("same-origin", "none") or trusted:
            return Verdict.ALLOW
        raise HTTPError(403, _CROSS_SITE, code="csrf.cross_site")
    if source is None:
        return Verdict.NEEDS_EVIDENCE
    if parts is None:
        raise HTTPError(403, _CROSS_SITE, code="csrf.origin")
    scheme, host = parts
    own = host.origin(scheme) == own_origin if tls_known else _is_host_of(own_host, scheme, host.origin(scheme))
    if own or trusted:
        return Verdict.ALLOW
    raise HTTPError(403, _CROSS_SITE, code="csrf.origin")


def _one_value(values: Sequence[str]) -> str | None:
    if not values:
        return None
    if len(values) > 1 or not values[0] or not values[0].isascii():
        raise HTTPError(403, "The headers that say where this request comes from are malformed.", code="csrf.malformed")
    return values[0]


def _is_host_of(own_host: str, scheme: str, origin: str) -> bool:
    own = parse_host(own_host)
    return own is not None and scheme in DEFAULT_PORTS and own.origin(scheme) == origin


def refuse_without_evidence() -> HTTPError:
    """Return the refusal for a request that needed a token and brought none that is valid."""
    return HTTPError(403, "Nothing shows that this request comes from a page of this site.", code="csrf.no_evidence")


def remedy_for(code: str) -> str:
    """Return what a developer can do about a refusal; empty for codes that are not ours."""
    return _REMEDIES.get(code, "")


class CsrfTokens:
    """Make and check the tokens of forms.

    A token is `random.mac`: 16 random bytes and HMAC-SHA256 over the binding and these bytes, each with its length in
    front; both in URL-safe base64. It is different at each rendering (BREACH), and dies with the session id that it is
    bound to. The first key makes tokens, all keys are accepted.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Sequence[bytes]) -> None:
        from demijohn.signing import derive_key  # with the first token; it loads OpenSSL's hashes

        self._keys = tuple(derive_key(key, _KEY_PURPOSE) for key in keys)

    def make(self, binding: str) -> str:
        """Return a new token for a session id, or for the value of the cookie that stands for one.

        Raises:
            ValueError: the binding is empty, which would make a token that is valid for everybody.
        """
        if not binding:
            raise ValueError("A CSRF token must be bound to a session id or to the cookie that stands for one.")
        salt = os.urandom(_RANDOM_BYTES)
        return f"{_encode(salt)}.{_encode(_mac(self._keys[0], binding, salt))}"

    def valid(self, token: str, binding: str) -> bool:
        """Say whether a token was made for this binding."""
        if not binding or not token.isascii():
            return False
        salt_text, _, mac_text = token.partition(".")
        if len(salt_text) != 22 or len(mac_text) != 43:
            return False
        try:
            salt = base64.urlsafe_b64decode(salt_text + "==")
        except ValueError:
            return False
        import hmac

        return any(hmac.compare_digest(_encode(_mac(key, binding, salt)), mac_text) for key in self._keys)

    @staticmethod
    def new_binding() -> str:
        """Return a random value for the cookie that a visitor without a session gets when a token is rendered."""
        return _encode(os.urandom(_RANDOM_BYTES))


def _mac(key: bytes, binding: str, salt: bytes) -> bytes:
    import hmac

    parts = (binding.encode(errors="surrogatepass"), salt)
    return hmac.digest(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), "sha256")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
