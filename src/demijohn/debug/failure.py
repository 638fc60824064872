"""Take an exception apart into records: the chain, the frames, the source around. How they look is in page.py.

Nothing here raises because of what is in an exception: its `str`, its locals and its files may all be broken.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType, TracebackType

import msgspec

from demijohn.debug.habits import habit_line
from demijohn.debug.masking import shown, without_passwords
from demijohn.debug.places import is_project_file, short_path
from demijohn.debug.remedies import install_line, near_line
from demijohn.errors import DeclarationError, Problem
from demijohn.logs import printable
from demijohn.templating.errors import TemplateError

__all__ = ["Excerpt", "Failure", "Frame", "failure_of"]

_MAX_EXCEPTIONS = 50  # in the chain and in all groups together
_ENDS = 20  # of thousands of frames, in a recursion without end, so many are shown at either end
_MAX_LOCALS = 50
_MAX_MESSAGE = 4000
_AROUND = 6


class Excerpt(msgspec.Struct, frozen=True):
    """Hold lines of a file around `line`, numbered from 1; `first` is the number of the first of them."""

    where: str
    line: int
    first: int
    lines: tuple[str, ...]
    note: str = ""


class Frame(msgspec.Struct, frozen=True):
    """Hold one call: where, in which function, the source around and the locals as they may be shown.

    `left_out` says how many calls between this one and the next are not shown.
    """

    function: str
    excerpt: Excerpt
    is_project: bool
    variables: tuple[tuple[str, str], ...]
    left_out: int = 0


class Failure(msgspec.Struct, frozen=True):
    """Hold one exception; `link` says how it came to be shown after the one before it in the chain.

    `frames` stand outermost first, as Python writes them. `spot` is where a file that is no code yet, or no Python, is
    wrong. `members` are those of an exception group, each with its own chain.
    """

    kind: str
    message: str
    notes: tuple[str, ...]
    frames: tuple[Frame, ...]
    link: str = ""
    spot: Excerpt | None = None
    problems: tuple[Problem, ...] = ()
    install: str = ""
    advice: str = ""
    members: tuple[tuple[Failure, ...], ...] = ()


def failure_of(error: BaseException) -> tuple[Failure, ...]:
    """Return the exception and what led to it, the last that was raised first."""
    return _chain(error, set())


def _chain(error: BaseException, seen: set[int]) -> tuple[Failure, ...]:
    found: list[Failure] = []
    following: BaseException | None = error
    link = ""
    # `raise error from error` makes a circle, and so may two handlers that raise what the other one caught.
    while following is not None and id(following) not in seen and len(seen) < _MAX_EXCEPTIONS:
        seen.add(id(following))
        found.append(_single(following, link, seen))
        if following.__cause__ is not None:
            following, link = following.__cause__, "This was the direct cause of it:"
        elif following.__suppress_context__:
            following = None
        else:
            following, link = following.__context__, "It was raised while this one was being handled:"
    return tuple(found)


def _single(error: BaseException, link: str, seen: set[int]) -> Failure:
    inside = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    members = [_chain(member, seen) for member in inside]
    return Failure(
        kind=_kind(error),
        message=_message(error),
        notes=tuple(_text(note) for note in _notes(error)),
        frames=tuple(_frames(error.__traceback__)),
        link=link,
        spot=_syntax_spot(error) or _template_spot(error),
        problems=_problems(error),
        install=install_line(error),
        advice=habit_line(error) or near_line(error),
        members=tuple(member for member in members if member),
    )


def _kind(error: BaseException) -> str:
    cls = type(error)
    return cls.__qualname__ if cls.__module__ in ("builtins", "__main__") else f"{cls.__module__}.{cls.__qualname__}"


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return _text(error.msg)  # the place in its str() is shown with the file
    return _text(error)


def _notes(error: BaseException) -> Sequence[object]:
    notes = getattr(error, "__notes__", ())
    return notes if isinstance(notes, list | tuple) else [notes]


def _text(value: object) -> str:
    """Return a text with its line breaks, and without what could hide or reorder a part of it."""
    try:
        text = str(value)
    except Exception as error:  # noqa: BLE001  # the code of the project's own exception
        return f"<str of {type(value).__name__} raised {type(error).__name__}>"
    if len(text) > _MAX_MESSAGE:
        text = f"{text[:_MAX_MESSAGE]}… ({len(text)} characters)"
    return "\n".join(map(printable, without_passwords(text).split("\n")))


def _problems(error: BaseException) -> tuple[Problem, ...]:
    if not isinstance(error, DeclarationError):
        return ()
    return tuple(Problem(_text(each.message), _text(each.where), _text(each.remedy)) for each in error.problems)


def _frames(traceback: TracebackType | None) -> Iterator[Frame]:
    linecache.checkcache()  # the file may have been saved since
    calls = _calls(traceback)
    middle = len(calls) - 2 * _ENDS
    for index, (frame, line) in enumerate(calls):
        if middle <= 0 or index < _ENDS or index >= _ENDS + middle:
            yield _frame(frame, line, left_out=middle if middle > 0 and index == _ENDS - 1 else 0)


def _calls(traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
    calls: list[tuple[FrameType, int]] = []
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith("<frozen importlib"):  # Python leaves these out, too
            calls.append((traceback.tb_frame, traceback.tb_lineno or 0))
        traceback = traceback.tb_next
    return calls


def _frame(frame: FrameType, line: int, *, left_out: int) -> Frame:
    file = frame.f_code.co_filename
    lines = linecache.getlines(file, frame.f_globals)
    return Frame(
        function=printable(_function(frame.f_code)),
        excerpt=_excerpt(file, line, lines),
        is_project=is_project_file(file),
        variables=tuple(_variables(frame)),
        left_out=left_out,
    )


def _function(code: CodeType) -> str:
    # Jinja names the part of a template in one of the two: "top-level template code", "block 'list'".
    return code.co_qualname if code.co_qualname.endswith(code.co_name) else code.co_name


def _variables(frame: FrameType) -> Iterator[tuple[str, str]]:
    names = [name for name in frame.f_locals if not (name.startswith("__") and name.endswith("__"))]
    for name in names[:_MAX_LOCALS]:
        yield printable(name), shown(name, frame.f_locals[name])
    if len(names) > _MAX_LOCALS:
        yield "…", f"{len(names) - _MAX_LOCALS} more"


def _excerpt(file: str, line: int, lines: Sequence[str]) -> Excerpt:
    first = max(line - _AROUND, 1)
    around = tuple(printable(each.rstrip("\r\n").expandtabs(4)) for each in lines[first - 1 : line + _AROUND - 1])
    return Excerpt(short_path(file), line, first, around)


def _syntax_spot(error: BaseException) -> Excerpt | None:
    if not isinstance(error, SyntaxError) or not error.filename or not error.lineno:
        return None
    linecache.checkcache(error.filename)
    lines = linecache.getlines(error.filename)
    if not lines and error.text:  # of no file, or of one that cannot be read as text
        return Excerpt(short_path(error.filename), error.lineno, error.lineno, (printable(error.text.rstrip()),))
    return _excerpt(error.filename, error.lineno, lines)


def _template_spot(error: BaseException) -> Excerpt | None:
    """Return the place in a template, for an error that names one, with its lines and what could be used there."""
    if not isinstance(error, TemplateError) or error.template is None:
        return None
    spot = error.template
    names = ", ".join(f"{name} ({kind})" for name, kind in spot.context_names.items())
    lines = tuple(printable(text.rstrip("\r\n").expandtabs(4)) for _, text in spot.source_lines)
    first = spot.source_lines[0][0] if spot.source_lines else spot.line
    note = f"What could be used there: {printable(names)}" if names else ""
    return Excerpt(short_path(spot.path or spot.name), spot.line, first, lines, note)
