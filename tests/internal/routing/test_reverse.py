"""Hold the builder of paths to leading back to the route it started from."""

from __future__ import annotations

import enum
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.routing.pattern import Pattern, parse_pattern
from demijohn.routing.reverse import BuildError, build_path, quote_path
from demijohn.routing.router import Entry, Match, Router
from demijohn.types import Origin

KEY = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


class Colour(enum.Enum):
    RED = "red"


def match(pattern: Pattern, path: str) -> object:
    """Return the values that a server would hand over for this path, or what the router says instead."""
    answer = Router([Entry(pattern, ("GET",), "it", Origin("app.py", 1))]).match(unquote(path, errors="strict"), "GET")
    return answer.params if isinstance(answer, Match) else answer


@pytest.mark.parametrize(
    ("pattern", "values", "path"),
    [
        ("/", {}, "/"),
        ("/a/", {}, "/a/"),
        ("/café/<x>", {"x": "é ü"}, "/caf%C3%A9/%C3%A9%20%C3%BC"),
        ("/<x>", {"x": "a?b#c%25"}, "/a%3Fb%23c%2525"),
        ("/<x>", {"x": "a;b'c\"d"}, "/a%3Bb%27c%22d"),
        ("/<x>", {"x": "~user@host:1+2,3&c=$!(4)*"}, "/~user@host:1+2,3&c=$!(4)*"),
        ("/<x>", {"x": 5}, "/5"),
        ("/<int:x>/", {"x": 5}, "/5/"),
        ("/<int:x>", {"x": "5"}, "/5"),
        ("/<float:x>", {"x": 1e-7}, "/0.0000001"),
        ("/<float:x>", {"x": 3}, "/3"),
        ("/<uuid:x>", {"x": UUID(KEY)}, f"/{KEY}"),
        ("/<uuid:x>", {"x": KEY.upper()}, f"/{KEY}"),
        ("/f/<path:x>/edit", {"x": "a b/c"}, "/f/a%20b/c/edit"),
        ("/v<int:x>.<int:y>-<z>", {"x": 1, "y": 2, "z": "3-4"}, "/v1.2-3-4"),
    ],
)
def test_values_become_a_path(pattern: str, values: dict[str, object], path: str) -> None:
    assert build_path(parse_pattern(pattern), values) == path


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"q": "a b&c"}, "?q=a+b%26c"),
        ({"page": 2, "all": True, "none": None}, "?page=2&all=true"),
        ({"tag": ["x", None, "é"], "id": (1, 2)}, "?tag=x&tag=%C3%A9&id=1&id=2"),
        ({"colour": Colour.RED}, "?colour=red"),
        ({"none": None}, ""),
    ],
)
def test_the_query_stands_behind_the_path(query: dict[str, object], text: str) -> None:
    assert build_path(parse_pattern("/a"), {}, query) == "/a" + text


@pytest.mark.parametrize(
    ("pattern", "values", "message"),
    [
        ("/<x>", {}, "needs a value for 'x'"),
        ("/<x>", {"x": 1, "y": 2}, "has no parameter 'y'"),
        ("/<x>/<y>", {"x": 1, "z": 2}, "needs a value for 'y' and has no parameter 'z'"),
        ("/<x>", {"x": None}, "there is none"),
        ("/<x>", {"x": ""}, "does not fit"),
        ("/<x>", {"x": "a/b"}, "several"),
        ("/<x>", {"x": ".."}, "no server passes on"),
        ("/<x>", {"x": "a\\b"}, "no server passes on"),
        ("/<x>", {"x": "a\nb"}, "no server passes on"),
        ("/<x>", {"x": "\ud800"}, "no server passes on"),
        ("/.<x>", {"x": "."}, "no server passes on"),
        ("/<path:x>", {"x": "a/../b"}, "no server passes on"),
        ("/<path:x>", {"x": "a//b"}, "no server passes on"),
        ("/<path:x>", {"x": "/a"}, "no server passes on"),
        ("/<path:x>", {"x": "a/"}, "ends in '/'"),
        ("/<int:x>", {"x": -1}, "does not fit"),
        ("/<int:x>", {"x": True}, "not a whole number"),
        ("/<int:x>", {"x": 2**63}, "above"),
        ("/<float:x>", {"x": float("nan")}, "does not fit"),
        ("/<float:x>", {"x": float("inf")}, "does not fit"),
        ("/<slug:x>", {"x": "é"}, "does not fit"),
        ("/<x>-<y>", {"x": "a-b", "y": "c"}, "read back differently"),
    ],
)
def test_values_that_would_not_come_back_are_refused(pattern: str, values: dict[str, object], message: str) -> None:
    with pytest.raises(BuildError, match=message) as caught:
        build_path(parse_pattern(pattern), values)
    assert repr(pattern) in str(caught.value)


def test_a_query_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(BuildError, match="UTF-8"):
        build_path(parse_pattern("/a"), {}, {"q": "\ud800"})


SEGMENTS = ["a", "é", "<int:{}>", "<float:{}>", "<slug:{}>", "<uuid:{}>", "<{}>", "v<int:{}>.json", "<{}>-<int:x{}>"]
VALUES: dict[str, st.SearchStrategy[object]] = {
    "int": st.integers(0, 2**63 - 1),
    "float": st.floats(min_value=0, allow_infinity=False),
    "slug": st.from_regex("[-a-zA-Z0-9_]{1,9}", fullmatch=True),
    "uuid": st.uuids(),
    "str": st.text(min_size=1, max_size=9),
    "path": st.text(alphabet="ab/.é ;%", min_size=1, max_size=12),
}


@st.composite
def built(draw: st.DrawFn) -> tuple[Pattern, dict[str, object]]:
    """Draw a pattern and values of the right types for it, which need not be possible in their place."""
    parts = [
        part.format(f"p{n}", f"{n}") for n, part in enumerate(draw(st.lists(st.sampled_from(SEGMENTS), max_size=4)))
    ]
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), "<path:rest>")
    pattern = parse_pattern("/" + "/".join([*parts, *draw(st.sampled_from([[], [""]]))]) if parts else "/").bind({})
    values = {name: draw(VALUES[converter.name if converter else "str"]) for name, converter in pattern.params.items()}
    return pattern, values


@settings(max_examples=100)
@given(built())
def test_a_built_path_leads_back_to_its_values(drawn: tuple[Pattern, dict[str, object]]) -> None:
    pattern, values = drawn
    try:
        path = build_path(pattern, values)
    except BuildError:
        return
    assert path.isascii()
    assert not path.startswith("//")
    assert match(pattern, path) == values


@given(st.text(max_size=20).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)))
def test_a_quoted_path_is_the_same_path(text: str) -> None:
    quoted = quote_path("/" + text)
    assert quoted.isascii()
    assert unquote(quoted, errors="strict") == "/" + text
    assert urlsplit("http://host" + quoted.replace("//", "/")).query == ""


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=4))
def test_a_query_is_read_back_as_it_was(query: dict[str, str]) -> None:
    try:
        path = build_path(parse_pattern("/a"), {}, query)
    except BuildError:
        return
    assert parse_qsl(urlsplit(path).query, keep_blank_values=True, strict_parsing=bool(query)) == list(query.items())
