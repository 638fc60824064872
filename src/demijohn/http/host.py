"""Define `Host`, the validated authority of a request. Which hosts are let in is decided in security/hosts.py."""

from __future__ import annotations

import msgspec

__all__ = ["DEFAULT_PORTS", "Host"]

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Host(msgspec.Struct, frozen=True):
    """Name the host that a request was sent to; `name` is lower-case, `port` None where the client named none."""

    name: str
    port: int | None = None

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"

    def origin(self, scheme: str) -> str:
        """Return `scheme://host[:port]` as browsers write it: without the scheme's default port (RFC 6454, 6.1)."""
        if self.port is None or self.port == DEFAULT_PORTS.get(scheme):
            return f"{scheme}://{self.name}"
        return f"{scheme}://{self.name}:{self.port}"
