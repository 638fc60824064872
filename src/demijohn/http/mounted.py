"""Define `MountedSite`, the answer that is left to another application inside this one. The gateways carry it out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from demijohn.http.response import Response

__all__ = ["MountedSite"]


class MountedSite(Response):
    """Leave the request to `site`, an ASGI application, with `prefix` as its root path.

    `plain` sites get the plain security headers; others the Content-Security-Policy, too.
    """

    is_long = True

    def __init__(self, site: Callable[..., Any], prefix: str, *, plain: bool) -> None:  # Any: ASGI is untyped
        super().__init__()
        self.site = site
        self.prefix = prefix
        self.plain = plain
