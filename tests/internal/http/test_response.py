from __future__ import annotations

import contextvars
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demijohn.errors import InvalidHeader
from demijohn.http.response import HTML, FileResponse, JSONResponse, Response, Stream


def test_an_untouched_answer_makes_no_headers() -> None:
    response = Response("x")
    assert response.is_plain
    assert response.own_headers is None
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.own_headers is None


def test_touching_the_headers_takes_the_content_type_along() -> None:
    response = Response("x", content_type=HTML)
    response.headers["x-a"] = "b"
    assert not response.is_plain
    assert response.headers.multi_items() == [("content-type", HTML), ("x-a", "b")]
    response.content_type = "text/css"
    assert response.headers.getlist("content-type") == ["text/css"]
    assert response.content_type == "text/css"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("", "text/plain; charset=utf-8"), (b"", ""), (b"x", "application/octet-stream")],
)
def test_the_content_type_follows_the_body(body: str | bytes, content_type: str) -> None:
    assert Response(body).content_type == content_type


def test_headers_may_be_given_as_a_mapping_or_as_pairs() -> None:
    assert Response("", 200, {"X-A": "b"}).headers["x-a"] == "b"
    response = Response("", 200, [("link", "a"), ("link", "b"), ("content-type", "text/css")])
    assert response.headers.getlist("link") == ["a", "b"]
    assert response.headers.getlist("content-type") == ["text/css"]


@pytest.mark.parametrize("status", [99, 100, 199, 600, 1000])
def test_a_status_that_no_server_sends_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"not {status}"):
        Response("", status)


def test_a_header_that_breaks_out_of_its_line_is_refused() -> None:
    for value in ("a\r\nb: c", "a\nb", "a\0b", "naïve"):
        with pytest.raises(InvalidHeader):
            Response("", 200, {"x-a": value})


def test_a_cookie_is_checked_where_it_is_set() -> None:
    response = Response()
    with pytest.raises(InvalidHeader):
        response.set_cookie("a", "b; c")
    with pytest.raises(InvalidHeader):
        response.set_cookie("__Host-a", "b", domain="example.com")
    assert response.is_plain


def test_a_cookie_that_is_set_again_replaces_the_first() -> None:
    response = Response()
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    response.set_cookie("a", "3")
    assert [(cookie.name, cookie.value) for cookie in response.pending_cookies] == [("b", "2"), ("a", "3")]
    assert not response.is_plain


@pytest.mark.parametrize(
    ("options", "over_http", "over_tls"),
    [({}, False, True), ({"secure": True}, True, True), ({"secure": False}, False, False)],
)
def test_a_cookie_is_secure_as_the_request_unless_it_says(
    options: dict[str, bool], over_http: bool, over_tls: bool
) -> None:
    response = Response()
    response.set_cookie("a", "1", secure=options.get("secure"))
    [cookie] = response.pending_cookies
    assert ("Secure" in cookie.format(request_is_secure=False)) is over_http
    assert ("Secure" in cookie.format(request_is_secure=True)) is over_tls


def test_a_cookie_has_every_attribute() -> None:
    response = Response()
    expires = datetime(2026, 11, 22, tzinfo=UTC)
    response.set_cookie("a", "1", expires=expires, path="/x", domain="example.com", httponly=False, samesite="Strict")
    written = response.pending_cookies[0].format(request_is_secure=True)
    parts = {part.strip().lower() for part in written.split(";")}
    assert {"a=1", "path=/x", "domain=example.com", "samesite=strict", "secure"} <= parts
    assert "httponly" not in parts


def test_deleting_a_cookie_sends_it_with_no_life_left() -> None:
    response = Response()
    response.delete_cookie("__Host-a")
    written = response.pending_cookies[0].format(request_is_secure=False)
    assert "max-age=0" in written.lower()
    assert "secure" in written.lower()


def test_json_is_written_with_its_type() -> None:
    response = JSONResponse({"a": [1]}, 201, {"x-a": "b"})
    assert (response.status, response.body, response.content_type) == (201, b'{"a":[1]}', "application/json")


def test_a_stream_remembers_the_context_that_made_it() -> None:
    colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")
    token = colour.set("red")
    stream = Stream(iter(["x"]), filename="a.csv")
    colour.reset(token)
    assert stream.context.run(colour.get) == "red"
    assert stream.headers["content-disposition"] == 'attachment; filename="a.csv"'


def test_a_part_of_a_file_names_its_length() -> None:
    response = FileResponse(Path("a.txt"), start=2, length=3, status=206)
    assert (response.start, response.length, response.headers["content-length"]) == (2, 3, "3")


def test_an_answer_shows_what_it_is() -> None:
    assert repr(Response("secret", 404)) == "<Response 404 text/plain; charset=utf-8>"
    assert Response("naïve").text == "naïve"


@pytest.mark.parametrize("status", [0, 99, 101, 199, 600, 9999])
def test_a_status_that_would_end_the_server_cannot_be_assigned_either(status: int) -> None:
    response = Response("x")
    with pytest.raises(ValueError, match="from 200 to 599"):
        response.status = status
    assert response.status == 200


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_that_is_set_late_takes_the_body_away(status: int) -> None:
    for response in (Response("body"), JSONResponse({"a": 1})):
        response.status = status
        assert response.body == b""


def test_a_detached_response_shares_no_header_fields_and_cookies() -> None:
    response = Response("a", headers={"x-a": "1"})
    copied = response.detached()
    copied.headers["x-b"] = "2"
    copied.set_cookie("a", "1")
    assert (copied.body, copied.headers["x-a"]) == (b"a", "1")
    assert "x-b" not in response.headers
    assert response.pending_cookies == ()
