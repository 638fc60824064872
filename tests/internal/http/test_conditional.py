"""Test demijohn.http.conditional."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.datastructures import Headers
from demijohn.errors import HTTPError
from demijohn.http.conditional import check_preconditions, etag_for, is_not_modified, may_use_range, parse_etags
from demijohn.http.dates import http_date

MOMENT = 784111777.5
BEFORE, SAME, AFTER = (http_date(MOMENT + shift) for shift in (-1, 0, 1))


def test_an_etag_follows_from_the_content_alone() -> None:
    assert etag_for(b"a") == etag_for(b"a") != etag_for(b"b")
    assert parse_etags(etag_for(b"")) == (etag_for(b""),)
    assert len(etag_for(b"a")) == 34


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", ()),
        ("*", ("*",)),
        (" * ", ("*",)),
        ('"a"', ('"a"',)),
        ('"a", W/"b" ,"c,d"', ('"a"', 'W/"b"', '"c,d"')),
        ('""', ('""',)),
        ('"a",', ('"a"',)),
        ("a", ()),
        ('"a', ()),
        ('"a", b', ()),
        ('"a" "b"', ()),
        ('w/"a"', ()),
        ('*, "a"', ()),
        ('"a\r\nb"', ()),
    ],
)
def test_tags_are_read_as_written_and_not_at_all_if_malformed(header: str, tags: tuple[str, ...]) -> None:
    assert parse_etags(header) == tags


def test_a_hundred_thousand_quotes_are_read_quickly() -> None:
    assert parse_etags('"' * 99_999) == ()
    assert len(parse_etags('"",' * 10_000)) == 10_000


@pytest.mark.parametrize(
    ("condition", "etag", "expected"),
    [
        ('"a"', '"a"', True),
        ('W/"a"', '"a"', True),
        ('"a"', 'W/"a"', True),
        ('"b", "a"', '"a"', True),
        ('"b"', '"a"', False),
        ("*", '"a"', True),
        ("*", None, False),
        ('"a"', None, False),
        ("a", '"a"', False),
    ],
)
def test_if_none_match_compares_weakly(condition: str, etag: str | None, expected: bool) -> None:
    assert is_not_modified(Headers([("if-none-match", condition)]), etag, None) is expected


def test_if_none_match_may_come_in_several_fields() -> None:
    assert is_not_modified(Headers([("if-none-match", '"b"'), ("if-none-match", '"a"')]), '"a"', None)


@pytest.mark.parametrize(
    ("condition", "expected"), [(BEFORE, False), (SAME, True), (AFTER, True), ("yesterday", False), ("", False)]
)
def test_if_modified_since_compares_whole_seconds(condition: str, expected: bool) -> None:
    headers = Headers([("if-modified-since", condition)])
    assert is_not_modified(headers, None, MOMENT) is expected
    assert not is_not_modified(headers, '"a"', None)


def test_if_modified_since_does_not_count_beside_if_none_match() -> None:
    headers = Headers([("if-none-match", '"b"'), ("if-modified-since", AFTER)])
    assert not is_not_modified(headers, '"a"', MOMENT)


def test_without_conditions_nothing_is_unmodified_and_nothing_is_refused() -> None:
    assert not is_not_modified(Headers(), '"a"', MOMENT)
    check_preconditions(Headers(), '"a"', MOMENT, method="PUT")
    check_preconditions(Headers(), None, None)


@pytest.mark.parametrize(
    ("name", "condition", "etag", "method"),
    [
        ("if-match", '"b"', '"a"', "PUT"),
        ("if-match", 'W/"a"', 'W/"a"', "PUT"),
        ("if-match", 'W/"a"', '"a"', "PUT"),
        ("if-match", "*", None, "PUT"),
        ("if-match", '"a"', None, "PUT"),
        ("if-match", "garbage", '"a"', "GET"),
        ("if-unmodified-since", BEFORE, '"a"', "GET"),
        ("if-none-match", "*", '"a"', "PUT"),
        ("if-none-match", '"a"', '"a"', "DELETE"),
    ],
)
def test_a_failed_precondition_is_412(name: str, condition: str, etag: str | None, method: str) -> None:
    with pytest.raises(HTTPError) as caught:
        check_preconditions(Headers([(name, condition)]), etag, MOMENT, method=method)
    assert (caught.value.status, caught.value.code) == (412, "precondition.failed")


@pytest.mark.parametrize(
    ("name", "condition", "etag", "method"),
    [
        ("if-match", '"b", "a"', '"a"', "PUT"),
        ("if-match", "*", '"a"', "PUT"),
        ("if-unmodified-since", SAME, None, "PUT"),
        ("if-unmodified-since", "yesterday", None, "PUT"),
        ("if-none-match", "*", None, "PUT"),
        ("if-none-match", '"a"', '"a"', "GET"),
    ],
)
def test_a_precondition_that_holds_lets_pass(name: str, condition: str, etag: str | None, method: str) -> None:
    check_preconditions(Headers([(name, condition)]), etag, MOMENT, method=method)


def test_if_unmodified_since_does_not_count_beside_if_match() -> None:
    check_preconditions(Headers([("if-match", '"a"'), ("if-unmodified-since", BEFORE)]), '"a"', MOMENT)


@pytest.mark.parametrize(
    ("condition", "etag", "expected"),
    [
        (None, '"a"', True),
        ('"a"', '"a"', True),
        ('"b"', '"a"', False),
        ('W/"a"', 'W/"a"', False),
        ('"a"', None, False),
        (SAME, None, True),
        (AFTER, None, False),
        (BEFORE, None, False),
        ("garbage", None, False),
    ],
)
def test_a_range_counts_for_exactly_this_version(condition: str | None, etag: str | None, expected: bool) -> None:
    headers = Headers([] if condition is None else [("if-range", condition)])
    assert may_use_range(headers, etag, MOMENT) is expected


@given(st.one_of(st.text(), st.text(st.sampled_from('W/"*a, '))))
def test_any_header_is_read(header: str) -> None:
    headers = Headers([("if-none-match", header), ("if-match", header), ("if-range", header)])
    assert all(tag == "*" or tag.endswith('"') for tag in parse_etags(header))
    assert is_not_modified(headers, '"a"', MOMENT) in (True, False)
    assert may_use_range(headers, '"a"', MOMENT) in (True, False)
