"""Define `Pipeline`, an app as it is served: frozen tables and policies, and the way from a request to its endpoint.

A gateway calls `admit`, then the endpoint's `respond`, and `refuse` where either raised. assembly.py builds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from demijohn.config import Config
from demijohn.context import Services, enter_scope, scope_variable
from demijohn.errors import HTTPError, InvalidHeader, Problem
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.http.websocket import WebSocket
from demijohn.lazy import lazy
from demijohn.pipeline.endpoint import Endpoint
from demijohn.pipeline.errors import log_server_error, render_error, server_error
from demijohn.pipeline.finish import Finisher
from demijohn.pipeline.intake import Intake
from demijohn.pipeline.lifecycle import Lifecycle
from demijohn.pipeline.security_log import log_refusal
from demijohn.pipeline.sockets import SocketEndpoint
from demijohn.pipeline.threads import WorkerPool
from demijohn.pipeline.unmatched import Mount
from demijohn.routing.parameters import ParameterPlan
from demijohn.routing.pattern import Pattern
from demijohn.routing.route import Route
from demijohn.routing.router import WEBSOCKET, Match, Router
from demijohn.security.headers import SecurityHeaders
from demijohn.security.optouts import OptOut
from demijohn.types import Origin

__all__ = ["AppCommand", "ExtensionCheck", "GatewayCall", "Mode", "Pipeline", "PipelineParts", "ServedRoute"]

GatewayCall: TypeAlias = Callable[..., Awaitable[None]]
Mode = Literal["development", "production", "test"]


class ServedRoute(msgspec.Struct, frozen=True):
    """Pair a declared route with what freezing made of it; a View makes one for each of its methods."""

    route: Route
    pattern: Pattern
    name: str
    methods: frozenset[str]
    plan: ParameterPlan
    endpoint: Endpoint | SocketEndpoint


class AppCommand(msgspec.Struct, frozen=True):
    """Hold a command that the app, a module or an extension declares."""

    name: str
    function: Callable[..., Any]  # Any: what users write
    origin: Origin


class ExtensionCheck(msgspec.Struct, frozen=True):
    """Hold what an extension looks for; `deploy` is for production alone."""

    by: str
    find: Callable[[], Iterable[Problem]]
    deploy: bool


class PipelineParts(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what assembly/ makes of an app; `gateways` make what servers call, for they stand above this storey."""

    mode: Mode
    config: Config
    services: Services
    routes: tuple[ServedRoute, ...]
    router: Router[Endpoint | SocketEndpoint]
    unmatched: Endpoint
    health: Endpoint
    health_path: str
    intake: Intake
    finisher: Finisher
    security: SecurityHeaders
    mounts: tuple[Mount, ...]
    pool: WorkerPool
    open_sockets: set[WebSocket]
    lifecycle: Lifecycle
    opt_outs: tuple[OptOut, ...]
    commands: tuple[AppCommand, ...]
    checks: tuple[ExtensionCheck, ...]
    template_folders: tuple[Path, ...]
    needs_asgi: bool
    gateways: Mapping[str, Callable[[Pipeline], GatewayCall]]


