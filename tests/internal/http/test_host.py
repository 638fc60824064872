from __future__ import annotations

import pytest

from demijohn.http.host import Host


def test_a_host_reads_as_it_was_sent() -> None:
    assert str(Host("example.com")) == "example.com"
    assert str(Host("[::1]", 8000)) == "[::1]:8000"


@pytest.mark.parametrize(
    ("host", "scheme", "origin"),
    [
        (Host("example.com"), "https", "https://example.com"),
        (Host("example.com", 443), "https", "https://example.com"),
        (Host("example.com", 80), "https", "https://example.com:80"),
        (Host("example.com", 80), "http", "http://example.com"),
        (Host("example.com", 8443), "wss", "wss://example.com:8443"),
        (Host("example.com", 21), "ftp", "ftp://example.com:21"),
    ],
)
def test_an_origin_leaves_out_the_port_of_its_scheme(host: Host, scheme: str, origin: str) -> None:
    assert host.origin(scheme) == origin


def test_hosts_are_values() -> None:
    assert {Host("a", 1), Host("a", 1), Host("a")} == {Host("a", 1), Host("a")}
    with pytest.raises(AttributeError):
        Host("a").name = "b"  # type: ignore[misc]  # that is the mistake
