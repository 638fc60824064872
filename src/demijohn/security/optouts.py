"""Record where a program gave up a protection, so that `demijohn check` can list it. Each policy returns its own."""

from __future__ import annotations

import msgspec

from demijohn.types import Origin

__all__ = ["OptOut"]


class OptOut(msgspec.Struct, frozen=True):
    """Name one protection that was given up: which (`csrf.exempt`), what exactly, why, and where in the source.

    `grave` ones are errors of `check --deploy`; the others are warnings. `origin` is None for what the configuration
    says.
    """

    code: str
    detail: str
    reason: str = ""
    origin: Origin | None = None
    grave: bool = False
