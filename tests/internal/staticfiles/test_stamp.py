from __future__ import annotations

import os
from pathlib import Path

from demijohn.staticfiles.stamp import Stamp


def test_an_edited_and_a_replaced_file_have_other_stamps(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    os.utime(path, ns=(0, 5_000_000_000))
    first = Stamp.of(path)
    assert first is not None
    assert (first.size, first.modified) == (3, 5.0)
    path.write_text("two")
    os.utime(path, ns=(0, 6_000_000_000))
    assert Stamp.of(path) != first
    (tmp_path / "b").write_text("new")
    os.utime(tmp_path / "b", ns=(0, 5_000_000_000))
    (tmp_path / "b").replace(path)
    assert Stamp.of(path) != first


def test_what_is_not_there_has_none(tmp_path: Path) -> None:
    assert Stamp.of(tmp_path / "missing") is None
    assert Stamp.of(tmp_path / "a\0b") is None
