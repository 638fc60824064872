"""Define `FormLimits`, the numbers that bound a form. They stand apart so that the parser (multipart.py) loads late."""

from __future__ import annotations

import msgspec

__all__ = ["FormLimits"]


class FormLimits(msgspec.Struct, frozen=True):
    """Bound what one form may hold. Sizes are in bytes, those of names and fields after decoding.

    `file_parts` says whether files are taken at all; a file of more than `spool` bytes is kept on disk.
    """

    fields: int = 1_000
    files: int = 20
    field_size: int = 1_048_576
    name_size: int = 256
    total: int = 26_214_400
    spool: int = 1_048_576
    file_parts: bool = False
