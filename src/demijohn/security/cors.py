"""Let scripts of other origins read answers. What they may change is decided in csrf.py.

Without a `Cors` there are no such headers and browsers keep answers from other origins. Fetch standard, CORS protocol.
"""

from __future__ import annotations

from collections.abc import Iterable

from demijohn.errors import ConfigError, Problem
from demijohn.security.optouts import OptOut
from demijohn.security.origins import canonical_origin, declared_origins
from demijohn.types import caller_origin

__all__ = ["Cors"]

_Fields = list[tuple[str, str]]
_MAX_AGE = 7200  # Chromium's ceiling in seconds
_VARY: _Fields = [("vary", "origin")]
_VARY_PREFLIGHT: _Fields = [("vary", "origin, access-control-request-method, access-control-request-headers")]
# Fetch standard: readable and sendable without being listed.
_SAFELISTED = frozenset({"accept", "accept-language", "content-language", "content-type", "range"})


class Cors:
    """Say which other origins may read answers: `Cors(["https://app.example.com"])`.

    Origins are compared as a whole; `"*"` lets every origin read what is public. `credentials` lets their requests
    carry cookies. `methods` and `headers` are what they may use, `expose` what they may read beside the basic fields;
    browsers keep a preflight's answer for `max_age` seconds (0 to 7200).

    Raises:
        ConfigError: no origin, one that is none, `"*"` with credentials, or `max_age` out of range.
    """

    __slots__ = ("_allowed", "_any", "_headers", "_methods", "_preflight", "_simple", "credentials", "declared_at")

    def __init__(
        self,
        origins: Iterable[str],
        *,
        credentials: bool = False,
        methods: Iterable[str] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
        headers: Iterable[str] = ("authorization", "content-type"),
        expose: Iterable[str] = (),
        max_age: int = 600,
    ) -> None:
        self.declared_at = caller_origin()
        named = [origins] if isinstance(origins, str) else list(origins)
        self._any = "*" in named
        if problem := _declared_wrongly(named, credentials, max_age):
            raise ConfigError([Problem(problem[0], str(self.declared_at), problem[1])])
        self._allowed = declared_origins((origin for origin in named if origin != "*"), "Cors(origins=...)")
        self._methods = frozenset(methods)
        self._headers = frozenset(name.lower() for name in headers) | _SAFELISTED
        self.credentials = credentials
        allow_credentials: _Fields = [("access-control-allow-credentials", "true")] if credentials else []
        exposed = ", ".join(expose)
        self._simple = [*allow_credentials, *([("access-control-expose-headers", exposed)] if exposed else [])]
        self._preflight = [
            *allow_credentials,
            ("access-control-allow-methods", ", ".join(sorted(self._methods))),
            ("access-control-allow-headers", ", ".join(sorted(self._headers))),
            ("access-control-max-age", str(max_age)),
        ]

    @property
    def trusted_origins(self) -> frozenset[str]:
        """Return the origins that were named one by one; they may post, too, as far as CSRF is concerned."""
        return self._allowed

    def response_headers(self, origin: str | None) -> _Fields:
        """Return the fields to add to an answer; `origin` is the request's field, None where there is none."""
        if origin is None or not self._is_allowed(origin):
            return _VARY
        return [*_VARY, ("access-control-allow-origin", self._echo(origin)), *self._simple]

    def preflight_headers(self, origin: str, method: str, headers: str | None) -> _Fields:
        """Return the fields of the empty answer to a preflight.

        `method` and `headers` are the fields Access-Control-Request-Method and -Headers. Where anything that was asked
        for is not allowed, no permission is given at all.
        """
        asked = {name.strip().lower() for name in (headers or "").split(",")} - {""}
        if not self._is_allowed(origin) or method not in self._methods or not asked <= self._headers:
            return _VARY_PREFLIGHT
        return [*_VARY_PREFLIGHT, ("access-control-allow-origin", self._echo(origin)), *self._preflight]

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        who = "any origin" if self._any else ", ".join(sorted(self._allowed))
        how = "with cookies" if self.credentials else "without cookies"
        return [OptOut("cors", f"{who} may read answers {how}", origin=self.declared_at)]

    def _is_allowed(self, origin: str) -> bool:
        # `null` is the origin of every sandboxed page, so not even "*" is answered to it by name.
        return origin in self._allowed or (self._any and canonical_origin(origin) is not None)

    def _echo(self, origin: str) -> str:
        return "*" if self._any else origin


def _declared_wrongly(origins: list[str], credentials: bool, max_age: int) -> tuple[str, str] | None:
    if not origins:
        return "Cors names no origin.", "Write Cors(['https://app.example.com'])."
    if "*" in origins and credentials:
        remedy = "Name the origins that may send cookies, or leave credentials out."
        return "Cors(['*'], credentials=True) would let every site read what a visitor's cookies open.", remedy
    if not 0 <= max_age <= _MAX_AGE:
        return f"Cors(max_age={max_age}) is not one of 0 to {_MAX_AGE}.", "Browsers keep no preflight for longer."
    return None
