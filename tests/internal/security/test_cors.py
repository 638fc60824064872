"""Check cors.py: who may read, and that a refusal gives no header at all."""

import pytest

from demijohn.errors import ConfigError
from demijohn.security.cors import Cors

APP = "https://app.example.com"
CLOSED = [("vary", "origin")]


@pytest.mark.parametrize(
    "origin",
    [
        None, "null", "", "https://evil.example", "http://app.example.com", "https://app.example.com:8443",
        "https://app.example.com.evil.example", "https://appxexample.com", "https://a.app.example.com",
        "https://app.example.com/", "HTTPS://APP.EXAMPLE.COM",
    ],
)  # fmt: skip
def test_others_are_given_no_permission(origin: str | None) -> None:
    cors = Cors([APP], credentials=True, expose=["x-total"])
    assert cors.response_headers(origin) == CLOSED
    if origin is not None:
        assert [name for name, _ in cors.preflight_headers(origin, "GET", None)] == ["vary"]


def test_a_named_origin_may_read() -> None:
    assert dict(Cors([APP]).response_headers(APP)) == {"vary": "origin", "access-control-allow-origin": APP}
    fields = dict(Cors([APP], credentials=True, expose=["x-total", "etag"]).response_headers(APP))
    assert fields == {
        "vary": "origin",
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-total, etag",
    }


def test_any_origin_may_read_what_is_public() -> None:
    cors = Cors("*")
    assert dict(cors.response_headers("https://any.example")) == {"vary": "origin", "access-control-allow-origin": "*"}
    assert cors.response_headers("null") == CLOSED
    assert cors.trusted_origins == frozenset()


@pytest.mark.parametrize(
    ("method", "headers", "allowed"),
    [
        ("GET", None, True),
        ("DELETE", "", True),
        ("PUT", "Authorization, content-type", True),
        ("POST", "range,accept-language", True),
        ("POST", "x-custom", False),
        ("POST", "content-type, x-custom", False),
        ("TRACE", None, False),
        ("get", None, False),
        ("PROPFIND", None, False),
    ],
)
def test_a_preflight_gets_all_that_it_asked_for_or_nothing(method: str, headers: str | None, allowed: bool) -> None:
    fields = dict(Cors([APP]).preflight_headers(APP, method, headers))
    assert fields["vary"] == "origin, access-control-request-method, access-control-request-headers"
    assert ("access-control-allow-origin" in fields) is allowed
    assert len(fields) == (5 if allowed else 1)
    assert "access-control-allow-private-network" not in fields


def test_a_preflight_names_what_was_declared() -> None:
    cors = Cors([APP], credentials=True, methods=["GET"], headers=["X-Custom"], max_age=0)
    fields = dict(cors.preflight_headers(APP, "GET", "x-custom"))
    assert fields["access-control-allow-methods"] == "GET"
    assert "x-custom" in fields["access-control-allow-headers"].split(", ")
    assert fields["access-control-max-age"] == "0"
    assert fields["access-control-allow-credentials"] == "true"
    assert len(cors.preflight_headers(APP, "GET", "authorization")) == 1


@pytest.mark.parametrize(
    ("origins", "credentials", "max_age", "words"),
    [
        (["*"], True, 600, "credentials"),
        ([APP, "*"], True, 600, "credentials"),
        (["null"], False, 600, "sandboxed"),
        (["https://*.example.com"], False, 600, "pattern"),
        (["app.example.com"], False, 600, "scheme"),
        ([], False, 600, "no origin"),
        ([APP], False, 7201, "max_age"),
        ([APP], False, -1, "max_age"),
    ],
)
def test_a_wrong_declaration_stops_the_start(origins: list[str], credentials: bool, max_age: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Cors(origins, credentials=credentials, max_age=max_age)


def test_what_was_opened_is_listed() -> None:
    (out,) = Cors([APP], credentials=True).opt_outs()
    assert (out.code, out.detail) == ("cors", f"{APP} may read answers with cookies")
    assert out.origin is not None
    assert out.origin.file == __file__
    assert Cors(["*"]).opt_outs()[0].detail == "any origin may read answers without cookies"


def test_named_origins_count_as_trusted_for_csrf() -> None:
    assert Cors([APP, "https://B.example:443"]).trusted_origins == {APP, "https://b.example"}
