"""Find the user's own line behind an error, and say what to do about it. Used where importing the project fails."""

from __future__ import annotations

import sys
from pathlib import Path
from traceback import FrameSummary, extract_tb

from demijohn.cli.errors import CommandError
from demijohn.errors import DemijohnError

__all__ = ["explain_import", "project_frame"]


def explain_import(error: Exception | SystemExit, module: str, folder: Path) -> DemijohnError:
    """Return what importing `module` of the project in `folder` ended with, for people."""
    if isinstance(error, DemijohnError):
        return error  # it names file, line and remedy already
    if isinstance(error, ModuleNotFoundError) and error.name and (module + ".").startswith(error.name + "."):
        return _no_such_module(module, error.name, folder)
    if isinstance(error, SyntaxError) and error.filename:
        column = " " * max((error.offset or 1) - 1 - _indent(error.text), 0)
        shown = f"    {(error.text or '').strip()}\n    {column}^"
        where = f"{_relative(error.filename, folder)}, line {error.lineno}"
        return CommandError(f"{where}: {type(error).__name__}: {error.msg}.", detail=shown if error.text else "")
    frame = project_frame(error, folder)
    what = f"{type(error).__name__}: {error}"
    remedy = _remedy(error)
    if isinstance(error, SystemExit):
        what = "the program ends here while it is being imported."
        remedy = 'Put what only a script does under `if __name__ == "__main__":`.'
    if frame is None:
        return CommandError(f"{module} cannot be imported: {what}", remedy or "See it all with --traceback.")
    where = f"{_relative(frame.filename, folder)}, line {frame.lineno}"
    return CommandError(
        f"{where}: {what}",
        remedy or "See the way there with --traceback.",
        detail=f"    {frame.line}" if frame.line else "",
    )


def project_frame(error: BaseException, folder: Path) -> FrameSummary | None:
    """Return the innermost frame that lies in the project itself, not in an installed package."""
    found = None
    for frame in extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(folder) and not {"site-packages", "dist-packages"} & set(path.parts):
            found = frame
    return found


def _no_such_module(module: str, missing: str, folder: Path) -> CommandError:
    from difflib import get_close_matches

    parent = folder.joinpath(*missing.split(".")[:-1])
    known = [path.stem for path in parent.glob("*.py")]
    known += [path.parent.name for path in parent.glob("*/__init__.py")]
    near = get_close_matches(missing.rpartition(".")[2], known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    remedy = f"Modules are looked for in {folder}." + (
        "" if near else " Run the command in the folder of your project."
    )
    return CommandError(
        f"There is no module {missing!r}{'' if missing == module else f' for {module!r}'}.{hint}", remedy, status=2
    )


def _remedy(error: BaseException) -> str:
    from demijohn.debug.habits import habit_line
    from demijohn.debug.remedies import near_line

    if line := habit_line(error) or near_line(error):
        return line
    if not isinstance(error, ImportError) or not error.name:
        return ""
    if isinstance(error, ModuleNotFoundError):
        from demijohn.debug.remedies import install_line

        line = install_line(error)
        return f"Install it: {line}" if line else "Correct the name, or install what brings it."
    if (module := sys.modules.get(error.name)) is not None and error.args:
        from difflib import get_close_matches

        wanted = str(error.args[0]).partition("'")[2].partition("'")[0]
        near = get_close_matches(wanted, [name for name in dir(module) if not name.startswith("_")], n=1)
        return f"Did you mean {near[0]!r}?" if near else ""
    return ""


def _relative(filename: str, folder: Path) -> str:
    path = Path(filename)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else filename


def _indent(text: str | None) -> int:
    return len(text or "") - len((text or "").lstrip())
