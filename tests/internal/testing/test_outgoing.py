from __future__ import annotations

from typing import Any

import pytest

from demijohn.http.form_limits import FormLimits
from demijohn.http.multipart import parse_form
from demijohn.testing.outgoing import build_request, parse_base_url

BASE = parse_base_url("http://testserver")


def build(method: str = "GET", url: str = "/", browser: bool = False, **options: Any) -> Any:
    return build_request(method, url, BASE, options, browser=browser)  # type: ignore[arg-type]  # options as they come


def test_what_a_url_cannot_hold_is_encoded_and_what_is_encoded_stays() -> None:
    request = build(url='/a b/é/%2F\\"<%zz?q=a b&x={y}#part')
    assert request.raw_path == "/a%20b/%C3%A9/%2F\\%22%3C%zz"
    assert request.query_string == "q=a%20b&x={y}"
    assert request.path == '/a b/é//\\"<%zz'


def test_hostile_paths_are_sent_as_they_stand() -> None:
    assert [build(url=url).raw_path for url in ("//evil.example/x", "/../x", "/%00")] == [
        "//evil.example/x",
        "/../x",
        "/%00",
    ]


@pytest.mark.parametrize("url", ["", "x", "?a=1", "ftp://x/", "javascript:1"])
def test_what_is_no_path_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        build(url=url)


@pytest.mark.parametrize("url", ["testserver", "ftp://x", "http://", "http://a/b", "http://a?x=1", "http://u@a"])
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no base URL"):
        parse_base_url(url)


def test_ports_and_addresses_stand_in_the_host_as_browsers_write_them() -> None:
    hosts = ["https://A.example:443", "http://a:8000", "http://[::1]:80", "http://[::1]:8000"]
    assert [parse_base_url(url).authority for url in hosts] == ["a.example", "a:8000", "[::1]", "[::1]:8000"]


def test_a_whole_url_may_leave_out_its_path() -> None:
    request = build(url="https://other.example?x=1")
    assert (request.url, request.raw_path) == ("https://other.example/?x=1", "/")


def test_values_of_queries_and_forms_are_text_numbers_and_truths() -> None:
    assert (
        build(query={"a": 1, "b": True, "c": ["x", 2.5], "d": "é &"}).query_string
        == "a=1&b=true&c=x&c=2.5&d=%C3%A9+%26"
    )
    request = build("POST", form=[("a", 1), ("a", False)])
    assert request.body == b"a=1&a=false"
    assert ("content-length", str(len(request.body))) in request.headers


def test_files_are_sent_as_multipart() -> None:
    photos = [("one.png", b"\x89PNG\r\n--", "image/png"), ('t"w\r\no.txt', b"", "text/plain")]
    request = build("POST", form={"title": "é"}, files={"photo": photos, "other": ("x", b"y", "a/b")})
    headers = dict(request.headers)
    form, files = parse_form(headers["content-type"], request.body, FormLimits(file_parts=True))
    assert form["title"] == "é"
    assert [upload.read() for upload in files["photo"]] == [b"\x89PNG\r\n--", b""]
    assert files["photo"][0].content_type == "image/png"
    for upload in (*files["photo"], *files["other"]):
        upload.close()
    assert b'filename="t%22w%0D%0Ao.txt"' in request.body
    assert headers["content-length"] == str(len(request.body))


def test_methods_that_expect_content_say_that_there_is_none() -> None:
    assert dict(build("POST").headers)["content-length"] == "0"
    assert "content-length" not in dict(build("DELETE").headers)


def test_a_body_in_pieces_has_no_length() -> None:
    request = build("POST", body=iter([b"a", b"", b"b"]))
    assert list(request.body_chunks()) == [b"a", b"b"]
    assert "content-length" not in dict(request.headers)
    assert dict(request.headers)["transfer-encoding"] == "chunked"


def test_two_bodies_are_refused() -> None:
    with pytest.raises(ValueError, match="A request has one body: give json or form"):
        build("POST", json=1, form={"a": 1})


def test_an_option_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(TypeError, match=r"takes no data=\. It takes headers, query, json, form, files, body"):
        build("POST", data={"a": "1"})


def test_text_as_a_body_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match=r"write 'a=1'\.encode\(\)"):
        build("POST", body="a=1")


@pytest.mark.parametrize("header", [{"a": "b\r\nc: d"}, {"": "x"}, {"a": "\u20ac"}, {"a\n": "b"}, {"a": "\0"}])
def test_a_header_that_no_client_can_send_is_refused(header: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="No client can send the header"):
        build(headers=header)


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\n", "GÉT"])
def test_what_is_no_method_is_refused(method: str) -> None:
    with pytest.raises(ValueError, match="is no HTTP method"):
        build(method)


def test_a_lower_case_method_is_sent_as_it_is() -> None:
    assert build("get").method == "get"


def test_a_body_from_an_iterator_cannot_be_sent_twice() -> None:
    with pytest.raises(ValueError, match=r"/end wants the body again \(307\)"):
        build("POST", body=iter([b"a"])).redirected(307, "/end")
