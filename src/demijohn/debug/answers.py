"""Define `DebugPages`, which answers an unexpected exception with all that is known of it, for the developer alone."""

from __future__ import annotations

import logging

from demijohn.debug.failure import failure_of
from demijohn.debug.page import render_page
from demijohn.debug.reach import may_see
from demijohn.debug.sections import Panels, sections_of
from demijohn.debug.text import short_traceback, summary
from demijohn.http.request import Request
from demijohn.http.response import HTML, JSONResponse, Response
from demijohn.logs import printable

__all__ = ["DebugPages"]

_CLOSED = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_log = logging.getLogger("demijohn.error")


class DebugPages:
    """Answer with a page for a browser, problem+json for others. Fulfils `DebugAnswers` of pipeline/errors.py."""

    def __init__(self, panels: Panels) -> None:
        """Take what extensions add to the page."""
        self._panels = panels

    def answer(self, error: BaseException, request: Request) -> Response | None:
        """Return the answer, or None for a client that may not see it, and where this page itself fails."""
        try:
            if not may_see(request):
                return None
            if request.prefers_html:
                return self._page(error, request)
            return _problem(error, request)
        except Exception:  # noqa: BLE001  # the code of the project runs in here: every repr, every panel
            _log.exception("The debug page failed, request %s", request.id, extra={"request_id": request.id})
            return None

    def _page(self, error: BaseException, request: Request) -> Response:
        page = render_page(
            failure_of(error),
            sections_of(request, self._panels),
            nonce=request.nonce,
            subject=f"{printable(request.method)} {printable(request.path)} failed",
            footer=f"Request {request.id}. This page is shown in development, on this machine only.",
        )
        # Its own policy, whatever the app allows its pages: of what it shows, much came with the request.
        policy = f"default-src 'none'; style-src 'nonce-{request.nonce}'; {_CLOSED}"
        return Response(page, 500, {"cache-control": "no-store", "content-security-policy": policy}, content_type=HTML)


def _problem(error: BaseException, request: Request) -> Response:
    failure = failure_of(error)[0]
    problem = {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": summary(failure),
        "code": "http.server_error",
        "request_id": request.id,
        "traceback": short_traceback(failure),
    }
    response = JSONResponse(problem, 500, {"cache-control": "no-store"})
    response.content_type = "application/problem+json"
    return response
