"""Tell by one look at a file whether it is still the one that was read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

__all__ = ["Stamp"]


class Stamp(NamedTuple):
    """Hold what changes when a file is edited or replaced: which file it is, when it was changed, its size in bytes."""

    device: int
    inode: int
    mtime_ns: int
    size: int

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """Look at a file, through links; None where there is none."""
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        return cls(status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)

    @property
    def modified(self) -> float:
        """Return when the file was changed, as a POSIX timestamp."""
        return self.mtime_ns / 1e9
