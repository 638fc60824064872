"""Collect a stream for a server that has no back-pressure: in memory first, then in a temporary file."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import suppress
from threading import Lock

__all__ = ["Spool"]


class Spool:
    """Hold up to `in_memory` bytes in memory and everything beyond in a file that only this user can read."""

    __slots__ = ("_file", "_in_memory", "_is_removed", "_pieces", "_writing", "path", "size")

    def __init__(self, in_memory: int) -> None:
        self._in_memory = in_memory
        self._pieces: list[bytes] = []
        self._file: int | None = None
        self._is_removed = False
        self._writing = Lock()  # a thread may still write when its request is cancelled
        self.path: str | None = None
        self.size = 0

    async def write(self, piece: bytes) -> None:
        """Add a piece. A thread writes it to disk that is none of the workers, for these may all be waiting for us."""
        self._pieces.append(piece)
        self.size += len(piece)
        if self.size > self._in_memory and sum(map(len, self._pieces)) >= self._in_memory:
            await asyncio.to_thread(self._flush)

    def content(self) -> bytes:
        """Return everything, where it is all in memory."""
        return b"".join(self._pieces)

    async def finish(self) -> None:
        """Write the last pieces to the file, if there is one, and close it. Where that is cut short, remove it."""
        if self.path is None:
            return
        try:
            await asyncio.to_thread(self._flush)
        except BaseException:  # the client left meanwhile, say, or the disk is full
            self.remove()
            raise
        self._close()

    def remove(self) -> None:
        """Remove the file, if there is one."""
        with self._writing:
            self._is_removed = True
            self._close()
            if self.path is not None:
                with suppress(FileNotFoundError):
                    os.unlink(self.path)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _flush(self) -> None:
        with self._writing:
            if self._is_removed:
                return
            if self._file is None:
                self._file, self.path = tempfile.mkstemp(prefix="demijohn-stream-")  # 0600, by mkstemp
            data = memoryview(b"".join(self._pieces))
            self._pieces.clear()
            while data:
                data = data[os.write(self._file, data) :]
