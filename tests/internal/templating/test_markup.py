from __future__ import annotations

import pytest

from demijohn.templating.markup import Attribute, Scanner, open_attribute


def after(*literals: str) -> Scanner:
    """Follow literal parts with a value between each two."""
    scanner = Scanner()
    for number, literal in enumerate(literals):
        if number:
            scanner.expression()
        scanner.follow(literal)
    return scanner


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("<script>", "script"),
        ("<SCRIPT\n async>if (a < b) {", "script"),
        ("<style>p > a {}", "style"),
        ("<textarea><script>", "textarea"),
        ("<script>'</scripty>'", "script"),
        ("<script></script >", ""),
        ("<style></STYLE>", ""),
        ("<p>", ""),
        ("a < script > b", ""),
        ("<!-- <script>", ""),
    ],
)
def test_the_element_whose_text_it_is_is_known(text: str, element: str) -> None:
    place = after(text).place
    assert (place.element, place.tag) == (element, None)


def test_a_comment_goes_on_until_it_is_closed() -> None:
    assert after("<!-- <p> >").place.is_comment
    assert not after("<!-- ", " --><p>").place.is_comment


def test_a_tag_ends_at_a_sign_outside_of_quotes() -> None:
    inside = after('<a title="a > b', " >").place
    assert inside.tag is not None
    assert (inside.tag.name, inside.tag.text, inside.quote) == ("a", ' title="a > b\0 >', '"')
    assert after('<a title="a > b" x>').place.tag is None


def test_each_end_of_a_tag_is_kept() -> None:
    scanner = Scanner()
    (tag,) = [piece for piece in scanner.split("<p><script") if not isinstance(piece, str)]
    before = scanner.place
    scanner.follow(" async>")
    scanner.place = before
    scanner.follow(" src=x>")
    assert tag.endings == [" async>", " async> src=x>"]


def test_a_copy_of_a_place_does_not_see_what_follows() -> None:
    scanner = after('<a href="')
    copied = scanner.place.copy()
    scanner.follow("/x")
    assert (copied.tag and copied.tag.text, scanner.place.tag and scanner.place.tag.text) == (' href="', ' href="/x')
    assert after("<p>").place.copy() == after("<p>").place


def test_splitting_loses_nothing() -> None:
    text = "a<script>b</script><p><style x>c"
    pieces = list(Scanner().split(text))
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == text
    assert [piece if isinstance(piece, str) else piece.name for piece in pieces] == [
        *("a<script", "script", ">b</script><p><style", "style", " x>c")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (' href="', Attribute("href", '"', "")),
        (" HREF = '/a", Attribute("href", "'", "/a")),
        (" href=", Attribute("href", "", "")),
        (" href= ", Attribute("href", "", "")),
        (" href=/a?", Attribute("href", "", "/a?")),
        (' title="it\'s" href="', Attribute("href", '"', "")),
        (""" title="a href='" x='""", Attribute("x", "'", "")),
        (' on\0="', Attribute("on\0", '"', "")),
        (' href="\0', Attribute("href", '"', "\0")),
        (' @click="', Attribute("@click", '"', "")),
        ("", None),
        (" ", None),
        (' href="/a"', None),
        (' href=""', None),
        (" hidden ", None),
        (" href=/a ", None),
        (" data-", None),
    ],
)
def test_the_attribute_whose_value_goes_on_is_known(text: str, expected: Attribute | None) -> None:
    assert open_attribute(text) == expected
