"""Find out who sent a request that came through proxies. Which hosts we answer for is decided in hosts.py.

Forwarding headers are the client's own words until a proxy that we trust has added to them. So the list is walked from
the right, where our own proxy wrote, and the walk stops at the first address that is not a trusted proxy (RFC 7239).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from demijohn.datastructures import Headers
from demijohn.errors import ConfigError, HTTPError, Problem
from demijohn.security.optouts import OptOut

if TYPE_CHECKING:  # loaded when a proxy is trusted or a rate is limited by address, not at import
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

__all__ = ["UNIX_PEER", "Forwarded", "ProxyPolicy", "rate_key"]

UNIX_PEER = "unix"
"""What stands for the peer's address, and in `trusted`, where the server listens on a Unix socket."""

_X_FORWARDED = frozenset({"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"})
_MAX_CACHED = 1024
_MAX_ADDRESS = 64
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(rf'[ \t]*({_WORD})=(?:({_WORD})|"((?:[^"\\]|\\.)*)")[ \t]*(;|,|\Z)')
_ESCAPE = re.compile(r"\\(.)")


class Forwarded(msgspec.Struct, frozen=True):  # a third of the cost of a frozen dataclass, at every proxied request
    """Say who sent a request: `client` is an address as text, `host` None where no proxy may speak of it.

    `trusted` tells whether a trusted proxy vouches for this; else it is what the connection itself shows.
    """

    client: str
    scheme: str
    host: str | None = None
    trusted: bool = False


class _Hop(msgspec.Struct, frozen=True):
    """What one proxy said: the address it took the request from, and how that one had asked."""

    address: str
    scheme: str = ""
    host: str = ""


class ProxyPolicy:
    """Believe the forwarding headers of the proxies that are ours.

    `trusted` holds addresses, networks (`10.0.0.0/8`) and `unix`. `host_header` lets them name the host, too. `family`
    chooses the headers that are read; those of the other family stay the client's own words.

    Raises:
        ConfigError: an entry is neither an address nor a network.
    """

    __slots__ = ("_cache", "_family", "_host_header", "_networks", "_unix", "active")

    def __init__(
        self,
        trusted: Sequence[str] = (),
        *,
        host_header: bool = False,
        family: Literal["x-forwarded", "forwarded"] = "x-forwarded",
    ) -> None:
        self._networks = _parse_networks([entry for entry in trusted if entry != UNIX_PEER])
        self._unix = UNIX_PEER in trusted
        self._host_header = host_header
        self._family = family
        self._cache: dict[str, tuple[str, bool] | None] = {}
        self.active = bool(trusted)

    @property
    def header_names(self) -> frozenset[str]:
        """Return the forwarding headers that handlers may see when `Forwarded.trusted`; all others are the client's."""
        if not self.active:
            return frozenset()
        names = _X_FORWARDED if self._family == "x-forwarded" else frozenset({"forwarded"})
        return names if self._host_header else names - {"x-forwarded-host"}

    def resolve(self, peer: str, scheme: str, headers: Headers) -> Forwarded:
        """Return who sent a request, from the peer's address, the connection's scheme and the header fields.

        Raises:
            HTTPError: 400 `proxy.malformed`, where a trusted proxy names a scheme that is neither http nor https.
        """
        if not self._is_trusted_peer(peer):
            return Forwarded(peer, scheme)
        hops = _read_forwarded(headers) if self._family == "forwarded" else _read_x_forwarded(headers)
        client, said = peer, _Hop("")
        for said in hops:  # the last hop that a trusted proxy told us of is used below
            address = self._address(said.address)
            if address is None:  # `unknown`, an obfuscated name, or nonsense: what came before is the last we know
                break
            client, trusted = address
            if not trusted:
                break
        if said.scheme:
            scheme = _checked_scheme(said.scheme)
        return Forwarded(client, scheme, (said.host or None) if self._host_header else None, trusted=True)

    def opt_outs(self) -> list[OptOut]:
        """List what `demijohn check` must report."""
        return [
            OptOut("proxies.any", f"TRUSTED_PROXIES has {network}: any client can name its own address", grave=True)
            for network in self._networks
            if network.prefixlen == 0
        ]

    def _is_trusted_peer(self, peer: str) -> bool:
        if peer == UNIX_PEER:
            return self._unix
        address = self._address(peer)
        return address is not None and address[1]

    def _address(self, text: str) -> tuple[str, bool] | None:
        """Return an address in its one spelling and whether it is a trusted proxy's; None for what is no address."""
        try:
            return self._cache[text]
        except KeyError:
            pass
        parsed = _parse_address(text) if len(text) <= _MAX_ADDRESS else None
        found = None if parsed is None else (str(parsed), any(parsed in network for network in self._networks))
        if len(text) <= _MAX_ADDRESS:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[text] = found
        return found


def _read_x_forwarded(headers: Headers) -> Iterable[_Hop]:
    """Read the three headers, the nearest proxy first.

    Most proxies add to the addresses, but overwrite scheme and host or leave them alone. So the last scheme and host
    count for all hops: those alone cannot have come from the client where any proxy of ours wrote one.
    """
    joined = dict.fromkeys(_X_FORWARDED, "")
    for name, value in headers.multi_items():
        if name in _X_FORWARDED:
            joined[name] = f"{joined[name]},{value}" if joined[name] else value
    scheme = joined["x-forwarded-proto"].rpartition(",")[2].strip()
    host = joined["x-forwarded-host"].rpartition(",")[2].strip()
    addresses = joined["x-forwarded-for"]
    if not addresses:
        return [_Hop("", scheme, host)]
    return (_Hop(address.strip(), scheme, host) for address in reversed(addresses.split(",")))


def _read_forwarded(headers: Headers) -> list[_Hop]:
    """Read `Forwarded`, the nearest proxy first; what stands left of a malformed element is dropped."""
    hops: list[_Hop] = []
    for field in headers.getlist("forwarded"):
        element: dict[str, str] = {}
        position = 0
        while position < len(field):
            match = _PAIR.match(field, position)
            if match is None:
                hops.clear()  # nothing left of a malformed part can be told from what the client wrote
                element = {}
                comma = field.find(",", position)
                position = len(field) if comma < 0 else comma + 1
                continue
            name, token, quoted, end = match.groups()
            element[name.lower()] = token if token is not None else _ESCAPE.sub(r"\1", quoted)
            position = match.end()
            if end != ";":
                hops.append(_Hop(element.get("for", ""), element.get("proto", ""), element.get("host", "")))
                element = {}
    hops.reverse()
    return hops


def _checked_scheme(value: str) -> str:
    try:
        return _SCHEMES[value.lower()]
    except KeyError:
        raise HTTPError(400, "A proxy names a scheme that is neither http nor https.", code="proxy.malformed") from None


def _parse_networks(entries: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    if not entries:
        return ()
    from ipaddress import ip_network

    networks = []
    problems = []
    for entry in entries:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            remedy = "Write an address, a network such as '10.0.0.0/8', or 'unix'."
            problems.append(Problem(f"TRUSTED_PROXIES has {entry!r}, which is no address.", remedy=remedy))
    if problems:
        raise ConfigError(problems)
    return tuple(networks)


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it: perhaps with a port, IPv6 perhaps within brackets or with a zone."""
    from ipaddress import IPv6Address, ip_address

    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def rate_key(client: str) -> str:
    """Return what a client is counted by: its address, or of IPv6 the first 64 bits, which belong to one customer."""
    if ":" not in client:
        return client
    from ipaddress import IPv6Address

    address = _parse_address(client)
    if not isinstance(address, IPv6Address):
        return client if address is None else str(address)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
