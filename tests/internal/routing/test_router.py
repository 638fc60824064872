"""Hold the router to its order, its answers and its bounded work."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FrameType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from demijohn.errors import DeclarationError
from demijohn.routing.converters import Converter, Converters
from demijohn.routing.pattern import parse_pattern
from demijohn.routing.router import WEBSOCKET, Entry, Match, MethodMismatch, Redirect, Router
from demijohn.types import Origin

Declared = tuple[str, str]


@dataclass(frozen=True)
class Sample:
    """Be a converter whose every attribute a test may choose, and that keeps the texts it was given."""

    name: str = "sample"
    regex: str = "[a-z]+"
    rank: int = 45
    multi_segment: bool = False
    seen: list[str] = field(default_factory=list, compare=False)

    def parse(self, text: str) -> str:
        self.seen.append(text)
        if text == "bad":
            raise ValueError(text)
        return text

    def format(self, value: str) -> str:
        return value


def router(*declared: Declared | str, custom: Iterable[Converter] = ()) -> Router[str]:
    """Build a router whose endpoints are the texts of the patterns, from `(methods, pattern)` or a pattern for GET."""
    return Router(entries(declared, custom))


def entries(declared: Iterable[Declared | str], custom: Iterable[Converter] = ()) -> list[Entry[str]]:
    converters = Converters({converter.name: converter for converter in custom})
    table = []
    for line, given_ in enumerate(declared, 1):
        methods, text = ("GET", given_) if isinstance(given_, str) else given_
        table.append(Entry(parse_pattern(text, converters), methods.split(), text, Origin("app.py", line)))
    return table


def problems(*declared: Declared | str, custom: Iterable[Converter] = ()) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        router(*declared, custom=custom)
    return [str(problem) for problem in caught.value.problems]


def count_calls(table: Router[str], path: str) -> int:
    """Count the calls of one match, those into C too: they are the same on every machine, unlike time."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        table.match(path, "GET")
    finally:
        sys.setprofile(before)
    return count


def test_a_static_path_is_two_lookups() -> None:
    table = router("/", "/a", ("GET POST", "/a/"))
    assert table.static == {
        "/": {"GET": "/", "HEAD": "/"},
        "/a": {"GET": "/a", "HEAD": "/a"},
        "/a/": {"GET": "/a/", "HEAD": "/a/", "POST": "/a/"},
    }
    assert table.match("/a", "GET") == Match("/a", {})


def test_parameters_come_converted_and_under_the_names_of_their_route() -> None:
    table = router("/notes/<int:id>/v<float:x>.json", ("POST", "/notes/<int:number>/v<float:y>.json"))
    assert table.match("/notes/7/v1.5.json", "GET") == Match("/notes/<int:id>/v<float:x>.json", {"id": 7, "x": 1.5})
    found = table.match("/notes/7/v1.5.json", "POST")
    assert isinstance(found, Match)
    assert found.params == {"number": 7, "y": 1.5}


LADDER = [
    "/a/new",
    "/a/n<x>w",
    "/a/n<x>",
    "/a/<uuid:x>",
    "/a/<int:x>",
    "/a/<float:x>",
    "/a/<slug:x>",
    "/a/<x>",
    "/a/<path:x>/z",
    "/a/<path:x>",
]


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/a/new", "/a/new"),
        ("/a/now", "/a/n<x>w"),
        ("/a/nil", "/a/n<x>"),
        ("/a/6ba7b810-9dad-11d1-80b4-00c04fd430c8", "/a/<uuid:x>"),
        ("/a/5", "/a/<int:x>"),
        ("/a/99999999999999999999", "/a/<float:x>"),
        ("/a/5.5", "/a/<float:x>"),
        ("/a/x-1", "/a/<slug:x>"),
        ("/a/x y", "/a/<x>"),
        ("/a/x/z", "/a/<path:x>/z"),
        ("/a/x/y", "/a/<path:x>"),
    ],
)
def test_the_most_specific_route_answers(path: str, endpoint: str) -> None:
    for table in (router(*LADDER), router(*reversed(LADDER))):
        found = table.match(path, "GET")
        assert isinstance(found, Match)
        assert found.endpoint == endpoint


