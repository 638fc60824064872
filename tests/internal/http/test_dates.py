"""Test demijohn.http.dates."""

from __future__ import annotations

import email.utils
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.http.dates import http_date, parse_http_date

MOMENT = 784111777.0


def test_a_date_is_written_as_the_standard_says() -> None:
    assert http_date(MOMENT) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert http_date(MOMENT + 0.999) == "Sun, 06 Nov 1994 08:49:37 GMT"
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert http_date(-0.5) == "Wed, 31 Dec 1969 23:59:59 GMT"


@pytest.mark.parametrize("timestamp", [1e12, -1e12, 1e300, math.inf, -math.inf, math.nan])
def test_a_year_beyond_9999_is_refused(timestamp: float) -> None:
    with pytest.raises(ValueError, match="no date between"):
        http_date(timestamp)


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_the_three_forms_of_the_standard_are_read(text: str) -> None:
    assert parse_http_date(text) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "yesterday",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT\n",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 23:60:00 GMT",
        "Sun, 06 Nov 1994 23:59:61 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, ٠٦ Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37 GMT" * 10_000,
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    assert parse_http_date(text) is None


def test_a_leap_second_is_read() -> None:
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == parse_http_date("Sun, 01 Jan 2017 00:00:00 GMT")


@pytest.mark.parametrize(("ahead", "is_past"), [(0, False), (50, False), (51, True), (99, True)])
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead(ahead: int, is_past: bool) -> None:
    expected = time.gmtime().tm_year + ahead - (100 if is_past else 0)
    moment = parse_http_date(f"Sunday, 01-Jan-{expected % 100:02} 00:00:00 GMT")
    assert moment is not None
    assert time.gmtime(moment).tm_year == expected


@given(st.integers(-62135596800, 253402300799))
def test_every_date_is_read_back_and_as_the_standard_library_writes_it(timestamp: int) -> None:
    text = http_date(timestamp)
    assert parse_http_date(text) == timestamp
    assert text == email.utils.formatdate(timestamp, usegmt=True)


@given(st.one_of(st.text(), st.from_regex(r"[A-Z][a-z]{2,8},? \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT")))
def test_any_text_is_read_or_no_date(text: str) -> None:
    moment = parse_http_date(text)
    assert moment is None or isinstance(moment, float)
