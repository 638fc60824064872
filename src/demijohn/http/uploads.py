"""Hold the files of a form. They are read from the body in multipart.py; names are cleaned in disposition.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

__all__ = ["Files", "UploadedFile"]

_CHUNK = 65_536


class UploadedFile:
    """Hold one uploaded file, in memory up to the spool limit of the form and in an unnamed temporary file beyond it.

    `filename` is for display only: never build a path from it. `content_type` is what the client says it is, without
    parameters, not what it was found to be. `size` counts bytes. The file goes away with the request: `save` it.
    """

    __slots__ = ("content_type", "file", "filename", "size")

    def __init__(self, file: IO[bytes], *, filename: str, content_type: str, size: int) -> None:
        self.file = file
        self.filename = filename
        self.content_type = content_type
        self.size = size

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes from where the last read ended, everything that is left by default."""
        return self.file.read(size)

    def save(self, path: str | os.PathLike[str]) -> int:
        """Write the whole file to a new file at `path`, readable by its owner only, and return its size in bytes.

        What could not be written whole is removed again. The read position returns to the start.

        Raises:
            FileExistsError: something is already there, a dangling link included; nothing is ever overwritten.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        target = os.open(path, flags, 0o600)
        try:
            with open(target, "wb") as out:
                out.writelines(self._chunks())
        except BaseException:
            os.unlink(path)
            raise
        return self.size

    def close(self) -> None:
        """Let go of the file and its temporary space. Closing twice does no harm."""
        self.file.close()

    def __repr__(self) -> str:
        return f"<UploadedFile {self.filename!r} {self.content_type} {self.size} bytes>"

    def _chunks(self) -> Iterator[bytes]:
        self.file.seek(0)
        while chunk := self.file.read(_CHUNK):
            yield chunk
        self.file.seek(0)


class Files(dict[str, list[UploadedFile]]):
    """Map the names of file fields to their files: a list, since a field marked `multiple` sends several."""

    __slots__ = ()

    def first(self, name: str) -> UploadedFile | None:
        """Return the first file of a field, or None where none was chosen."""
        found = self.get(name)
        return found[0] if found else None

    def close(self) -> None:
        """Close every file."""
        for files in self.values():
            for file in files:
                file.close()
