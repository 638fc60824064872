"""Define the error that ends a command. Writing errors to the terminal is in failure.py."""

from __future__ import annotations

from demijohn.errors import DemijohnError

__all__ = ["CommandError"]


class CommandError(DemijohnError):
    """End a command with one clear line and a next step.

    `status` is what the process exits with: 2 where the command was called wrongly, else 1. `detail` may hold several
    lines that are shown as they stand, such as a line of the user's source.
    """

    def __init__(self, message: str, remedy: str = "", *, detail: str = "", status: int = 1) -> None:
        self.message = message
        self.remedy = remedy
        self.detail = detail
        self.status = status
        super().__init__("\n".join(part for part in (message, detail, remedy) if part))
