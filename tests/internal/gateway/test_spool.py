from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from demijohn.gateway.spool import Spool


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def filled(spool: Spool, *pieces: bytes) -> Spool:
    async def main() -> None:
        for piece in pieces:
            await spool.write(piece)
        await spool.finish()

    asyncio.run(main())
    return spool


def test_what_is_small_stays_in_memory(folder: Path) -> None:
    spool = filled(Spool(10), b"hello", b"", b"world")
    assert (spool.path, spool.content(), spool.size) == (None, b"helloworld", 10)
    spool.remove()
    assert list(folder.iterdir()) == []


def test_what_is_large_goes_to_a_file_that_nobody_else_can_read(folder: Path) -> None:
    pieces = [bytes([number]) * number for number in range(100)]
    spool = filled(Spool(10), *pieces)
    assert spool.path is not None
    path = Path(spool.path)
    assert path.parent == folder
    assert path.read_bytes() == b"".join(pieces)
    assert spool.size == path.stat().st_size
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    spool.remove()
    assert list(folder.iterdir()) == []
    spool.remove()


def test_memory_holds_no_more_than_its_part(folder: Path) -> None:
    async def main() -> int:
        spool, most = Spool(100), 0
        for _ in range(1000):
            await spool.write(b"x" * 7)
            most = max(most, len(spool.content()))
        spool.remove()
        return most

    assert asyncio.run(main()) < 100 + 7


def test_removing_while_a_thread_writes_leaves_no_file_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, go_on = threading.Event(), threading.Event()
    write = os.write

    def slow_write(file: int, data: bytes) -> int:
        writing.set()
        assert go_on.wait(10)
        return write(file, data)

    async def main() -> None:
        spool = Spool(1)
        request = asyncio.ensure_future(spool.write(b"large"))
        assert await asyncio.to_thread(writing.wait, 10)
        request.cancel()
        removing = asyncio.get_running_loop().run_in_executor(None, spool.remove)
        go_on.set()
        await removing

    with monkeypatch.context() as patched:
        patched.setattr("demijohn.gateway.spool.os.write", slow_write)
        asyncio.run(main())
    assert list(folder.iterdir()) == []


def test_nothing_is_written_after_it_was_removed(folder: Path) -> None:
    spool = Spool(1)
    spool.remove()
    filled(spool, b"too", b"late")
    assert list(folder.iterdir()) == []


@pytest.fixture(autouse=True)
def every_file_is_closed() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    yield
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before


def test_a_client_that_leaves_while_the_last_pieces_are_written_leaves_no_file(folder: Path) -> None:
    async def main() -> None:
        spool = Spool(10)
        await spool.write(b"x" * 20)
        await spool.write(b"x")
        finishing = asyncio.ensure_future(spool.finish())
        await asyncio.sleep(0)
        finishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await finishing

    opened = len(os.listdir("/proc/self/fd"))
    asyncio.run(main())
    assert list(folder.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == opened
