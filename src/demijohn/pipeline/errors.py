"""Turn an exception into an answer: the project's error handlers first, then a page or problem+json.

What a client sees is the same in every mode, but for a hint in development; what went wrong inside goes to the log.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import msgspec

from demijohn.context import starting_mode, unhandled_errors
from demijohn.errors import HTTPError, UnsafeRedirect
from demijohn.http.escape import escape
from demijohn.http.request import Request
from demijohn.http.response import HTML, JSONResponse, Response
from demijohn.http.returned import to_response
from demijohn.logs import printable
from demijohn.pipeline.hooks import Hook, call_on_loop
from demijohn.pipeline.security_log import log_refusal
from demijohn.security.csrf import remedy_for

__all__ = [
    "DebugAnswers",
    "ErrorAnswers",
    "ErrorHandlers",
    "InWorker",
    "NeedsLoop",
    "log_server_error",
    "render_error",
    "server_error",
]

_log = logging.getLogger("demijohn.error")

ErrorHandlers = Mapping[int | type[Exception], Hook]

PROBLEM_JSON = "application/problem+json"

InWorker = Callable[[Callable[[], Any]], Awaitable[Any]]  # Any: whatever the hook returns


class DebugAnswers(Protocol):
    """Answer an unexpected exception with what is known of it. A service of an app in development only: debug/."""

    def answer(self, error: BaseException, request: Request) -> Response | None:
        """Return the answer; None for a client that may not see it. Never raises."""
        ...


class NeedsLoop(Exception):
    """Carry an error out of a worker: an `async def` error handler is in charge of it."""

    def __init__(self, error: Exception, *, hooks_due: bool) -> None:
        super().__init__(error)
        self.error = error
        self.hooks_due = hooks_due


class _InCharge(msgspec.Struct, frozen=True):
    """Name the hook that answers an error.

    `takes_refusal` says that it is called with the HTTPError made of the exception; `is_expecting`, that it was
    registered for this kind of error. A handler for whatever may come hides no mistake from the log.
    """

    hook: Hook
    takes_refusal: bool = False
    is_expecting: bool = True


class ErrorAnswers:
    """Answer the exceptions of one route.

    `levels` are the error handlers of the innermost module first and of the app last. On each level a status beats a
    class and a class beats its parents. An exception that is no HTTPError is first looked up as itself, then as a 500.
    A handler may turn an exception into an HTTPError by raising one, which is then answered like any other.
    """

    def __init__(self, levels: Sequence[ErrorHandlers], *, report: Callable[[BaseException, Request], None]) -> None:
        self._levels = [level for level in levels if level]
        self._report = report

    def answer(self, error: Exception, request: Request, *, hooks_due: bool) -> Response:
        """Answer within a worker thread; `hooks_due` tells whoever takes over whether after-hooks are still to run.

        Raises:
            NeedsLoop: an `async def` handler is in charge.
            Exception: what the error handler raised, unless it turned the error into an HTTPError.
        """
        found = self._find(error)
        if found is not None and found.hook.is_async:
            raise NeedsLoop(error, hooks_due=hooks_due)
        refusal = self._as_refusal(error, request, found)
        if found is None:
            return render_error(refusal, request)
        if not found.is_expecting and (shown := _debug_answer(error, request)):
            return shown  # the site's own page for a 500 says nothing to whoever has to find the mistake
        try:
            response = self._complete(
                found.hook.call(refusal if found.takes_refusal else error, request), refusal, request
            )
            if response.is_unmade:
                response.make_body()
            return response
        except HTTPError as translated:
            if isinstance(error, HTTPError):
                raise
            return self.answer(translated, request, hooks_due=hooks_due)

    async def aanswer(self, error: Exception, request: Request, in_worker: InWorker) -> Response:
        """Answer on the event loop; a `def` error handler hops to a worker.

        Raises:
            Exception: what the error handler raised, unless it turned the error into an HTTPError.
        """
        found = self._find(error)
        refusal = self._as_refusal(error, request, found)
        if found is None:
            return render_error(refusal, request)
        if not found.is_expecting and (shown := _debug_answer(error, request)):
            return shown  # the site's own page for a 500 says nothing to whoever has to find the mistake
        try:
            value = await call_on_loop(found.hook, in_worker, refusal if found.takes_refusal else error, request)
            response = self._complete(value, refusal, request)
            if response.is_unmade:
                await in_worker(response.make_body)
            return response
        except HTTPError as translated:
            if isinstance(error, HTTPError):
                raise
            return await self.aanswer(translated, request, in_worker)

    def _as_refusal(self, error: Exception, request: Request, found: _InCharge | None) -> HTTPError:
        """Return the error as an HTTPError; what no handler for its own class expects goes to the log."""
        if isinstance(error, HTTPError):
            if error.status >= 500 and error.__cause__ is not None:
                self._report(error, request)
            log_refusal(error, request)
            return error
        if isinstance(error, UnsafeRedirect):  # the address came with the request, or it would have failed before
            _log.warning("%s %s: %s", request.method, printable(request.path), printable(str(error)))
            return HTTPError(400, "This address cannot be followed.", code="redirect.unsafe")
        if found is None or not found.is_expecting:
            self._report(error, request)
        refusal = server_error()
        refusal.__cause__ = error
        return refusal

    def _find(self, error: Exception) -> _InCharge | None:
        is_refusal = isinstance(error, HTTPError)
        status = error.status if isinstance(error, HTTPError) else 400 if isinstance(error, UnsafeRedirect) else 500
        for level in self._levels:
            if is_refusal and (hook := level.get(status)) is not None:
                return _InCharge(hook)
            for cls in type(error).__mro__:
                if (hook := level.get(cls)) is not None:
                    return _InCharge(hook, is_expecting=cls is not Exception)
            if not is_refusal and (hook := level.get(status) or level.get(HTTPError)) is not None:
                return _InCharge(hook, takes_refusal=True, is_expecting=False)
        return None

    @staticmethod
    def _complete(value: object, refusal: HTTPError, request: Request) -> Response:
        """Return what an error handler returned as an answer; an HTTPError that it returns is answered in our words."""
        response = render_error(value, request) if isinstance(value, HTTPError) else to_response(value, refusal.status)
        for name, field in refusal.headers.items():  # Retry-After, Allow, WWW-Authenticate: the handler may set its own
            response.headers.setdefault(name, field)
        return response


def server_error() -> HTTPError:
    """Return what a client is told of a mistake on our side: nothing but that there was one."""
    return HTTPError(500, "Something went wrong on our side. It has been noted.", code="http.server_error")


def render_error(error: HTTPError, request: Request) -> Response:
    """Return the framework's own answer: a short page for a browser, problem+json (RFC 9457) for others."""
    if error.status == 500 and error.__cause__ is not None and (shown := _debug_answer(error.__cause__, request)):
        return shown
    # Only the developer is told how to change the answer; security.md, rule 5.
    hint = remedy_for(error.code) if starting_mode.get() == "development" else ""
    # A cache that keeps the refusal of one odd request would refuse everybody; and it depends on Accept.
    headers = {"cache-control": "no-store", **error.headers}
    if request.prefers_html:
        return Response(_page(error, request, hint), error.status, headers, content_type=HTML)
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.errors:
        problem["errors"] = error.errors
    if hint:
        problem["hint"] = hint
    if error.status >= 500:
        problem["request_id"] = request.id
    response = JSONResponse(problem, error.status, headers)
    response.content_type = PROBLEM_JSON
    return response


