from __future__ import annotations

from contextvars import Context
from typing import Any

import pytest

from demijohn.context import NoContextError, enter_scope
from demijohn.contracts import UrlBuilder
from demijohn.routing.pattern import parse_pattern
from demijohn.routing.reverse import BuildError
from demijohn.routing.urls import UrlTable, url_for


def show() -> str:
    return ""


class Scope:
    """Be a request as far as url_for looks at it."""

    def __init__(self, table: UrlTable, route_name: str = "") -> None:
        self.services: dict[type, object] = {UrlBuilder: table}
        self.route_name = route_name


@pytest.fixture
def table() -> UrlTable:
    paths = {
        "home": ["/"],
        "notes": ["/notes", "/notes/<int:page>", "/notes/<int:page>/<word>"],
        "blog.show": ["/blog/<slug:slug>"],
        "blog.inner.show": ["/blog/inner/<int:id>"],
    }
    patterns = {name: [parse_pattern(path) for path in several] for name, several in paths.items()}
    return UrlTable(patterns, {show: "blog.show"}, site_url="https://example.com/")


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({}, "/notes"),
        ({"page": 2}, "/notes/2"),
        ({"page": 2, "word": "x"}, "/notes/2/x"),
        ({"word": "x"}, "/notes?word=x"),
        ({"page": 2, "q": None}, "/notes/2"),
    ],
)
def test_the_pattern_that_takes_most_of_the_values_serves(table: UrlTable, values: dict[str, Any], path: str) -> None:
    assert table.url_for("notes", values) == path


@pytest.mark.parametrize(
    ("here", "name", "values", "path"),
    [
        ("blog.index", ".show", {"slug": "x"}, "/blog/x"),
        ("blog.inner.index", ".show", {"id": 1}, "/blog/inner/1"),
        ("home", ".home", {}, "/"),
        ("", ".home", {}, "/"),
        ("blog.inner.index", "home", {}, "/"),
    ],
)
def test_a_leading_dot_means_the_module_of_the_current_route(
    table: UrlTable, here: str, name: str, values: dict[str, Any], path: str
) -> None:
    with enter_scope(Scope(table, here)):
        assert url_for(name, **values) == path


def test_a_handler_stands_for_its_name(table: UrlTable) -> None:
    with enter_scope(Scope(table)):
        assert url_for(show, slug="x") == "/blog/x"
        assert url_for(show, slug="x", absolute=True) == "https://example.com/blog/x"
        with pytest.raises(BuildError, match="handles no route"):
            url_for(test_a_handler_stands_for_its_name)


def test_a_missing_route_suggests_the_nearest(table: UrlTable) -> None:
    with pytest.raises(BuildError, match=r"named 'blog\.shwo'\. Did you mean 'blog\.show'"):
        table.url_for("blog.shwo", {})
    with pytest.raises(BuildError, match="demijohn routes"):
        table.url_for("zzz", {})


def test_a_missing_value_is_named(table: UrlTable) -> None:
    with pytest.raises(BuildError, match="slug"):
        table.url_for("blog.show", {})


def test_what_cannot_be_hashed_handles_no_route(table: UrlTable) -> None:
    with pytest.raises(BuildError):
        table.name_of([])


def test_an_absolute_address_needs_the_setting() -> None:
    table = UrlTable({"home": [parse_pattern("/")]}, {}, site_url=None)
    with pytest.raises(BuildError, match="SITE_URL"):
        table.url_for("home", {}, absolute=True)


def test_without_a_scope_there_is_no_app() -> None:
    with pytest.raises(NoContextError, match="UrlBuilder"):
        Context().run(url_for, "home")
