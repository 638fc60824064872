"""Answer what no route takes: 404, 405, OPTIONS, the other spelling of a path, a mounted site, a CORS preflight."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from demijohn.errors import HTTPError
from demijohn.http.mounted import MountedSite
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.pipeline.endpoint import Endpoint
from demijohn.pipeline.finish import is_preflight
from demijohn.routing.pattern import is_matchable
from demijohn.routing.router import MethodMismatch, Redirect, Router

__all__ = ["HealthEndpoint", "Mount", "UnmatchedEndpoint"]

_SLASHES = re.compile("//+")


class Mount(msgspec.Struct, frozen=True):
    """Hold an ASGI application and the prefix below which it answers; `plain` leaves CSRF and CSP to it."""

    prefix: str
    site: Callable[..., Any]  # Any: ASGI is untyped
    plain: bool

    def covers(self, path: str) -> bool:
        """Tell whether a path lies below the prefix; the prefix alone does, `/oldest` does not lie below `/old`."""
        return path.startswith(self.prefix) and path[len(self.prefix) : len(self.prefix) + 1] in ("", "/")


class UnmatchedEndpoint(Endpoint):
    """Be the endpoint of every request that no route takes, with the hooks and error handlers of the app around it."""

    __slots__ = ("_answers_preflights", "_mounts", "_router")

    def attach(self, router: Router[Any], mounts: Sequence[Mount], *, answers_preflights: bool) -> None:
        """Name where to look; the router is made after the endpoints."""
        self._router = router
        self._mounts = sorted(mounts, key=lambda mount: len(mount.prefix), reverse=True)
        self._answers_preflights = answers_preflights

    async def _receive(self, request: Request) -> None:
        """Check nothing and read nothing: only a mount with guard="full" has something to protect."""
        mount = self._mount_for(request.path)
        if mount is not None and not mount.plain and self._csrf.check(request):
            self._csrf.check_token(request, is_body_read=False)

    async def _call(self, request: Request) -> object:
        found = self._router.match(request.path, request.method)
        if isinstance(found, Redirect):
            query = f"?{request.quoted_query}" if request.query_string else ""
            return Response(b"", 308, {"location": found.path + query})
        mount = self._mount_for(request.path)
        is_ours = mount is None or isinstance(found, MethodMismatch)
        if is_ours and self._answers_preflights and is_preflight(request):
            return Response(b"", 204)  # what is allowed stands in the header fields, which come last
        if mount is not None:
            return MountedSite(mount.site, mount.prefix, plain=mount.plain)
        if isinstance(found, MethodMismatch) and found.allowed:
            allow = {"allow": ", ".join(found.allowed)}
            if request.method == "OPTIONS":
                return Response(b"", 204, allow)
            raise HTTPError(405, f"{request.method} is not answered here.", headers=allow)
        raise HTTPError(404, "There is nothing at this address.")

    def _mount_for(self, path: str) -> Mount | None:
        # An older site may give empty segments a meaning; what else no route takes has two readings there, too.
        if not self._mounts or not is_matchable(_SLASHES.sub("/", path)):
            return None
        return next((mount for mount in self._mounts if mount.covers(path)), None)


class HealthEndpoint(Endpoint):
    """Answer `/up` with a constant: no hook, no middleware, nothing that could fail."""

    __slots__ = ()

    async def respond(self, request: Request) -> Response | None:
        """Return the constant."""
        response = Response("up\n")
        response.fields = self._finisher.fields(request, response)
        return response
