"""Check redirects.py: no target leads to another host in the eyes of a browser."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.errors import UnsafeRedirect
from demijohn.security.redirects import external_target, redirect_target, safe_next

OWN = frozenset({"https://example.com", "http://localhost:8000"})


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/", "/"),
        ("/notes/1?page=2&q=a%20b#top", "/notes/1?page=2&q=a%20b#top"),
        ("/café/ü?q=ß", "/caf%C3%A9/%C3%BC?q=%C3%9F"),
        ("/a b", "/a%20b"),
        ('/"<x>', "/%22%3Cx%3E"),
        ("/a//b", "/a//b"),
        ("/@evil.example", "/@evil.example"),
        ("/\u2028//evil", "/%E2%80%A8//evil"),
        ("/：//evil", "/%EF%BC%9A//evil"),
        ("https://example.com", "https://example.com"),
        ("HTTPS://EXAMPLE.com:443/a?b#c", "https://example.com/a?b#c"),
        ("https://example.com.", "https://example.com"),
        ("http://localhost:8000/ü", "http://localhost:8000/%C3%BC"),
    ],
)
def test_our_own_addresses_pass_in_ascii(target: str, location: str) -> None:
    assert redirect_target(target, OWN) == location
    assert safe_next(target, OWN, "/home") == location


@pytest.mark.parametrize(
    "target",
    [
        "", " ", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example",
        "\\\\evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example", " /a", "/a\n",
        "/a\r\nSet-Cookie: x", "/a\x00", "/\x0b/evil", "/\x7f", "/\x85", "\u00a0/a", "\u3000/a",
        "http:evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example", "http:example.com",
        "https://evil.example", "https://example.com.evil.example", "https://example.com@evil.example",
        "https://evil.example\\@example.com", "https://example.com\\.evil.example",
        "https://example.com%2eevil.example",
        "https://user@example.com", "https://example.com:8443", "https://example.com:",
        "https://example.com:x",
        "http://example.com", "ftp://example.com", "javascript:alert(1)", "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x", "java\nscript:alert(1)", "vbscript:x", "mailto:a@b", "evil.example", "notes/1", "?a=1",
        "#a", "../a", "https://exämple.com", "https://example。com",
        "/\ud800", "/" + "a" * 2048,
    ],
)  # fmt: skip
def test_everything_else_is_refused(target: str) -> None:
    with pytest.raises(UnsafeRedirect) as caught:
        redirect_target(target, OWN)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isascii()
    assert safe_next(target, OWN, "/home") == "/home"


def test_a_missing_next_is_the_default() -> None:
    assert safe_next(None, OWN, "/home") == "/home"


_PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ["/", "//", "\\", ":", "@", "?", "#", ".", "http", "https", "evil.example", "example.com", "%2f"]
        ),
        st.text(max_size=3),
    ),
    max_size=8,
).map("".join)


@settings(max_examples=100)
@given(_PIECES)
def test_whatever_passes_stays_here(target: str) -> None:
    try:
        location = redirect_target(target, OWN)
    except UnsafeRedirect:
        return
    assert re.fullmatch(r"[!-~]+", location)
    # As a browser reads it: backslashes are slashes, tabs and line breaks are nothing (none of them is left).
    parts = urlsplit(location.replace("\\", "/"))
    assert (parts.scheme, parts.netloc) in {("", ""), ("https", "example.com"), ("http", "localhost:8000")}
    assert not location.startswith("//")
    assert redirect_target(location, OWN) == location


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://other.example/a b?c#d", "https://other.example/a%20b?c#d"),
        ("HTTP://Other.example:80", "http://other.example"),
        ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443/"),
    ],
)
def test_an_external_address_may_be_any_over_http(url: str, location: str) -> None:
    assert external_target(url) == location


@pytest.mark.parametrize(
    "url",
    ["", "/a", "//other.example", "javascript:alert(1)", "ftp://a", "https://a@b", "https:b", "https://ä",
     "https://a\\b", "https://a\r\nX: y", "data:,x", " https://a"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(UnsafeRedirect):
        external_target(url)
