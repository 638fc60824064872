"""Refuse header fields that one of the two interfaces cannot even read, so that both decide alike."""

from __future__ import annotations

from demijohn.errors import HTTPError

__all__ = ["unreadable_field"]


def unreadable_field() -> HTTPError:
    """Return the refusal of a request with bytes in its head that nobody can read for sure."""
    return HTTPError(400, "A header field holds bytes that are not ASCII.", code="header.malformed")
