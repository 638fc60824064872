"""Who may see the inside of an error. Each condition is broken alone; over whole apps see tests/protection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from demijohn.context import starting_mode
from demijohn.debug.reach import is_development_host, is_loopback, listening_on, may_see
from demijohn.http.request import FORWARDING_HEADERS

if TYPE_CHECKING:
    from tests.internal.debug.conftest import MakeRequest


def test_a_browser_on_this_machine_may_see_it(make_request: MakeRequest) -> None:
    assert may_see(make_request())
    assert may_see(make_request(peer="[::1]:50000", host="[::1]"))
    assert may_see(make_request(host="notes.localhost", headers=[("origin", "http://localhost:5173")]))


@pytest.mark.parametrize("mode", ["production", "test"])
def test_no_other_mode_shows_it(mode: Literal["production", "test"], make_request: MakeRequest) -> None:
    token = starting_mode.set(mode)
    try:
        assert not may_see(make_request())
    finally:
        starting_mode.reset(token)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_a_server_that_others_can_reach_does_not_show_it(address: str, make_request: MakeRequest) -> None:
    token = listening_on.set(address)
    try:
        assert not may_see(make_request())
    finally:
        listening_on.reset(token)


@pytest.mark.parametrize("peer", ["192.168.1.5:50000", "[2001:db8::1]:50000", "", "unix", "localhost.evil.example:1"])
def test_another_machine_does_not_see_it(peer: str, make_request: MakeRequest) -> None:
    assert not may_see(make_request(peer=peer))


def test_a_client_behind_a_trusted_proxy_does_not_see_it(make_request: MakeRequest) -> None:
    request = make_request()
    request.client = "203.0.113.7"

    assert not may_see(request)


@pytest.mark.parametrize(
    "host",
    ["", "example.com", "localhost.example.com", "mylocalhost", "192.168.1.5", "127.0.0.1.nip.io", "[2001:db8::1]"],
)
def test_another_host_does_not_show_it(host: str, make_request: MakeRequest) -> None:
    assert not may_see(make_request(host=host))


@pytest.mark.parametrize("name", sorted(FORWARDING_HEADERS))
def test_a_forwarded_request_does_not_show_it(name: str, make_request: MakeRequest) -> None:
    assert not may_see(make_request(headers=[(name, "127.0.0.1")]))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://localhost.evil.example", "http://[", "x"]
)
def test_a_page_of_another_origin_does_not_see_it(origin: str, make_request: MakeRequest) -> None:
    assert not may_see(make_request(headers=[("origin", origin)]))


def test_loopback_is_127_and_1_and_localhost() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.255.255.254", "::1")))
    assert not any(map(is_loopback, ("", "0.0.0.0", "::", "128.0.0.1", "127.1", "::2", "localhost.")))
    assert is_development_host("a.b.localhost")
    assert is_development_host("127.0.0.2")


@pytest.mark.parametrize("name", ["via", "cf-ray", "fly-client-ip", "x-original-host", "x_forwarded_for", "x_real_ip"])
def test_a_request_that_somebody_passed_on_does_not_show_it(name: str, make_request: MakeRequest) -> None:
    assert not may_see(make_request(headers=[(name, "127.0.0.1")]))
