"""Write one readable line for each request while developing. Production logs are plain records, see logs.py."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping

from demijohn.cli.terminal import Terminal
from demijohn.logs import printable

__all__ = ["RequestLog", "show_requests"]

_COLOURS = {1: "cyan", 2: "green", 3: "cyan", 4: "yellow", 5: "bold red"}
_SLOW_MILLISECONDS = 500.0
_REPORTS = "/_demijohn/csp-report"  # debug/csp_reports.py


def show_requests() -> None:
    """Send Granian's access records to standard error as `12:30:01  200    3.1 ms  GET /notes`."""
    logger = logging.getLogger("granian.access")
    logger.handlers[:] = [RequestLog(Terminal(sys.stderr))]
    logger.propagate = False


class RequestLog(logging.Handler):
    """Write Granian's access records, whose arguments are the facts of one request."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        facts = record.args
        if not isinstance(facts, Mapping):
            return
        if (
            facts["path"] == _REPORTS and str(facts["status"]) == "204"
        ):  # what the browser reports has a line of its own
            return
        status, milliseconds = int(str(facts["status"])), float(str(facts["dt_ms"]))
        self._terminal.parts(
            (time.strftime("%H:%M:%S", time.localtime(record.created)), "dim"),
            (f"  {status}", _COLOURS.get(status // 100, "")),
            (f"  {milliseconds:7.1f} ms", "yellow" if milliseconds >= _SLOW_MILLISECONDS else "dim"),
            (f"  {printable(str(facts['method']))} {printable(str(facts['path']))}", ""),
        )
