"""Define the small types that every storey uses: where a declaration stands, and "not given"."""

from __future__ import annotations

import enum
import sys
from dataclasses import dataclass
from types import CodeType
from typing import Final, Literal

__all__ = ["UNDEFINED", "Origin", "Undefined", "caller_origin", "origin_of"]


class Undefined(enum.Enum):
    """Mark an argument that was not given, where None is a value of its own."""

    TOKEN = 0

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final[Literal[Undefined.TOKEN]] = Undefined.TOKEN


@dataclass(frozen=True, slots=True)
class Origin:
    """Name the place in the source where something was declared."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return `path:line`, relative to the working directory where the file is below it."""
        from pathlib import Path  # 4 ms, and only a mistake is ever shown

        try:
            path = Path(self.file).relative_to(Path.cwd())
        except (ValueError, OSError):  # outside the working directory, or that is gone: the full path then
            return f"{self.file}:{self.line}"
        return f"{path}:{self.line}"


def origin_of(declared: object) -> Origin | None:
    """Return where a function or class was written, or None for what has no source (built-ins, C code)."""
    unwrapped = declared
    while (inner := getattr(unwrapped, "__wrapped__", None)) is not None:
        unwrapped = inner
    unwrapped = getattr(unwrapped, "__func__", unwrapped)
    code = getattr(unwrapped, "__code__", None)
    if isinstance(code, CodeType):
        return Origin(code.co_filename, code.co_firstlineno)
    if isinstance(unwrapped, type):
        return _origin_of_class(unwrapped)
    return None


def _origin_of_class(cls: type) -> Origin | None:
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    for value in vars(cls).values():  # a class remembers its line only from 3.13 on; its first method is near enough
        code = getattr(value, "__code__", None)
        if isinstance(code, CodeType) and code.co_filename == file:
            return Origin(file, getattr(cls, "__firstlineno__", code.co_firstlineno))
    return Origin(file, getattr(cls, "__firstlineno__", 1))


def caller_origin() -> Origin:
    """Return the line outside the framework that led here: where the user called `app.get`, `include`, ..."""
    own = __name__.partition(".")[0] + "."
    frame = sys._getframe(1)
    while frame.f_back is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not (name + ".").startswith(own):
            break
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno)