def test_a_branch_that_leads_nowhere_is_left_again() -> None:
    table = router("/a/b/c", "/<x>/b/d", "/a/<int:x>/e", "/a/<slug:x>/f", "/a/v<x>/g", "/<path:x>/h")
    assert table.match("/a/b/d", "GET") == Match("/<x>/b/d", {"x": "a"})
    assert table.match("/a/5/f", "GET") == Match("/a/<slug:x>/f", {"x": "5"})
    assert table.match("/a/v1/f", "GET") == Match("/a/<slug:x>/f", {"x": "v1"})
    assert table.match("/a/v1/h", "GET") == Match("/<path:x>/h", {"x": "a/v1"})
    assert table.match("/a/b/x", "GET") is None


def test_a_parse_that_raises_value_error_does_not_match() -> None:
    single, multi = Sample(), Sample("many", multi_segment=True)
    table = router("/a/<sample:x>", "/b/x<sample:y>", "/b/<str:x>", "/c/<many:x>", custom=[single, multi])
    assert table.match("/a/good", "GET") == Match("/a/<sample:x>", {"x": "good"})
    assert table.match("/a/bad", "GET") is None
    assert table.match("/b/xbad", "GET") == Match("/b/<str:x>", {"x": "xbad"})
    assert table.match("/c/bad", "GET") is None


def test_a_path_parameter_takes_all_segments_but_those_behind_it() -> None:
    table = router("/f/<path:x>", "/f/<path:x>/<int:n>/edit", "/g/<path:x>/")
    assert table.match("/f/a", "GET") == Match("/f/<path:x>", {"x": "a"})
    assert table.match("/f/a/b.txt", "GET") == Match("/f/<path:x>", {"x": "a/b.txt"})
    assert table.match("/f/a/b/7/edit", "GET") == Match("/f/<path:x>/<int:n>/edit", {"x": "a/b", "n": 7})
    assert table.match("/f/7/edit", "GET") == Match("/f/<path:x>", {"x": "7/edit"})
    assert table.match("/g/a/b/", "GET") == Match("/g/<path:x>/", {"x": "a/b"})
    assert table.match("/f", "GET") is None
    assert table.match("/f/", "GET") is None


@pytest.mark.parametrize(
    ("regex", "path"),
    [(".+", "/x/a/b/end"), ("[^ ]+", "/x/a/b/end"), ("(?:a|a/b)+", "/x/a/b/end"), ("a(?=/b).+", "/x/a/b/end")],
)
def test_a_custom_regex_cannot_leave_its_segment(regex: str, path: str) -> None:
    table = router("/x/<sample:x>/end", "/x/<sample:x>", custom=[Sample(regex=regex)])
    assert table.match(path, "GET") is None


def test_groups_of_custom_regexes_do_not_meet() -> None:
    first, second = Sample("twice", r"(?P<x>\w)(?P=x)"), Sample("pair", r"(\w)\1|(?P<x>z)")
    table = router("/<twice:a>-<pair:x>", custom=[first, second])
    assert table.match("/aa-bb", "GET") == Match("/<twice:a>-<pair:x>", {"a": "aa", "x": "bb"})
    assert table.match("/aa-z", "GET") == Match("/<twice:a>-<pair:x>", {"a": "aa", "x": "z"})
    assert table.match("/ab-bb", "GET") is None


def test_a_custom_converter_over_several_segments_gets_no_dot_segments() -> None:
    tree = Sample("tree", r"[a-z./]+", 80, multi_segment=True)
    table = router("/<tree:x>/raw", custom=[tree])
    assert table.match("/a/b.c/raw", "GET") == Match("/<tree:x>/raw", {"x": "a/b.c"})
    assert [table.match(path, "GET") for path in ("/a/../raw", "/./raw", "/a//raw", "//raw", "/A/raw")] == [None] * 5
    assert tree.seen == ["a/b.c"]


