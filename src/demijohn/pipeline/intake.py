"""Check what every request must pass before a route is looked for: method, target, header fields, Host, proxies.

What servers let through is measured in docs/server-behaviour.md. These checks run for each request, so the common case
is decided by a few look-ups, and only what stands out is looked at closely.
"""

from __future__ import annotations

from demijohn.datastructures import Headers
from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.security.hosts import HostPolicy
from demijohn.security.limits import Limits
from demijohn.security.proxies import ProxyPolicy

__all__ = ["METHODS", "Intake"]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"})
_WITH_BODY = METHODS - {"HEAD"}  # what most requests are, told by one look-up
_NEVER_ANSWERED = frozenset({"TRACE", "CONNECT"})

# Fields that decide something here: two of them, even equal ones, are two opinions (RFC 9110, 5.3; request smuggling).
_SINGLE = frozenset(
    {
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "origin",
        "sec-fetch-site",
        "transfer-encoding",
        "x-csrf-token",
    }
)

# Where two can disagree on where a request ends, nothing that follows on the connection is to be believed.
_CLOSE = {"connection": "close"}

# Below this many characters in names and values together no limit of Limits can be passed.
_SURELY_SMALL = 6000


class Intake:
    """Admit a request or refuse it with an HTTPError; sets `host`, `scheme` and `client` to what can be relied on."""

    __slots__ = ("_hosts", "_known_hosts", "_limits", "_max_fields", "_max_target", "_proxies")

    def __init__(self, hosts: HostPolicy, proxies: ProxyPolicy, limits: Limits) -> None:
        self._hosts = hosts
        self._known_hosts = hosts.known
        self._proxies = proxies if proxies.active else None
        self._limits = limits
        self._max_fields = limits.header_count
        self._max_target = limits.target

    def admit(self, request: Request, authority: str | None) -> None:
        """Check the request; `authority` is the target's own, where it has one (HTTP/2, absolute form).

        Raises:
            HTTPError: 400, 405, 414, 421, 431 or 501.
        """
        if request.method not in _WITH_BODY:
            _check_method(request)
        fields, by_name = request.fields, request.fields_by_name
        if len(request.path) + len(request.query_string) > self._max_target:
            self._limits.check_target(request.path, request.query_string)
        if len(fields) > self._max_fields or len("".join(by_name)) + len("".join(by_name.values())) > _SURELY_SMALL:
            self._limits.check_headers(fields)
        if len(fields) != len(by_name):
            self._check_repeated(request)
        if "transfer-encoding" in by_name:
            _check_transfer_encoding(by_name["transfer-encoding"])
        raw_host = by_name.get("host")
        host = self._known_hosts.get(raw_host) if raw_host is not None and authority is None else None
        request.host = host or self._hosts.admit(raw_host, authority)
        if self._proxies is not None:
            self._resolve_proxy(request, self._proxies)

    def _check_repeated(self, request: Request) -> None:
        self._limits.check_headers(request.fields)
        seen = set[str]()
        for name, _ in request.fields:
            if name in _SINGLE and name in seen:
                code = "host.malformed" if name == "host" else "header.repeated"
                raise HTTPError(400, f"The header field {name} was sent twice.", code=code, headers=_CLOSE)
            seen.add(name)

    def _resolve_proxy(self, request: Request, proxies: ProxyPolicy) -> None:
        forwarded = proxies.resolve(request.client, request.scheme, Headers.from_raw(request.fields))
        if not forwarded.trusted:
            return
        request.trusted_fields = proxies.header_names
        request.client, request.scheme = forwarded.client, forwarded.scheme
        if forwarded.host is not None:
            request.host = self._hosts.admit(forwarded.host)


def _check_method(request: Request) -> None:
    if request.method == "HEAD":
        request.withhold_body()
        return
    if request.method in _NEVER_ANSWERED:
        raise HTTPError(405, "This method is not answered here.", code="http.method_not_allowed", headers={"allow": ""})
    raise HTTPError(501, "This method is not known.", code="method.unknown")


def _check_transfer_encoding(value: str) -> None:
    if value.strip().lower() != "chunked":  # the server hands over what it cannot decode (security.md 3)
        raise HTTPError(
            501, "Only the transfer encoding 'chunked' is understood.", code="body.transfer_encoding", headers=_CLOSE
        )
