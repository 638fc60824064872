"""Check hosts.py: which Host headers are well formed, and which the app answers for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.errors import ConfigError, HTTPError
from demijohn.http.host import Host
from demijohn.security.hosts import LOOPBACK_HOSTS, HostPolicy, machine_addresses, parse_host


def refusal(policy: HostPolicy, raw: str | None, authority: str | None = None) -> tuple[int, str]:
    with pytest.raises(HTTPError) as caught:
        policy.admit(raw, authority)
    assert "evil" not in caught.value.detail
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        ("example.com", Host("example.com")),
        ("EXAMPLE.com:8080", Host("example.com", 8080)),
        ("example.com.", Host("example.com")),
        ("example.com.:1", Host("example.com", 1)),
        ("a-b.c", Host("a-b.c")),
        ("127.0.0.1:65535", Host("127.0.0.1", 65535)),
        ("[::1]", Host("[::1]")),
        ("[2001:DB8::1]:443", Host("[2001:db8::1]", 443)),
        ("[::ffff:10.0.0.1]", Host("[::ffff:10.0.0.1]")),
    ],
)
def test_a_well_formed_host_is_read(raw: str, host: Host) -> None:
    assert parse_host(raw) == host


# `a/evil?x` was CVE-2026-48710: a Host that becomes a path.
@pytest.mark.parametrize(
    "raw",
    [
        "", " ", ".", "..", "a..b", ".a", "a/evil?x", "a@evil", "user:pw@a", "a b", "a\tb", "a\n", "a\r\nX: y", "a\x00",
        "a:", "a:0", "a:65536", "a:99999", "a:123456", "a:-1", "a:+1", "a:1_0", "a:8O", "a:٣", "a,b", "a, a", "a;b",
        "a\\b", "a%2eb", "a_b", "exämple.com", "[", "[]", "[]:1", "[::1", "::1", "[::1]x", "[:::]",
        "[1.2.3.4]", "[::1%eth0]", "[fe80::1%25eth0]", "a..", "x" * 262, "http://a", "*", "a#b", "a?b",
    ],
)  # fmt: skip
def test_whatever_is_no_host_is_refused_as_malformed(raw: str) -> None:
    assert parse_host(raw) is None
    assert refusal(HostPolicy([], any_host=True), raw) == (400, "host.malformed")


def test_the_kelvin_sign_is_no_k() -> None:
    assert parse_host("\N{KELVIN SIGN}elvin.example") is None


def test_no_host_at_all_is_malformed() -> None:
    assert refusal(HostPolicy(["a"]), None) == (400, "host.malformed")
    assert refusal(HostPolicy(["a"]), None, "") == (400, "host.malformed")


def test_two_hosts_joined_with_a_comma_are_malformed() -> None:
    assert refusal(HostPolicy(["a"]), "a,a") == (400, "host.malformed")


def test_names_are_compared_as_text() -> None:  # CVE-2026-25479: a dot is no wildcard
    policy = HostPolicy(["a.example.com"])
    assert policy.admit("A.example.com:8000") == Host("a.example.com", 8000)
    for other in ("axexample.com", "evil-a.example.com", "b.a.example.com", "example.com", "a.example.com.evil"):
        assert refusal(policy, other) == (421, "host.unknown")


def test_a_leading_dot_lets_in_the_domain_and_all_below_it() -> None:
    policy = HostPolicy([".Example.com"])
    for host in ("example.com", "a.example.com", "b.a.example.com.", "EXAMPLE.COM:81"):
        policy.admit(host)
    for other in ("evilexample.com", "example.com.evil", "com"):
        assert refusal(policy, other) == (421, "host.unknown")


def test_a_bare_address_needs_to_be_listed() -> None:
    assert refusal(HostPolicy(["example.com"]), "10.0.0.1") == (421, "host.unknown")
    assert HostPolicy(["10.0.0.1", "[2001:db8::1]"]).admit("[2001:DB8::1]:1") == Host("[2001:db8::1]", 1)


@pytest.mark.parametrize("authority", ["b", "a:81", "a@b", "a/", "A\x00"])
def test_an_authority_that_differs_is_malformed(authority: str) -> None:
    policy = HostPolicy(["a", "b"])
    assert policy.admit("a") == Host("a")  # known now, which must not let the authority pass unread
    assert refusal(policy, "a", authority) == (400, "host.malformed")


def test_an_authority_that_agrees_or_stands_alone_will_do() -> None:
    policy = HostPolicy(["a"])
    assert policy.admit("a", "a") == policy.admit("a", "A") == policy.admit(None, "a") == Host("a")
    assert refusal(policy, None, "b") == (421, "host.unknown")


def test_development_answers_for_loopback_only() -> None:  # CVE-2016-9014: DNS rebinding
    policy = HostPolicy(["192.168.1.7"], development=True)
    for host in ("localhost", "app.localhost:8000", "127.0.0.1", "127.8.9.255:1", "[::1]:8000", "192.168.1.7:8000"):
        policy.admit(host)
    for other in (
        "evil.example",
        "127.0.0.1.evil",
        "127.0.0.256",
        "127.1",
        "10.0.0.1",
        "localhost.evil",
        "notlocalhost",
    ):
        assert refusal(policy, other) == (421, "host.unknown")


def test_production_does_not_answer_for_loopback_unless_asked_to() -> None:
    assert refusal(HostPolicy(["a"]), "localhost") == (421, "host.unknown")
    policy = HostPolicy(LOOPBACK_HOSTS)
    for host in ("localhost:8000", "x.localhost", "127.0.0.1:8000", "[::1]:8000"):
        policy.admit(host)


def test_development_names_the_setting_and_production_does_not() -> None:
    with pytest.raises(HTTPError, match="ALLOWED_HOSTS"):
        HostPolicy([], development=True).admit("evil.example")
    with pytest.raises(HTTPError) as caught:
        HostPolicy(["a"]).admit("evil.example")
    assert "ALLOWED_HOSTS" not in caught.value.detail


def test_any_host_is_an_opt_out_that_check_lists() -> None:
    policy = HostPolicy([], any_host=True)
    assert policy.admit("whatever.example") == Host("whatever.example")
    assert [(out.code, out.grave) for out in policy.opt_outs()] == [("host.any", True)]
    assert HostPolicy(["a"]).opt_outs() == []


@pytest.mark.parametrize(
    ("entry", "remedy"),
    [
        ("*", "unsafe_any_host"),
        ("https://example.com", "host alone"),
        ("example.com:8000", "any port"),
        ("exämple.com", "xn--"),
        ("::1", "brackets"),
        ("a b", "example.com"),
        (".", "example.com"),
        ("", "example.com"),
        ("*.example.com", ".example.com"),
    ],
)
def test_a_wrong_entry_stops_the_start_with_a_remedy(entry: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        HostPolicy(["good.example", entry])
    assert remedy in str(caught.value)


def test_all_wrong_entries_are_reported_together() -> None:
    with pytest.raises(ConfigError) as caught:
        HostPolicy(["*", "a b", "https://x"])
    assert len(caught.value.problems) == 3


def test_a_policy_without_any_host_is_false() -> None:
    assert not HostPolicy([])
    assert HostPolicy(["a"])
    assert HostPolicy([], development=True)
    assert HostPolicy([], any_host=True)


def test_known_hosts_are_remembered_as_sent_and_bounded() -> None:
    policy = HostPolicy([".example.com"])
    first = policy.admit("A.example.com")
    assert policy.known == {"A.example.com": first}
    assert policy.admit("A.example.com") is first
    refusal(policy, "evil.example")
    refusal(policy, "a@evil")
    assert policy.known == {"A.example.com": first}
    for number in range(1000):
        policy.admit(f"h{number}.example.com")
    assert len(policy.known) <= 256


@settings(max_examples=100)
@given(st.one_of(st.text(max_size=40), st.from_regex(r"[a-zA-Z0-9.:\[\]@/\\%-]{0,30}", fullmatch=True)))
def test_what_is_admitted_can_stand_in_an_address(raw: str) -> None:
    host = parse_host(raw)
    if host is None:
        assert refusal(HostPolicy([], any_host=True), raw)[0] == 400
        return
    assert raw.isascii()
    assert not set(host.name) & set("@/\\?#%, \t\r\n\x00")
    assert host.name == host.name.lower()
    assert parse_host(str(host)) == host  # one spelling, which reads back as itself


def test_the_machine_knows_its_addresses() -> None:
    for address in machine_addresses():
        assert HostPolicy([address]).admit(f"{address}:8000").port == 8000