def test_a_custom_regex_sees_no_long_text() -> None:
    one, many = Sample(), Sample("many", "[a/]+", multi_segment=True)
    table = router("/o/<sample:x>", "/p/-<sample:x>", "/q/<many:x>", custom=[one, many])
    assert isinstance(table.match("/o/" + "a" * 255, "GET"), Match)
    assert isinstance(table.match("/p/-" + "a" * 255, "GET"), Match)
    assert isinstance(table.match("/q/" + "a/" * 511 + "aa", "GET"), Match)
    assert table.match("/o/" + "a" * 256, "GET") is None
    assert table.match("/p/-" + "a" * 256, "GET") is None
    assert table.match("/q/" + "a/" * 512 + "a", "GET") is None


def test_head_falls_to_get_unless_it_has_its_own_route() -> None:
    for declared in ([("HEAD", "/a/<x>"), ("GET", "/a/<y>")], [("GET", "/a/<y>"), ("HEAD", "/a/<x>")]):
        table = router(*declared, "/b", ("HEAD", "/c"), ("GET", "/c"))
        assert table.match("/a/1", "HEAD") == Match("/a/<x>", {"x": "1"})
        assert table.match("/a/1", "GET") == Match("/a/<y>", {"y": "1"})
        assert table.match("/b", "HEAD") == Match("/b", {})


def test_another_method_gets_the_allowed_ones() -> None:
    table = router(("GET PUT", "/a"), ("DELETE", "/a"), ("POST", "/<x>"), ("PATCH", "/b/<x>"))
    assert table.match("/a", "PATCH") == MethodMismatch(("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"))
    assert table.match("/a", "OPTIONS") == MethodMismatch(("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"))
    assert table.match("/b/1", "GET") == MethodMismatch(("OPTIONS", "PATCH"))


def test_a_less_specific_route_answers_a_method_that_the_specific_one_lacks() -> None:
    table = router("/a/new", "/a/<int:x>", ("POST", "/a/<slug:x>"))
    assert table.match("/a/new", "POST") == Match("/a/<slug:x>", {"x": "new"})
    assert table.match("/a/5", "POST") == Match("/a/<slug:x>", {"x": "5"})


def test_a_declared_options_route_answers_itself() -> None:
    assert router(("OPTIONS", "/a")).match("/a", "OPTIONS") == Match("/a", {})


def test_a_page_and_a_websocket_share_a_path() -> None:
    table = Router([*entries(["/chat/<x>"]), *_sockets("/chat/<y>", "/only/<y>", "/still")])
    assert table.match("/chat/1", "GET") == Match("/chat/<x>", {"x": "1"})
    assert table.match("/chat/1", WEBSOCKET) == Match("/chat/<y>", {"y": "1"})
    assert table.match("/chat/1", "POST") == MethodMismatch(("GET", "HEAD", "OPTIONS"))
    assert table.match("/only/1", "GET") == MethodMismatch(())
    assert table.match("/still", "GET") == MethodMismatch(())


def _sockets(*texts: str) -> list[Entry[str]]:
    return [Entry(parse_pattern(text), (WEBSOCKET,), text, Origin("ws.py", 1)) for text in texts]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/a/", Redirect("/a")),
        ("/b", Redirect("/b/")),
        ("/c/1/", Redirect("/c/1")),
        ("/d/1", Redirect("/d/1/")),
        ("/e/x/y/", Redirect("/e/x/y")),
        ("/c/é b?/", Redirect("/c/%C3%A9%20b%3F")),
        ("/both", Match("/both", {})),
        ("/both/", Match("/both/", {})),
        ("/c", None),
        ("/c/", None),
        ("/a//", None),
        ("//b", None),
        ("//evil.example/b", None),
    ],
)
def test_the_other_spelling_of_a_path_redirects(path: str, answer: object) -> None:
    table = router("/a", "/b/", "/c/<x>", "/d/<x>/", "/e/<path:x>", "/both", "/both/")
    assert table.match(path, "GET") == answer


def test_a_redirect_is_only_given_where_it_leads_to_an_answer() -> None:
    table = router("/a/", "/b/<x>/", ("POST", "/c"), "/c/")
    assert table.match("/a", "POST") == MethodMismatch(("GET", "HEAD", "OPTIONS"))
    assert table.match("/b/1", "POST") == MethodMismatch(("GET", "HEAD", "OPTIONS"))
    assert table.match("/c", "GET") == MethodMismatch(("OPTIONS", "POST"))


