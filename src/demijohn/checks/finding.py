"""Define `Finding`, one thing that `demijohn check` has to say."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Finding", "Level"]

Level = Literal["E", "W"]


class Finding(msgspec.Struct, frozen=True):
    """Hold one finding: an `E` stops a deployment, a `W` is for a person to judge.

    `code` is stable and meant for programs; `where` is a file and line, or where a setting came from, or empty.
    """

    level: Level
    code: str
    message: str
    where: str = ""
    remedy: str = ""
