"""Decide who may see the inside of an error: nobody but a developer's own browser on this very machine.

Every condition must hold, and what is not known counts against: a tunnel, a container's port or a page of another
origin must never be shown what Werkzeug's debugger has shown to them (GHSA-2g68).
"""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar

from demijohn.context import starting_mode
from demijohn.http.request import FORWARDING_HEADERS, Request, client_address

__all__ = ["is_development_host", "is_loopback", "listening_on", "may_see"]

# What proxies and tunnels add beside the names that tell of a client, and what none but they send.
_PASSED_ON = frozenset(
    {"cf-ray", "fly-client-ip", "via", "x-cluster-client-ip", "x-envoy-external-address", "x-original-host"}
)

# Not in context.py, for only a server for development and the test kit load this: where the server listens, empty for
# what is no TCP address or not known. They set it to `127.0.0.1` or the like before the first request.
listening_on: ContextVar[str] = ContextVar("demijohn.debug.listening_on", default="")


def may_see(request: Request) -> bool:
    """Tell whether this request came from this machine, straight to a development server that only it can reach."""
    return (
        starting_mode.get() == "development"
        and is_loopback(listening_on.get())
        and is_loopback(client_address(request.peer))
        and is_loopback(request.client)
        and is_development_host(request.host.name)
        and _is_own_origin(request.fields_by_name.get("origin"))
        and not any(_tells_of_a_proxy(name) for name, _ in request.fields)
    )


def is_loopback(address: str) -> bool:
    """Tell whether an address, or the name localhost, means this machine alone."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_development_host(name: str) -> bool:
    """Tell whether no name server was asked for this name: localhost, `*.localhost`, 127.0.0.0/8, `[::1]`."""
    return name.endswith(".localhost") or is_loopback(name.removeprefix("[").removesuffix("]"))


def _tells_of_a_proxy(field: str) -> bool:
    name = field.replace("_", "-")  # one name to CGI, and so to some proxies
    return name in FORWARDING_HEADERS or name in _PASSED_ON


def _is_own_origin(origin: str | None) -> bool:
    """Tell whether the page behind this request, if it named one, is the developer's own.

    An app whose Cors lets other sites read its answers would let them read this one, too.
    """
    if origin is None:
        return True
    from urllib.parse import urlsplit

    try:
        return is_development_host(urlsplit(origin).hostname or "")
    except ValueError:
        return False