@pytest.mark.parametrize(
    "path",
    ["", "*", "a", "//", "/x//y", "/../a", "/a/..", "/a/.", "/a\\b", "/a\x00", "/a\n", "/a\ufffd", "/\x9f"],
)
def test_a_path_that_no_browser_sends_is_not_found(path: str) -> None:
    table = router("/", "/<x>", "/<x>/<y>", "/<path:x>")
    assert table.match(path, "GET") is None


def test_all_conflicts_are_reported_with_both_places() -> None:
    found = problems(
        "/a/<int:x>", ("GET POST", "/b"), "/a/<int:y>", ("POST", "/b"), ("PUT", "/b"), "/c/<x>", "/c/<str:y>"
    )
    assert len(found) == 3
    assert "app.py:3: GET /a/<int:y> is taken: /a/<int:x> at app.py:1" in found[0]
    assert "app.py:4: POST /b is taken: /b at app.py:2" in found[1]
    assert "app.py:7: GET /c/<str:y> is taken: /c/<x> at app.py:6" in found[2]
    assert all("another path" in problem for problem in found)


def test_a_conflict_over_several_methods_is_one_problem() -> None:
    (found,) = problems(("GET POST PUT", "/a"), ("PUT POST", "/a"))
    assert "POST, PUT /a is taken" in found


def test_converters_of_one_rank_in_one_place_are_a_conflict() -> None:
    red, blue = Sample("red"), Sample("blue")
    (found,) = problems(
        "/a/<red:x>/<int:n>", "/a/<blue:x>/<int:n>", ("POST", "/a/<blue:x>/<int:n>"), custom=[red, blue]
    )
    assert "app.py:2: GET /a/<blue:x>/<int:n> and /a/<red:x>/<int:n> at app.py:1" in found
    assert "another rank" in found
    assert router("/a/<red:x>/b", "/a/<blue:x>/c", custom=[red, blue]).match("/a/x/c", "GET")


def test_two_converters_of_one_name_are_a_problem() -> None:
    pattern = parse_pattern("/<a>/<b>")
    first, second = Sample("choice", "a|b"), Sample("choice", "c|d")
    where = Origin("app.py", 1)
    with pytest.raises(DeclarationError, match="two different converters named 'choice'"):
        Router([Entry(pattern.bind({"a": first, "b": second}), ("GET",), "it", where)])
    same = Sample("choice", "a|b")
    assert Router([Entry(pattern.bind({"a": first, "b": same}), ("GET",), "it", where)]).match("/a/b", "GET")


@pytest.mark.parametrize(("methods", "message"), [("", "no methods"), ("get", "Write 'GET'"), ("GET, POST", "'GET,'")])
def test_methods_are_checked(methods: str, message: str) -> None:
    (found,) = problems((methods, "/a"))
    assert message in found
    assert found.startswith("app.py:1: ")


# -- properties: any table, any path

PARTS = ["a", "b", "<int:{}>", "<float:{}>", "<slug:{}>", "<{}>", "a<int:{}>", "<{}>b", "<{}>-<int:z{}>", "<path:{}>"]
TEXTS = st.sampled_from(["a", "b", "ab", "1", "1.5", "a1", "b-2", "-", ".", "..", "", "é", "\x00", "a-1b"])
PATHS = st.one_of(
    st.lists(TEXTS, max_size=5).map(lambda texts: "/" + "/".join(texts)),
    st.text(alphabet="/ab1-.\\\x00é", max_size=12),
    st.text(max_size=12),
)
METHODS = st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "NONSENSE"])


