"""Write the digest of a file's content into its name, and find it there again: `style.css`, `style.3f2a9c1b8d.css`."""

from __future__ import annotations

import re

__all__ = ["add_digest", "split_digest"]

_DIGITS = 10  # 40 bits: enough to tell the versions of one file apart, and it need not resist anybody
_WITH_DIGEST = re.compile(
    rf"(?P<stem>(?:.*/)?[^/]+?)\.(?P<digest>[0-9a-f]{{{_DIGITS}}})(?P<suffix>\.[^./]*)?", re.DOTALL
)


def add_digest(name: str, digest: str) -> str:
    """Return the name with the first digits of a digest before its last suffix."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    if not stem:  # no suffix
        stem, dot, suffix = last, "", ""
    return f"{folder}{slash}{stem}.{digest[:_DIGITS]}{dot}{suffix}"


def split_digest(name: str) -> tuple[str, str] | None:
    """Return the plain name and the digits, or None where there is no digest in the name."""
    found = _WITH_DIGEST.fullmatch(name)
    return (found["stem"] + (found["suffix"] or ""), found["digest"]) if found else None
