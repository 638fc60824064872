"""Check origins.py: one spelling for an origin, and nothing for what is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.errors import ConfigError
from demijohn.http.host import Host
from demijohn.security.origins import canonical_origin, declared_origins, split_origin, split_url


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("HTTPS://Example.COM:443", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://example.com:443", "http://example.com:443"),
        ("https://example.com.:8443", "https://example.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("capacitor://localhost", "capacitor://localhost"),
    ],
)
def test_an_origin_has_one_spelling(text: str, origin: str) -> None:
    assert canonical_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "example.com", "//example.com", "https:", "https://", "https:///a", "https:example.com",
        "https://a/", "https://a/b", "https://a?b", "https://a#b", "https://a\\b", "https://u@a", "https://u:p@a",
        "https://a:0", "https://a:x", "https://a b", " https://a", "https://a ", "https://a\n", "https://a, https://b",
        "https://ä", "1http://a", "javascript:alert(1)", "https://a,b", "https://*",
    ],
)  # fmt: skip
def test_whatever_is_no_origin_is_none(text: str) -> None:
    assert canonical_origin(text) is None


def test_an_address_is_split_at_its_host() -> None:
    assert split_url("HTTP://A:81/b?c#d") == ("http", Host("a", 81), "/b?c#d")
    assert split_url("http://a?b@c") == ("http", Host("a"), "?b@c")
    assert split_url("http://a\\@b") == ("http", Host("a"), "\\@b")
    assert split_url("http://a@b/") is None
    assert split_origin("http://a/") is None


def test_declared_origins_are_checked_all_together() -> None:
    assert declared_origins(["https://A", "https://a:443"], "S") == {"https://a"}
    with pytest.raises(ConfigError) as caught:
        declared_origins(["null", "https://*.a", "https://ok", "https://a/path", "a.example"], "TRUSTED_ORIGINS")
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "TRUSTED_ORIGINS" in text
    for remedy in ("sandboxed", "pattern", "'https://a'", "scheme and host"):
        assert remedy in text


@settings(max_examples=100)
@given(st.one_of(st.text(max_size=40), st.from_regex(r"[a-z]{1,5}://[a-zA-Z0-9.:@/\\\[\]-]{0,30}", fullmatch=True)))
def test_an_origin_is_its_own_spelling(text: str) -> None:
    origin = canonical_origin(text)
    if origin is not None:
        assert canonical_origin(origin) == origin
        assert origin.isascii()
        assert not set(origin.partition("://")[2]) & set("@/\\?#%, \t\r\n")
