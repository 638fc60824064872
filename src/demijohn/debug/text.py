"""Write a failure as the plain text of a traceback, to be copied, and as the few lines that a program gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from demijohn.debug.failure import Excerpt, Failure, Frame

__all__ = ["plain_traceback", "short_traceback", "summary"]

_SHORT = 12


def summary(failure: Failure) -> str:
    """Return the last line of a traceback: `ValueError: no such note`."""
    return f"{failure.kind}: {failure.message}" if failure.message else failure.kind


def plain_traceback(chain: Sequence[Failure]) -> str:
    """Return what Python would have printed, in its order: the first exception first."""
    return "\n".join(_lines(chain))


def short_traceback(failure: Failure) -> list[str]:
    """Return the innermost calls of an exception as `app.py:12 in index`, outermost first."""
    return [f"{frame.excerpt.where}:{frame.excerpt.line} in {frame.function}" for frame in failure.frames[-_SHORT:]]


def _lines(chain: Sequence[Failure]) -> Iterator[str]:
    for index, failure in enumerate(reversed(chain)):
        if index:
            caused = chain[-index].link.startswith("This was")
            yield ""
            yield (
                "The above exception was the direct cause of the following exception:"
                if caused
                else "During handling of the above exception, another exception occurred:"
            )
            yield ""
        yield from _single(failure)


def _single(failure: Failure) -> Iterator[str]:
    if failure.frames:
        yield "Traceback (most recent call last):"
    for frame in failure.frames:
        yield from _frame(frame)
    if failure.spot is not None:
        yield f'  File "{failure.spot.where}", line {failure.spot.line}'
        if line := _marked(failure.spot):
            yield f"    {line}"
    yield summary(failure)
    yield from failure.notes
    for number, member in enumerate(failure.members, 1):
        yield f"  +---------------- {number} ----------------"
        yield from (f"  | {line}" for line in _lines(member))


def _frame(frame: Frame) -> Iterator[str]:
    yield f'  File "{frame.excerpt.where}", line {frame.excerpt.line}, in {frame.function}'
    if line := _marked(frame.excerpt):
        yield f"    {line}"
    if frame.left_out:
        yield f"  ... {frame.left_out} more calls ..."


def _marked(excerpt: Excerpt) -> str:
    index = excerpt.line - excerpt.first
    return excerpt.lines[index].strip() if 0 <= index < len(excerpt.lines) else ""
