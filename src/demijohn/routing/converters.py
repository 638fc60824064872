"""Turn the text of a path parameter into a value and back. The syntax around it, `<int:id>`, is in pattern.py."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol, TypeAlias

from demijohn.errors import DeclarationError, Problem
from demijohn.types import origin_of

__all__ = ["STR", "Converter", "Converters", "TextTest", "check_converter", "is_multi_segment", "text_test"]

# A regex of the framework's own is linear. One of the project's may not be, so it never sees a longer text than this;
# a file name has at most 255 bytes on the usual file systems, a path inside a URL is allowed a few of them.
SEGMENT_LIMIT: Final = 255
MULTI_SEGMENT_LIMIT: Final = 1024

_LARGEST_INT: Final = 2**63 - 1
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ANCHOR = re.compile(r"\A(?:\^|\\A)|(?<!\\)(?:\$|\\Z)\Z")

# Says whether a text may be given to `parse`; None where every text may.
TextTest: TypeAlias = Callable[[str], object] | None


class Converter(Protocol):
    """Convert one kind of path parameter.

    `name` is what stands before the colon in `<name:parameter>` and names one behaviour in the whole app. `regex` must
    fit the whole text of the parameter and sees nothing else of the path, so it needs no anchors and its groups do no
    harm; it gets at most 255 characters (1,024 with several segments), and a longer text does not match. `rank`, 0 to
    999, decides between converters that both fit: the lower one wins; the built-in ones have uuid 10, int 20, float 30,
    slug 40, str 50, path 90. `parse` raises ValueError for a text that is no value, which then does not match; `format`
    raises it for a value that has no text. A class attribute `multi_segment = True` lets the parameter cover several
    segments; `parse` then gets them joined by `/`, none of them empty, `.` or `..`.
    """

    @property
    def name(self) -> str: ...
    @property
    def regex(self) -> str: ...
    @property
    def rank(self) -> int: ...
    def parse(self, text: str, /) -> object: ...
    def format(self, value: Any, /) -> str: ...  # Any: a converter names its own type, which `object` would refuse


class StrConverter:
    """Take any text of one segment."""

    name = "str"
    regex = "[^/]+"
    rank = 50

    def parse(self, text: str) -> str:
        return text

    def format(self, value: object) -> str:
        return str(value)


class IntConverter:
    """Take a whole number from 0 to 2**63 - 1, the largest that a database key can be."""

    name = "int"
    regex = "[0-9]{1,19}"  # no longer: int() is quadratic
    rank = 20

    def parse(self, text: str) -> int:
        value = int(text)
        if value > _LARGEST_INT:
            raise ValueError("a number above 2**63 - 1")
        return value

    def format(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("it is not a whole number")
        return str(value)


class FloatConverter:
    """Take a number that is not negative, with or without a decimal point."""

    name = "float"
    regex = r"[0-9]+(?:\.[0-9]+)?"
    rank = 30

    def parse(self, text: str) -> float:
        value = float(text)
        if math.isinf(value):
            raise ValueError("a number too large for a float")
        return value

    def format(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError("it is not a number")
        text = str(value)
        if "e" in text and isinstance(value, float):
            from decimal import Decimal  # here, because few URLs hold a number this large or small

            text = format(Decimal(text), "f")
        return text


class PathConverter:
    """Take one segment or several; a text with an empty, `.` or `..` segment never gets here."""

    name = "path"
    regex = ".+"
    rank = 90
    multi_segment = True

    def parse(self, text: str) -> str:
        return text

    def format(self, value: object) -> str:
        return str(value)


class UUIDConverter:
    """Take a UUID in its 36-character form, in either case; built paths are in lower case."""

    name = "uuid"
    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    rank = 10

    def parse(self, text: str) -> object:
        from uuid import UUID  # here, because most apps have no such route

        return UUID(text)

    def format(self, value: object) -> str:
        return str(value).lower()


class SlugConverter:
    """Take ASCII letters, digits, `-` and `_`, as Django's slug does."""

    name = "slug"
    regex = "[-a-zA-Z0-9_]+"
    rank = 40

    def parse(self, text: str) -> str:
        return text

    def format(self, value: object) -> str:
        return str(value)


STR: Final[Converter] = StrConverter()
_BUILT_IN: Final[Mapping[str, Converter]] = {
    converter.name: converter
    for converter in (STR, IntConverter(), FloatConverter(), PathConverter(), UUIDConverter(), SlugConverter())
}
_BY_TYPE: Final[Mapping[object, Converter]] = {
    str: STR,
    int: _BUILT_IN["int"],
    float: _BUILT_IN["float"],
}


