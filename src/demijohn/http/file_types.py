"""Tell what a file is by its first bytes, and whether that agrees with its name. Uploads themselves are in uploads.py.

A client's content type is its own claim. A file counts as a png where its name ends so *and* its bytes begin so.
Formats that are plain text have no such beginning: they count by their name, where their bytes hold no NUL.
"""

from __future__ import annotations

import difflib
from typing import IO

__all__ = ["KNOWN_TYPES", "is_type", "unknown_types"]

# Offset and bytes of each beginning, from the formats' own specifications. One of them must fit; none: plain text.
_Signatures = tuple[tuple[int, bytes], ...]
_ISO_MEDIA = ((4, b"ftyp"),)
_ZIP = ((0, b"PK\x03\x04"), (0, b"PK\x05\x06"))
_OLE = ((0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),)

_TYPES: dict[str, tuple[tuple[str, ...], _Signatures]] = {
    "7z": ((".7z",), ((0, b"7z\xbc\xaf\x27\x1c"),)),
    "aac": ((".aac",), ((0, b"\xff\xf1"), (0, b"\xff\xf9"))),
    "avif": ((".avif",), ((4, b"ftypavif"), (4, b"ftypavis"))),
    "bmp": ((".bmp",), ((0, b"BM"),)),
    "csv": ((".csv",), ()),
    "doc": ((".doc",), _OLE),
    "docx": ((".docx",), _ZIP),
    "flac": ((".flac",), ((0, b"fLaC"),)),
    "gif": ((".gif",), ((0, b"GIF87a"), (0, b"GIF89a"))),
    "gz": ((".gz",), ((0, b"\x1f\x8b"),)),
    "heic": ((".heic", ".heif"), ((4, b"ftypheic"), (4, b"ftypheix"), (4, b"ftypmif1"))),
    "ico": ((".ico",), ((0, b"\x00\x00\x01\x00"),)),
    "jpeg": ((".jpg", ".jpeg"), ((0, b"\xff\xd8\xff"),)),
    "json": ((".json",), ()),
    "md": ((".md",), ()),
    "mov": ((".mov",), ((4, b"ftypqt"), (4, b"moov"))),
    "mp3": ((".mp3",), ((0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf2"))),
    "mp4": ((".mp4", ".m4v", ".m4a"), _ISO_MEDIA),
    "odt": ((".odt", ".ods", ".odp"), _ZIP),
    "ogg": ((".ogg", ".oga", ".ogv", ".opus"), ((0, b"OggS"),)),
    "pdf": ((".pdf",), ((0, b"%PDF-"),)),
    "png": ((".png",), ((0, b"\x89PNG\r\n\x1a\n"),)),
    "pptx": ((".pptx",), _ZIP),
    "rtf": ((".rtf",), ((0, b"{\\rtf"),)),
    "sqlite": ((".sqlite", ".sqlite3", ".db"), ((0, b"SQLite format 3\x00"),)),
    "tiff": ((".tif", ".tiff"), ((0, b"II*\x00"), (0, b"MM\x00*"))),
    "txt": ((".txt",), ()),
    "wav": ((".wav",), ((8, b"WAVE"),)),
    "webm": ((".webm", ".mkv"), ((0, b"\x1a\x45\xdf\xa3"),)),
    "webp": ((".webp",), ((8, b"WEBP"),)),
    "xls": ((".xls",), _OLE),
    "xlsx": ((".xlsx",), _ZIP),
    "zip": ((".zip",), _ZIP),
}

KNOWN_TYPES = frozenset(_TYPES)
"""Name every type that `File(types=...)` can ask for."""

_LOOKED_AT = 4096


def is_type(file: IO[bytes], filename: str, types: frozenset[str]) -> bool:
    """Tell whether a file is of one of the types, by its name and its bytes. The read position returns to the start."""
    start = file.read(_LOOKED_AT)
    file.seek(0)
    suffix = "".join(filename.lower().rpartition(".")[1:]) if "." in filename else ""
    for name in types:
        suffixes, signatures = _TYPES[name]
        if suffix in suffixes and _begins_so(start, signatures):
            return True
    return False


def _begins_so(start: bytes, signatures: _Signatures) -> bool:
    if not signatures:
        return b"\0" not in start
    return any(start.startswith(signature, offset) for offset, signature in signatures)


def unknown_types(names: frozenset[str]) -> list[str]:
    """Return a sentence for each name that is no known type, with the nearest that is."""
    sentences = []
    for name in sorted(names - KNOWN_TYPES):
        near = difflib.get_close_matches(name, KNOWN_TYPES, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(KNOWN_TYPES))}."
        sentences.append(f"{name!r} is no file type that can be told by its bytes. {hint}")
    return sentences
