"""Say what is wrong in a template, where, and what could be used there. The errors are in errors.py.

Jinja rewrites tracebacks so that they run through the lines of templates; that is where places and names come from.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateNotFound, TemplatesNotFound, TemplateSyntaxError, UndefinedError

from demijohn.templating.errors import TemplateError, TemplateMissing, TemplateSpot
from demijohn.templating.folders import TemplateFolder, is_template_name, walk_folder
from demijohn.types import Origin

__all__ = ["Diagnosis"]

_AROUND = 3
_UNKNOWN_FILTER = re.compile(r"No filter named '(.+)'\.")
_UNKNOWN_NAME = re.compile(r"'(\w+)' is undefined")


class Diagnosis:
    """Explain the errors of the templates in `folders`; `names` and `filters` are what every template has."""

    def __init__(
        self, folders: Sequence[TemplateFolder], names: Mapping[str, object], filters: Mapping[str, object]
    ) -> None:
        self._folders = folders
        self._names = names
        self._filters = filters

    def explain(self, error: JinjaError) -> TemplateError:
        """Return our error for one of Jinja's."""
        if isinstance(error, TemplateNotFound):
            return self._missing(error)
        if isinstance(error, TemplateSyntaxError):
            spot = self.spot(error.filename, error.lineno)
            return TemplateError(_told(self._unreadable(error.message or "This cannot be read."), spot), spot)
        spot = self._spot_of(error)
        message = error.message or type(error).__name__
        if isinstance(error, UndefinedError):
            message = self._undefined(message, spot)
        return TemplateError(_told(message, spot), spot)

    def note(self, error: Exception) -> None:
        """Add the line of the template to an error of the project's own code, once."""
        spot = self._spot_of(error)
        if spot is None:
            return
        note = _told("raised while this line of a template was rendered", spot)
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)

    def spot(self, path: str | None, line: int, values: Mapping[str, object] | None = None) -> TemplateSpot | None:
        """Return a line of a template, by its file; `values` are what was there."""
        if path is None:
            return None
        kinds = {} if values is None else self._kinds(values)
        return TemplateSpot(self._name_of(path), path, line, _lines_around(path, line), kinds)

    def refusal(self, message: str, path: str | None, line: int) -> TemplateError:
        """Return the error for something on a line of a template that cannot be done."""
        spot = self.spot(path, line)
        return TemplateError(_told(message, spot), spot)

    def no_such_template(self, names: Sequence[str], spot: TemplateSpot | None) -> TemplateMissing:
        """Return what to raise where none of these templates is there, asked for by a template at `spot`."""
        told = " or ".join(map(repr, names))
        if not all(map(is_template_name, names)):
            remedy = "A template's name is relative to a templates folder, with / and without .. in it."
        elif not self._folders:
            remedy = "There is no folder of templates. Make one called templates beside the file of the app."
        else:
            known = [name for folder in self._folders for name in walk_folder(folder.path)]
            near = [match for name in names for match in _near_files(name, known)]
            looked = ", ".join(f"{_relative(folder.path)} ({folder.owner})" for folder in self._folders)
            remedy = (f"Did you mean {near[0]!r}? " if near else "") + f"Looked in: {looked}."
        return TemplateMissing(_told(f"There is no template {told}. {remedy}", spot), spot)

    def _missing(self, error: TemplateNotFound) -> TemplateMissing:
        names = error.templates if isinstance(error, TemplatesNotFound) else [error.name]
        return self.no_such_template([str(name) for name in names], self._spot_of(error))

    def _undefined(self, message: str, spot: TemplateSpot | None) -> str:
        found = _UNKNOWN_NAME.fullmatch(message)
        if found is None:
            return message if message.endswith("?") else f"{message}."
        name = found[1]
        near = difflib.get_close_matches(name, [*(spot.context_names if spot else ()), *self._names], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"{name!r} is undefined.{hint} Pass it to render(), or say what else: {{{{ {name}|default('') }}}}."

    def _unreadable(self, message: str) -> str:
        """Add to Jinja's message about a filter that nobody has made known what it was to be."""
        found = _UNKNOWN_FILTER.fullmatch(message)
        if found is None:
            return message
        near = difflib.get_close_matches(found[1], self._filters, n=1)
        return f"{message} Did you mean {near[0]!r}?" if near else f"{message} @app.template_filter() makes one."

    def _spot_of(self, error: BaseException) -> TemplateSpot | None:
        """Return the innermost line of a template that an error came through."""
        found: TracebackType | None = None
        trace = error.__traceback__
        while trace is not None:
            if "__jinja_exception__" in trace.tb_frame.f_globals:
                found = trace
            trace = trace.tb_next
        if found is None:
            return None
        return self.spot(found.tb_frame.f_code.co_filename, found.tb_lineno, found.tb_frame.f_locals)

    def _kinds(self, values: Mapping[str, object]) -> dict[str, str]:
        return {
            name: type(value).__name__
            for name, value in sorted(values.items())
            if not name.startswith("_") and not (name in self._names and self._names[name] is value)
        }

    def _name_of(self, path: str) -> str:
        for folder in self._folders:
            if Path(path).is_relative_to(folder.path):
                return Path(path).relative_to(folder.path).as_posix()
        return path


def _near_files(name: str, known: Sequence[str]) -> list[str]:
    """Return what a name that is not there was to be: without its ending, with the folder in front, or misspelt."""
    last = name.removeprefix("templates/")
    same = [each for each in known if each == last or each.rpartition(".")[0] == last]
    return same[:1] or difflib.get_close_matches(name, known, n=1, cutoff=0.75)


def _told(message: str, spot: TemplateSpot | None) -> str:
    if spot is None:
        return message
    lines = [f"{Origin(spot.path, spot.line)}: {message}"]
    lines += [f"  {'>' if number == spot.line else ' '} {number:4} | {text}" for number, text in spot.source_lines]
    if spot.context_names:
        names = ", ".join(f"{name} ({kind})" for name, kind in spot.context_names.items())
        lines.append(f"  There were: {names}.")
    return "\n".join(lines)


def _lines_around(path: str, line: int) -> tuple[tuple[int, str], ...]:
    try:
        lines: Iterable[str] = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):  # it is gone, or was never a file of ours: the line's number must do
        return ()
    return tuple((number, text) for number, text in enumerate(lines, 1) if abs(number - line) <= _AROUND)


def _relative(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix() or "."
    except (ValueError, OSError):  # outside the working directory, or that is gone
        return path.as_posix()
