"""Test demijohn.http.uploads."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest

from demijohn.http.uploads import Files, UploadedFile


def upload(content: bytes = b"content") -> UploadedFile:
    return UploadedFile(io.BytesIO(content), filename="a.txt", content_type="text/plain", size=len(content))


class Broken(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError("disk gone")


def test_an_upload_is_read_like_a_file() -> None:
    file = upload()
    assert file.read(3) == b"con"
    assert file.read() == b"tent"
    assert file.read() == b""
    assert repr(file) == "<UploadedFile 'a.txt' text/plain 7 bytes>"


def test_save_writes_the_whole_file_for_its_owner_only(tmp_path: Path) -> None:
    file = upload(b"x" * 200_000)
    file.read(5)
    assert file.save(tmp_path / "a") == 200_000
    assert (tmp_path / "a").read_bytes() == b"x" * 200_000
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert file.save(str(tmp_path / "b")) == 200_000
    assert file.read(1) == b"x"


def test_save_overwrites_nothing_and_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link"):
        with pytest.raises(FileExistsError):
            upload().save(tmp_path / name)
    assert (tmp_path / "there").read_text() == "old"
    assert not (tmp_path / "nowhere").exists()


def test_save_leaves_no_half_file(tmp_path: Path) -> None:
    file = UploadedFile(Broken(), filename="a", content_type="text/plain", size=1)
    with pytest.raises(OSError, match="disk gone"):
        file.save(tmp_path / "a")
    assert os.listdir(tmp_path) == []


def test_files_gives_the_first_of_a_field_and_closes_all() -> None:
    first, second = upload(), upload()
    files = Files({"a": [first, second], "b": []})
    assert files.first("a") is first
    assert files.first("b") is None
    assert files.first("c") is None
    files.close()
    files.close()
    assert first.file.closed
    assert second.file.closed