@st.composite
def tables(draw: st.DrawFn) -> list[Entry[str]]:
    """Draw a table without conflicts."""
    taken: set[object] = set()
    table = []
    for _ in range(draw(st.integers(1, 12))):
        parts = draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4))
        assume(parts.count("<path:{}>") < 2)
        slash = draw(st.sampled_from(["", "", "/"]))
        text = "/" + "/".join(part.format(f"p{n}", n) for n, part in enumerate(parts)) + slash
        methods = draw(st.sampled_from([("GET",), ("POST",), ("GET", "POST"), ("HEAD",)]))
        entry = Entry(parse_pattern(text), methods, f"{methods} {text}", Origin("app.py", 1))
        keys = {(method, entry.pattern.shape()) for method in methods}
        if not keys & taken:
            taken |= keys
            table.append(entry)
    return table


@settings(max_examples=100)
@given(tables(), st.lists(PATHS, min_size=1, max_size=8), METHODS, st.randoms(use_true_random=False))
def test_the_order_of_declaration_does_not_matter(
    table: list[Entry[str]], paths: list[str], method: str, chance: random.Random
) -> None:
    shuffled = [*table]
    chance.shuffle(shuffled)
    one, other = Router(table), Router(shuffled)
    for path in paths:
        assert one.match(path, method) == other.match(path, method)


@settings(max_examples=100)
@given(tables(), st.lists(PATHS, min_size=1, max_size=8), st.sampled_from(["GET", "POST"]))
def test_the_answer_is_the_smallest_shape_of_all_that_match_alone(
    table: list[Entry[str]], paths: list[str], method: str
) -> None:
    together = Router(table)
    for path in paths:
        alone = [(entry, Router([entry]).match(path, method)) for entry in table]
        fitting = [entry for entry, answer in alone if isinstance(answer, Match)]
        answer = together.match(path, method)
        if fitting:
            assert isinstance(answer, Match)
            assert answer.endpoint == min(fitting, key=lambda entry: entry.pattern.shape()).endpoint
        else:
            assert not isinstance(answer, Match)


@settings(max_examples=100)
@given(tables(), st.text(max_size=40), METHODS)
def test_no_path_raises(table: list[Entry[str]], text: str, method: str) -> None:
    for path in (text, "/" + text, f"/a/{text}/", f"/{text}/b"):
        answer = Router(table).match(path, method)
        assert answer is None or isinstance(answer, Match | MethodMismatch | Redirect)


HOSTILE: list[Callable[[int], str]] = [
    lambda n: "/" * n,
    lambda n: "/a" * n,
    lambda n: "/a" * n + "/",
    lambda n: "/1" * n + "/nope",
    lambda n: "/" + "-" * n,
    lambda n: "/" + "a-" * n,
    lambda n: "/a" * n + "-" * n,
    lambda n: "/." * n,
    lambda n: "/" + "1" * n,
    lambda n: "/" + "1." * n,
    lambda n: "/é" * n,
    lambda n: "/" + "\\" * n,
]
DEEP = [
    "/<a>-<b>-<c>-<d>-<int:e>",
    "/<slug:a>-<slug:b>-<slug:c>-<int:d>",
    "/<int:a>/<int:b>/<int:c>/x",
    "/<int:a>/<b>/<int:c>/x",
    "/<a>/<b>/<c>/x",
    "/<a>/<path:b>/x",
    "/<a>/<path:b>/<int:c>/x",
    "/<path:a>/<int:b>/<int:c>/x",
    "/<path:a>/<b>/<c>/<int:d>/x",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_path_takes_a_bounded_number_of_steps(hostile: Callable[[int], str]) -> None:
    table = router(*DEEP)
    short, long = (count_calls(table, hostile(size)) for size in (50, 4000))
    assert long <= short <= 500


@pytest.mark.parametrize("hostile", HOSTILE)
def test_converters_read_a_hostile_path_a_bounded_number_of_times(hostile: Callable[[int], str]) -> None:
    one, many = Sample("one", r"[^/]+", 60), Sample("many", r".+", 95, multi_segment=True)
    declared = [text.replace("<a>", "<one:a>").replace("path:", "many:") for text in DEEP]
    table = router(*declared, custom=[one, many])
    parameters = sum(len(parse_pattern(text).params) for text in DEEP)
    path = hostile(200)
    table.match(path, "GET")
    assert len(one.seen) + len(many.seen) <= 2 * parameters
    assert sum(map(len, one.seen + many.seen)) <= 2 * parameters * len(path)
