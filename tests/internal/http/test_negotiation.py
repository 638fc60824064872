"""Test demijohn.http.negotiation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.http.negotiation import MediaRange, accepts, best_match, prefers_html

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
AXIOS = "application/json, text/plain, */*"
OLD_JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


@pytest.mark.parametrize("header", [None, "", ",", "garbage", "text", "text/", "/html", "*/html", "te*t/html", "a/b/c"])
def test_what_names_no_media_type_accepts_nothing_in_particular(header: str | None) -> None:
    assert accepts(header) == []


@pytest.mark.parametrize(
    ("element", "quality"),
    [
        ("text/html", 1),
        ("text/html;q=1", 1),
        ("text/html;q=1.000", 1),
        ("text/html; q = 0.5", 0.5),
        ("TEXT/HTML;Q=0.5", 0.5),
        ("text/html;level=1;q=.25;x=y", 0.25),
        ("text/html;q=0", 0),
        ("text/html;q=0.", 0),
    ],
)
def test_the_quality_is_read(element: str, quality: float) -> None:
    assert accepts(element) == [MediaRange("text/html", quality)]


@pytest.mark.parametrize("quality", ["", ".", "1.5", "2", "-1", "1e9", "nan", "inf", "0x1", "1_0", "٠", "0.0000000001"])
def test_an_element_with_a_bad_quality_is_skipped(quality: str) -> None:
    assert accepts(f"text/html;q={quality}, text/plain") == [MediaRange("text/plain", 1)]


def test_a_lone_star_means_anything() -> None:
    assert accepts(OLD_JAVA)[-2:] == [MediaRange("*/*", 0.2)] * 2


def test_only_the_first_500_bytes_are_read_and_no_half_element() -> None:
    found = accepts(",".join(["text/html"] * 10_000))
    assert found == [MediaRange("text/html", 1)] * 50
    assert accepts("x" * 600) == []


@pytest.mark.parametrize(
    ("header", "offers", "best"),
    [
        (None, ["a/b", "c/d"], "a/b"),
        ("", ["a/b"], "a/b"),
        ("garbage", ["a/b"], "a/b"),
        ("*/*", [], None),
        (None, [], None),
        ("c/d", ["a/b", "c/d"], "c/d"),
        ("x/y", ["a/b", "c/d"], None),
        ("a/b;q=0", ["a/b"], None),
        ("*/*, a/b;q=0", ["a/b"], None),
        ("a/*;q=0.5, a/b;q=0.1", ["a/b", "a/c"], "a/c"),
        ("a/b;q=0.1, c/d;q=0.2", ["a/b", "c/d"], "c/d"),
        ("*/*, text/html", ["application/json", "text/html"], "text/html"),
        ("*/*", ["application/json", "text/html"], "application/json"),
        ("a/b, c/d", ["c/d", "a/b"], "c/d"),
        ("text/html", ["text/html; charset=utf-8"], "text/html; charset=utf-8"),
        ("text/html", ["Text/HTML"], "Text/HTML"),
        (FIREFOX, ["application/json", "text/html"], "text/html"),
        (AXIOS, ["text/html", "application/json"], "application/json"),
    ],
)
def test_the_best_offer_is_chosen(header: str | None, offers: list[str], best: str | None) -> None:
    assert best_match(header, offers) == best


@pytest.mark.parametrize(
    "header",
    [CHROME, FIREFOX, OLD_JAVA, "text/html", "text/html, application/json", "application/xhtml+xml;q=0.1, text/*;q=0"],
)
def test_a_browser_gets_a_page(header: str) -> None:
    assert prefers_html(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "*/*",
        "text/*",
        AXIOS,
        "application/json",
        "text/html;q=0",
        "text/html;q=0.5, application/json",
        "text/html;q=0.5, */*",
        "text/html;q=0.5, application/problem+json;q=0.9",
        "text/htmlx",
        "image/webp",
    ],
)
def test_everything_else_gets_json(header: str | None) -> None:
    assert not prefers_html(header)


@given(
    st.one_of(st.text(), st.text(st.sampled_from("aq/*;=,. 01"))),
    st.lists(st.sampled_from(["a/a", "a/q", "q/a", "text/html"])),
)
def test_any_header_chooses_one_of_the_offers_or_none(header: str, offers: list[str]) -> None:
    best = best_match(header, offers)
    assert best is None or best in offers
    assert all(0 <= found.quality <= 1 for found in accepts(header))
    assert prefers_html(header) in (True, False)
