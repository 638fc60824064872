"""Take browsers' reports of what the policy of a page has blocked, and say in the terminal how to have it allowed.

A report is input like any other: whatever page, extension or stranger on this machine made the browser send it. CSP
Level 3, section 5.3 (`application/csp-report`), and the Reporting API (`application/reports+json`).
"""

from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

import msgspec

from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.logs import printable

__all__ = ["MAX_BYTES", "PATH", "CSPReports", "Violation", "advice", "read_reports"]

PATH = "/_demijohn/csp-report"
MAX_BYTES = 16 * 1024

_MAX_REPORTS = 20
_MAX_KINDS = 500
_MAX_WORD = 200
_MAX_LINE = 10_000_000
_TYPES = ("application/csp-report", "application/reports+json")
_EXTENSIONS = ("chrome-extension", "moz-extension", "safari-extension", "safari-web-extension")
_LEGACY = ("document-uri", "effective-directive", "blocked-uri", "source-file", "disposition", "line-number")
_REPORTING_API = ("documentURL", "effectiveDirective", "blockedURL", "sourceFile", "disposition", "lineNumber")
_KINDS = {
    "script-src": "script",
    "script-src-elem": "script",
    "script-src-attr": "event handler",
    "style-src": "style",
    "style-src-elem": "style",
    "style-src-attr": "style attribute",
    "img-src": "image",
    "font-src": "font",
    "media-src": "media",
    "frame-src": "frame",
    "connect-src": "connection",
    "form-action": "form",
}
_DIRECTIVE = re.compile("[a-z-]{1,40}")
_ADDRESS = re.compile(r"(?:https?|wss?)://[A-Za-z0-9.\[\]-]+(?::[0-9]{1,5})?(?=[/?#]|$)")
_BROADER = {"script-src-elem": "script-src", "style-src-elem": "style-src"}

_log = logging.getLogger("demijohn.csp")


class Violation(msgspec.Struct, frozen=True):
    """Hold one thing that was blocked: on which page, by which directive, and what it was.

    `blocked` is an address, or a word of the standard's: `inline`, `eval`, `wasm-eval`, `data`, `blob`.
    """

    page: str
    directive: str
    blocked: str
    line: int | None = None
    source: str = ""
    is_enforced: bool = True


