"""What follows for Demijohn from the cases: the last column of docs/server-behaviour.md, and the words around it."""

from __future__ import annotations

INTRODUCTION = ""
SECTIONS: dict[str, str] = {}
VERDICTS: dict[str, str] = {}
