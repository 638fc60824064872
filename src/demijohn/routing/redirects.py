"""Send a visitor elsewhere: to a route, a path, this site. Which addresses are safe is in security/redirects.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from demijohn.context import current_scope
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.routing.urls import url_for
from demijohn.security.redirects import external_target, redirect_target
from demijohn.security.redirects import safe_next as safe_target

__all__ = ["OwnOrigins", "redirect", "redirect_external", "safe_next"]

_SAFE = ("GET", "HEAD")


class OwnOrigins(msgspec.Struct, frozen=True):
    """Know which origins are this site's: SITE_URL, and the Host of the request unless every Host is let in."""

    declared: frozenset[str]
    any_host: bool

    def of(self, request: Request) -> frozenset[str]:
        """Return the origins that count as ours for this request."""
        return self.declared if self.any_host else self.declared | {request.origin}


def redirect(
    target: str | Callable[..., Any],  # Any: a handler
    /,
    *,
    status: int | None = None,
    **values: object,
) -> Response:
    """Answer with a redirect to a route (its handler or name, with `values`), to a path, or to an address of ours.

    The status is 302, or 303 after a POST, PUT, PATCH or DELETE, so that the browser follows with GET.

    Raises:
        UnsafeRedirect: the target leads to another site, or browsers could read it so; uncaught, it is a 400.
        BuildError: no such route, or a value is missing or unfit.
        ValueError: the status is not one of 301, 302, 303, 307 and 308.
    """
    request = _request()
    if not isinstance(target, str) or _is_route_name(target):
        location = url_for(target, absolute=False, **values)
    else:
        if values:
            raise TypeError(
                f"redirect({target!r}) is an address, which takes no values. Name a route, or build it whole."
            )
        own: OwnOrigins = cast(OwnOrigins, request.services[OwnOrigins])
        location = redirect_target(target, own.of(request))
    return _answer(request, location, status)


def redirect_external(url: str, /, *, status: int | None = None) -> Response:
    """Answer with a redirect to any http or https address. Never pass what a visitor sent.

    Raises:
        UnsafeRedirect: the address is malformed or of another kind.
    """
    return _answer(_request(), external_target(url), status)


def safe_next(default: str = "/", *, name: str = "next") -> str:
    """Return where a visitor wanted to go, from the form or query value `name`, if that is on this site.

    Anything else gives `default`; a bad value never raises.
    """
    request = _request()
    own = cast(OwnOrigins, request.services[OwnOrigins])
    wanted = request.form.get(name) if request.method not in _SAFE else None
    return safe_target(wanted or request.query.get(name), own.of(request), default)


def _is_route_name(target: str) -> bool:
    """Tell a name from an address; what is neither, such as `javascript:x` or `http:x`, counts as an address."""
    return all(part.isidentifier() for part in target.removeprefix(".").split("."))


def _request() -> Request:
    return cast(Request, current_scope("the request to redirect"))


def _answer(request: Request, location: str, status: int | None) -> Response:
    if status is None:
        status = 302 if request.method in _SAFE else 303
    if status not in (301, 302, 303, 307, 308):
        raise ValueError(f"A redirect has the status 301, 302, 303, 307 or 308, not {status}.")
    return Response(b"", status, {"location": location})
