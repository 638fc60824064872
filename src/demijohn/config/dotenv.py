"""Read the lines of a `.env` file. What they mean to a settings class is decided in loading.py.

The grammar: `NAME=value`, `export NAME=value`, blank lines, and comments from a `#` that begins a line or follows a
space. 'Single quotes' keep everything as it stands; "double quotes" know the escapes of _ESCAPES; both may go on over
several lines. `$NAME` is not replaced: a password may hold a dollar sign.
"""

from __future__ import annotations

import re

import msgspec

__all__ = ["DotenvError", "DotenvLine", "parse_dotenv"]

_HEAD = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_BARE = re.compile(r"[^\n]*")
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\[\s\S])*)"')
_ESCAPE = re.compile(r"\\([nrt\"\\$])")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


class DotenvLine(msgspec.Struct, frozen=True):
    """Hold one name with its value, and the line, counted from 1, on which the name stands."""

    name: str
    value: str
    line: int


class DotenvError(msgspec.Struct, frozen=True):
    """Say what is wrong on a line; the message never repeats a value."""

    message: str
    line: int


def parse_dotenv(text: str) -> tuple[list[DotenvLine], list[DotenvError]]:
    """Return the names with their values, and what could not be read. Both are in the order of the file."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    lines: list[DotenvLine] = []
    errors: list[DotenvError] = []
    position, number = 0, 1
    while position < len(text):
        start = position
        if blank := _REST.match(text, position):
            position = blank.end()
        else:
            found, position = _read_line(text, position, number)
            if isinstance(found, DotenvLine):
                lines.append(found)
            else:
                errors.append(found)
        number += text.count("\n", start, position)
    return lines, errors


def _read_line(text: str, position: int, number: int) -> tuple[DotenvLine | DotenvError, int]:
    """Return what stands at `position`, and where the next line begins."""
    next_line = text.find("\n", position) + 1 or len(text)
    head = _HEAD.match(text, position)
    if head is None:
        return DotenvError("This is not NAME=value, and not a comment.", number), next_line
    name, at = head[1], head.end()
    quote = text[at : at + 1]
    if quote not in ("'", '"') or not quote:
        bare = _BARE.match(text, at)
        value = _COMMENT.sub("", bare[0] if bare else "", count=1).strip()
        return DotenvLine(name, value, number), next_line
    quoted = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    if quoted is None:
        return DotenvError(f"The quote that {name} opens is not closed.", number), next_line
    rest = _REST.match(text, quoted.end())
    if rest is None:
        return DotenvError(f"Something follows the closing quote of {name}.", number), next_line
    value = quoted[1] if quote == "'" else _ESCAPE.sub(lambda match: _ESCAPES[match[1]], quoted[1])
    return DotenvLine(name, value, number), rest.end()
