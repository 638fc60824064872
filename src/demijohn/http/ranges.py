"""Read the Range header of a request. If-Range is in conditional.py."""

from __future__ import annotations

import itertools
import re

from demijohn.errors import HTTPError

__all__ = ["content_range", "parse_range"]

_MAX_RANGES = 10
_MAX_LENGTH = 500  # ten ranges of 19-digit offsets fit
_RANGES = re.compile(r"[ \t]*bytes[ \t]*=(.*)", re.IGNORECASE)
_RANGE = re.compile(r"([0-9]*)-([0-9]*)")


def parse_range(header: str, size: int) -> list[tuple[int, int]] | None:
    """Return the parts that a Range header asks for, as half-open (start, stop) in bytes, in the order asked.

    None means: ignore the header and send the whole with 200. That is the answer to what is malformed or in another
    unit, as RFC 9110 section 14.2 has it, to more than 10 ranges or ranges that overlap, which only an attacker asks
    for (CVE-2025-62727, CVE-2011-3192), and to any range of an empty file, which clients ask for by habit (as Go).
    `size` is that of the whole; the work is linear in the header.

    Raises:
        HTTPError: 416 `range.unsatisfiable` with Content-Range, where every range lies beyond the end.
    """
    if size == 0 or len(header) > _MAX_LENGTH or not (found := _RANGES.fullmatch(header)):
        return None
    asked = [piece for part in found[1].split(",") if (piece := part.strip(" \t"))]
    if not asked or len(asked) > _MAX_RANGES:
        return None
    parts: list[tuple[int, int]] = []
    for piece in asked:
        bounds = _resolve(piece, size)
        if bounds is None:
            return None
        if bounds[0] < bounds[1]:
            parts.append(bounds)
    if not parts:
        raise HTTPError(
            416,
            f"The range lies beyond the end: there are {size} bytes.",
            code="range.unsatisfiable",
            headers={"content-range": f"bytes */{size}"},
        )
    return None if _overlap(parts) else parts


def content_range(start: int, stop: int, size: int) -> str:
    """Write the Content-Range of a part given as half-open (start, stop): `bytes 0-99/1234` for (0, 100, 1234)."""
    return f"bytes {start}-{stop - 1}/{size}"


def _resolve(piece: str, size: int) -> tuple[int, int] | None:
    """Return (start, stop) within the size, empty if it cannot be satisfied; None if the range is malformed."""
    found = _RANGE.fullmatch(piece)
    if not found:
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    start = int(first)
    if not last:
        return start, size
    if int(last) < start:
        return None
    return start, min(int(last) + 1, size)


def _overlap(parts: list[tuple[int, int]]) -> bool:
    in_order = sorted(parts)
    return any(after[0] < before[1] for before, after in itertools.pairwise(in_order))
