"""Say what went wrong in the words of the person who called the command, without a traceback."""

from __future__ import annotations

import sys
import traceback

from demijohn.cli.errors import CommandError
from demijohn.errors import ConfigError, DeclarationError, DemijohnError
from demijohn.logs import printable

__all__ = ["report_failure"]


def report_failure(error: Exception, *, with_traceback: bool = False) -> int:
    """Write an expected error to standard error and return the exit status for it.

    Raises:
        Exception: the error itself, where it is none of ours: a traceback says more then.
    """
    if not isinstance(error, DemijohnError):
        raise error
    if with_traceback:
        traceback.print_exception(error, file=sys.stderr)
    status = 1
    if isinstance(error, CommandError):
        parts, status = [error.message, error.detail, error.remedy], error.status
    elif isinstance(error, DeclarationError):
        parts = [_listed(error)]
    else:
        parts = [str(error)]
    first, *rest = "\n".join(part for part in parts if part).split("\n")
    print(f"Error: {printable(first)}", *(f"  {printable(line)}" for line in rest), sep="\n", file=sys.stderr)
    return status


def _listed(error: DeclarationError) -> str:
    if len(error.problems) == 1:
        return str(error)
    what = "settings" if isinstance(error, ConfigError) else "mistakes"
    return "\n".join([f"{len(error.problems)} {what} stop the start:", *(f"- {each}" for each in error.problems)])