class Pipeline:
    """Hold one frozen app. Nothing here changes while requests are served, but for the pool and the stop."""

    def __init__(self, parts: PipelineParts) -> None:
        self.mode = parts.mode
        self.config = parts.config
        self.services = parts.services
        self.routes = parts.routes
        self.router = parts.router
        self.pool = parts.pool
        # A `def` stream holds its thread until its last reader has read: such must never take the handlers' threads.
        self.stream_pool = WorkerPool(parts.config.stream_threads, 0)
        self.security = parts.security
        self.mounts = parts.mounts
        self.opt_outs = parts.opt_outs
        self.commands = parts.commands
        self.checks = parts.checks
        self.template_folders = parts.template_folders
        self.needs_asgi = parts.needs_asgi
        self.open_sockets = parts.open_sockets
        self.stopping = asyncio.Event()
        self.at_end: list[Callable[[], None]] = []
        self._static = parts.router.static
        self._intake = parts.intake.admit
        self._unmatched = parts.unmatched
        self._health = parts.health
        self._health_path = parts.health_path
        self._finisher = parts.finisher
        self._lifecycle = parts.lifecycle
        self._gateways = parts.gateways

    @lazy
    def rsgi(self) -> GatewayCall:
        """Return what an RSGI server calls for each request."""
        return self._gateways["rsgi"](self)

    @lazy
    def asgi(self) -> GatewayCall:
        """Return the ASGI 3 application."""
        return self._gateways["asgi"](self)

    @property
    def inline(self) -> bool:
        """Tell whether `def` handlers run in the thread of the event loop, as the test kit wants it."""
        return self.pool.inline

    @inline.setter
    def inline(self, value: bool) -> None:
        self.pool.inline = value

    def admit(self, request: Request, authority: str | None) -> Endpoint:
        """Return the endpoint that answers this request, once it has passed the intake checks.

        Raises:
            HTTPError: the request is refused before any code of the app runs.
        """
        request.services = self.services
        scope_variable.set(request)
        try:
            self._intake(request, authority)
        except HTTPError as error:
            if request.path == self._health_path and error.code.startswith("host."):
                return self._health  # load balancers ask by address
            raise
        methods = self._static.get(request.path)
        if methods is not None:
            endpoint = methods.get(request.method)
            if endpoint is not None:
                request.route_name = endpoint.name
                return endpoint  # type: ignore[return-value]  # sockets stand under a method that no client can send
        return self._match(request)

    def _match(self, request: Request) -> Endpoint:
        match = self.router.match(request.path, request.method)
        if not isinstance(match, Match):
            return self._unmatched
        request.path_params = match.params
        request.route_name = match.endpoint.name
        return match.endpoint  # type: ignore[return-value]  # as above

    def admit_socket(self, request: Request, authority: str | None) -> SocketEndpoint:
        """Return the endpoint of a WebSocket handshake.

        Raises:
            HTTPError: refused, or 404: no WebSocket route has this path.
        """
        request.services = self.services
        scope_variable.set(request)
        self._intake(request, authority)
        match = self.router.match(request.path, WEBSOCKET)
        if not isinstance(match, Match) or not isinstance(match.endpoint, SocketEndpoint):
            raise HTTPError(404, "There is no WebSocket here.")
        request.path_params = match.params
        request.route_name = match.endpoint.name
        return match.endpoint

    def refuse(self, error: Exception, request: Request) -> Response:
        """Answer a request that came to no endpoint, or whose error handler failed, in the framework's own words."""
        request.loaded_session = None  # it may be what could not be kept, and this answer must not fail
        if isinstance(error, HTTPError):
            log_refusal(error, request)
        else:
            log_server_error(error, request)
            refusal = server_error()
            refusal.__cause__ = error
            error = refusal
        try:
            response = render_error(error, request)
        except InvalidHeader as invalid:  # in the headers that the project gave its HTTPError
            log_server_error(invalid, request)
            response = render_error(server_error(), request)
        response.fields = self._finisher.fields(request, response)
        return response

    def refuse_at_stop(self, request: Request) -> Response:
        """Answer a request that the server cuts off as it stops, so that its client knows to come again."""
        headers = {"retry-after": "1", "connection": "close"}
        return self.refuse(HTTPError(503, "The server is stopping.", code="server.stopping", headers=headers), request)

    async def startup(self) -> None:
        """Run the start-up steps, once, however many gateways ask.

        Raises:
            Exception: whatever a step raised; the app must not serve then.
        """
        if self.stopping.is_set():  # a program, a test mostly, that starts its app once more
            self.stopping = asyncio.Event()
            self.pool.reopen()
            self.stream_pool.reopen()
        with enter_scope(self):
            await self._lifecycle.startup(self.pool)

    def begin_shutdown(self) -> None:
        """Tell event streams and WebSockets that the server stops. Call it on the event loop; requests go on."""
        self.stopping.set()
        for socket in tuple(self.open_sockets):
            socket.stop()

    async def shutdown(self) -> None:
        """Run the shut-down steps, once, after the last request; then end the workers."""
        self.begin_shutdown()
        try:
            with enter_scope(self):
                await self._lifecycle.shutdown(self.pool)
        finally:
            await self.stream_pool.close()
            await self.pool.close()
            for release in self.at_end:
                release()
