"""Check proxies.py: forwarding headers count only as far as proxies of ours wrote them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.datastructures import Headers
from demijohn.errors import ConfigError, HTTPError
from demijohn.security.proxies import Forwarded, ProxyPolicy, rate_key

PROXIES = ["10.0.0.0/8", "2001:db8:aaaa::/48"]


def resolve(
    policy: ProxyPolicy, *fields: tuple[str, str], peer: str = "10.0.0.1", scheme: str = "http"
) -> tuple[str, str, str | None]:
    found = policy.resolve(peer, scheme, Headers(fields))
    return found.client, found.scheme, found.host


def x_for(value: str) -> tuple[str, str]:
    return ("x-forwarded-for", value)


def test_without_trusted_proxies_nothing_is_believed() -> None:  # CVE-2025-59152
    policy = ProxyPolicy()
    assert not policy.active
    assert policy.header_names == frozenset()
    fields = Headers([x_for("1.2.3.4"), ("x-forwarded-proto", "https"), ("forwarded", "for=1.2.3.4;proto=https")])
    for peer in ("127.0.0.1", "unix", "", "::1", "nonsense"):
        assert policy.resolve(peer, "http", fields) == Forwarded(peer, "http")


def test_a_stranger_is_not_believed() -> None:
    policy = ProxyPolicy(PROXIES)
    assert policy.active
    assert policy.resolve("203.0.113.9", "http", Headers([x_for("1.2.3.4")])) == Forwarded("203.0.113.9", "http")


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # what stands left of the first stranger is his own
        ("1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("1.1.1.1,203.0.113.9 ,10.0.0.2,\t10.0.0.3", "203.0.113.9"),
        ("10.9.9.9, 10.0.0.2", "10.9.9.9"),  # all ours: the request began inside
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8::1]:51234", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 2001:db8:aaaa::5", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", "10.0.0.1"),  # cannot be read: what came before is the last that is known
        ("203.0.113.9, garbage, 10.0.0.2", "10.0.0.2"),
        ("203.0.113.9,", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("127.1", "10.0.0.1"),
        ("x" * 5000, "10.0.0.1"),
    ],
)
def test_the_first_stranger_from_the_right_is_the_client(chain: str, client: str) -> None:
    assert resolve(ProxyPolicy(PROXIES), x_for(chain))[0] == client


def test_several_fields_are_one_list() -> None:
    assert resolve(ProxyPolicy(PROXIES), x_for("1.1.1.1"), x_for("203.0.113.9"), x_for("10.0.0.2"))[0] == "203.0.113.9"


def test_a_trusted_peer_may_be_written_as_mapped_ipv6() -> None:
    assert resolve(ProxyPolicy(PROXIES), x_for("203.0.113.9"), peer="::ffff:10.0.0.1")[0] == "203.0.113.9"


def test_a_unix_socket_counts_only_if_listed() -> None:
    fields = x_for("203.0.113.9"), ("x-forwarded-proto", "https")
    assert resolve(ProxyPolicy(PROXIES), *fields, peer="unix") == ("unix", "http", None)
    assert resolve(ProxyPolicy(["unix"]), *fields, peer="unix") == ("203.0.113.9", "https", None)
    assert resolve(ProxyPolicy(["unix"]), *fields, peer="10.0.0.1") == ("10.0.0.1", "http", None)


@pytest.mark.parametrize(
    ("sent", "scheme"),
    [
        ("https", "https"),
        ("HTTPS", "https"),
        ("wss", "https"),
        ("ws", "http"),
        ("https, http", "http"),
        ("x, https", "https"),
    ],
)
def test_the_last_scheme_counts(sent: str, scheme: str) -> None:
    found = resolve(ProxyPolicy(PROXIES), x_for("203.0.113.9"), ("x-forwarded-proto", sent))
    assert found == ("203.0.113.9", scheme, None)


def test_a_scheme_may_come_without_an_address() -> None:
    assert resolve(ProxyPolicy(PROXIES), ("x-forwarded-proto", "https")) == ("10.0.0.1", "https", None)


@pytest.mark.parametrize("sent", ["gopher", "https;", "ht tp", "é"])
def test_a_scheme_that_is_none_is_refused(sent: str) -> None:
    with pytest.raises(HTTPError) as caught:
        resolve(ProxyPolicy(PROXIES), ("x-forwarded-proto", sent))
    assert (caught.value.status, caught.value.code) == (400, "proxy.malformed")


def test_the_host_needs_its_own_switch() -> None:
    fields = x_for("203.0.113.9"), ("x-forwarded-host", "evil.example, shop.example")
    assert resolve(ProxyPolicy(PROXIES), *fields)[2] is None
    assert resolve(ProxyPolicy(PROXIES, host_header=True), *fields)[2] == "shop.example"
    assert resolve(ProxyPolicy(PROXIES, host_header=True), *fields, peer="203.0.113.1")[2] is None
    assert resolve(ProxyPolicy(PROXIES, host_header=True), x_for("203.0.113.9"))[2] is None
    assert "x-forwarded-host" not in ProxyPolicy(PROXIES).header_names
    assert "x-forwarded-host" in ProxyPolicy(PROXIES, host_header=True).header_names


def test_one_family_is_read_and_the_other_is_not() -> None:
    fields = x_for("1.1.1.1"), ("forwarded", "for=2.2.2.2;proto=https")
    assert resolve(ProxyPolicy(PROXIES), *fields) == ("1.1.1.1", "http", None)
    policy = ProxyPolicy(PROXIES, family="forwarded")
    assert resolve(policy, *fields) == ("2.2.2.2", "https", None)
    assert policy.header_names == {"forwarded"}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("for=203.0.113.9", ("203.0.113.9", "http", None)),
        ('For="203.0.113.9:80";Proto=HTTPS;host="a.example:81";by=10.0.0.1', ("203.0.113.9", "https", "a.example:81")),
        ('for="[2001:db8::1]:4711"', ("2001:db8::1", "http", None)),
        ("for=1.1.1.1;proto=https, for=203.0.113.9;proto=http", ("203.0.113.9", "http", None)),
        ("for=203.0.113.9;proto=https;host=shop.example, for=10.0.0.2;proto=http;host=inner",
         ("203.0.113.9", "https", "shop.example")),
        ("for=unknown;proto=https", ("10.0.0.1", "https", None)),
        ("for=1.1.1.1, for=_hidden, for=10.0.0.2", ("10.0.0.2", "http", None)),
        ("proto=https", ("10.0.0.1", "https", None)),
        # What a client wrote must not swallow or shift what the proxy added behind it.
        ('for="1.1.1.1, for=203.0.113.9', ("203.0.113.9", "http", None)),
        ('for="x;proto=https, for=203.0.113.9;proto=http', ("203.0.113.9", "http", None)),
        ('x="\\, for=203.0.113.9', ("203.0.113.9", "http", None)),
        ("garbage, for=203.0.113.9", ("203.0.113.9", "http", None)),
        ("for=1.1.1.1, garbage", ("10.0.0.1", "http", None)),
        ('for="a\\"b", for=203.0.113.9', ("203.0.113.9", "http", None)),
        (", , for=203.0.113.9,", ("203.0.113.9", "http", None)),
        ("", ("10.0.0.1", "http", None)),
    ],
)  # fmt: skip
def test_forwarded_is_read_from_the_right(field: str, expected: tuple[str, str, str | None]) -> None:
    policy = ProxyPolicy(PROXIES, host_header=True, family="forwarded")
    assert resolve(policy, ("forwarded", field)) == expected


def test_forwarded_of_another_field_is_the_left_part_of_the_list() -> None:
    policy = ProxyPolicy(PROXIES, family="forwarded")
    fields = ("forwarded", "for=1.1.1.1"), ("forwarded", "for=203.0.113.9;proto=https"), ("forwarded", "for=10.0.0.2")
    assert resolve(policy, *fields) == ("203.0.113.9", "https", None)


@settings(max_examples=100)
@given(st.text(alphabet=st.sampled_from('for=;,"\\ 1.2:[]x'), max_size=60))
def test_no_prefix_of_a_client_changes_what_the_proxy_added(prefix: str) -> None:
    policy = ProxyPolicy(PROXIES, family="forwarded")
    assert resolve(policy, ("forwarded", f"{prefix}, for=203.0.113.9;proto=https")) == ("203.0.113.9", "https", None)
    assert resolve(ProxyPolicy(PROXIES), x_for(f"{prefix}, 203.0.113.9"))[0] == "203.0.113.9"


def test_reading_a_hostile_field_takes_linear_time() -> None:
    policy = ProxyPolicy(PROXIES, family="forwarded")
    for field in ('a="' * 20_000, 'a="\\",' * 20_000, "a=" * 20_000, " " * 60_000, 'a="' + "\\" * 60_000):
        assert resolve(policy, ("forwarded", field))[0] == "10.0.0.1"


def test_a_wrong_entry_stops_the_start() -> None:
    with pytest.raises(ConfigError) as caught:
        ProxyPolicy(["10.0.0.0/8", "proxy.internal", "10.0.0.0/99", "unix"])
    assert len(caught.value.problems) == 2
    assert "TRUSTED_PROXIES" in str(caught.value)


def test_trusting_everybody_is_a_grave_opt_out() -> None:
    found = ProxyPolicy(["0.0.0.0/0", "::/0", "10.0.0.0/8"]).opt_outs()
    assert [(out.code, out.grave) for out in found] == [("proxies.any", True)] * 2
    assert ProxyPolicy(PROXIES).opt_outs() == []


def test_addresses_that_clients_invent_do_not_fill_the_memory() -> None:
    policy = ProxyPolicy(PROXIES)
    for number in range(3000):
        resolve(policy, x_for(f"203.0.{number // 250}.{number % 250}"))
    assert len(policy._cache) <= 1024


@pytest.mark.parametrize(
    ("client", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
        ("a:b", "a:b"),
    ],
)
def test_a_client_is_counted_by_its_network(client: str, key: str) -> None:
    assert rate_key(client) == key
