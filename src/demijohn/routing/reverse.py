"""Build the path of a route from its values, `/notes/1` from `/notes/<int:id>`. Matching it again is in router.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final
from urllib.parse import quote, urlencode

from demijohn.errors import DemijohnError
from demijohn.routing.converters import is_multi_segment
from demijohn.routing.pattern import Parameter, Pattern, Segment, is_matchable

__all__ = ["BuildError", "build_path", "quote_path"]

# RFC 3986 allows "'" and ";" in a path, too; they are encoded, because the one ends an attribute in careless HTML and
# some proxies cut a segment at the other.
_UNQUOTED: Final = "/!$&()*+,:=@"
_NEEDS_NO_QUOTING = re.compile(r"[-._~/!$&()*+,:=@0-9A-Za-z]*")


class BuildError(DemijohnError, ValueError):
    """Refuse to build a path that would not lead back to the same route with the same values."""


def build_path(pattern: Pattern, values: Mapping[str, object], query: Mapping[str, object] | None = None) -> str:
    """Return the percent-encoded path for these values, with the query behind it.

    Matching the path gives the same texts again, or this raises. In `query` a list or tuple repeats its name, None
    leaves it out, a bool is `true` or `false`, an Enum its value.

    Raises:
        BuildError: a value is missing, unknown, None, or does not fit its converter or its place.
    """
    params = pattern.params
    if params.keys() != values.keys():
        raise BuildError(_names_mistake(pattern, values))
    path = "".join(["/" + _build_segment(segment, pattern, values) for segment in pattern.segments])
    if params and not is_matchable(path):
        raise BuildError(
            f"{pattern.text!r} with {_list_values(values)} gives {path!r}, which no server passes on as it is: "
            "a control character, a backslash or an empty, '.' or '..' segment is in it. Check the value first."
        )
    quoted = quote_path(path)
    return quoted + _build_query(query) if query else quoted


def quote_path(path: str) -> str:
    """Percent-encode a decoded path for a link or a Location header."""
    return path if _NEEDS_NO_QUOTING.fullmatch(path) else quote(path, safe=_UNQUOTED)


def _build_segment(segment: Segment, pattern: Pattern, values: Mapping[str, object]) -> str:
    if not segment.parameters:
        return segment.prefix
    texts = [_build_text(parameter, pattern, values[parameter.name]) for parameter in segment.parameters]
    if not segment.separators:
        return segment.prefix + texts[0] + segment.suffix
    text = segment.join(texts)
    if segment.split(text) != texts:
        raise BuildError(
            f"{pattern.text!r} with {_list_values(values)} gives {text!r}, which is read back differently: "
            "a value ends at the first place where the text behind it stands. Put a '/' between the parameters instead."
        )
    return text


def _build_text(parameter: Parameter, pattern: Pattern, value: object) -> str:
    converter = parameter.effective
    try:
        if value is None:
            raise ValueError("there is none")
        text = converter.format(value)
        if not text or (parameter.fits is not None and parameter.fits(text) is None):
            raise ValueError(f"it does not fit {converter.regex}")
        if "/" in text and not is_multi_segment(converter):
            raise ValueError("a '/' would begin another segment; <path:...> takes several")
        if text[-1] == "/":
            raise ValueError("it ends in '/'")
        converter.parse(text)
    except ValueError as error:
        raise BuildError(
            f"{pattern.text!r} needs {parameter.name!r} as {converter.name}, not {value!r}: {error}."
        ) from error
    return text


def _build_query(query: Mapping[str, object]) -> str:
    pairs = [(name, _query_text(value)) for name, given in query.items() for value in _each(given)]
    try:
        text = urlencode(pairs)
    except UnicodeEncodeError as error:
        raise BuildError(f"The query {_list_values(query)} holds text that cannot be sent as UTF-8.") from error
    return "?" + text if text else ""


def _each(given: object) -> list[object]:
    values = list(given) if isinstance(given, list | tuple) else [given]
    return [value for value in values if value is not None]


def _query_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value.value if isinstance(value, Enum) else value)


def _names_mistake(pattern: Pattern, values: Mapping[str, object]) -> str:
    missing = [name for name in pattern.params if name not in values]
    unknown = [name for name in values if name not in pattern.params]
    parts = []
    if missing:
        parts.append(f"needs a value for {', '.join(map(repr, missing))}")
    if unknown:
        parts.append(f"has no parameter {', '.join(map(repr, unknown))}")
    return f"{pattern.text!r} {' and '.join(parts)}."


def _list_values(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items()) or "no values"
