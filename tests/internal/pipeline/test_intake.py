from __future__ import annotations

import pytest

from demijohn.errors import HTTPError
from demijohn.http.host import Host
from demijohn.http.request import Request
from demijohn.pipeline.intake import METHODS, Intake
from demijohn.security.csrf import SAFE_METHODS
from demijohn.security.hosts import HostPolicy
from demijohn.security.limits import Limits
from demijohn.security.proxies import ProxyPolicy

Fields = list[tuple[str, str]]


def intake(
    *, hosts: tuple[str, ...] = ("example.com",), proxies: ProxyPolicy | None = None, limits: Limits | None = None
) -> Intake:
    return Intake(HostPolicy(hosts), proxies or ProxyPolicy(), limits or Limits())


def request_of(
    fields: Fields | None = None, *, method: str = "GET", path: str = "/", query: str = "", scheme: str = "http"
) -> Request:
    named = [("host", "example.com"), *(fields or [])]
    transport: object = None
    peer = "192.0.2.7:50000"
    return Request(method, path, query, named, dict(named), scheme, peer, "1.1", transport, None)  # type: ignore[arg-type]  # never read


def refused(request: Request, door: Intake | None = None, authority: str | None = None) -> tuple[int, str]:
    with pytest.raises(HTTPError) as refusal:
        (door or intake()).admit(request, authority)
    return refusal.value.status, refusal.value.code


def test_what_csrf_takes_for_safe_is_what_is_not_received() -> None:
    assert METHODS > SAFE_METHODS


def test_an_admitted_request_knows_its_host_and_a_refused_one_names_none() -> None:
    request = request_of()
    assert request.host == Host("")
    assert request.origin == "http://"  # which is no origin that could be compared with one
    refused(request, intake(hosts=("other.example",)))
    assert request.host == Host("")
    intake().admit(request, None)
    assert request.host == Host("example.com")


@pytest.mark.parametrize(
    ("authority", "host"),
    [(None, "example.com"), ("example.com", "example.com"), ("EXAMPLE.com", "example.com"), ("", "example.com")],
)
def test_the_target_s_own_authority_agrees_with_the_host(authority: str | None, host: str) -> None:
    request = request_of()
    intake().admit(request, authority)
    assert str(request.host) == host


@pytest.mark.parametrize("authority", ["evil.example", "example.com:81", "user@example.com", "example.com/x"])
def test_an_authority_that_differs_from_the_host_is_refused(authority: str) -> None:
    door = intake(hosts=("example.com", "evil.example"))
    door.admit(request_of(), None)  # a host that is known already is compared all the same
    assert refused(request_of(), door, authority) == (400, "host.malformed")


def test_over_http_2_the_authority_stands_for_the_host() -> None:
    request = Request("GET", "/", "", [], {}, "https", "192.0.2.7:1", "2", None, None)  # type: ignore[arg-type]  # as above
    intake().admit(request, "example.com:8443")
    assert request.host == Host("example.com", 8443)
    assert refused(Request("GET", "/", "", [], {}, "https", "", "2", None, None)) == (400, "host.malformed")  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "origin",
        "sec-fetch-site",
        "transfer-encoding",
        "x-csrf-token",
    ],
)
def test_a_field_that_decides_something_comes_once(name: str) -> None:
    value = "chunked" if name == "transfer-encoding" else "1"
    intake().admit(request_of([(name, value)]), None)
    assert refused(request_of([(name, value), ("x", "y"), (name, value)])) == (400, "header.repeated")


def test_other_fields_may_come_again() -> None:
    intake().admit(request_of([("cookie", "a=1"), ("cookie", "b=2"), ("accept", "a/b"), ("accept", "c/d")]), None)


def test_repeated_fields_are_weighed_although_only_the_last_is_looked_up() -> None:
    fields = [("x-long", "x" * 9000), ("x-long", "short")]
    assert refused(request_of(fields)) == (431, "header.too_large")
    assert refused(request_of([("cookie", "x" * 7000)] * 5)) == (431, "header.too_large")
    assert refused(request_of([("cookie", "x")] * 100)) == (431, "header.too_many")


@pytest.mark.parametrize("size", [5900, 5990, 6000, 6100, 8180])
def test_the_short_cut_for_small_heads_lets_nothing_through(size: int) -> None:
    tight = Limits(header_field=6200, header_total=7000)
    request = request_of([("x", "y" * size)])
    if size < 6200:
        intake(limits=tight).admit(request, None)
    else:
        assert refused(request, intake(limits=tight)) == (431, "header.too_large")


@pytest.mark.parametrize(("path", "query", "fits"), [(8191, 1, True), (8192, 1, False), (1, 8192, False)])
def test_path_and_query_are_weighed_together(path: int, query: int, fits: bool) -> None:
    request = request_of(path="/" * path, query="q" * query)
    if fits:
        intake().admit(request, None)
    else:
        assert refused(request) == (414, "uri.too_long")


@pytest.mark.parametrize(
    ("method", "refusal"),
    [
        ("TRACE", (405, "http.method_not_allowed")),
        ("CONNECT", (405, "http.method_not_allowed")),
        ("get", (501, "method.unknown")),
        ("", (501, "method.unknown")),
        ("GET ", (501, "method.unknown")),
        (":websocket", (501, "method.unknown")),  # the name under which sockets stand in the router
    ],
)
def test_a_method_is_refused_before_anything_else(method: str, refusal: tuple[int, str]) -> None:
    assert refused(request_of([("host", "evil.example")], method=method)) == refusal


@pytest.mark.parametrize("value", ["gzip", "gzip, chunked", "chunked, gzip", "identity", "", "chunked;q=1", "xchunked"])
def test_no_transfer_encoding_but_chunked_is_understood(value: str) -> None:
    assert refused(request_of([("transfer-encoding", value)])) == (501, "body.transfer_encoding")
    intake().admit(request_of([("transfer-encoding", " Chunked ")]), None)


def test_a_trusted_proxy_says_who_asked_and_how() -> None:
    proxies = ProxyPolicy(["192.0.2.7"], host_header=True)
    door = intake(hosts=("example.com", "public.example"), proxies=proxies)
    said = [("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "public.example")]
    request = request_of(said)
    door.admit(request, None)
    assert (request.client, request.scheme, str(request.host)) == ("203.0.113.5", "https", "public.example")
    assert set(request.headers) == {"host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    assert refused(request_of([("x-forwarded-host", "evil.example")]), door) == (421, "host.unknown")


def test_what_a_stranger_says_of_himself_is_not_seen() -> None:
    door = intake(proxies=ProxyPolicy(["10.0.0.0/8"]))
    request = request_of([("x-forwarded-for", "203.0.113.5"), ("x-forwarded-proto", "https")])
    door.admit(request, None)
    assert (request.client, request.scheme, set(request.headers)) == ("192.0.2.7", "http", {"host"})


def test_a_strange_host_fills_no_memory() -> None:
    policy = HostPolicy([".example.com"])
    door = Intake(policy, ProxyPolicy(), Limits())
    for number in range(1000):
        refused(_to(f"evil{number}.example"), door)
        door.admit(_to(f"a{number}.example.com"), None)
    assert len(policy.known) <= 256


def _to(host: str) -> Request:
    return Request("GET", "/", "", [("host", host)], {"host": host}, "http", "192.0.2.7:1", "1.1", None, None)  # type: ignore[arg-type]  # as above