def _debug_answer(error: BaseException, request: Request) -> Response | None:
    services = getattr(request, "services", {})  # a request that failed before its intake has none
    if DebugAnswers not in services:
        return None
    return cast(DebugAnswers, services[DebugAnswers]).answer(error, request)


def _page(error: HTTPError, request: Request, hint: str) -> str:
    listed = "".join(f"<li><b>{escape(e.field or e.location)}</b>: {escape(e.message)}</li>" for e in error.errors)
    detail = "" if error.detail == error.title else f"<p>{escape(error.detail)}</p>"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(error.title)}</title></head><body><main>",
        f"<h1>{escape(error.title)}</h1>{detail}",
        f"<ul>{listed}</ul>" if listed else "",
        f"<p><i>{escape(hint)}</i></p>" if hint else "",
        f"<p><small>{error.status} {escape(error.code)}",
        f", request {request.id}" if error.status >= 500 else "",
        "</small></p></main></body></html>",
    ]
    return "".join(parts)


def log_server_error(error: BaseException, request: Request) -> None:
    """Write an unexpected exception to the log, with the request it came from; a test client raises it instead."""
    raised_by_test = unhandled_errors.get()
    if raised_by_test is not None:
        raised_by_test.append(error)
        return
    where = f"{request.method} {printable(request.path)}"
    _log.error("%s failed, request %s", where, request.id, exc_info=error, extra={"request_id": request.id})
