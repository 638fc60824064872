"""Hold what is declared on an `App` alone. What every module records is in module.py; app.py records both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from demijohn.extension import Extension
from demijohn.types import Origin

if TYPE_CHECKING:  # loaded when the app freezes
    from demijohn.config import Config
    from demijohn.security.cors import Cors
    from demijohn.security.csp import ContentSecurityPolicy
    from demijohn.security.limits import Limits

__all__ = ["AppRecords", "MountRecord", "Use"]


class MountRecord(NamedTuple):
    """Record that another site was mounted, and where."""

    prefix: str
    site: Callable[..., Any]  # Any: an ASGI or a WSGI application, which share no type
    guard: Literal["plain", "full"]
    origin: Origin


class Use(NamedTuple):
    """Record that an app uses an extension, and where it says so."""

    extension: Extension
    origin: Origin


class AppRecords:
    """Hold what was declared on the app alone."""

    __slots__ = (
        "cors",
        "csp",
        "extensions",
        "health",
        "limits",
        "mounts",
        "security_headers",
        "settings_class",
        "static",
    )

    def __init__(
        self, *, health: str, static: str, limits: Limits | None, cors: Cors | None, headers: Mapping[str, str | None]
    ) -> None:
        self.health = health
        self.static = static
        self.limits = limits
        self.cors = cors
        self.security_headers = dict(headers)
        self.settings_class: type[Config] | None = None
        self.extensions: list[Use] = []
        self.mounts: list[MountRecord] = []
        self.csp: ContentSecurityPolicy | None = None
