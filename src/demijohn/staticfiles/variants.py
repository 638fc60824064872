"""Find the compressed variants beside a file, and choose the one to send (RFC 9110 section 12.5.3).

`demijohn compress` writes them (compressing.py). A file is never compressed while a client waits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from demijohn.http.files import resolve_below
from demijohn.staticfiles.folders import is_refused
from demijohn.staticfiles.stamp import Stamp

__all__ = ["ENCODINGS", "Variant", "choose_variant", "find_variants", "source_of"]

ENCODINGS = {".br": "br", ".zst": "zstd", ".gz": "gzip"}
"""What each suffix is called in Content-Encoding."""

_MAX_LENGTH = 500  # of Accept-Encoding that is read; browsers send 25
_CODING = re.compile(r"[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*(?:;[ \t]*[qQ]=([01](?:\.[0-9]{0,3})?)[ \t]*)?")
_SAME = {"x-gzip": "gzip"}  # RFC 9110 section 8.4.1.3


class Variant(msgspec.Struct, frozen=True):
    """Name a compressed copy of a file."""

    encoding: str
    path: Path
    stamp: Stamp


def find_variants(folder: Path, name: str, source: Stamp) -> tuple[Variant, ...]:
    """Return the variants of the file `name` below `folder`, without older ones and links to what is never served."""
    found = []
    for suffix, encoding in ENCODINGS.items():
        path = resolve_below(folder, name + suffix)
        if path is None or is_refused(path.name):
            continue
        stamp = Stamp.of(path)
        if stamp is not None and stamp.mtime_ns >= source.mtime_ns:
            found.append(Variant(encoding, path, stamp))
    return tuple(found)


def source_of(name: str) -> str | None:
    """Return the name of the file whose variant this would be: `style.css` for `style.css.br`."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot + suffix.lower() in ENCODINGS else None


def choose_variant(header: str | None, variants: Sequence[Variant]) -> Variant | None:
    """Return the variant that a client likes best by its Accept-Encoding, the smallest of equals; None for the file.

    A client that says nothing, or nothing that can be read, gets the file itself, and so does one that likes it better.
    """
    if not header or not variants:
        return None
    liked = _qualities(header)
    anything = liked.get("*", 0.0)
    ranked = [(liked.get(variant.encoding, anything), -variant.stamp.size, variant) for variant in variants]
    quality, _, best = max(ranked, key=lambda each: each[:2])
    return best if quality > 0 and quality >= liked.get("identity", 0.0) else None


def _qualities(header: str) -> dict[str, float]:
    if len(header) > _MAX_LENGTH:
        header = header[:_MAX_LENGTH].rpartition(",")[0]
    liked: dict[str, float] = {}
    for element in header.split(","):
        if found := _CODING.fullmatch(element):
            coding = found[1].lower()
            liked[_SAME.get(coding, coding)] = min(1.0, float(found[2] or 1))
    return liked
