"""Build the security headers of every answer, once. What the policy of pages says is in csp.py, CORS is in cors.py.

The pipeline adds them last, errors and redirects included; a field that the handler set itself wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar, get_args

from demijohn.datastructures import MutableHeaders
from demijohn.errors import ConfigError, Problem
from demijohn.marks import Mark, add_mark
from demijohn.security.csp import Allowance, ContentSecurityPolicy, ResponseKind
from demijohn.security.optouts import OptOut

__all__ = ["SecurityHeaders", "csp", "embeddable"]

_F = TypeVar("_F", bound=Callable[..., object] | type)
_Fields = list[tuple[str, str]]

_CSP = "content-security-policy"
_FRAMES = "x-frame-options"
_OPENER = "cross-origin-opener-policy"
_HSTS = "strict-transport-security"
_EVERYWHERE = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    (_FRAMES, "DENY"),
)
_RESOURCE = "cross-origin-resource-policy"
_NONCE = "{nonce}"
_NO_OVERRIDES: Mapping[str, str | None] = MappingProxyType({})


class SecurityHeaders:
    """Hold the security headers of every kind of answer.

    `https_hsts` adds Strict-Transport-Security to answers over TLS; set it in production only, browsers remember it for
    a year. `overrides` replaces or adds a field for the whole app, or removes it (None). Makes `policy` final.

    Raises:
        InvalidHeader: an override cannot be sent.
        ConfigError: an override gives another Content-Security-Policy; `policy` is the place for that.
    """

    __slots__ = ("_https_hsts", "_nonced", "_overrides", "_plain", "_policy", "_secure")

    def __init__(
        self,
        policy: ContentSecurityPolicy,
        *,
        https_hsts: bool,
        overrides: Mapping[str, str | None] = _NO_OVERRIDES,
    ) -> None:
        policy.freeze()
        self._policy = policy
        self._https_hsts = https_hsts
        self._overrides = _checked_overrides(overrides)
        kinds: tuple[ResponseKind, ...] = get_args(ResponseKind)
        self._plain = {kind: self._build(kind, secure=False) for kind in kinds}
        self._secure = {kind: self._build(kind, secure=True) for kind in kinds} if https_hsts else self._plain
        self._nonced = policy.render("html", _NONCE).split(_NONCE)

    def for_response(self, kind: ResponseKind, secure: bool, nonce: str | None = None) -> _Fields:
        """Return the fields for an answer, names in lower case.

        Without a nonce it is the same list each time, which nobody may change. `nonce` counts for pages only.
        """
        fields = (self._secure if secure else self._plain)[kind]
        if nonce is None or kind != "html":
            return fields
        name = self._policy.header_name
        return [(name, nonce.join(self._nonced)) if field[0] == name else field for field in fields]

    def for_route(self, marks: Iterable[Mark]) -> SecurityHeaders:
        """Return the headers of a route whose handler has these marks: itself, where no mark concerns them."""
        allowances = [mark.value for mark in marks if isinstance(mark.value, Allowance)]
        if not allowances:
            return self
        policy = self._policy.extended(allowances)
        return SecurityHeaders(policy, https_hsts=self._https_hsts, overrides=self._overrides)

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report, for the whole app; the marks of views list their own."""
        removed = [OptOut("headers.removed", name) for name, value in self._overrides.items() if value is None]
        return [*self._policy.opt_outs(), *removed]

    def _build(self, kind: ResponseKind, *, secure: bool) -> _Fields:
        fields = dict(_EVERYWHERE)
        if self._policy.is_framed:
            del fields[_FRAMES]
        if kind == "html":
            fields[_OPENER] = "same-origin"
        fields[_RESOURCE] = "cross-origin" if kind == "static" else "same-origin"
        fields[self._policy.header_name if kind == "html" else _CSP] = self._policy.render(kind)
        if kind == "html" and (self._policy.report_to or "").startswith("https://"):
            fields["reporting-endpoints"] = f'csp="{self._policy.report_to}"'
        if secure and self._https_hsts:
            fields[_HSTS] = "max-age=31536000"
        for name, value in self._overrides.items():
            if value is None:
                fields.pop(name, None)
            elif name in fields or name not in (_OPENER, _HSTS):  # these two are sent with some answers only
                fields[name] = value
        return list(fields.items())


def _checked_overrides(overrides: Mapping[str, str | None]) -> dict[str, str | None]:
    checked: dict[str, str | None] = {}
    for name, value in overrides.items():
        lowered = name.lower()
        if value is not None:
            if lowered.startswith(_CSP):
                remedy = "Use app.csp.allow(directive, source, reason=...) for the app, or @csp for one view."
                raise ConfigError([Problem("headers= cannot replace the Content-Security-Policy.", remedy=remedy)])
            MutableHeaders()[lowered] = value  # refuses what would break out of its line
        checked[lowered] = value
    return checked


def csp(directive: str, *sources: str, reason: str) -> Callable[[_F], _F]:
    """Let a directive's sources in on the pages of one view: `@csp("script-src", "'unsafe-eval'", reason="hx-on")`.

    Raises:
        DeclarationError: no such directive, a source that is none, or no reason.
    """
    allowance = Allowance.checked(directive, sources, reason)
    return lambda view: add_mark(view, allowance)


def embeddable(origins: Iterable[str]) -> Callable[[_F], _F]:
    """Let pages of these origins show a view in a frame: `@embeddable(["https://partner.example"])`.

    Sets frame-ancestors and leaves X-Frame-Options out. `"'self'"` stands for this site.

    Raises:
        DeclarationError: no origin, or what is none.
    """
    allowance = Allowance.checked("frame-ancestors", origins, "embeddable")
    return lambda view: add_mark(view, allowance)
