"""Read the pages of the demonstration as a browser gets them, in-process over both interfaces.

Whether a real browser shows and runs them is asked in tests/browser/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Literal

import pytest

from demijohn.testing import Client

from .conftest import EXAMPLES

EMPTY = "Nobody has signed yet. Be the first."

Interface = Literal["rsgi", "asgi"]


@pytest.fixture(params=["rsgi", "asgi"])
def ann(request: pytest.FixtureRequest, demo: ModuleType) -> Iterator[Client]:
    interface: Interface = request.param
    with Client(demo.app, interface=interface) as browser:
        yield browser


def sign(browser: Client, name: str, message: str) -> None:
    response = browser.post("/", form={"name": name, "message": message})
    assert response.status == 303, response.text
    assert response.location == "/"


def messages(text: str) -> list[str]:
    return re.findall(r'<p class="message">([^<]*)</p>', text)


def test_an_empty_book_says_so(ann: Client) -> None:
    response = ann.get("/")
    assert (response.status, response.content_type) == (200, "text/html")
    assert EMPTY in response.text
    assert "<nav" not in response.text


def test_who_signs_is_thanked_once_and_stands_in_the_book(ann: Client) -> None:
    response = ann.post("/", form={"name": " Ann ", "message": "Hello!\r\nGood wine."}, follow_redirects=True)
    assert [hop.status for hop in response.history] == [303]
    assert '<p class="flash" role="status">Thank you, Ann.</p>' in response.text
    assert "<b>Ann</b>" in response.text
    assert messages(response.text) == ["Hello!\nGood wine."]
    assert re.search(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00">\d+ [A-Z][a-z]+ \d{4}, ', response.text)
    again = ann.get("/").text
    assert "Thank you" not in again
    assert EMPTY not in again


def test_a_form_with_mistakes_comes_back_with_what_was_typed(ann: Client) -> None:
    response = ann.post("/", form={"name": "  ", "message": "I am <shy>."})
    assert (response.status, response.content_type) == (422, "text/html")
    assert '<a href="#name">Please enter your name.</a>' in response.text
    field = re.search(r'<input id="name"[^>]*>', response.text)
    assert field is not None
    assert 'aria-invalid="true" aria-describedby="name-mistake"' in field[0]
    assert '<p class="mistake" id="name-mistake">Please enter your name.</p>' in response.text
    assert ">I am &lt;shy&gt;.</textarea>" in response.text
    assert response.text.count("aria-invalid") == 1
    assert EMPTY in response.text


def test_every_field_has_its_mistake(ann: Client, demo: ModuleType) -> None:
    room = demo.LONGEST["message"]
    response = ann.post("/", form={"name": "", "message": "x" * (room + 1)})
    assert response.status == 422
    assert response.text.count("Please enter your name.") == 2
    assert response.text.count(f"Your message has {room + 1} characters. There is room for {room}.") == 2
    assert ann.post("/", form={}).text.count("aria-invalid") == 2


def test_as_much_as_a_browser_lets_in_is_taken(ann: Client, demo: ModuleType) -> None:
    room = demo.LONGEST["message"]  # maxlength counts a line's end as one character, and the form sends two
    sign(ann, "A" * demo.LONGEST["name"], "x\r\n" * (room // 2 - 1) + "xx")
    assert len(demo.entries[1].message) == room


def test_a_name_is_text_and_never_a_script(ann: Client) -> None:
    sign(ann, "<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    for path in ("/", "/entries.html"):
        text = ann.get(path).text
        assert "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>" in text
        assert "<img" not in text
        assert "<script>" not in text


def test_the_page_runs_its_own_script_and_no_other(ann: Client) -> None:
    first, second = ann.get("/"), ann.get("/")
    nonces = []
    for response in (first, second):
        found = re.findall(r"<script([^>]*)>", response.text)
        assert len(found) == 1
        nonce = found[0].removeprefix(' nonce="').removesuffix('"')
        assert f"script-src 'self' 'nonce-{nonce}';" in response.headers["content-security-policy"]
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


def test_ten_entries_make_a_page_and_the_newest_comes_first(ann: Client) -> None:
    for number in range(1, 12):
        sign(ann, "Ann", f"m{number}")
    first, second = ann.get("/").text, ann.get("/?page=2").text
    assert messages(first) == [f"m{number}" for number in range(11, 1, -1)]
    assert messages(second) == ["m1"]
    assert re.findall(r'<a rel="(\w+)" href="([^"]+)"', first) == [("next", "/?page=2")]
    assert re.findall(r'<a rel="(\w+)" href="([^"]+)"', second) == [("prev", "/?page=1")]
    assert "Page 2 of 2" in second


@pytest.mark.parametrize("page", [0, -1, 2])
def test_a_page_beyond_the_ends_of_the_book_is_missing(ann: Client, page: int) -> None:
    for path in ("/", "/entries.html"):
        response = ann.get(f"{path}?page={page}")
        assert response.status == 404
        assert f"There is no page {page} in the book. The last one is 1." in response.text


def test_the_entries_alone_are_what_stands_in_the_page(ann: Client) -> None:
    for number in range(1, 12):
        sign(ann, "Ann", f"m{number}")
    for page in (1, 2):
        fragment = ann.get(f"/entries.html?page={page}")
        assert (fragment.status, fragment.content_type) == (200, "text/html")
        assert "<html" not in fragment.text
        assert fragment.text.strip() in ann.get(f"/?page={page}").text


def test_visits_are_counted_for_each_visitor(demo: ModuleType) -> None:
    ann, bob = Client(demo.app), Client(demo.app)
    assert "Leave a line before you go." in ann.get("/").text
    assert "visit number 2." in ann.get("/").text
    assert ann.post("/", form={}).text.count("visit number 2.") == 1
    assert "visit number 3." in ann.get("/").text
    assert "visit number" not in bob.get("/").text


@pytest.mark.parametrize(
    ("path", "detail"), [("/nowhere", "There is nothing at this address."), ("/entries/9", "There is no entry 9.")]
)
def test_a_browser_that_finds_nothing_gets_a_page_of_the_site(ann: Client, path: str, detail: str) -> None:
    response = ann.get(path)
    assert (response.status, response.content_type) == (404, "text/html")
    assert "<h2>This page is not in the book</h2>" in response.text
    assert f"<p>{detail}</p>" in response.text
    assert '<a href="/">' in response.text


def test_a_full_book_is_told_to_a_browser_too(ann: Client, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "MOST_ENTRIES", 0)
    response = ann.post("/", form={"name": "Ann", "message": "Hello!"})
    assert (response.status, response.content_type) == (409, "text/html")
    assert "The book holds 0 entries." in response.text


def test_every_static_file_is_linked_and_served(ann: Client) -> None:
    linked = re.findall(r'<link [^>]*href="/static/(\w+)\.[0-9a-f]+\.(\w+)"', ann.get("/").text)
    files = {path.name for path in (EXAMPLES / "demo" / "static").iterdir()}
    assert {f"{stem}.{suffix}" for stem, suffix in linked} == files
    for address in re.findall(r'href="(/static/[^"]+)"', ann.get("/").text):
        response = ann.get(address)
        assert response.status == 200
        assert "immutable" in response.headers["cache-control"]


def test_every_label_and_reference_of_the_page_leads_somewhere(ann: Client) -> None:
    sign(ann, "Ann", "Hello!")
    text = ann.post("/", form={}).text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'\b(?:for|aria-describedby|aria-labelledby)="([^"]+)"|href="#([^"]+)"', text)
    assert len(wanted) >= 10
    assert {first or second for first, second in wanted} <= set(ids)
