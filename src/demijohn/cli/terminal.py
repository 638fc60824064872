"""Write to the terminal: in colour through rich where that is installed, else plainly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Terminal"]


class Terminal:
    """Write lines and tables to a stream. A stream that is no terminal gets plain text, for grep and for files."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console = _console(stream)

    def line(self, text: str = "", style: str = "") -> None:
        """Write one line in one of rich's styles."""
        self.parts((text, style))

    def parts(self, *parts: tuple[str, str]) -> None:
        """Write one line made of texts with their styles."""
        if self._console is None:
            print("".join(text for text, _ in parts), file=self._stream, flush=True)
            return
        from rich.text import Text

        self._console.print(Text.assemble(*parts), soft_wrap=True)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write rows in columns as wide as their widest cell."""
        widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
        for index, row in enumerate((headings, *rows)):
            text = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.line(text.rstrip(), "bold" if index == 0 else "")


def _console(stream: TextIO) -> Console | None:
    if not stream.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream, highlight=False)
