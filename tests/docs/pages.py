"""Read the fenced blocks of the Markdown pages, with the lines on which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Block", "Page", "pages"]

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[^`]*)$")
_NOT_RUN = re.compile(r"<!-- not run: (?P<reason>.+) -->")
_FILE_NAME = re.compile(r"(?:#|\{#) (?P<name>[a-z0-9_/]+\.(?:py|toml|html))(?:$|[\s:])")


@dataclass(frozen=True, slots=True)
class Block:
    """Hold one fenced block. `line` is that of its first line of content; `not_run` is the reason given above it."""

    language: str
    content: str
    line: int
    not_run: str | None

    @property
    def file_name(self) -> str | None:
        """Return the name in a first line such as `# app.py`: such a block is a file, not a part of the page."""
        found = _FILE_NAME.match(self.content)
        return found["name"] if found else None


@dataclass(frozen=True, slots=True)
class Page:
    """Hold one page."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Return the path within the project."""
        return self.path.relative_to(ROOT).as_posix()

    def blocks(self) -> Iterator[Block]:
        """Give the fenced blocks in their order.

        Raises:
            ValueError: a block is not closed.
        """
        lines = self.text.splitlines()
        number = 0
        while number < len(lines):
            opening = _FENCE.match(lines[number])
            number += 1
            if opening is None:
                continue
            first = number
            while number < len(lines) and lines[number].strip() != opening["fence"]:
                number += 1
            if number == len(lines):
                raise ValueError(f"{self.name}, line {first}: the block is not closed.")
            content = "\n".join(line.removeprefix(opening["indent"]) for line in lines[first:number])
            before = lines[first - 2] if first > 1 else ""
            note = _NOT_RUN.fullmatch(before.strip())
            yield Block(opening["language"].strip(), content, first + 1, note["reason"] if note else None)
            number += 1


def pages() -> list[Page]:
    """Return the pages of the documentation, with README.md and ARCHITECTURE.md."""
    paths = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [Page(path, path.read_text("utf-8")) for path in paths]
