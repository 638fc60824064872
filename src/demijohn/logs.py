"""Write log lines that nothing a client sent can forge. `demijohn run` and `demijohn dev` set this up.

Every record goes through `printable`, whatever its arguments were: CR, LF, ESC and their like would let a request write
lines of its own or drive the reader's terminal (CVE-2025-48432, CVE-2020-7694).
"""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import Literal

import msgspec

__all__ = ["JSONFormatter", "TextFormatter", "configure_logging", "printable"]

# C0, DEL and C1 controls, line and paragraph separators, and the bidirectional marks that reorder a line on the screen.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNPRINTABLE_BUT_NEWLINE = re.compile(_UNPRINTABLE.pattern.replace("\x00-\x1f", "\x00-\x09\x0b-\x1f"))


def printable(text: str) -> str:
    """Return `text` with control, separator and direction characters written as escapes, on one line."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


class TextFormatter(logging.Formatter):
    """Write `time level logger: message`; the lines of a traceback are indented, so that none looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        message = record.getMessage()
        # Granian writes the traceback of a failed application into its message, which holds nothing of a client's.
        text = _indented(message) if record.name == "_granian" else printable(message)
        line = f"{stamp}Z {record.levelname} {record.name}: {text}"
        if record.exc_info:
            line += "\n  " + _indented(self.formatException(record.exc_info))
        return line


def _indented(text: str) -> str:
    return _UNPRINTABLE_BUT_NEWLINE.sub(_escape, text).replace("\n", "\n  ")


class JSONFormatter(logging.Formatter):
    """Write one JSON object a line: time, level, logger, message, request, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "logger": record.name,
            "message": printable(record.getMessage()),
        }
        request_id = getattr(record, "request_id", None)
        if request_id is not None:
            entry["request"] = str(request_id)
        if record.exc_info:
            entry["traceback"] = [printable(line) for line in self.formatException(record.exc_info).split("\n")]
        return msgspec.json.encode(entry).decode()


def configure_logging(*, form: Literal["text", "json"] = "text", level: str = "INFO") -> None:
    """Send the records of the whole process to standard error in one of the two forms. Only the commands call this."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
