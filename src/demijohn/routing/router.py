"""Match a path and a method to an endpoint. Building paths back is in reverse.py, reading patterns in pattern.py.

A path without parameters is found by two dict lookups. The others stand in a tree with one level a segment, which is
searched from the most specific branch to the least: literal, mixed, converters by rank, several segments last. What was
declared first does not matter. A search enters each node of the tree at most once, whatever the path, because a node
stands at a fixed distance from the start of a path or, behind a parameter of several segments, from its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

import msgspec

from demijohn.errors import DeclarationError, Problem
from demijohn.routing.converters import Converter, TextTest
from demijohn.routing.pattern import Pattern, Segment, SegmentKey, is_matchable
from demijohn.routing.reverse import quote_path
from demijohn.types import Origin

__all__ = ["WEBSOCKET", "Entry", "Match", "MethodMismatch", "Redirect", "Router"]

# The method under which WebSocket routes are entered and matched, so that a page and a socket may share a path. No
# client can send it (RFC 9110, section 9.1: a method is a token), and `allowed` never names it.
WEBSOCKET: Final = ":websocket"

E = TypeVar("E")
_T = TypeVar("_T")

_METHOD = re.compile(r"[A-Z][A-Z0-9!#$%&'*+.^_`|~-]*")
_Parse: TypeAlias = Callable[[str], object]
_Check: TypeAlias = tuple[TextTest, _Parse]


class Entry(msgspec.Struct, Generic[E], frozen=True):
    """Enter an endpoint (never None) under a pattern and upper-case methods, or `WEBSOCKET`."""

    pattern: Pattern
    methods: Collection[str]
    endpoint: E
    origin: Origin


# The results are not frozen: that would double the cost of making one.
class Match(msgspec.Struct, Generic[E]):
    """Answer that an endpoint takes the request, with the values from the path."""

    endpoint: E
    params: dict[str, object]


class MethodMismatch(msgspec.Struct):
    """Answer that the path exists, but not for this method: 405, or the Allow of an OPTIONS request.

    `allowed` is sorted and has HEAD where there is GET, and OPTIONS; it is empty where only a WebSocket answers.
    """

    allowed: tuple[str, ...]


class Redirect(msgspec.Struct):
    """Answer that the path exists with, or without, a slash at its end: 308 to `path`, percent-encoded.

    The query string of the request has to be added.
    """

    path: str


class Router(Generic[E]):
    """Hold the table of one app; built once, read by every request.

    `static` maps each path without parameters to its methods (HEAD among them where there is GET) and those to the
    endpoint. The pipeline reads it directly and calls `match` for everything that is not in it.

    Raises:
        DeclarationError: entries contend for the same requests, or methods are missing or misspelt; names all of them.
    """

    __slots__ = ("_root", "static")

    def __init__(self, entries: Iterable[Entry[E]]) -> None:
        table = tuple(entries)
        if problems := [*_method_problems(table), *_converter_problems(table), *_conflicts(table)]:
            raise DeclarationError(problems)
        self.static: dict[str, dict[str, E]] = {}
        self._root: _Node[E] = _Node()
        for entry in table:
            if entry.pattern.is_static:
                self.static.setdefault(entry.pattern.text, {}).update(dict.fromkeys(entry.methods, entry.endpoint))
            else:
                self._root.add(entry)
        for methods in self.static.values():
            _let_get_answer_head(methods)
        self._root.freeze()

    def match(self, path: str, method: str) -> Match[E] | MethodMismatch | Redirect | None:
        """Find the endpoint for a decoded path; None means that there is no such path."""
        methods = self.static.get(path)
        if methods is not None:
            endpoint = methods.get(method)
            if endpoint is not None:
                return Match(endpoint, {})
        elif not is_matchable(path):
            return None
        values: list[object] = []
        allowed: set[str] = set()
        target = self._root.find(path.split("/"), 1, method, values, allowed)
        if target is not None:
            params = dict(zip(target.names, values))  # noqa: B905  # both come from one pattern; strict= costs 0.15 us
            return Match(target.endpoint, params)
        if methods is not None:
            allowed.update(methods)
        return MethodMismatch(_allow(allowed)) if allowed else self._match_other_spelling(path, method)

    def _match_other_spelling(self, path: str, method: str) -> MethodMismatch | Redirect | None:
        other = path[:-1] if path[-1] == "/" else path + "/"
        methods = self.static.get(other, {})
        allowed = set(methods)
        if method in methods or self._root.find(other.split("/"), 1, method, [], allowed) is not None:
            return Redirect(quote_path(other))
        return MethodMismatch(_allow(allowed)) if allowed else None


class _Target(msgspec.Struct, Generic[E], frozen=True):
    """Pair an endpoint with the names of its parameters in the order of the path."""

    endpoint: E
    names: tuple[str, ...]


class _Node(Generic[E]):
    """Stand for everything that may follow one beginning of a path."""

    __slots__ = ("_children", "literals", "mixed", "multis", "singles", "targets")

    def __init__(self) -> None:
        self._children: dict[SegmentKey, tuple[Segment, _Node[E]]] = {}
        self.targets: dict[str, _Target[E]] = {}  # of the paths that end here, by method
        # The branches by class, each class from the most specific; `multis` know how many segments stand behind them.
        self.literals: dict[str, _Node[E]] = {}
        self.mixed: tuple[tuple[Segment, tuple[_Check, ...], _Node[E]], ...] = ()
        self.singles: tuple[tuple[TextTest, _Parse, _Node[E]], ...] = ()
        self.multis: tuple[tuple[TextTest, _Parse, int, _Node[E]], ...] = ()

    def add(self, entry: Entry[E]) -> None:
        node = self
        pattern = entry.pattern
        for key, segment in zip(pattern.shape(), pattern.segments, strict=True):
            _, node = node._children.setdefault(key, (segment, _Node()))
        node.targets.update(dict.fromkeys(entry.methods, _Target(entry.endpoint, tuple(pattern.params))))

    def freeze(self) -> None:
        """Sort the branches and prepare their checks, here and below."""
        mixed, singles, multis = [], [], []
        for key, (segment, child) in sorted(self._children.items(), key=lambda item: item[0]):
            child.freeze()
            checks = [(parameter.fits, parameter.effective.parse) for parameter in segment.parameters]
            if not checks:
                self.literals[segment.prefix] = child
            elif segment.is_mixed:
                mixed.append((segment, tuple(checks), child))
            elif segment.is_multi:
                multis.append((*checks[0], -key[2], child))
            else:
                singles.append((*checks[0], child))
        self.mixed, self.singles, self.multis = tuple(mixed), tuple(singles), tuple(multis)
        self._children = {}
        _let_get_answer_head(self.targets)

    # The arguments are loose, not one object: that is a fifth faster for a whole match.
    def find(
        self, segments: list[str], index: int, method: str, values: list[object], allowed: set[str]
    ) -> _Target[E] | None:
        """Return the most specific target below that fits the segments from `index` on and has the method.

        Leaves its parameters in `values`. Where there is none, `allowed` has the methods of all that fit.
        """
        if index == len(segments):
            target = self.targets.get(method)
            if target is None:
                allowed.update(self.targets)
            return target
        text = segments[index]
        child = self.literals.get(text)
        if child is not None:
            target = child.find(segments, index + 1, method, values, allowed)
            if target is not None:
                return target
        if not text:  # behind a slash at the end: no parameter is empty
            return None
        if self.mixed:
            target = self._find_mixed(segments, index, method, values, allowed)
            if target is not None:
                return target
        for fits, parse, child in self.singles:
            if fits is not None and fits(text) is None:
                continue
            try:
                values.append(parse(text))
            except ValueError:
                continue
            target = child.find(segments, index + 1, method, values, allowed)
            if target is not None:
                return target
            values.pop()
        return self._find_multi(segments, index, method, values, allowed) if self.multis else None

    def _find_mixed(
        self, segments: list[str], index: int, method: str, values: list[object], allowed: set[str]
    ) -> _Target[E] | None:
        before = len(values)
        for segment, checks, child in self.mixed:
            found = _parse_mixed(segment, checks, segments[index])
            if found is None:
                continue
            values += found
            target = child.find(segments, index + 1, method, values, allowed)
            if target is not None:
                return target
            del values[before:]
        return None

    def _find_multi(
        self, segments: list[str], index: int, method: str, values: list[object], allowed: set[str]
    ) -> _Target[E] | None:
        for fits, parse, tail, child in self.multis:
            end = len(segments) - tail
            if end <= index:
                continue
            text = "/".join(segments[index:end])
            if text[-1] == "/" or (fits is not None and fits(text) is None):
                continue
            try:
                values.append(parse(text))
            except ValueError:
                continue
            target = child.find(segments, end, method, values, allowed)
            if target is not None:
                return target
            values.pop()
        return None


def _parse_mixed(segment: Segment, checks: tuple[_Check, ...], text: str) -> list[object] | None:
    texts = segment.split(text)
    if texts is None:
        return None
    values: list[object] = []
    for part, (fits, parse) in zip(texts, checks, strict=True):
        if fits is not None and fits(part) is None:
            return None
        try:
            values.append(parse(part))
        except ValueError:
            return None
    return values


def _let_get_answer_head(methods: dict[str, _T]) -> None:
    if "GET" in methods:
        methods.setdefault("HEAD", methods["GET"])


def _allow(methods: Collection[str]) -> tuple[str, ...]:
    allowed = {*methods} - {WEBSOCKET}
    return tuple(sorted({*allowed, "OPTIONS"})) if allowed else ()


def _method_problems(table: Sequence[Entry[E]]) -> Iterator[Problem]:
    for entry in table:
        path, where = entry.pattern.text, str(entry.origin)
        if not entry.methods:
            yield Problem(f"{path} has no methods.", where, "Name at least one, such as 'GET'.")
        for method in entry.methods:
            if method != WEBSOCKET and _METHOD.fullmatch(method) is None:
                yield Problem(f"{path} has the method {method!r}.", where, f"Write {method.strip().upper()!r}.")


def _converter_problems(table: Sequence[Entry[E]]) -> Iterator[Problem]:
    """Find two converters of one name: the tree would take them for the same."""
    seen: dict[str, tuple[Converter, Entry[E]]] = {}
    for entry in table:
        for converter in entry.pattern.params.values():
            if converter is None:
                continue
            first, declared = seen.setdefault(converter.name, (converter, entry))
            if first is not converter and first != converter:
                yield Problem(
                    f"{entry.pattern.text} and {declared.pattern.text} at {declared.origin} "
                    f"use two different converters named {converter.name!r}.",
                    str(entry.origin),
                    "Give one of them another name.",
                )


def _conflicts(table: Sequence[Entry[E]]) -> Iterator[Problem]:
    """Find entries between which neither path nor method nor rank decides; each is named with the first it meets."""
    taken: dict[tuple[object, ...], Entry[E]] = {}
    for entry in table:
        pattern = entry.pattern
        shape = pattern.shape(ranks_only=True)
        rivals: dict[int, tuple[Entry[E], list[str]]] = {}
        for method in sorted({*entry.methods}):
            rival = taken.setdefault((method, shape), entry)
            if rival is not entry:
                rivals.setdefault(id(rival), (rival, []))[1].append(method)
        for rival, methods in rivals.values():
            yield _conflict(entry, rival, methods)


def _conflict(entry: Entry[E], rival: Entry[E], methods: Sequence[str]) -> Problem:
    names = ", ".join("WebSocket" if method == WEBSOCKET else method for method in methods)
    where = str(entry.origin)
    first = f"{rival.pattern.text} at {rival.origin}"
    if entry.pattern.shape() == rival.pattern.shape():
        return Problem(
            f"{names} {entry.pattern.text} is taken: {first} answers the same requests.",
            where,
            "Give one of them another path or other methods.",
        )
    return Problem(
        f"{names} {entry.pattern.text} and {first} may both fit a path, and their converters have the same rank.",
        where,
        "Give one of the converters another rank; the lower one is tried first.",
    )
