"""Name what every template has, so that an extension which gives the same is told at the start."""

from __future__ import annotations

__all__ = ["TEMPLATE_NAMES"]

TEMPLATE_NAMES = frozenset(
    {"csrf_field", "csrf_token", "get_flashed_messages", "request", "session", "static", "url_for"}
)
