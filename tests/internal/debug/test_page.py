"""The document: what stands where, escaped, and readable without scripts, styles of attributes or anything fetched."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from demijohn.debug.failure import failure_of
from demijohn.debug.page import render_page
from demijohn.debug.sections import Section
from demijohn.errors import DeclarationError, Problem

Raised = Callable[[Callable[[], object]], BaseException]

NOTES: dict[str, str] = {}

EVIL = "</pre><script>alert(1)</script><img src=x onerror='a'>\""
VOID = {"meta"}


class Elements(HTMLParser):
    """Keep what a browser would see, and insist that elements are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(error: BaseException, sections: tuple[Section, ...] = (), hint: str = "") -> str:
    return render_page(failure_of(error), sections, nonce="n0nce", subject=f"GET {EVIL}", footer=EVIL, hint=hint)


@pytest.fixture
def hostile(raised: Raised) -> str:
    """Give a page with markup in every place that a client or the project could write to."""

    class Evil:
        def __repr__(self) -> str:
            return EVIL

    def fail() -> None:
        local = Evil()
        try:
            NOTES[EVIL]
        except KeyError as error:
            error.add_note(EVIL)
            raise ExceptionGroup(EVIL, [ValueError(EVIL), DeclarationError([Problem(EVIL, EVIL, EVIL)])]) from error
        del local

    return page_of(raised(fail), (Section(EVIL, ((EVIL, EVIL),)),), EVIL)


def test_everything_is_escaped(hostile: str) -> None:
    tags = Elements(hostile).tags

    assert hostile.count("alert(1)") > 10
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img", "link", "iframe", "a", "form", "base"})
    assert all(
        not name.startswith("on") and name not in ("style", "src", "href") for _, given in tags for name in given
    )


def test_its_one_style_sheet_has_the_nonce(hostile: str) -> None:
    assert [given for tag, given in Elements(hostile).tags if tag == "style"] == [{"nonce": "n0nce"}]


def test_it_is_well_formed_and_has_landmarks_and_headings(hostile: str) -> None:
    elements = Elements(hostile)
    names = [tag for tag, _ in elements.tags]

    assert elements.open == []
    assert [names.count(name) for name in ("header", "main", "footer", "h1", "title")] == [1] * 5
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert ("html", {"lang": "en"}) in elements.tags
    assert all(given.get("tabindex") == "0" for tag, given in elements.tags if tag == "pre")  # they scroll


def test_frames_of_the_project_are_open_and_those_of_libraries_folded(raised: Raised) -> None:
    import json

    page = page_of(raised(lambda: json.loads("{")))

    folded = re.findall(r"<details( open)?><summary><code>([^<]+)</code>", page)
    assert [(place.split("/")[-1].split(":")[0], bool(is_open)) for is_open, place in folded] == [
        ("decoder.py", False),
        ("decoder.py", False),
        ("__init__.py", False),
        ("test_page.py", True),
        ("conftest.py", True),
    ]


def test_the_line_is_marked_without_colour_alone(raised: Raised) -> None:
    page = page_of(raised(lambda: NOTES["missing"]))

    assert re.search(r'<span class="line here"><span class="number">&gt; \d+</span> .*NOTES\[&#34;missing&#34;\]', page)


def test_problems_are_a_list_with_place_and_remedy() -> None:
    page = page_of(DeclarationError([Problem("One.", "app.py:3", "Do this."), Problem("Two.")]))

    assert "<h1>2 mistakes stop the start</h1>" in page
    assert '<li><code>app.py:3</code>: <span class="message">One.</span><p class="remedy">Do this.</p></li>' in page
    assert page.count("<li>") == 2
    assert "<title>A mistake stops the start</title>" in page_of(DeclarationError("One."))


def test_a_missing_module_shows_the_line_that_installs_it() -> None:
    page = page_of(ModuleNotFoundError("No module named 'a2wsgi'", name="a2wsgi"))

    assert "<code>pip install &#39;demijohn[mount]&#39;</code>" in page


def test_what_is_left_out_is_said(raised: Raised) -> None:
    def down() -> None:
        down()

    assert re.search(r"\d{3} more calls are not shown", page_of(raised(down)))


def test_a_hint_stands_at_the_top() -> None:
    assert '<p class="remedy">Did you mean this?</p></header>' in page_of(ValueError(), hint="Did you mean this?")


def test_what_to_write_instead_stands_above_the_calls(raised: Raised) -> None:
    def fail() -> object:
        visitor: list[object] = []
        return eval("visitr", {}, {"visitor": visitor})

    assert '<p class="remedy">Did you mean &#39;visitor&#39;?</p>' in page_of(raised(fail))
