"""Be the command line, `demijohn`. What serves requests is in server/, and knows nothing of the command line."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave the process."""
    from demijohn.cli.main import main as run  # here, because the server process lives in this package without click

    run()
