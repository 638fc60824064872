"""Say what a page may load and run. The header lists that carry it, and the marks of views, are in headers.py.

A page runs scripts and styles from our own files, and inline ones only with the nonce of its answer; it loads images
and fonts from here, and is neither framed nor based elsewhere. What is no page may load nothing. CSP Level 3 (W3C).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from demijohn.errors import DeclarationError, Problem
from demijohn.security.optouts import OptOut
from demijohn.types import Origin, caller_origin

__all__ = ["Allowance", "ContentSecurityPolicy", "ResponseKind"]

ResponseKind = Literal["html", "data", "static", "upload"]
"""What an answer is to the browser: a page; JSON, text and the like; a file of ours; a file that a user uploaded."""

_HTML: dict[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "style-src-attr": ("'unsafe-inline'",),
    "img-src": ("'self'", "data:", "blob:"),
    "font-src": ("'self'", "data:"),
    "connect-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
}
_NOT_HTML: dict[ResponseKind, tuple[str, ...]] = {
    "data": ("default-src 'none'",),
    "static": ("default-src 'none'",),
    "upload": ("default-src 'none'", "sandbox"),
}
_NONCED = ("script-src", "style-src")
# Fetch directives without an entry above fall back to default-src, so that is what an addition starts from.
_FETCH = ("child-src", "frame-src", "manifest-src", "media-src", "worker-src", "script-src-attr", "script-src-elem")
_DIRECTIVES = frozenset((*_HTML, *_FETCH, "style-src-elem"))
_KEYWORDS = frozenset(
    ("self", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "wasm-unsafe-eval", "strict-dynamic", "report-sample")
)
_HASH = re.compile(r"'sha(?:256|384|512)-[A-Za-z0-9+/_-]{43,88}={0,2}'")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_HOST_SOURCE = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?:[0-9]+|\*))?(?:/[^;,\s'\"]*)?"
)


class Allowance(msgspec.Struct, frozen=True):
    """Hold sources that a directive lets in beyond the default, why, and where that was written."""

    directive: str
    sources: tuple[str, ...]
    reason: str
    origin: Origin

    @classmethod
    def checked(cls, directive: str, sources: Iterable[str], reason: str) -> Allowance:
        """Return an allowance, or say what is wrong with it.

        Raises:
            DeclarationError: no such directive, a source that is none, or no reason.
        """
        origin, sources = caller_origin(), tuple(sources)
        found = [_directive_problem(directive), *(_source_problem(source) for source in sources)]
        if not sources:
            found.append(("It names no source.", "Write one, such as 'https://cdn.example.com'."))
        if not reason.strip():
            found.append(("It gives no reason.", 'Say why, for whoever reads `demijohn check`: reason="map tiles".'))
        problems = [Problem(f"CSP {directive}: {it[0]}", str(origin), it[1]) for it in found if it is not None]
        if problems:
            raise DeclarationError(problems)
        return cls(directive, sources, reason, origin)

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        return [OptOut("csp.allow", f"{self.directive} {' '.join(self.sources)}", self.reason, self.origin)]


class ContentSecurityPolicy:
    """Collect what the pages of an app may do beyond the default. Built while declaring, rendered at freeze.

    `mode="strict"` drops inline style attributes and asks for trusted types. `report_only` has browsers report instead
    of block; `report_to` is the address for their reports.
    """

    __slots__ = ("_allowances", "_frozen", "mode", "report_only", "report_to")

    def __init__(
        self,
        *,
        mode: Literal["default", "strict"] = "default",
        report_only: bool = False,
        report_to: str | None = None,
    ) -> None:
        if report_to is not None and re.fullmatch(r"(?:https://|/)[^\s;,\"'\\]+", report_to) is None:
            remedy = "Write a path, or an address that begins with https://."
            raise DeclarationError([Problem(f"CSP reports cannot go to {report_to!r}.", remedy=remedy)])
        self.mode = mode
        self.report_only = report_only
        self.report_to = report_to
        self._allowances: tuple[Allowance, ...] = ()
        self._frozen = False

    def allow(self, directive: str, *sources: str, reason: str) -> None:
        """Let a directive's sources in on every page: `allow("img-src", "https://tiles.example", reason="map")`.

        Raises:
            DeclarationError: no such directive, a source that is none, no reason, or the app has frozen.
        """
        if self._frozen:
            remedy = "Call it where the app is declared."
            raise DeclarationError(
                [Problem("csp.allow() came after the app had frozen.", str(caller_origin()), remedy)]
            )
        self._allowances += (Allowance.checked(directive, sources, reason),)

    def freeze(self) -> None:
        """End declaring: what is allowed later would reach no header."""
        self._frozen = True

    def extended(self, allowances: Iterable[Allowance]) -> ContentSecurityPolicy:
        """Return a policy that allows more, for one view."""
        policy = ContentSecurityPolicy(mode=self.mode, report_only=self.report_only, report_to=self.report_to)
        policy._allowances = (*self._allowances, *allowances)
        return policy

    @property
    def header_name(self) -> str:
        """Return the name of the header that carries the policy of pages."""
        return "content-security-policy" + ("-report-only" if self.report_only else "")

    @property
    def is_framed(self) -> bool:
        """Say whether other pages may frame these, so that X-Frame-Options must not forbid it."""
        return self._directives()["frame-ancestors"] != ("'none'",)

    def render(self, kind: ResponseKind, nonce: str | None = None) -> str:
        """Return the policy for a kind of answer; only pages carry a nonce, and only with a nonce runs inline code."""
        directives = self._directives()
        if kind != "html":
            return "; ".join((*_NOT_HTML[kind], f"frame-ancestors {' '.join(directives['frame-ancestors'])}"))
        if nonce is not None:
            for name in _NONCED:
                if "'unsafe-inline'" not in directives[name]:  # browsers ignore that keyword next to a nonce
                    directives[name] = (*directives[name], f"'nonce-{nonce}'")
        parts = [f"{name} {' '.join(sources)}" for name, sources in directives.items()]
        if self.mode == "strict":
            parts.append("require-trusted-types-for 'script'")
        if self.report_to is not None:
            parts.append(f"report-uri {self.report_to}")
            if self.report_to.startswith("https://"):  # with both, Chromium uses this one, and sends later
                parts.append("report-to csp")
        return "; ".join(parts)

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        found = [out for allowance in self._allowances for out in allowance.opt_outs()]
        if self.report_only:
            found.append(OptOut("csp.report_only", "the policy of pages is reported, not enforced"))
        return found

    def _directives(self) -> dict[str, tuple[str, ...]]:
        directives = dict(_HTML)
        if self.mode == "strict":
            del directives["style-src-attr"]
        for allowance in self._allowances:
            name = allowance.directive
            present = [source for source in directives.get(name, _HTML["default-src"]) if source != "'none'"]
            directives[name] = tuple(dict.fromkeys((*present, *allowance.sources)))
        return directives


def _directive_problem(directive: str) -> tuple[str, str] | None:
    if directive in _DIRECTIVES:
        return None
    import difflib  # for a program that does not start only

    near = difflib.get_close_matches(directive, _DIRECTIVES, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"It is one of {', '.join(sorted(_DIRECTIVES))}."
    return "There is no such directive.", remedy


def _source_problem(source: str) -> tuple[str, str] | None:
    if source.strip("'") in _KEYWORDS:
        quoted = f"'{source.strip(chr(39))}'"
        return None if source == quoted else (f"{source!r} needs its quotes.", f'Write "{quoted}".')
    if source.startswith("'nonce-"):
        return (
            f"{source!r} is a fixed nonce, which protects nothing.",
            "Nonces are added to inline scripts by themselves.",
        )
    if _HASH.fullmatch(source) or _SCHEME.fullmatch(source) or _HOST_SOURCE.fullmatch(source):
        return None
    return f"{source!r} is not a source.", "Write \"'self'\", 'https://cdn.example.com', '*.example.com' or 'data:'."
