"""Make a page of a few lines without a template: `html("<p>{name}</p>", name=name)`."""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Callable, Iterable

from demijohn.context import starting_mode
from demijohn.errors import DemijohnError
from demijohn.http.escape import escape
from demijohn.http.response import HTML, Response
from demijohn.types import Origin

__all__ = ["UnsafeHTML", "html"]

_CONVERSIONS: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}
_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


class UnsafeHTML(DemijohnError, ValueError):
    """Refuse to make a page of text that was put together elsewhere: what a visitor sent could be in it unescaped."""


def html(source: object, /, status: int = 200, **values: object) -> Response:
    """Answer with a page: each `{name}` in `source` is replaced by the argument of that name, escaped.

    Only names are replaced; other braces are literal, so CSS and scripts may stand in it. An object with `__html__`
    (markupsafe's) is not escaped again. `source` must be written out in the call: in development and in tests anything
    else is refused, and `demijohn check` finds it. On Python 3.14 a t-string serves as well: `html(t"<p>{name}</p>")`.

    Raises:
        UnsafeHTML: `source` is no literal (in development and in tests).
        KeyError: a `{name}` that no argument has.
    """
    if not isinstance(source, str):
        return Response(_from_template(source), status, content_type=HTML)
    if starting_mode.get() != "production":
        _require_literal()
    if values:
        source = _NAME.sub(lambda match: _value(match[1], values), source)
    return Response(source, status, content_type=HTML)


def _value(name: str, values: dict[str, object]) -> str:
    try:
        return _escaped(values[name])
    except KeyError:
        known = ", ".join(values) or "none"
        raise KeyError(f"html() has no value for {{{name}}}. It was given: {known}.") from None


def _escaped(value: object) -> str:
    if isinstance(value, Response):
        raise TypeError(f"html() was given {value!r}, which is an answer. Give it Markup(render_text(...)), or text.")
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return escape(str(value))


def _from_template(template: object) -> str:
    """Render a t-string (PEP 750): its literal parts are the developer's, its values are escaped."""
    if type(template).__name__ != "Template" or not isinstance(template, Iterable):
        raise UnsafeHTML(f"html() takes text written out in the call, not a {type(template).__name__}.")
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
            continue
        value, conversion, spec = part.value, part.conversion, part.format_spec
        if conversion is not None:
            value = _CONVERSIONS[conversion](value)
        parts.append(_escaped(format(value, spec) if spec else value))
    return "".join(parts)


_checked: set[tuple[str, int]] = set()


def _require_literal() -> None:
    """Look at the source of the call, once for each place; where there is none to look at, nothing can be said."""
    frame = sys._getframe(2)
    place = (frame.f_code.co_filename, frame.f_lineno)
    if place in _checked:
        return
    call = _find_call(*place)
    if call is not None and call.args and not isinstance(call.args[0], ast.Constant):
        argument = ast.unparse(call.args[0])
        raise UnsafeHTML(
            f"html({argument}) at {Origin(*place)} is given text that was put together before, so nothing in it is "
            'escaped. Write the page in the call and pass the values: html("<p>{name}</p>", name=name).'
        )
    _checked.add(place)


def _find_call(file: str, line: int) -> ast.Call | None:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:  # the file has changed since it was imported
        return None
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
        and _is_html(node.func)
    ]
    return max(calls, key=lambda call: call.lineno, default=None)


def _is_html(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id == "html") or (
        isinstance(function, ast.Attribute) and function.attr == "html"
    )
