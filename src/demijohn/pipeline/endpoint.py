"""Run one route: everything between the match and the answer. An `Endpoint` is a Route compiled when the app freezes.

The order is the design's: wrapping middleware, CSRF by headers, guards, body, CSRF by token, then, in the world of the
handler (a worker thread for `def`, the event loop for `async def`), hooks, parameters, handler, answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

from demijohn.errors import DemijohnError
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.http.returned import to_response
from demijohn.pipeline.bodies import BodyReader
from demijohn.pipeline.csrf import CsrfCheck
from demijohn.pipeline.errors import ErrorAnswers, NeedsLoop
from demijohn.pipeline.finish import Finisher
from demijohn.pipeline.guards import Guards
from demijohn.pipeline.hooks import Hook, call_on_loop
from demijohn.pipeline.threads import ServerBusy, WorkerPool
from demijohn.pipeline.watch import resume_watched
from demijohn.routing.parameters import ParameterPlan
from demijohn.security.csrf import SAFE_METHODS

__all__ = ["AsyncEndpoint", "BlockingEndpoint", "CallNext", "Endpoint", "Middleware"]

Handler: TypeAlias = Callable[..., Any]  # Any: what handlers return is of many types; returned.py knows them


class CallNext(Protocol):
    """Be what a middleware calls to have the request answered: the next middleware, or the route itself."""

    def __call__(self, request: Request, /) -> Awaitable[Response]: ...


Middleware: TypeAlias = Callable[[Request, CallNext], Awaitable[Response]]


class Endpoint:
    """Answer the requests of one route. The two kinds below differ in where the handler runs."""

    __slots__ = (
        "_after",
        "_before",
        "_bodies",
        "_csrf",
        "_errors",
        "_finisher",
        "_guards",
        "_handler",
        "_middleware",
        "_plan",
        "_pool",
        "_receives_always",
        "_status",
        "_streams_body",
        "_takes_path_only",
        "name",
    )

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        plan: ParameterPlan,
        status: int,
        csrf: CsrfCheck,
        guards: Guards,
        bodies: BodyReader,
        streams_body: bool,
        before: Sequence[Hook],
        after: Sequence[Hook],
        errors: ErrorAnswers,
        finisher: Finisher,
        middleware: Sequence[Middleware],
        pool: WorkerPool,
    ) -> None:
        """Take what freeze has worked out; `middleware` stands outermost first."""
        self.name = name
        self._handler = handler
        self._plan = plan
        self._takes_path_only = plan.only_path  # and nothing at all, where the path has no parameters
        self._status = status
        self._csrf = csrf
        self._guards = guards
        self._bodies = bodies
        self._streams_body = streams_body
        self._before = tuple(before)
        self._after = tuple(after)
        self._errors = errors
        self._finisher = finisher
        self._pool = pool
        self._middleware = _chain(middleware, self._answer) if middleware else None
        # A safe method without guards has nothing to receive: no CSRF check, no body.
        self._receives_always = bool(guards) or csrf.is_strict

    @property
    def guards(self) -> Guards:
        """Return what a request must pass before this."""
        return self._guards

    async def respond(self, request: Request) -> Response | None:
        """Return the answer, complete with its header fields; None where a worker has sent it already."""
        if self._middleware is None:
            response = await self._answer(request)
        else:
            try:
                response = await self._middleware(request)
                if response.is_unmade:  # a page of the middleware's own
                    await self._pool.run_sharing(response.make_body)
            except Exception as error:  # noqa: BLE001  # a middleware's mistake is answered like a handler's
                response = await self._errors.aanswer(error, request, self._pool.run)
        response.fields = self._finisher.fields(request, response)
        return response

    async def _answer(self, request: Request) -> Response:
        """Return the answer of the handler, or of an error handler; this is what middleware wraps."""
        try:
            if self._receives_always or request.method not in SAFE_METHODS:
                await self._receive(request)
            response = await self._run_before(request) if self._before else None
            if response is None:
                response = to_response(await self._call(request), self._status)
            if response.is_unmade:
                await self._pool.run_sharing(response.make_body)
        except Exception as error:  # noqa: BLE001  # the one place on the loop where an error becomes an answer
            response = await self._errors.aanswer(error, request, self._pool.run)
        return await self._run_after(request, response) if self._after else response

    async def _call(self, request: Request) -> object:
        """Return what the handler returns."""
        raise NotImplementedError

    async def _receive(self, request: Request) -> None:
        """Let the request in: CSRF by its headers, guards, body, CSRF by token.

        Raises:
            HTTPError: 403 for CSRF, whatever a guard says, 400, 408, 413 or 415 for the body.
        """
        token_due = self._csrf.check(request)
        if self._guards:
            await self._guards.check(request)
        if request.method in SAFE_METHODS:
            return
        self._bodies.announce(request)
        if self._streams_body:
            request.stream_from(self._bodies.chunks(request))
        else:
            await self._bodies.read(request)
        if token_due:
            self._csrf.check_token(request, is_body_read=not self._streams_body)

    async def _run_before(self, request: Request) -> Response | None:
        for hook in self._before:
            value = await call_on_loop(hook, self._pool.run_sharing, request)
            if value is not None:
                return to_response(value)
        return None

    async def _run_after(self, request: Request, response: Response) -> Response:
        try:
            for hook in self._after:
                changed = await call_on_loop(hook, self._pool.run_sharing, response, request)
                if changed is not None:
                    response = to_response(changed, response.status)
                    if response.is_unmade:
                        await self._pool.run_sharing(response.make_body)
        except Exception as error:  # noqa: BLE001  # a hook's mistake is answered like a handler's
            return await self._errors.aanswer(error, request, self._pool.run)
        return response


class AsyncEndpoint(Endpoint):
    """Run an `async def` handler on the event loop, and cancel it when the client leaves while it waits."""

    __slots__ = ()

    async def _call(self, request: Request) -> object:
        if self._takes_path_only:
            coroutine: Coroutine[Any, Any, object] = self._handler(**request.path_params)
        else:
            coroutine = self._handler(**await self._plan.abind(request, request.path_params))
        try:
            awaited = coroutine.send(None)
        except StopIteration as end:  # it never had to wait
            return end.value
        return await resume_watched(coroutine, awaited, request.transport)


class BlockingEndpoint(Endpoint):
    """Run a `def` handler in a worker thread.

    Where all its hooks are `def`, too, everything from the hooks to the sending of the answer happens in that thread.
    """

    __slots__ = ("_works_alone",)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._works_alone = not any(hook.is_async for hook in (*self._before, *self._after))

    async def respond(self, request: Request) -> Response | None:
        if not self._works_alone or self._middleware is not None:
            return await super().respond(request)
        try:
            if self._receives_always or request.method not in SAFE_METHODS:
                await self._receive(request)
        except Exception as error:  # noqa: BLE001  # refused before the worker
            return await self._answer_on_loop(error, request)
        try:
            if self._pool.inline:
                return self._work(request)
            return cast(Response | None, await self._pool.submit(partial(self._work, request)))
        except NeedsLoop as due:
            return await self._answer_on_loop(due.error, request, hooks_due=due.hooks_due)
        except ServerBusy as busy:
            return await self._answer_on_loop(busy, request)

    async def _answer_on_loop(self, error: Exception, request: Request, *, hooks_due: bool = True) -> Response:
        response = await self._errors.aanswer(error, request, self._pool.run)
        if self._after and hooks_due:
            response = await self._run_after(request, response)
        response.fields = self._finisher.fields(request, response)
        return response

    async def _call(self, request: Request) -> object:
        return await self._pool.run_sharing(lambda: self._call_here(request))

    def _call_here(self, request: Request) -> object:
        if self._takes_path_only:
            return self._handler(**request.path_params)
        return self._handler(**self._plan.bind(request, request.path_params))

    def _work(self, request: Request) -> Response | None:
        """Make and send the answer, within a worker. Returns what only the loop can send."""
        try:
            response = self._answer_here(request)
        except Exception as error:  # noqa: BLE001  # the one place in a worker where an error becomes an answer
            response = self._errors.answer(error, request, hooks_due=True)
        if self._after:
            response = self._run_after_here(request, response)
        fields = self._finisher.fields(request, response)
        if request.answer is None or response.is_long:
            response.fields = fields
            return response
        request.answer(response.status, fields, response.body)
        return None

    def _run_after_here(self, request: Request, response: Response) -> Response:
        try:
            for hook in self._after:
                changed = hook.call(response, request)
                if changed is not None:
                    response = to_response(changed, response.status)
                    if response.is_unmade:
                        response.make_body()
        except Exception as error:  # noqa: BLE001  # as in _run_after
            return self._errors.answer(error, request, hooks_due=False)
        return response

    def _answer_here(self, request: Request) -> Response:
        response = self._run_before_here(request) if self._before else None
        if response is None:
            response = to_response(self._call_here(request), self._status)
        if response.is_unmade:
            response.make_body()
        return response

    def _run_before_here(self, request: Request) -> Response | None:
        for hook in self._before:
            value = hook.call(request)
            if value is not None:
                return to_response(value)
        return None


def _chain(middleware: Sequence[Middleware], innermost: CallNext) -> CallNext:
    call_next = innermost
    for wrapper in reversed(middleware):
        call_next = _wrap(wrapper, call_next)
    return call_next


def _wrap(wrapper: Middleware, call_next: CallNext) -> CallNext:
    async def wrapped(request: Request) -> Response:
        response = await wrapper(request, call_next)
        if not isinstance(response, Response):
            raise DemijohnError(
                f"The middleware {wrapper!r} returned a {type(response).__name__}. "
                "Write `return await call_next(request)`, or return a Response."
            )
        return response

    return wrapped
