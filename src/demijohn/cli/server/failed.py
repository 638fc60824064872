"""Serve while the app cannot start: the terminal says why, as ever, and so does every page, until a file is saved."""

from __future__ import annotations

import sys

import msgspec

from demijohn.cli.errors import CommandError
from demijohn.cli.failure import report_failure
from demijohn.cli.server.options import ServerOptions
from demijohn.cli.terminal import Terminal
from demijohn.errors import DeclarationError, DemijohnError, Problem

__all__ = ["serve_failure"]


def serve_failure(error: Exception, options: ServerOptions) -> int:
    """Report what stopped the start, serve its page until a signal, and return the exit status.

    The supervisor ends this process when a file changes, as it does with one that serves the app.
    """
    if isinstance(error, DemijohnError):
        report_failure(error, with_traceback=options.with_traceback)
    else:  # a mistake of ours, or of a library: the terminal gets what Python itself would print
        sys.excepthook(type(error), error, error.__traceback__)
    Terminal(sys.stdout).line("Waiting for a file to be saved.", "yellow")
    from granian.constants import Interfaces  # the terminal comes first: this costs as much as all the rest

    from demijohn.cli.server.single import serve_single
    from demijohn.debug.failed_start import FailedStart

    quiet = msgspec.structs.replace(options, access_log=False)
    return serve_single(FailedStart(*_explained(error)), quiet, Interfaces.RSGI)


def _explained(error: Exception) -> tuple[BaseException, str]:
    """Return what to show, and what to do about it: behind the terminal's few lines stands the error itself."""
    if not isinstance(error, CommandError):
        return error, ""
    if error.__cause__ is not None:
        return error.__cause__, error.remedy if "--traceback" not in error.remedy else ""
    message = f"{error.message}\n{error.detail}" if error.detail else error.message
    return DeclarationError([Problem(message, remedy=error.remedy)]), ""
