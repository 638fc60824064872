"""Test demijohn.datastructures."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.datastructures import (
    Address,
    FormData,
    Headers,
    MultiDict,
    MutableHeaders,
    QueryParams,
    decode_pairs,
)
from demijohn.errors import HTTPError, InvalidHeader

clean_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def refused(query: str, max_pairs: int = 1000) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        QueryParams.parse(query, max_pairs)
    return caught.value


# MultiDict


def test_brackets_and_get_give_the_first_value_and_getlist_all() -> None:
    values = MultiDict([("a", "1"), ("b", "2"), ("a", "3")])
    assert values["a"] == "1"
    assert values.get("a") == "1"
    assert values.getlist("a") == ["1", "3"]
    assert values.multi_items() == [("a", "1"), ("b", "2"), ("a", "3")]


def test_length_and_iteration_count_names_in_order() -> None:
    values = MultiDict([("b", "1"), ("a", "2"), ("b", "3")])
    assert len(values) == 2
    assert list(values) == ["b", "a"]
    assert dict(values) == {"b": "1", "a": "2"}


def test_a_missing_name_gives_the_default_or_a_key_error() -> None:
    values = MultiDict({"a": "1"})
    assert values.get("b") is None
    assert values.get("b", "x") == "x"
    assert values.getlist("b") == []
    assert "b" not in values
    with pytest.raises(KeyError):
        values["b"]


def test_multi_items_is_a_copy() -> None:
    values = MultiDict([("a", "1")])
    values.multi_items().clear()
    assert values.getlist("a") == ["1"]


def test_equality_counts_repeated_values_but_not_the_order_of_names() -> None:
    assert MultiDict([("a", "1"), ("b", "2"), ("a", "3")]) == MultiDict([("b", "2"), ("a", "1"), ("a", "3")])
    assert MultiDict([("a", "1"), ("a", "2")]) != MultiDict([("a", "1")])
    assert MultiDict([("a", "1"), ("a", "2")]) == {"a": "1"}
    with pytest.raises(TypeError):
        hash(MultiDict())


def test_repr_hides_what_looks_like_a_secret() -> None:
    form = FormData([("email", "a@b.example"), ("new_password", "hunter2"), ("csrf_token", "xyz")])
    assert repr(form) == "FormData([('email', 'a@b.example'), ('new_password', '***'), ('csrf_token', '***')])"


def test_an_address_is_a_host_and_a_port() -> None:
    assert Address("127.0.0.1", 80) == ("127.0.0.1", 80)


# Headers


def test_any_spelling_of_a_header_name_finds_it() -> None:
    headers = Headers([("Content-Type", "text/plain"), ("X-A", "1"), ("x-a", "2")])
    assert headers["CONTENT-TYPE"] == headers.get("content-Type") == "text/plain"
    assert headers.getlist("X-a") == ["1", "2"]
    assert "X-A" in headers
    no_name: Any = 5
    assert no_name not in headers
    assert headers.get("x-b") is None
    assert list(headers) == ["content-type", "x-a"]


def test_from_raw_takes_the_list_itself_and_builds_its_lookup_only_when_asked() -> None:
    raw = [("host", "a"), ("accept", "*/*")]
    headers = Headers.from_raw(raw)
    assert headers._items is raw
    assert headers._first is None
    assert headers["Host"] == "a"
    assert headers._first is not None


@pytest.mark.parametrize(
    "name", ["authorization", "cookie", "set-cookie", "proxy-authorization", "x-csrf-token", "x-api-key"]
)
def test_repr_hides_credentials(name: str) -> None:
    assert "hunter2" not in repr(Headers([(name, "hunter2")]))
    assert "hunter2" in repr(Headers([("accept", "hunter2")]))


# MutableHeaders


def test_setting_replaces_every_field_of_that_name_and_add_keeps_them() -> None:
    headers = MutableHeaders([("Vary", "Cookie"), ("vary", "Origin"), ("x-a", "1")])
    headers.add("VARY", "Accept")
    assert headers.getlist("vary") == ["Cookie", "Origin", "Accept"]
    headers["Vary"] = "*"
    assert headers.getlist("vary") == ["*"]
    assert headers.multi_items() == [("x-a", "1"), ("vary", "*")]


def test_deleting_popping_and_defaults_ignore_case() -> None:
    headers = MutableHeaders({"X-A": "1", "X-B": "2"})
    assert headers.pop("x-a") == "1"
    assert headers.pop("x-a", None) is None
    assert headers.setdefault("x-b", "3") == "2"
    assert headers.setdefault("x-c", "3") == "3"
    del headers["X-C"]
    assert headers == {"x-b": "2"}
    with pytest.raises(KeyError):
        del headers["x-c"]


def test_spaces_around_a_value_are_dropped_and_tabs_inside_kept() -> None:
    headers = MutableHeaders()
    headers["x-a"] = " \ta\tb "
    assert headers["x-a"] == "a\tb"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "é", "a(b)", "a\0"])
def test_a_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(InvalidHeader, match="cannot name a header"):
        MutableHeaders()[name] = "x"


@pytest.mark.parametrize(
    "value", ["a\r\nSet-Cookie: x=1", "a\nb", "a\rb", "a\0b", "é", "\x7f", "\x85", "\u2028", "a\n"]
)
def test_a_value_that_cannot_be_sent_is_refused_without_showing_it(value: str) -> None:
    headers = MutableHeaders()
    for change in (headers.__setitem__, headers.add):
        with pytest.raises(InvalidHeader, match="at position") as caught:
            change("x-secret", value)
        assert "Set-Cookie" not in str(caught.value)
    with pytest.raises(InvalidHeader):
        MutableHeaders([("x-secret", value)])
    with pytest.raises(InvalidHeader):
        headers.update({"x-secret": value})
    assert not headers


def test_a_number_as_value_is_refused_with_the_remedy() -> None:
    number: Any = 5
    with pytest.raises(InvalidHeader, match=r"Write str\(5\)"):
        MutableHeaders()["content-length"] = number


# Query strings


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", []),
        ("a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("=a", [("", "a")]),
        ("a=b=c", [("a", "b=c")]),
        ("&&a=1&&", [("a", "1")]),
        ("a=1;b=2", [("a", "1;b=2")]),  # CVE-2021-23336: only & separates
        ("a+b=c+d%2B", [("a b", "c d+")]),
        ("q=%C3%A9", [("q", "é")]),
        ("q=é", [("q", "é")]),
        ("q=100%", [("q", "100%")]),
        ("q=%zz%4", [("q", "%zz%4")]),
        ("q=%EF%BF%BD", [("q", "\ufffd")]),
        ("q=%2500", [("q", "%00")]),
    ],
)
def test_a_query_is_read_as_browsers_write_it(query: str, pairs: list[tuple[str, str]]) -> None:
    assert QueryParams.parse(query).multi_items() == pairs


@pytest.mark.parametrize(
    "query",
    ["a=%00", "a%00=1", "a=\0", "a=%ff", "%C3=1", "a=%ED%A0%80", "a=%C0%AF", "a=\ufffd", f"a={chr(0xD800)}", "%%00"],
)
def test_a_query_that_is_no_text_is_malformed(query: str) -> None:
    error = refused(query)
    assert (error.status, error.code) == (400, "query.malformed")


def test_a_query_may_have_a_thousand_pairs_and_not_one_more() -> None:
    assert len(QueryParams.parse("&".join(["a=1"] * 1000)).getlist("a")) == 1000
    error = refused("&".join(["a=1"] * 1001))
    assert (error.status, error.code) == (400, "query.too_many")
    assert refused("a&b", max_pairs=1).code == "query.too_many"


@given(st.lists(st.tuples(clean_text, clean_text)))
def test_what_urlencode_writes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    assert decode_pairs(urlencode(pairs)) == pairs


@given(st.text(st.sampled_from("ab=&%+;01fCéD\0\ud800")))
def test_any_query_is_read_as_the_standard_library_does_or_malformed(query: str) -> None:
    try:
        pairs = QueryParams.parse(query).multi_items()
    except HTTPError as error:
        assert error.code == "query.malformed"  # noqa: PT017  # either outcome is right
    else:
        assert pairs == parse_qsl(query, keep_blank_values=True, errors="strict")
