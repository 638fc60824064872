from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.testing.cookies import CookieJar, parse_set_cookie


def jar_with(*fields: str, host: str = "example.com", path: str = "/", secure: bool = True) -> CookieJar:
    jar = CookieJar(host)
    jar.receive(fields, host=host, path=path, secure=secure)
    return jar


def sent(jar: CookieJar, host: str = "example.com", path: str = "/", secure: bool = True) -> str:
    return jar.header_for(host=host, path=path, secure=secure)


def test_a_cookie_without_domain_goes_to_its_host_only() -> None:
    jar = jar_with("a=1")
    assert sent(jar) == "a=1"
    assert sent(jar, host="www.example.com") == ""


def test_a_cookie_with_domain_goes_to_subdomains() -> None:
    jar = jar_with("a=1; Domain=.Example.com", host="www.example.com")
    assert [sent(jar, host=h) for h in ("example.com", "x.example.com", "badexample.com")] == ["a=1", "a=1", ""]


def test_the_path_bounds_where_a_cookie_goes() -> None:
    jar = jar_with("a=1; Path=/docs", "b=2", path="/blog/post")
    assert [sent(jar, path=p) for p in ("/docs", "/docs/x", "/docsx")] == ["a=1", "a=1", ""]
    assert [sent(jar, path=p) for p in ("/blog/other", "/blog", "/")] == ["b=2", "b=2", ""]


def test_longer_paths_come_first_then_older_cookies() -> None:
    jar = jar_with("a=1; Path=/", "b=2; Path=/", "c=3; Path=/x", "a=4; Path=/")
    assert sent(jar, path="/x/y") == "c=3; a=4; b=2"


def test_a_secure_cookie_goes_over_https_only() -> None:
    jar = jar_with("a=1; Secure")
    assert (sent(jar), sent(jar, secure=False)) == ("a=1", "")


def test_max_age_goes_before_expires_and_zero_deletes() -> None:
    past, future = "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    assert "a" in jar_with(f"a=1; Max-Age=60; Expires={past}")
    assert "a" not in jar_with(f"a=1; Expires={past}")
    jar = jar_with(f"a=1; Expires={future}")
    assert "a" in jar
    jar.receive([f"a=; Max-Age=0; Expires={future}"], host="example.com", path="/", secure=True)
    assert len(jar) == 0


def test_a_cookie_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    jar = jar_with("a=1; Max-Age=60")
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert (sent(jar), jar.get("a")) == ("", None)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("=1", "it has no name"),
        ("1", "it has no name"),
        ("a=" + "x" * 4096, "over 4,096 bytes"),
        ("a=1; Domain=other.com", "its domain other.com is not one of the host example.com"),
        ("a=1; SameSite=None", "SameSite=None needs Secure"),
        ("__Secure-a=1", "a __Secure- name needs Secure"),
        ("__Host-a=1; Secure", "a __Host- name needs Secure, Path=/ and no Domain"),
        ("__Host-a=1; Secure; Path=/; Domain=example.com", "a __Host- name needs"),
        ("__host-a=1; Path=/", "a __Host- name needs"),
    ],
)
def test_what_a_browser_drops_is_refused_with_the_reason(field: str, reason: str) -> None:
    jar = CookieJar("example.com")
    (cookie,) = jar.receive([field], host="example.com", path="/blog/", secure=True).values()
    assert reason in cookie.refused
    assert len(jar) == 0


def test_a_secure_cookie_is_refused_over_http() -> None:
    cookie = parse_set_cookie("a=1; Secure", host="example.com", path="/", secure=False)
    assert cookie.refused == "Secure cookies are kept over https only"


def test_a_good_host_cookie_is_kept_with_its_attributes() -> None:
    jar = CookieJar("example.com")
    field = "__Host-s=a=b; Path=/; Secure; HttpOnly; SameSite=lax; Max-Age=60"
    cookie = jar.receive([field], host="example.com", path="/x", secure=True)["__Host-s"]
    assert (cookie.value, cookie.httponly, cookie.samesite, cookie.max_age) == ("a=b", True, "Lax", 60)
    assert jar["__Host-s"] == "a=b"


def test_a_missing_cookie_names_those_that_are_kept() -> None:
    with pytest.raises(KeyError, match=r"No cookie 'b' is kept\. Kept are: 'a'\."):
        jar_with("a=1")["b"]


def test_cookies_can_be_set_and_deleted_by_hand() -> None:
    jar = jar_with("a=1")
    jar.set("b", "2", path="/x")
    jar.set("c", "3", domain="example.com")
    jar.delete("a")
    assert sent(jar, path="/x") == "b=2; c=3"
    assert sent(jar, host="www.example.com", path="/x") == "c=3"
    assert repr(jar) == "<CookieJar b for example.com/x, c for example.com/>"


@given(st.text(alphabet=st.sampled_from("ab=;, /\t\"'-.0919_:MaxAgeDominPthExpirsCk"), max_size=80))
def test_no_field_breaks_the_jar(field: str) -> None:
    jar = jar_with(field)
    assert len(sent(jar)) <= len(field) + 2
