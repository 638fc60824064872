"""Collect a stream for a server that has no back-pressure: in memory first, then in a temporary file."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from demijohn.pipeline.threads import WorkerPool

__all__ = ["Spool"]


class Spool:
    """Hold up to `in_memory` bytes in memory and everything beyond in a file that only this user can read."""

    __slots__ = ("_file", "_in_memory", "_pieces", "_pool", "path", "size")

    def __init__(self, in_memory: int, pool: WorkerPool) -> None:
        self._in_memory = in_memory
        self._pool = pool
        self._pieces: list[bytes] = []
        self._file: int | None = None
        self.path: str | None = None
        self.size = 0

    async def write(self, piece: bytes) -> None:
        """Add a piece; writing to disk happens in a worker."""
        self._pieces.append(piece)
        self.size += len(piece)
        if self.size > self._in_memory and sum(map(len, self._pieces)) >= self._in_memory:
            await self._pool.run(self._flush)

    def content(self) -> bytes:
        """Return everything, where it is all in memory."""
        return b"".join(self._pieces)

    def finish(self) -> None:
        """Write the last pieces to the file, if there is one, and close it."""
        if self.path is not None:
            self._flush()
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def remove(self) -> None:
        """Remove the file, if there is one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self.path is not None:
            with suppress(FileNotFoundError):
                os.unlink(self.path)

    def _flush(self) -> None:
        if self._file is None:
            self._file, self.path = tempfile.mkstemp(prefix="demijohn-stream-")  # 0600, by mkstemp
        data = memoryview(b"".join(self._pieces))
        self._pieces.clear()
        while data:
            data = data[os.write(self._file, data) :]
