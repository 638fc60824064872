"""Open and run the conversation of a WebSocket route. What a handler talks to is http/websocket.py."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.http.websocket import (
    INVALID_DATA,
    SERVER_ERROR,
    MessageLimits,
    SocketTransport,
    WebSocket,
    WebSocketClosed,
)
from demijohn.pipeline.csrf import CsrfRules
from demijohn.pipeline.errors import log_server_error
from demijohn.pipeline.guards import Guards
from demijohn.routing.parameters import ParameterPlan
from demijohn.security.csrf import Verdict, refuse_without_evidence

__all__ = ["SocketEndpoint"]

Handler = Callable[..., Coroutine[Any, Any, object]]


class SocketEndpoint:
    """Run the handler of one WebSocket route."""

    __slots__ = ("_csrf", "_guards", "_handler", "_limits", "_open", "_plan", "_subprotocols", "name")

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        plan: ParameterPlan,
        guards: Guards,
        csrf: CsrfRules,
        limits: MessageLimits,
        subprotocols: tuple[str, ...],
        open_sockets: set[WebSocket],
    ) -> None:
        self.name = name
        self._handler = handler
        self._plan = plan
        self._guards = guards
        self._csrf = csrf
        self._limits = limits
        self._subprotocols = subprotocols
        self._open = open_sockets

    @property
    def guards(self) -> Guards:
        """Return what a request must pass before this."""
        return self._guards

    async def respond(self, request: Request, transport: SocketTransport) -> None:
        """Open the conversation and run the handler to its end.

        Raises:
            HTTPError: refused before the handshake; the gateway answers it over HTTP.
        """
        self._check_origin(request)
        await self._guards.check(request)
        subprotocol = self._choose_subprotocol(request)
        socket = WebSocket(request, transport, self._limits, subprotocol=subprotocol)
        request.socket = socket
        arguments = await self._plan.abind(request, request.path_params)
        try:
            await transport.accept(subprotocol)
        except WebSocketClosed:
            return
        self._open.add(socket)
        try:
            await self._talk(socket, arguments)
        finally:
            self._open.discard(socket)

    def _check_origin(self, request: Request) -> None:
        """Refuse other sites' pages: browsers send cookies with any handshake and ask nobody (security.md 21)."""
        if not self._csrf.enabled or request.has_bearer:
            return
        if self._csrf.judge(request, websocket=True) is not Verdict.ALLOW and self._csrf.is_ambient(request):
            raise refuse_without_evidence()

    def _choose_subprotocol(self, request: Request) -> str | None:
        offered = [
            name.strip()
            for field, value in request.fields
            if field == "sec-websocket-protocol"
            for name in value.split(",")
        ]
        return next((name for name in self._subprotocols if name in offered), None)

    async def _talk(self, socket: WebSocket, arguments: dict[str, object]) -> None:
        try:
            await self._handler(**arguments)
        except WebSocketClosed:
            return
        except (msgspec.ValidationError, msgspec.DecodeError):
            await socket.close(INVALID_DATA, "The message does not have the expected form.")
        except HTTPError as error:
            await socket.close(4000 + error.status, error.code)  # as many applications number their closing codes
        except Exception as error:  # noqa: BLE001  # the conversation ends here, whatever went wrong in it
            if isinstance(error, ExceptionGroup) and error.split(WebSocketClosed)[1] is None:
                return  # tasks of a group that have learned of the end, each for itself
            log_server_error(error, socket.request)
            await socket.close(SERVER_ERROR, "")
        else:
            await socket.close()