class CSPReports:
    """Receive reports and print each kind once. One for each app; what it has printed is all it remembers."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str, str, int | None]] = set()

    async def receive(self, request: Request) -> Response:
        """Answer a report.

        Raises:
            HTTPError: 415 for another content type, 413 beyond 16 KiB, 400 for what is no report.
        """
        if request.content_type not in _TYPES:
            raise HTTPError(415, "This takes reports of browsers: application/csp-report.", code="body.media_type")
        for violation in read_reports(request.body):
            if _host_of(violation.page) in ("", request.host.name):  # any site may name this as where its reports go
                self._tell(violation)
        return Response(b"", 204)

    def _tell(self, violation: Violation) -> None:
        kind = (violation.page, violation.directive, violation.blocked, violation.line)
        if kind in self._told or len(self._told) >= _MAX_KINDS:
            return
        self._told.add(kind)
        _log.warning("%s", advice(violation))


def read_reports(body: bytes) -> list[Violation]:
    """Return the violations in a report, or in an array of them; those that come from browser extensions are left out.

    Raises:
        HTTPError: 413 beyond 16 KiB, 400 for what is no report.
    """
    if len(body) > MAX_BYTES:
        raise HTTPError(413, "A report has at most 16 KiB.", code="body.too_large")
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise HTTPError(400, "This is no JSON.", code="json.malformed") from None
    entries = decoded if isinstance(decoded, list) else [decoded]
    found = [_violation(entry) for entry in entries[:_MAX_REPORTS]]
    return [each for each in found if each is not None and not _is_from_extension(each)]


def advice(violation: Violation) -> str:
    """Return one line: what was blocked, where, and what to write to have it allowed."""
    verb = "blocked" if violation.is_enforced else "would block"
    line = f" (line {violation.line}{_file(violation)})" if violation.line else ""
    return f"{verb} {_what(violation)} on {_path(violation.page)}{line} — {_remedy(violation)}"


def _violation(entry: object) -> Violation | None:
    """Read one report of either form; None for another kind of report."""
    match entry:
        case {"csp-report": dict() as fields}:
            names = _LEGACY
        case {"type": "csp-violation", "body": dict() as fields}:
            names = _REPORTING_API
        case {"type": str()}:
            return None
        case _:
            raise HTTPError(400, "This is no report.", code="json.malformed")
    page, directive, blocked, source, disposition = (_word(fields.get(name)) for name in names[:5])
    # Browsers before Level 3 name the directive with its sources.
    directive = directive or _word(fields.get("violated-directive")).partition(" ")[0]
    line = fields.get(names[5])
    if _DIRECTIVE.fullmatch(directive) is None:
        raise HTTPError(400, "This is no report.", code="json.malformed")
    number = line if isinstance(line, int) and 1 < line < _MAX_LINE else None  # browsers say 1 or 0 for "nowhere"
    return Violation(page, directive, blocked, number, source, disposition != "report")


def _is_from_extension(violation: Violation) -> bool:
    return any(text.partition(":")[0] in _EXTENSIONS for text in (violation.source, violation.blocked))


def _word(value: object) -> str:
    return printable(value[:_MAX_WORD]) if isinstance(value, str) else ""


def _what(violation: Violation) -> str:
    """Name what was blocked, for people: `inline script`, `image from https://a.example`."""
    kind = _KINDS.get(violation.directive, violation.directive)
    match violation.blocked:
        case "inline":
            return f"inline {kind}"
        case "eval" | "wasm-eval" | "trusted-types-sink" | "trusted-types-policy":
            return violation.blocked
        case "":
            return f"something ({violation.directive})"
    return f"{kind} from {_source(violation.blocked)}"


def _remedy(violation: Violation) -> str:
    # A rule for elements or attributes alone would begin without the nonce: the broader one is to be told.
    directive = _BROADER.get(violation.directive, violation.directive)
    match directive, violation.blocked:
        case "script-src", "inline":
            return "move it to a file, or write it as <script> in the source of a template, which gets the nonce"
        case "script-src-attr", "inline":
            return "move it to a script that calls addEventListener()"
        case "style-src", "inline":
            advised = "write it as <style> in the source of a template, which gets the nonce, or "
            return advised + _allow(directive, "'unsafe-inline'")
        case _, "inline":
            return _allow(directive, "'unsafe-inline'")
        case _, "eval":
            return "rewrite what calls eval() or Function(), or " + _allow("script-src", "'unsafe-eval'")
        case _, "wasm-eval":
            return _allow("script-src", "'wasm-unsafe-eval'")
        case "require-trusted-types-for" | "trusted-types", _:
            return 'set the text with textContent, or do without csp mode "strict"'
        case "frame-ancestors", blocked:
            return f'let it be framed with @embeddable(["{_source(blocked)}"])'
        case _, "":
            return "the policy is app.csp"
    return _allow(directive, _source(violation.blocked))


def _allow(directive: str, source: str) -> str:
    return f'allow with app.csp.allow("{directive}", "{source}", reason="...")'


def _source(blocked: str) -> str:
    """Return what stands for an address in a policy: its origin, or its scheme where it has no host.

    It is going to be copied into a program, so nothing but a plain one gets there.
    """
    if blocked == "self":
        return "'self'"
    found = _ADDRESS.match(blocked)
    if found is not None:
        return found[0]
    scheme = blocked.partition(":")[0]
    return f"{scheme}:" if scheme.isalpha() and scheme.isascii() else "..."


def _file(violation: Violation) -> str:
    """Name the file that the line is in, where that is not the page."""
    path = _path(violation.source)
    return f" of {path}" if violation.source and path != _path(violation.page) else ""


def _host_of(address: str) -> str:
    """Return the host of an address as `Host.name` has it; empty for one that has none, such as `about:srcdoc`."""
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        return address
    return f"[{name}]" if ":" in name else name


def _path(address: str) -> str:
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return address
