"""Record where a program gave up a protection, so that `demijohn check` can list it. Each policy returns its own."""

from __future__ import annotations

from dataclasses import dataclass

from demijohn.types import Origin

__all__ = ["OptOut"]


@dataclass(frozen=True, slots=True)
class OptOut:
    """Name one protection that was given up: which (`csrf.exempt`), what exactly, why, and where in the source.

    `grave` ones are errors of `check --deploy`; the others are warnings. `origin` is None for what the configuration
    says.
    """

    code: str
    detail: str
    reason: str = ""
    origin: Origin | None = None
    grave: bool = False
