"""Check uploaded files against what `File(types=..., max=...)` asks for. Types are told in http/file_types.py."""

from __future__ import annotations

import msgspec

from demijohn.errors import FieldError
from demijohn.http.uploads import UploadedFile
from demijohn.routing.markers import File
from demijohn.security.limits import parse_size

__all__ = ["UploadRule"]


class UploadRule(msgspec.Struct, frozen=True):
    """Bound one upload field: the types that it takes, None for any, and the bytes of each file."""

    types: frozenset[str] | None = None
    max_size: int | None = None

    @classmethod
    def of(cls, marker: File) -> UploadRule:
        """Return the rule of a marker.

        Raises:
            ValueError: a type that cannot be told by its bytes, or a size that cannot be read.
        """
        types = None if marker.types is None else frozenset(marker.types)
        if types is not None:
            from demijohn.http.file_types import unknown_types  # for routes that take files

            sentences = unknown_types(types) or ([] if types else ["It takes no type at all."])
            if sentences:
                raise ValueError(" ".join(sentences))
        return cls(types, None if marker.max is None else parse_size(marker.max))

    def error_for(self, file: UploadedFile, key: str) -> FieldError | None:
        """Return what is wrong with a file, None where nothing is. The read position is at the start then."""
        if self.max_size is not None and file.size > self.max_size:
            return FieldError("file", key, f"The file is larger than {_spelled(self.max_size)}.", "upload.size")
        if self.types is not None:
            from demijohn.http.file_types import is_type

            if not is_type(file.file, file.filename, self.types):
                wanted = ", ".join(sorted(self.types))
                return FieldError("file", key, f"The file is none of these types: {wanted}.", "upload.type")
        return None


def _spelled(size: int) -> str:
    return f"{size / 1_000_000:.3g} MB" if size >= 1_000_000 else f"{size} bytes"
