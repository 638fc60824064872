"""Security policy, section 5: what a proxy says counts only where the proxy is ours, and then from the right."""

from typing import TYPE_CHECKING

import pytest

from demijohn import App, ConfigError, Request, rate_limit

from .apps import five_lines
from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve

FORWARDING = {
    "forwarded": "for=192.0.2.1;proto=https;host=evil.example",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
    "x-forwarded-prefix": "/evil",
    "x-forwarded-scheme": "https",
    "x-forwarded-ssl": "on",
    "x-forwarded-server": "evil.example",
    "x-real-ip": "192.0.2.1",
    "x-client-ip": "192.0.2.1",
    "true-client-ip": "192.0.2.1",
    "cf-connecting-ip": "192.0.2.1",
    "fastly-client-ip": "192.0.2.1",
    "x-original-url": "/admin",
    "x-rewrite-url": "/admin",
}


def telling_app() -> App:
    app = App(__name__)

    @app.get("/")
    def tell(request: Request) -> dict[str, object]:
        return {
            "client": request.client,
            "scheme": request.scheme,
            "host": str(request.host),
            "seen": sorted(set(request.headers) - {"host"}),
            "raw": sorted(set(request.raw_headers) - {"host"}),
        }

    return app


def test_nothing_is_believed_and_nothing_is_shown_where_no_proxy_is_trusted(serve: "Serve") -> None:
    told = serve(telling_app()).get("/", headers=FORWARDING).json()
    assert told == {
        "client": "127.0.0.1",
        "scheme": "http",
        "host": "testserver",
        "seen": [],
        "raw": sorted(FORWARDING),
    }


def test_a_trusted_proxy_elsewhere_changes_nothing_for_a_stranger(serve: "Serve") -> None:
    told = serve(telling_app(), config={"trusted_proxies": ["10.0.0.0/8", "unix", "::1"]}).get("/", headers=FORWARDING)
    assert (told.json()["client"], told.json()["scheme"], told.json()["seen"]) == ("127.0.0.1", "http", [])


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("198.51.100.9, 192.0.2.1", "192.0.2.1"),
        ("198.51.100.9, 192.0.2.1, 10.1.2.3", "192.0.2.1"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:DB8:0::1]:4711", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, nonsense", "127.0.0.1"),
        ("192.0.2.1, nonsense, 10.1.2.3", "10.1.2.3"),
        ("192.0.2.1, ", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
        ("'; drop table", "127.0.0.1"),
        ("192.0.2.1 192.0.2.2", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("1" * 5000, "127.0.0.1"),
    ],
)
def test_the_list_is_walked_from_the_right_and_stops_at_what_is_no_address(
    serve: "Serve", forwarded_for: str, client: str
) -> None:
    trusting = serve(telling_app(), config={"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]})
    told = trusting.get("/", headers={"x-forwarded-for": forwarded_for}).json()
    assert (told["client"], told["seen"]) == (client, ["x-forwarded-for"])


def test_several_fields_are_one_list(serve: "Serve") -> None:
    trusting = serve(telling_app(), config={"trusted_proxies": ["127.0.0.1"]})
    fields = [("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "192.0.2.1")]
    assert trusting.get("/", headers=fields).json()["client"] == "192.0.2.1"


def test_the_last_scheme_counts_and_a_strange_one_is_refused(serve: "Serve") -> None:
    trusting = serve(telling_app(), config={"trusted_proxies": ["127.0.0.1"]})
    for proto, scheme in (("https", "https"), ("http, https", "https"), ("https, http", "http"), ("WSS", "https")):
        assert trusting.get("/", headers={"x-forwarded-proto": proto}).json()["scheme"] == scheme
    for proto in ("gopher", "https;", "javascript"):
        assert refusal(trusting.get("/", headers={"x-forwarded-proto": proto})) == (400, "proxy.malformed")


def test_the_host_needs_a_switch_of_its_own_and_must_be_ours_all_the_same(serve: "Serve") -> None:
    config = {"trusted_proxies": ["127.0.0.1"], "allowed_hosts": ["testserver", "public.example"]}
    headers = {"x-forwarded-host": "public.example"}
    told = serve(telling_app(), config=config).get("/", headers=headers).json()
    assert (told["host"], told["seen"]) == ("testserver", [])
    switched = serve(telling_app(), config={**config, "trust_forwarded_host": True})
    assert switched.get("/", headers=headers).json()["host"] == "public.example"
    assert refusal(switched.get("/", headers={"x-forwarded-host": "evil.example"})) == (421, "host.unknown")
    assert refusal(switched.get("/", headers={"x-forwarded-host": "a@b"})) == (400, "host.malformed")


def test_one_family_of_fields_is_read_and_the_other_stays_the_client_s_own(serve: "Serve") -> None:
    headers = {"x-forwarded-for": "192.0.2.1", "forwarded": "for=198.51.100.9;proto=https"}
    x_family = serve(telling_app(), config={"trusted_proxies": ["127.0.0.1"]}).get("/", headers=headers).json()
    assert (x_family["client"], x_family["scheme"], x_family["seen"]) == ("192.0.2.1", "http", ["x-forwarded-for"])
    config = {"trusted_proxies": ["127.0.0.1"], "forwarded_headers": "forwarded"}
    standard = serve(telling_app(), config=config).get("/", headers=headers).json()
    assert (standard["client"], standard["scheme"], standard["seen"]) == ("198.51.100.9", "https", ["forwarded"])


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        ("for=198.51.100.9, for=192.0.2.1", "192.0.2.1"),
        ("for=192.0.2.1, for=_hidden", "127.0.0.1"),
        ('for=192.0.2.1, for="', "127.0.0.1"),
        ('for="192.0.2.1, for=10.1.2.3', "10.1.2.3"),
        ("for=192.0.2.1;;;", "127.0.0.1"),
        (", " * 2000, "127.0.0.1"),
        ('for="\\' * 1000, "127.0.0.1"),
    ],
)
def test_the_standard_field_is_held_to_its_grammar(serve: "Serve", forwarded: str, client: str) -> None:
    config = {"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"], "forwarded_headers": "forwarded"}
    assert serve(telling_app(), config=config).get("/", headers={"forwarded": forwarded}).json()["client"] == client


def test_a_name_with_an_underscore_apes_no_proxy(serve: "Serve") -> None:
    aped = {"x_forwarded_for": "192.0.2.1", "x_forwarded_proto": "https", "x_real_ip": "1", "remote_user": "root"}
    for config in ({}, {"trusted_proxies": ["127.0.0.1"]}):
        told = serve(telling_app(), config=config).get("/", headers=aped).json()
        assert (told["client"], told["scheme"], told["seen"]) == ("127.0.0.1", "http", [])
        assert told["raw"] == sorted(aped)


def test_a_forged_address_buys_no_new_rate(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    @rate_limit("2/h")
    def limited() -> str:
        return "yes"

    client = serve(app)
    forged = [client.get("/", headers={"x-forwarded-for": f"192.0.2.{n}"}).status for n in range(4)]
    assert forged == [200, 200, 429, 429]


@pytest.mark.parametrize("entry", ["nonsense", "10.0.0.0/33", "*", "localhost", ""])
def test_what_is_no_network_stops_the_start(entry: str) -> None:
    with pytest.raises(ConfigError, match="TRUSTED_PROXIES has"):
        five_lines().freeze("production", config={"allowed_hosts": ["a.example"], "trusted_proxies": [entry]})
