"""Decide which Host a request may name. What a proxy may say about it is in proxies.py.

The Host header is the client's to choose. Whatever is made of it (absolute links, redirect checks, cache keys) is safe
only because nothing but these few names comes through here. RFC 9110 section 7.2; CVE-2016-9014, CVE-2026-48710.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable

from demijohn.errors import ConfigError, HTTPError, Problem
from demijohn.http.host import Host
from demijohn.security.optouts import OptOut

__all__ = ["LOOPBACK_HOSTS", "HostPolicy", "machine_addresses", "parse_host"]

# What `demijohn run` accepts without configuration when it is bound to loopback.
LOOPBACK_HOSTS = ("localhost", ".localhost", "127.0.0.1", "[::1]")

_MAX_LENGTH = 255 + len(":65535")
_MAX_KNOWN = 256
_HOST = re.compile(r"([a-z0-9-]+(?:\.[a-z0-9-]+)*\.?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_LOOPBACK_V4 = re.compile(r"127(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}")


def parse_host(raw: str) -> Host | None:
    """Parse a Host header or authority; None for what is malformed, user information and empty names included.

    The name comes back in lower case without a final dot, IPv6 within its brackets.
    """
    # Only ASCII may be lower-cased: the Kelvin sign lower-cases to a plain k.
    if len(raw) > _MAX_LENGTH or not raw.isascii():
        return None
    match = _HOST.fullmatch(raw.lower())
    if match is None:
        return None
    name, digits = match.groups()
    port = None if digits is None else int(digits)
    if port is not None and not 1 <= port <= 65535:
        return None
    if name[0] == "[" and not _is_ipv6(name[1:-1]):
        return None
    return Host(name.removesuffix("."), port)


def _is_ipv6(text: str) -> bool:
    import ipaddress  # costs 3 ms at start and is needed for the rare literal only

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


class HostPolicy:
    """Admit the hosts that the app answers for.

    `allowed` holds exact names and `.example.com` for a domain with all below it; `development` adds the names of
    loopback; `any_host` is the setting `unsafe_any_host` and admits every well-formed name.

    Raises:
        ConfigError: an entry is not a host name.
    """

    __slots__ = ("_any_host", "_development", "_domains", "_names", "known")

    def __init__(self, allowed: Iterable[str], *, any_host: bool = False, development: bool = False) -> None:
        entries = list(allowed)
        problems = [problem for entry in entries if (problem := _entry_problem(entry)) is not None]
        if problems:
            raise ConfigError(problems)
        lowered = [entry.lower().removesuffix(".") for entry in entries]
        self._names = frozenset(name.removeprefix(".") for name in lowered)
        self._domains = tuple(name for name in lowered if name.startswith("."))
        self._any_host = any_host
        self._development = development
        # Raw headers that were admitted, for the hot path: one look-up instead of a parse. Bounded, because a domain or
        # `any_host` lets clients choose what goes in.
        self.known: dict[str, Host] = {}

    def __bool__(self) -> bool:
        """Say whether any host at all can be admitted."""
        return bool(self._names) or self._any_host or self._development

    def admit(self, raw: str | None, authority: str | None = None) -> Host:
        """Return the host that a request is for.

        `raw` is the Host header, None where there is none; several Host headers are to be joined with a comma, which no
        host contains. `authority` comes from an absolute-form target or from HTTP/2 and must agree with the header.

        Raises:
            HTTPError: 400 `host.malformed`, or 421 `host.unknown` for a host that this app does not serve.
        """
        if raw is None:  # HTTP/2 sends the authority in place of the header
            raw = authority or ""
        host = self.known.get(raw) or parse_host(raw)
        if host is None or (authority and authority != raw and parse_host(authority) != host):
            raise HTTPError(400, "The Host header is missing or malformed.", code="host.malformed")
        if raw not in self.known:
            if not self._is_allowed(host.name):
                raise HTTPError(421, self._unknown_detail(), code="host.unknown")
            if len(self.known) >= _MAX_KNOWN:
                self.known.clear()
            self.known[raw] = host
        return host

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        if not self._any_host:
            return []
        return [OptOut("host.any", "unsafe_any_host: the app answers for every host name", grave=True)]

    def _is_allowed(self, name: str) -> bool:
        if name in self._names or self._any_host or (self._domains and name.endswith(self._domains)):
            return True
        return self._development and _is_loopback(name)

    def _unknown_detail(self) -> str:
        if self._development:
            return "This host is not one of the app's. Add it to ALLOWED_HOSTS, or set SITE_URL to the app's address."
        return "This server does not answer for that host."


def _is_loopback(name: str) -> bool:
    if name in ("localhost", "[::1]") or name.endswith(".localhost"):
        return True
    return _LOOPBACK_V4.fullmatch(name) is not None


def _entry_problem(entry: str) -> Problem | None:
    if entry.strip() == "*":
        message = "'*' in ALLOWED_HOSTS would accept any host."
        return Problem(message, remedy="Name the hosts, or set unsafe_any_host=True if a server in front checks them.")
    if "://" in entry:
        return Problem(f"ALLOWED_HOSTS has {entry!r}, which is an address.", remedy="Write the host alone.")
    host = parse_host(entry.removeprefix("."))
    if host is None:
        return Problem(f"ALLOWED_HOSTS has {entry!r}, which is not a host name.", remedy=_remedy(entry))
    if host.port is not None:
        return Problem(f"ALLOWED_HOSTS has {entry!r} with a port.", remedy=f"Write {host.name!r}; any port will do.")
    return None


def _remedy(entry: str) -> str:
    if not entry.isascii():
        return "Write the name in its ASCII form, which starts with xn--."
    if ":" in entry:
        return "IPv6 addresses stand within brackets, as in '[::1]'."
    return "Write 'example.com', '.example.com' (with all names below it) or an IP address."


def machine_addresses() -> list[str]:
    """Return this machine's own addresses towards its networks, IPv6 within brackets, so that a phone can be tested.

    Nothing is sent: connecting a datagram socket only chooses a route.
    """
    found = []
    # Addresses reserved for documentation (RFC 5737, RFC 3849): never loopback, so the default route is chosen.
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                address = str(probe.getsockname()[0])
        except OSError:  # no network of this family
            continue
        found.append(f"[{address}]" if family == socket.AF_INET6 else address)
    return found
