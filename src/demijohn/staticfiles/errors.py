"""Hold the error of static files."""

from __future__ import annotations

from demijohn.errors import DemijohnError

__all__ = ["StaticFileError"]


class StaticFileError(DemijohnError, LookupError):
    """Say that a page names a static file which is not there, or which is never served."""
