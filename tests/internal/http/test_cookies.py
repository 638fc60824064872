"""Test demijohn.http.cookies."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.errors import InvalidHeader
from demijohn.http.cookies import InvalidCookie, format_cookie, parse_cookie_pairs, parse_cookies

octets = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '",;\\')
names = st.text(st.sampled_from(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~"), min_size=1, max_size=50)


# Reading


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        ("", []),
        ("a=1; b=2", [("a", "1"), ("b", "2")]),
        ("a=1;b=2;", [("a", "1"), ("b", "2")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=", [("a", "")]),
        ('a="x y"', [("a", "x y")]),
        ('a="', [("a", '"')]),
        ('a=""', [("a", "")]),
        (r'a="\141"', [("a", r"\141")]),  # nothing inside quotes is decoded (CVE-2024-7592 was about that)
        ("a=é ü", [("a", "é ü")]),
        ("a=%20", [("a", "%20")]),
        ("a,b=1", [("a,b", "1")]),
        ("\t a \t=\t 1 ", [("a", "1")]),
        ("Path=/; $Version=1; a=1", [("Path", "/"), ("$Version", "1"), ("a", "1")]),
    ],
)
def test_cookies_are_read_as_browsers_send_them(header: str, pairs: list[tuple[str, str]]) -> None:
    assert parse_cookie_pairs([header]) == pairs


@pytest.mark.parametrize("header", ["novalue", "=value", " = ", "==__Host-session=evil", ";;;", "=; =", "=__Host-a=1"])
def test_cookies_without_a_name_are_dropped(header: str) -> None:
    assert parse_cookies([header]) == {}


@pytest.mark.parametrize("space", ["\x85", "\xa0", "\u2000", "\u3000", "\x0b", "\x0c", "\x1c"])
def test_what_only_unicode_calls_a_space_cannot_fake_a_host_cookie(space: str) -> None:
    assert "__Host-session" not in parse_cookies([f"{space}__Host-session=evil"])


def test_the_first_cookie_of_a_name_wins_over_all_header_fields() -> None:
    headers = ["a=1; b=2", "a=3; c=4"]
    assert parse_cookies(headers) == {"a": "1", "b": "2", "c": "4"}
    assert parse_cookie_pairs(headers) == [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")]


@given(st.lists(st.text()))
def test_any_cookie_header_is_read(headers: list[str]) -> None:
    cookies = parse_cookies(headers)
    assert all(cookies)
    assert list(cookies) == list(dict.fromkeys(name for name, _ in parse_cookie_pairs(headers)))


# Writing


def test_a_cookie_is_closed_by_default() -> None:
    assert format_cookie("a", "1", secure=True) == "a=1; Path=/; Secure; HttpOnly; SameSite=Lax"
    assert format_cookie("a", "1", secure=False) == "a=1; Path=/; HttpOnly; SameSite=Lax"


def test_every_attribute_is_written() -> None:
    cookie = format_cookie(
        "a",
        "1",
        max_age=60,
        expires=784111777.9,
        path="/x",
        domain=".example.com",
        secure=True,
        httponly=False,
        samesite="None",
        partitioned=True,
    )
    assert cookie == (
        "a=1; Max-Age=60; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Domain=example.com; Path=/x; Secure; SameSite=None; "
        "Partitioned"
    )


def test_max_age_zero_deletes() -> None:
    assert "Max-Age=0" in format_cookie("a", "", max_age=0, secure=True)


def test_expires_takes_a_datetime_with_a_zone_only() -> None:
    cookie = format_cookie("a", "1", expires=datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC), secure=True)
    assert "Expires=Sun, 06 Nov 1994 08:49:37 GMT" in cookie
    with pytest.raises(InvalidCookie, match="no time zone"):
        format_cookie("a", "1", expires=datetime(1994, 11, 6), secure=True)


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a;b", "a\r\n", "é", 'a"', "a,b", "\0"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidCookie, match="cannot name a cookie"):
        format_cookie(name, "1", secure=True)


@pytest.mark.parametrize("value", ["a b", "a;b", "a,b", 'a"b', "a\\b", "a\r\nX: y", "é", "\0", "\x7f", "a\n"])
def test_a_bad_value_is_refused_with_the_remedy_and_not_shown(value: str) -> None:
    with pytest.raises(InvalidHeader, match=r"urllib\.parse\.quote") as caught:
        format_cookie("a", f"hunter2{value}", secure=True)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "attributes",
    [
        {"path": "x"},
        {"path": "/;Domain=evil"},
        {"path": "/\r\n"},
        {"path": "/é"},
        {"domain": "a;b"},
        {"domain": ""},
        {"domain": "https://a"},
        {"domain": "a.example\r\n"},
        {"samesite": "lax; Secure"},
        {"samesite": "None", "secure": False},
        {"partitioned": True, "secure": False},
    ],
)
def test_attributes_that_browsers_refuse_are_refused(attributes: dict[str, Any]) -> None:
    with pytest.raises(InvalidCookie):
        format_cookie("a", "1", **{"secure": True, **attributes})


@pytest.mark.parametrize("name", ["__Host-a", "__HOST-a", "__host-a"])
def test_a_host_cookie_must_be_secure_on_the_root_path_and_without_domain(name: str) -> None:
    assert format_cookie(name, "1", secure=True).startswith(f"{name}=1; Path=/; Secure")
    with pytest.raises(InvalidCookie, match="secure=True"):
        format_cookie(name, "1", secure=False)
    with pytest.raises(InvalidCookie, match="no domain"):
        format_cookie(name, "1", secure=True, domain="a.example")
    with pytest.raises(InvalidCookie, match="path '/'"):
        format_cookie(name, "1", secure=True, path="/x")


def test_a_secure_cookie_must_be_secure() -> None:
    assert format_cookie("__Secure-a", "1", secure=True, domain="a.example", path="/x")
    with pytest.raises(InvalidCookie, match="secure=True"):
        format_cookie("__Secure-a", "1", secure=False)


def test_a_cookie_of_4096_bytes_is_the_largest() -> None:
    rest = len(format_cookie("a", "", secure=True))
    assert len(format_cookie("a", "x" * (4096 - rest), secure=True)) == 4096
    with pytest.raises(InvalidCookie, match="4,097 bytes"):
        format_cookie("a", "x" * (4097 - rest), secure=True)


@given(names, st.text(st.sampled_from(octets), max_size=200))
def test_what_is_written_is_read_back(name: str, value: str) -> None:
    cookie = format_cookie(f"c{name}", value, secure=True)
    assert parse_cookie_pairs([cookie])[0] == (f"c{name}", value)


@given(st.text(), st.text(), st.text(), st.text())
def test_any_text_is_refused_or_stays_inside_its_line_and_attribute(
    name: str, value: str, path: str, domain: str
) -> None:
    try:
        cookie = format_cookie(name, value, path=path, domain=domain, secure=True)
    except InvalidCookie:
        return
    assert cookie.isascii()
    assert cookie.isprintable()
    assert cookie.count(";") == 5
