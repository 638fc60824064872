"""Write down who was refused by a protection, on one logger, `demijohn.security`. Mistakes of our own are errors.py's.

What is written are code, method, path and client: never the header fields or the body that were refused.
"""

from __future__ import annotations

import logging

from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.logs import printable

__all__ = ["log_refusal"]

_log = logging.getLogger("demijohn.security")

# By the first part of the code. A refused form is often a mistake in the set-up that its visitors never report; strange
# hosts and eager clients are the internet's weather.
_LEVELS = {"csrf": logging.WARNING, "proxy": logging.WARNING, "host": logging.INFO, "rate": logging.INFO}
_MOST_OF_PATH = 200


def log_refusal(error: HTTPError, request: Request) -> None:
    """Write one line where a protection refused a request."""
    level = _LEVELS.get(error.code.partition(".")[0])
    if level is not None and _log.isEnabledFor(level):
        path = printable(request.path[:_MOST_OF_PATH])
        _log.log(level, "%s: %s %s from %s", error.code, request.method, path, request.client)
