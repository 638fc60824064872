from __future__ import annotations

from typing import Any, cast

import pytest

from demijohn.context import enter_scope
from demijohn.contracts import UrlBuilder
from demijohn.datastructures import FormData
from demijohn.errors import UnsafeRedirect
from demijohn.http.host import Host
from demijohn.http.request import Request
from demijohn.http.uploads import Files
from demijohn.routing.pattern import parse_pattern
from demijohn.routing.redirects import OwnOrigins, redirect, redirect_external, safe_next
from demijohn.routing.reverse import BuildError
from demijohn.routing.urls import UrlTable


def request_with(method: str = "GET", query_string: str = "", *, any_host: bool = False, **form: str) -> Request:
    request = Request(method, "/", query_string, [], {}, "http", "unix", "1.1", cast(Any, None), None)
    request.host = Host("shop.example")
    table = UrlTable({"show": [parse_pattern("/notes/<int:id>")]}, {}, site_url=None)
    own = OwnOrigins(frozenset({"https://example.com"}), any_host=any_host)
    request.services = {UrlBuilder: table, OwnOrigins: own}
    request.keep_form(FormData(list(form.items())), Files())
    return request


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/x", "/x"),
        ("/x?a=ü", "/x?a=%C3%BC"),
        ("http://shop.example/x", "http://shop.example/x"),
        ("https://example.com/x", "https://example.com/x"),
    ],
)
def test_paths_and_own_addresses_are_followed(target: str, location: str) -> None:
    with enter_scope(request_with()):
        assert redirect(target).headers["location"] == location


def test_a_name_is_a_route_and_takes_values() -> None:
    with enter_scope(request_with()):
        assert redirect("show", id=1, page=2).headers["location"] == "/notes/1?page=2"
        with pytest.raises(BuildError):
            redirect("shwo", id=1)


def test_an_address_takes_no_values() -> None:
    with enter_scope(request_with()), pytest.raises(TypeError, match="takes no values"):
        redirect("/x", page=2)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "https://shop.example/x"])
def test_other_origins_are_refused(target: str) -> None:
    with enter_scope(request_with()), pytest.raises(UnsafeRedirect):
        redirect(target)


def test_where_every_host_is_let_in_the_host_of_a_request_is_not_ours() -> None:
    with enter_scope(request_with(any_host=True)):
        assert redirect("https://example.com/x").status == 302
        with pytest.raises(UnsafeRedirect):
            redirect("http://shop.example/x")


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 302), ("HEAD", 302), ("POST", 303), ("DELETE", 303), ("QUERY", 303)]
)
def test_the_status_follows_the_method(method: str, status: int) -> None:
    with enter_scope(request_with(method)):
        assert redirect("/").status == redirect_external("https://other.example").status == status
        assert redirect("/", status=307).status == 307


@pytest.mark.parametrize("status", [200, 300, 304, 306, 404])
def test_a_status_of_no_redirect_is_refused(status: int) -> None:
    with enter_scope(request_with()), pytest.raises(ValueError, match=f"not {status}"):
        redirect("/", status=status)


def test_the_wish_of_a_visitor_is_looked_up_in_the_form_and_then_in_the_query() -> None:
    with enter_scope(request_with("POST", "next=/query", next="/form")):
        assert safe_next() == "/form"
    with enter_scope(request_with("POST", "next=/query")):
        assert safe_next() == "/query"
    with enter_scope(request_with("GET", "next=/query", next="/form")):
        assert safe_next() == "/query"
    with enter_scope(request_with("GET", "to=/there")):
        assert (safe_next(name="to"), safe_next("/home")) == ("/there", "/home")


@pytest.mark.parametrize("wish", ["https://evil.example", "//evil", "javascript:x", "%0d%0a", ""])
def test_a_bad_wish_gives_the_default(wish: str) -> None:
    with enter_scope(request_with("GET", f"next={wish}")):
        assert safe_next("/home") == "/home"
