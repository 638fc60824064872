"""Define what goes wrong with templates. What is said about a mistake is put together in diagnosis.py."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from demijohn.errors import DemijohnError

__all__ = ["TemplateError", "TemplateMissing", "TemplateSpot"]


class TemplateSpot(msgspec.Struct, frozen=True):
    """Name a line of a template, for the error page.

    `name` is the template's, `path` its file; `source_lines` are numbered, `line` among them. `context_names` gives the
    variables that could be used there with the names of their types, never their values.
    """

    name: str
    path: str
    line: int
    source_lines: tuple[tuple[int, str], ...] = ()
    context_names: Mapping[str, str] = {}


class TemplateError(DemijohnError):
    """Say what is wrong in a template, and on which line. `template` is that place, where there is one.

    What the project's own code raises while a template calls it stays what it is; a note then names the line.
    """

    def __init__(self, message: str, template: TemplateSpot | None = None) -> None:
        super().__init__(message)
        self.template = template


class TemplateMissing(TemplateError, LookupError):
    """Say that there is no template, or no block, of a name."""
