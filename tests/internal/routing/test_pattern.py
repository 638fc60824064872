"""Hold the reader of patterns to its syntax and to its messages."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.errors import DeclarationError
from demijohn.routing.converters import Converters
from demijohn.routing.pattern import Parameter, Pattern, PatternError, Segment, is_matchable, parse_pattern
from demijohn.types import Origin

CONVERTERS = Converters()


@dataclass(frozen=True)
class Colour:
    name: str = "colour"
    regex: str = "red|blue"
    rank: int = 15
    multi_segment: bool = False

    def parse(self, text: str) -> str:
        return text

    def format(self, value: str) -> str:
        return value


def test_a_pattern_becomes_segments() -> None:
    pattern = parse_pattern("/notes/<int:id>/v<float:x>.json", CONVERTERS)
    assert pattern == Pattern(
        "/notes/<int:id>/v<float:x>.json",
        (
            Segment("notes"),
            Segment("", (Parameter("id", CONVERTERS["int"]),)),
            Segment("v", (Parameter("x", CONVERTERS["float"]),), (), ".json"),
        ),
    )
    assert pattern.params == {"id": CONVERTERS["int"], "x": CONVERTERS["float"]}
    assert not pattern.is_static


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [("/", [""]), ("/a", ["a"]), ("/a/", ["a", ""]), ("/café/x y", ["café", "x y"]), ("/.well-known", [".well-known"])],
)
def test_a_path_without_parameters_is_static(text: str, prefixes: list[str]) -> None:
    pattern = parse_pattern(text)
    assert [segment.prefix for segment in pattern.segments] == prefixes
    assert pattern.is_static
    assert pattern.params == {}


def test_several_parameters_share_a_segment_with_text_between() -> None:
    (segment,) = parse_pattern("/<int:x>,<int:y>@<z>").segments
    assert segment.separators == (",", "@")
    assert [parameter.name for parameter in segment.parameters] == ["x", "y", "z"]
    assert segment.is_mixed


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "does not start with '/'"),
        ("notes", 0, "does not start with '/'"),
        ("/a//b", 2, "empty segment"),
        ("/a/../b", 3, "resolve '.' and '..'"),
        ("/.", 1, "resolve '.' and '..'"),
        ("/a\\b", 2, r"U\+005C"),
        ("/a\x00", 2, r"U\+0000"),
        ("/a\ufffd", 2, r"U\+FFFD"),
        ("/a\ud800", 2, r"U\+D800"),
        ("/caf%C3%A9", 4, "matched decoded"),
        ("/a?b=1", 2, "ends a path"),
        ("/a#b", 2, "ends a path"),
        ("/a/<int:id", 3, "'<' has no '>'"),
        ("/a/id>", 5, "'>' has no '<'"),
        ("/a/<<id>>", 3, "'<' has no '>'"),
        ("/a/<x/y>", 3, "'<' has no '>'"),
        ("/a/<>", 3, "cannot name a parameter"),
        ("/a/<int:>", 3, "cannot name a parameter"),
        ("/a/<int: id>", 3, "cannot name a parameter"),
        ("/a/<class>", 3, "cannot name a parameter"),
        ("/a/<1>", 3, "cannot name a parameter"),
        ("/<id>/b/<id>", 8, "second parameter 'id'"),
        ("/a/<x><y>", 6, "two parameters touch"),
        ("/a/<nope:x>", 3, "no converter 'nope'"),
        ("/a/x<path:p>", 3, "has text beside it"),
        ("/<path:p>/a/<path:q>", 12, "second parameter covers several"),
        ("/a/{id}", 3, "is no parameter"),
    ],
)
def test_a_mistake_is_shown_with_its_position(text: str, position: int, message: str) -> None:
    with pytest.raises(PatternError, match=message) as caught:
        parse_pattern(text, origin=Origin("shop/views.py", 12))
    assert caught.value.position == position
    (problem,) = caught.value.problems
    assert f"character {position + 1}:" in problem.message
    assert problem.where == "shop/views.py:12"
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("notes", "Write '/notes'"),
        ("/a//b///c", "Write '/a/b/c'"),
        ("/a/{id}", "Write '<id>'"),
        ("/a/{id:int}", "Write '<int:id>'"),
        ("/a/<id:int>", "The converter comes first: <int:id>"),
        ("/a/<itn:id>", "Did you mean <int:id>"),
        ("/a/<int(min=1):id>", "Converters take no arguments"),
        ("/a/<int: id>", "Spaces do not belong there"),
        ("/a/<zzzz:id>", "There are str, int"),
    ],
)
def test_a_mistake_comes_with_what_to_write_instead(text: str, remedy: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    assert remedy in caught.value.problems[0].remedy


@given(st.text(alphabet="/<>:{}.%a1é\\\x00-int path", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        pattern = parse_pattern(text)
    except PatternError as error:
        outcome = error.text if 0 <= error.position <= len(text) else f"position {error.position}"
    else:
        outcome = pattern.text
    assert outcome == text


def test_a_bare_parameter_is_bound_to_the_converter_of_its_annotation() -> None:
    pattern = parse_pattern("/<a>/<b>/<int:c>")
    assert pattern.params == {"a": None, "b": None, "c": CONVERTERS["int"]}
    bound = pattern.bind({"a": Colour()})
    assert bound.params == {"a": Colour(), "b": CONVERTERS["str"], "c": CONVERTERS["int"]}
    assert bound.text == pattern.text


@pytest.mark.parametrize("name", ["c", "nope"])
def test_only_a_bare_parameter_is_bound(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name!r} is not a bare parameter"):
        parse_pattern("/<a>/<int:c>").bind({name: Colour()})


@pytest.mark.parametrize("converter", [Colour(regex="("), Colour(multi_segment=True)])
def test_a_converter_that_does_not_suit_is_not_bound(converter: Colour) -> None:
    with pytest.raises(DeclarationError, match="colour"):
        parse_pattern("/<a>").bind({"a": converter})


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("/v<x>.json", "v1.json", ["1"]),
        ("/v<x>.json", "v.json", None),
        ("/v<x>.json", "w1.json", None),
        ("/aa<x>aa", "aaa", None),
        ("/<x>.json", "a.json.json", ["a.json"]),
        ("/<x>.<y>", "a.tar.gz", ["a", "tar.gz"]),
        ("/<x>.<y>", "ab", None),
        ("/<x>.<y>", ".b", None),
        ("/<x>.<y>", "a.", None),
        ("/<x>-<y>-<z>", "1-2-3-4", ["1", "2", "3-4"]),
    ],
)
def test_a_mixed_segment_is_cut_at_the_first_separator(pattern: str, text: str, expected: list[str] | None) -> None:
    (segment,) = parse_pattern(pattern).segments
    assert segment.split(text) == expected
    if expected is not None:
        assert segment.join(expected) == text


def test_shapes_sort_the_more_specific_first() -> None:
    texts = [
        "/a/b",
        "/a/xx<x>.json",
        "/a/x<x>.json",
        "/a/<x>.json",
        "/a/xx<x>",
        "/a/<x>xx",
        "/a/<uuid:x>",
        "/a/<int:x>",
        "/a/<float:x>",
        "/a/<slug:x>",
        "/a/<x>",
        "/a/<path:x>/<int:y>/c",
        "/a/<path:x>/c",
        "/a/<path:x>",
        "/<x>/b",
        "/<path:x>",
    ]
    texts_in_disorder = random.Random(5).sample(texts, len(texts))
    assert sorted(texts_in_disorder, key=lambda text: parse_pattern(text).shape()) == texts


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/a/", True),
        ("/a b/é", True),
        ("/..a/.b/c.", True),
        ("", False),
        ("*", False),
        ("a/b", False),
        ("//", False),
        ("/a//b", False),
        ("/a//", False),
        ("/.", False),
        ("/a/./b", False),
        ("/a/..", False),
        ("/a\\b", False),
        ("/é\\b", False),
        ("/a\nb", False),
        ("/\x85", False),
        ("/\x7f", False),
        ("/a\ufffd", False),
        ("/\udcff", False),
    ],
)
def test_only_a_clean_path_may_be_matched(path: str, expected: bool) -> None:
    assert is_matchable(path) is expected
