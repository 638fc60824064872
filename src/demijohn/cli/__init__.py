"""Be the command line, `demijohn`. What serves requests is in server/, and knows nothing of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demijohn.cli.entry import main

__all__ = ["main"]

if not TYPE_CHECKING:  # a type checker that saw this would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        if name == "main":  # not before it is called: the server process lives in this package, too, and without click
            from demijohn.cli.entry import main

            return main
        raise AttributeError(name)
