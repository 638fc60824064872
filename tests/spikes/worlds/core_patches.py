"""Apply to the running core what README.md asks of src/demijohn. This file goes once the core has it.

1. `run_job` / `at_job_end`: what a worker's job leaves open is closed at its end, in its own thread.
2. A job that the test kit runs inline does not see the loop, as a job in a worker does not.
3. Sessions whose store blocks are loaded and saved in a worker.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from typing import Any, TypeVar, cast

from demijohn import Request, Response
from demijohn import context as context_module
from demijohn.contracts import SessionStore
from demijohn.pipeline import endpoint, threads
from demijohn.security.csrf import SAFE_METHODS

T = TypeVar("T")


class _Job(threading.local):
    endings: list[Callable[[], object]] | None = None


_job = _Job()


def at_job_end(step: Callable[[], object]) -> bool:
    """Call `step` in this thread when the worker's current job ends; False where no job runs."""
    own = getattr(context_module, "at_job_end", None)
    if own is not None:
        return bool(own(step))
    if _job.endings is None:
        return False
    _job.endings.append(step)
    return True


def run_job(call: Callable[[], T]) -> T:
    own: Callable[[Callable[[], T]], T] | None = getattr(context_module, "run_job", None)
    if own is not None:
        return own(call)
    outer = _job.endings
    endings: list[Callable[[], object]] = []
    _job.endings = endings
    loop = asyncio._get_running_loop()  # none in a worker; the test kit's, inline
    if loop is not None:
        asyncio._set_running_loop(None)
    try:
        return call()
    finally:
        try:
            for step in reversed(endings):
                step()
        finally:
            _job.endings = outer
            if loop is not None:
                asyncio._set_running_loop(loop)


def apply(patch: Callable[[Any, str, Any], None] = setattr) -> None:  # Any: as setattr takes them
    """Replace the methods; `patch` is `monkeypatch.setattr` in tests. Nothing happens where the core has its own."""
    if hasattr(context_module, "at_job_end"):
        return
    _apply_to_pool(patch)
    _apply_to_endpoints(patch)


def _apply_to_pool(patch: Callable[[Any, str, Any], None]) -> None:  # Any: as above
    pool = threads.WorkerPool
    run, run_sharing, submit = pool.run, pool.run_sharing, pool.submit

    async def run_here(self: threads.WorkerPool, call: Callable[[], T]) -> T:
        return run_job(call) if self.inline else await run(self, call)

    async def share_here(self: threads.WorkerPool, call: Callable[[], T]) -> T:
        return run_job(call) if self.inline else await run_sharing(self, call)

    def submit_job(
        self: threads.WorkerPool, call: Callable[[], object], context: Context | None = None
    ) -> asyncio.Future[object]:
        return submit(self, lambda: run_job(call), copy_context() if context is None else context)

    patch(pool, "run", run_here)
    patch(pool, "run_sharing", share_here)
    patch(pool, "submit", submit_job)


def _apply_to_endpoints(patch: Callable[[Any, str, Any], None]) -> None:  # Any: as above
    base, blocking = endpoint.Endpoint, endpoint.BlockingEndpoint
    work, respond, respond_blocking = blocking._work, base.respond, blocking.respond

    def work_here(self: endpoint.BlockingEndpoint, request: Request) -> Response | None:
        if self._pool.inline:
            return run_job(lambda: work(self, request))
        return work(self, request)

    async def respond_async(self: endpoint.Endpoint, request: Request) -> Response | None:
        await _load_session(self, request)
        fields = self._finisher.fields
        if not _blocks(request):
            return await respond(self, request)
        # In src: `response.fields = await self._finish(request, response)`. Here the finisher is kept from saving.
        response = await _respond_unfinished(self, request)
        response.fields = await self._pool.run_sharing(lambda: fields(request, response))
        return response

    async def respond_worker(self: endpoint.BlockingEndpoint, request: Request) -> Response | None:
        if self._receives_always or request.method not in SAFE_METHODS:  # guards and CSRF look at it on the loop
            await _load_session(self, request)
        return await respond_blocking(self, request)

    patch(blocking, "_work", work_here)
    patch(base, "respond", respond_async)
    patch(blocking, "respond", respond_worker)


def _blocks(request: Request) -> bool:
    if SessionStore not in request.services:
        return False
    return cast(SessionStore, request.services[SessionStore]).blocking


async def _load_session(self: endpoint.Endpoint, request: Request) -> None:
    if request.session_cookie_name in request.cookies and _blocks(request):
        await self._pool.run_sharing(request.session.load)


async def _respond_unfinished(self: endpoint.Endpoint, request: Request) -> Response:
    middleware: Callable[[Request], Awaitable[Response]] = self._middleware or self._answer
    try:
        response = await middleware(request)
        if response.is_unmade:
            await self._pool.run_sharing(response.make_body)
    except Exception as error:  # noqa: BLE001  # as in Endpoint.respond
        response = await self._errors.aanswer(error, request, self._pool.run)
    return response
