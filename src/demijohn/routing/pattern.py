"""Read the path of a route, `/notes/<int:id>`. What a parameter may hold is in converters.py, matching in router.py."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn, TypeAlias

from demijohn.errors import DeclarationError, Problem
from demijohn.routing.converters import (
    STR,
    Converter,
    Converters,
    TextTest,
    check_converter,
    is_multi_segment,
    text_test,
)
from demijohn.types import Origin

__all__ = ["Parameter", "Pattern", "PatternError", "Segment", "SegmentKey", "is_matchable", "parse_pattern"]

# Neither a pattern nor a request may hold these. A server decodes the path before we see it, and over RSGI there is no
# raw one to look at, so the NUL, the backslash and the U+FFFD of broken UTF-8 are refused here, with all controls.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ufffd\ud800-\udfff]")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(?=/|\Z)")
_PARAMETER = re.compile(r"<([^<>]*)>")
_PERCENT_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_BRACES = re.compile(r"\{(\w+)(?::(\w+))?\}")

# What a segment fits, and how specific it is, the smallest first: its class; the rank, or minus the length of the
# literals; minus the length of the prefix, or of the segments behind; the text.
SegmentKey: TypeAlias = tuple[int, int, int, str]

_LITERAL: Final = 0
_MIXED: Final = 1
_SINGLE: Final = 2
_MULTI: Final = 3


class PatternError(DeclarationError):
    """Stop the start: the path of a route cannot be read. `position` counts the characters of `text` from 0."""

    def __init__(self, message: str, *, text: str, position: int, remedy: str, origin: Origin | None = None) -> None:
        self.text = text
        self.position = position
        where = "" if origin is None else str(origin)
        super().__init__([Problem(f"The path {text!r}, character {position + 1}: {message}", where, remedy)])


@dataclass(frozen=True, slots=True)
class Parameter:
    """Name one value in a path; `converter` is None for a bare `<id>` to which none was bound yet.

    `effective` is the converter that decides, any text of one segment where there is none, and `fits` its test.
    """

    name: str
    converter: Converter | None
    effective: Converter = field(init=False, repr=False, compare=False)
    fits: TextTest = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        effective = STR if self.converter is None else self.converter
        object.__setattr__(self, "effective", effective)  # the class is frozen
        object.__setattr__(self, "fits", text_test(effective))


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold what stands between two slashes: `prefix`, parameters with a separator between each two, `suffix`.

    A segment without parameters is all prefix.
    """

    prefix: str
    parameters: tuple[Parameter, ...] = ()
    separators: tuple[str, ...] = ()
    suffix: str = ""

    @property
    def is_mixed(self) -> bool:
        """Say whether literal text and parameters meet in this segment."""
        return bool(self.parameters) and bool(self.prefix or self.separators or self.suffix)

    @property
    def is_multi(self) -> bool:
        """Say whether this segment stands for one or more segments of a path."""
        return any(is_multi_segment(parameter.effective) for parameter in self.parameters)

    def split(self, text: str) -> list[str] | None:
        """Cut a text into those of the parameters, or return None where the literals do not fit or one would be empty.

        Each parameter but the last ends at the first place where the separator behind it stands. So a hostile text
        costs one pass, where a regex over the whole segment tries every way to cut it.
        """
        if not (text.startswith(self.prefix) and text.endswith(self.suffix)):
            return None
        rest = text[len(self.prefix) : len(text) - len(self.suffix)]
        texts: list[str] = []
        for separator in self.separators:
            head, _, rest = rest.partition(separator)
            texts.append(head)
        texts.append(rest)
        return texts if all(texts) else None

    def join(self, texts: list[str]) -> str:
        """Put the texts of the parameters back between the literals."""
        if not texts:
            return self.prefix
        pairs = zip(texts, (*self.separators, self.suffix), strict=True)
        return self.prefix + "".join(text + literal for text, literal in pairs)

    def key(self, tail: int, *, ranks_only: bool = False) -> SegmentKey:
        """Return the key that equals another segment's where both fit the same texts, and sorts by how specific it is.

        `tail` is the number of segments behind this one. With `ranks_only` converters of one rank are not told apart.
        """
        if not self.parameters:
            return (_LITERAL, 0, 0, self.prefix)
        converters = [parameter.effective for parameter in self.parameters]
        names = [
            f"<{converter.rank:03}>" if ranks_only else f"<{converter.rank:03}:{converter.name}:{converter.regex}>"
            for converter in converters
        ]
        text = self.join(names)
        if self.is_mixed:
            return (_MIXED, -len(self.join([""] * len(names))), -len(self.prefix), text)
        if self.is_multi:
            return (_MULTI, converters[0].rank, -tail, text)
        return (_SINGLE, converters[0].rank, 0, text)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Hold a path as its segments; a slash at its end is an empty one behind it.

    `params` names the converters in the order of the path, None for that of a bare `<id>`.
    """

    text: str
    segments: tuple[Segment, ...]
    params: Mapping[str, Converter | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parameters = [parameter for segment in self.segments for parameter in segment.parameters]
        params = {parameter.name: parameter.converter for parameter in parameters}
        object.__setattr__(self, "params", params)  # the class is frozen

    @property
    def is_static(self) -> bool:
        """Say whether the pattern fits one path only, its own text."""
        return not self.params

    def shape(self, *, ranks_only: bool = False) -> tuple[SegmentKey, ...]:
        """Return the keys of the segments; of two patterns that fit a path, the router takes the smaller shape."""
        last = len(self.segments) - 1
        return tuple(segment.key(last - n, ranks_only=ranks_only) for n, segment in enumerate(self.segments))

    def bind(self, converters: Mapping[str, Converter]) -> Pattern:
        """Give bare parameters the converters of their annotations; those not named take any text of one segment.

        Raises:
            DeclarationError: a converter is malformed or covers several segments.
            ValueError: a name is not that of a bare parameter.
        """
        bare = {name for name, converter in self.params.items() if converter is None}
        for name, converter in converters.items():
            if name not in bare:
                raise ValueError(f"{name!r} is not a bare parameter of {self.text!r}.")
            check_converter(converter)
            if is_multi_segment(converter):
                raise DeclarationError(
                    f"{name!r} in {self.text!r} covers one segment, but {converter.name!r} several. "
                    f"Write <{converter.name}:{name}>."
                )

        def bound(parameter: Parameter) -> Parameter:
            converter = parameter.converter
            return Parameter(parameter.name, converters.get(parameter.name, STR) if converter is None else converter)

        return Pattern(
            self.text,
            tuple(replace(segment, parameters=tuple(map(bound, segment.parameters))) for segment in self.segments),
        )


def is_matchable(path: str) -> bool:
    """Say whether a decoded path may be matched at all.

    It starts with a slash and holds no empty, `.` or `..` segment (but may end in a slash), no control character, no
    backslash, no U+FFFD and no lone surrogate.
    """
    return (
        path[:1] == "/"
        and "//" not in path
        # The three tests in front of each search are cheaper than it and settle nearly every request.
        and ((path.isascii() and path.isprintable() and "\\" not in path) or _FORBIDDEN.search(path) is None)
        and ("/." not in path or _DOT_SEGMENT.search(path) is None)
    )


def parse_pattern(text: str, converters: Converters | None = None, *, origin: Origin | None = None) -> Pattern:
    """Read a path such as `/notes/<int:id>/v<float:version>.json`.

    A segment may mix literals and parameters, but not put two parameters side by side; one that covers several
    segments (`path`) fills its segment, and a pattern has at most one. Literals are written decoded: `/café`.

    Raises:
        PatternError: the text cannot be read; names the first mistake in it.
    """
    return _Reader(text, converters if converters is not None else Converters(), origin).read()


class _Reader:
    """Read one pattern and point at what is wrong with it."""

    __slots__ = ("converters", "names", "origin", "text")

    def __init__(self, text: str, converters: Converters, origin: Origin | None) -> None:
        self.text = text
        self.converters = converters
        self.origin = origin
        self.names: set[str] = set()

    def read(self) -> Pattern:
        self._check_text()
        segments: list[Segment] = []
        position = 1
        for part in self.text[1:].split("/"):
            segment = self._read_segment(part, position)
            if segment.is_multi:
                if segment.is_mixed:
                    self._fail(position, "a parameter of several segments has text beside it.", "Give it its own.")
                if any(earlier.is_multi for earlier in segments):
                    self._fail(position, "a second parameter covers several segments.", "Keep one of them.")
            segments.append(segment)
            position += len(part) + 1
        return Pattern(self.text, tuple(segments))

    def _check_text(self) -> None:
        text = self.text
        if not text.startswith("/"):
            self._fail(0, "it does not start with '/'.", f"Write '/{text}'.")
        if found := _FORBIDDEN.search(text):
            name = f"U+{ord(found.group()):04X}"
            self._fail(found.start(), f"{name} never reaches a route.", "Leave the character out.")
        if (position := text.find("//")) >= 0:
            self._fail(position, "there is an empty segment.", f"Write {re.sub('//+', '/', text)!r}.")
        if found := _DOT_SEGMENT.search(text):
            self._fail(found.start() + 1, "clients resolve '.' and '..' before they ask.", "Write the path they give.")
        if found := _PERCENT_ESCAPE.search(text):
            self._fail(found.start(), "paths are matched decoded.", "Write the character itself, as in '/café'.")

    def _read_segment(self, part: str, start: int) -> Segment:
        literals: list[str] = []
        parameters: list[Parameter] = []
        end = 0
        for found in _PARAMETER.finditer(part):
            if parameters and found.start() == end:
                self._fail(start + end, "two parameters touch.", "Put a '/' or a character such as '-' between them.")
            literals.append(self._read_literal(part[end : found.start()], start + end))
            parameters.append(self._read_parameter(found.group(1), start + found.start()))
            end = found.end()
        literals.append(self._read_literal(part[end:], start + end))
        if not parameters:
            return Segment(literals[0])
        return Segment(literals[0], tuple(parameters), tuple(literals[1:-1]), literals[-1])

    def _read_literal(self, literal: str, start: int) -> str:
        for position, character in enumerate(literal, start):
            if character in "<>":
                other = ">" if character == "<" else "<"
                self._fail(position, f"{character!r} has no {other!r}.", "A parameter is written <name> or <int:name>.")
            if character in "?#":
                self._fail(position, f"{character!r} ends a path.", "Query parameters are arguments of the handler.")
        if found := _BRACES.search(literal):
            name, converter = found.groups()
            written = f"<{converter}:{name}>" if converter else f"<{name}>"
            self._fail(start + found.start(), f"{found.group()!r} is no parameter.", f"Write {written!r}.")
        return literal

    def _read_parameter(self, inside: str, start: int) -> Parameter:
        converter_name, colon, name = inside.rpartition(":")
        if not name.isidentifier() or keyword.iskeyword(name):
            hint = "Spaces do not belong there." if name.strip() != name else "It becomes an argument of the handler."
            self._fail(start, f"{name!r} cannot name a parameter.", f"{hint} Write <id> or <int:id>.")
        if name in self.names:
            self._fail(start, f"there is a second parameter {name!r}.", "Give one of them another name.")
        self.names.add(name)
        if not colon:
            return Parameter(name, None)
        converter = self.converters.get(converter_name)
        if converter is None:
            self._fail(
                start, f"there is no converter {converter_name!r}.", self._converter_remedy(converter_name, name)
            )
        return Parameter(name, converter)

    def _converter_remedy(self, converter_name: str, name: str) -> str:
        if name in self.converters:
            return f"The converter comes first: <{name}:{converter_name}>."
        if "(" in converter_name:
            return "Converters take no arguments: write one of your own and register it."
        from difflib import get_close_matches  # here, because only a mistake needs it

        if near := get_close_matches(converter_name, self.converters, 1):
            return f"Did you mean <{near[0]}:{name}>?"
        return f"There are {', '.join(self.converters)}; your own are registered by name."

    def _fail(self, position: int, message: str, remedy: str) -> NoReturn:
        raise PatternError(message, text=self.text, position=position, remedy=remedy, origin=self.origin)