class Converters(Mapping[str, Converter]):
    """Name the converters that a pattern may use: the built-in ones and the project's own.

    The key of a custom converter is its name in patterns. A class is instantiated without arguments.

    Raises:
        DeclarationError: a name is built in or malformed, a rank is out of range, a regex does not compile, fits the
            empty text, is anchored or sets flags for the whole of it; all such mistakes at once.
    """

    __slots__ = ("_by_name",)

    def __init__(self, custom: Mapping[str, Converter | type[Converter]] | None = None) -> None:
        self._by_name: dict[str, Converter] = dict(_BUILT_IN)
        problems: list[Problem] = []
        for name, given in (custom or {}).items():
            converter = given() if isinstance(given, type) else given
            problems += _name_problems(name, converter)
            problems += _problems_of(converter)
            self._by_name[name] = converter
        if problems:
            raise DeclarationError(problems)

    def __getitem__(self, name: str) -> Converter:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def for_type(self, annotation: object) -> Converter | None:
        """Return the converter of a bare `<id>` whose parameter has this annotation: str, int, float or UUID."""
        if getattr(annotation, "__module__", "") == "uuid" and getattr(annotation, "__qualname__", "") == "UUID":
            return _BUILT_IN["uuid"]
        try:
            return _BY_TYPE.get(annotation)
        except TypeError:  # an annotation that cannot be hashed is none of ours
            return None


def is_multi_segment(converter: Converter) -> bool:
    """Say whether the parameters of this converter cover several segments."""
    return bool(getattr(converter, "multi_segment", False))


def check_converter(converter: Converter) -> None:
    """Refuse a converter that could not be matched safely.

    Raises:
        DeclarationError: see `Converters`.
    """
    if problems := _problems_of(converter):
        raise DeclarationError(problems)


def text_test(converter: Converter) -> TextTest:
    """Return the test that a text must pass before `parse` sees it, decided once when the router is built."""
    fullmatch = re.compile(converter.regex).fullmatch
    if _BUILT_IN.get(converter.name) is converter:
        return None if converter.name in ("str", "path") else fullmatch
    limit = MULTI_SEGMENT_LIMIT if is_multi_segment(converter) else SEGMENT_LIMIT
    return lambda text: fullmatch(text) if len(text) <= limit else None


def _name_problems(name: str, converter: Converter) -> list[Problem]:
    where = str(origin_of(type(converter)) or "")
    if name in _BUILT_IN:
        return [
            Problem(
                f"The converter {name!r} is built in and cannot be replaced: a pattern means the same in every app.",
                where,
                f"Give yours another name, such as 'my_{name}'.",
            )
        ]
    if converter.name != name:
        return [
            Problem(
                f"The converter registered as {name!r} calls itself {converter.name!r}.",
                where,
                f"Write name = {name!r} in {type(converter).__name__}, or register it as {converter.name!r}.",
            )
        ]
    if _NAME.fullmatch(name) is None:
        return [Problem(f"The converter name {name!r} cannot stand in a pattern.", where, "Use a-z, 0-9 and '_'.")]
    return []


def _problems_of(converter: Converter) -> list[Problem]:
    where = str(origin_of(type(converter)) or "")
    label = f"The converter {converter.name!r}"
    problems: list[Problem] = []
    if not 0 <= converter.rank <= 999:
        problems.append(
            Problem(f"{label} has the rank {converter.rank}.", where, "A rank is a number from 0 to 999; str has 50.")
        )
    problem = _regex_mistake(converter.regex)
    if problem is not None:
        problems.append(Problem(f"{label} has the regex {converter.regex!r}, which {problem[0]}.", where, problem[1]))
    return problems


def _regex_mistake(regex: str) -> tuple[str, str] | None:
    """Return what is wrong with a regex and what to do, or None."""
    try:
        compiled = re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        return f"does not compile ({error})", "Try it with re.compile."
    if compiled.flags != re.UNICODE:
        return "sets flags for the whole expression", "Write the flag around a part, as in '(?i:[a-z]+)'."
    if _ANCHOR.search(regex):
        return "is anchored", "Leave the anchor out: the whole text has to fit anyway."
    if compiled.fullmatch("") is not None:
        return "fits an empty text", "A parameter is never empty: write '+' where there is '*'."
    return None
