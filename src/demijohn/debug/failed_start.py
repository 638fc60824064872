"""Define `FailedStart`, which stands in for an app that cannot start: every address shows why, by the same page.

It speaks RSGI, which is all that `demijohn dev` asks of it. Whoever may not see the page gets a constant.
"""

from __future__ import annotations

import logging
from typing import cast

from demijohn.debug.failure import failure_of
from demijohn.debug.page import render_page
from demijohn.debug.reach import may_see
from demijohn.debug.text import plain_traceback, summary
from demijohn.errors import HTTPError
from demijohn.gateway.rsgi_body import RSGIRequest
from demijohn.gateway.rsgi_protocol import RSGIHTTPProtocol, RSGIScope, RSGISocketProtocol
from demijohn.http.request import Request
from demijohn.http.response import HTML, TEXT
from demijohn.http.websocket import WebSocket
from demijohn.pipeline.intake import Intake
from demijohn.security.csp import ContentSecurityPolicy
from demijohn.security.headers import SecurityHeaders
from demijohn.security.hosts import HostPolicy
from demijohn.security.limits import Limits
from demijohn.security.proxies import ProxyPolicy

__all__ = ["FailedStart"]

_log = logging.getLogger("demijohn.error")

_CLOSED = "The app does not start. The terminal of `demijohn dev` says why; save the file and load this page again.\n"
_NO_SOCKET = 500
_FOOTER = "Save the file, and the app starts again; then load this page. It is shown on this machine only."


class FailedStart:
    """Answer every request with 500 and what stopped the start; `hint` is what the terminal advises."""

    def __init__(self, error: BaseException, hint: str = "") -> None:
        self._error = error
        self._hint = hint
        self._intake = Intake(HostPolicy((), development=True), ProxyPolicy(), Limits())
        self._security = SecurityHeaders(ContentSecurityPolicy(mode="strict"), https_hsts=False)

    async def rsgi(self, scope: RSGIScope, protocol: RSGIHTTPProtocol) -> None:
        """Answer one request; be what a server calls."""
        if scope.proto != "http":
            cast(RSGISocketProtocol, protocol).close(_NO_SOCKET)
            return
        fields = scope.headers.items()
        by_name = dict(fields)
        request = RSGIRequest(scope, fields, by_name, protocol, protocol.response_bytes)
        # A field that cannot be read is in keys() alone, and it may be one that a proxy has set.
        is_readable = len(scope.headers.keys()) == len(by_name)
        content_type, body = self._answer(request, scope.authority) if is_readable else (TEXT, _CLOSED)
        nonce = request.nonce if request.has_nonce else None
        security = self._security.for_response("html" if content_type == HTML else "data", False, nonce)
        own = [("content-type", content_type), ("cache-control", "no-store")]
        request.answer(500, [*own, *security], body.encode())

    @property
    def open_sockets(self) -> tuple[WebSocket, ...]:
        """Return nothing: no WebSocket is accepted. This and what follows is called of whatever is served."""
        return ()

    async def startup(self) -> None:
        """Start nothing."""

    def begin_shutdown(self) -> None:
        """Tell nobody: every answer is short."""

    async def shutdown(self) -> None:
        """Stop nothing."""

    def _answer(self, request: Request, authority: str | None) -> tuple[str, str]:
        try:
            self._intake.admit(request, authority)
            if not may_see(request):
                return TEXT, _CLOSED
            return self._told(request)
        except HTTPError:  # another host, a method that is none: they need not know
            return TEXT, _CLOSED
        except Exception:  # noqa: BLE001  # whatever the project's own exception does when it is looked at
            _log.exception("The page of the failed start failed itself.")
            return TEXT, _CLOSED

    def _told(self, request: Request) -> tuple[str, str]:
        chain = failure_of(self._error)
        if not request.prefers_html:
            hint = f"\n{self._hint}\n" if self._hint else ""
            return TEXT, f"{summary(chain[0])}\n{hint}\n{plain_traceback(chain)}\n"
        page = render_page(
            chain,
            (),
            nonce=request.nonce,
            subject="The app does not start",
            footer=_FOOTER,
            hint="" if chain[0].install or chain[0].advice else self._hint,
        )
        return HTML, page
