"""Write values for the debug page: never a secret, never too long, and whatever their `repr` does.

What a value is called tells whether it is secret. This is a courtesy to whoever shares a screen; who may see the page
at all is decided in reach.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from demijohn.datastructures import SECRET_NAME
from demijohn.logs import printable

__all__ = ["MASK", "is_secret", "shown", "shown_text", "without_passwords"]

MASK = "********"

_MAX_TEXT = 500
_MAX_ITEMS = 50
_URL_PASSWORD = re.compile(r"(://[^/?#\s:@'\"]*):[^/?#\s'\"]*@")
_DSN_PASSWORD = re.compile(r"\b((?:password|passwd|pwd)\s*=\s*)[^\s'\";,)&]+", re.IGNORECASE)
_QUERY_VALUE = re.compile(rf"([?&][\w.-]{{0,40}}(?:{SECRET_NAME.pattern})[\w.-]{{0,40}}=)[^&#\s'\"]*", re.IGNORECASE)
# `password='x'`, `'token': "x"`, `key=12` and `('cookie', 'x')` within the repr of something larger. The quoted value
# may have been cut off.
_NAME = rf"[\w.-]{{0,40}}(?:{SECRET_NAME.pattern})[\w.-]{{0,40}}"
_QUOTED = r"""(?:'(?:[^'\\]|\\.)*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$))"""
_NAMED_VALUE = re.compile(rf"""({_NAME}['"]?\s?[=:]\s?)b?({_QUOTED}|[^\s,)}}\]]+)""", re.IGNORECASE)
_PAIR = re.compile(rf"""(['"]{_NAME}['"],\s?)b?{_QUOTED}""", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Tell whether what bears this name must not be shown."""
    return SECRET_NAME.search(name) is not None


def shown(name: str, value: object) -> str:
    """Return the repr of a value on one line, masked where its name or the name of something in it speaks of a secret.

    Never raises: a `repr` that does is told instead.
    """
    if is_secret(name) and value is not None:
        return repr(MASK)
    try:
        # Other mappings may load what they hold when they are read, as a session does.
        text = _dict(value) if isinstance(value, dict) else _plain(value)
    except Exception as error:  # noqa: BLE001  # the code of any class at all, and often of the one that failed
        return f"<repr of {type(value).__name__} raised {type(error).__name__}>"
    return _cut(printable(text))


def shown_text(name: str, value: str) -> str:
    """Return a text as it came, on one line: a header field, a form field. Masked and cut as `shown` does."""
    if is_secret(name):
        return MASK
    return printable(_cut(without_passwords(value)))


def without_passwords(text: str) -> str:
    """Return a text, such as an error's message, without the passwords and secret parameters of addresses in it."""
    text = _DSN_PASSWORD.sub(rf"\g<1>{MASK}", _URL_PASSWORD.sub(rf"\g<1>:{MASK}@", text))
    return _QUERY_VALUE.sub(rf"\g<1>{MASK}", text)


def _plain(value: object) -> str:
    if isinstance(value, str | bytes):  # no need to escape megabytes of which a line is shown; their text names nothing
        return without_passwords(repr(value[: _MAX_TEXT * 2]))
    text = without_passwords(repr(value)[: _MAX_TEXT * 4])
    return _NAMED_VALUE.sub(rf"\g<1>'{MASK}'", _PAIR.sub(rf"\g<1>'{MASK}'", text))


def _dict(value: dict[object, object]) -> str:
    """Return a dict with each of its values masked by its own key, whose text may be anything."""
    inside = ", ".join(_pairs(value))
    return f"{{{inside}}}" if type(value) is dict else f"{type(value).__name__}({{{inside}}})"


def _pairs(value: dict[object, object]) -> Iterator[str]:
    for count, (key, item) in enumerate(value.items()):
        if count == _MAX_ITEMS:
            yield "…"
            return
        hidden = isinstance(key, str | bytes) and is_secret(str(key)) and item is not None
        yield f"{_plain(key)}: {repr(MASK) if hidden else _plain(item)}"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}… ({len(text)} characters)"
