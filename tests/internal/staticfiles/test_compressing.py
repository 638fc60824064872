from __future__ import annotations

import gzip
import os
import subprocess
import zlib
from importlib import import_module
from pathlib import Path
from shutil import which

import pytest

from demijohn.staticfiles import compressing
from demijohn.staticfiles.compressing import has_brotli, plan, take

TEXT = b"body { color: black }\n" * 100

needs_brotli = pytest.mark.skipif(not has_brotli(), reason="brotli is not installed")


@pytest.fixture(params=[pytest.param(True, marks=needs_brotli), False], ids=["brotli", "without"])
def with_brotli(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(compressing, "_brotli", lambda: None)
    return bool(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "js").mkdir(parents=True)
    (root / "style.css").write_bytes(TEXT)
    (root / "js" / "app.js").write_bytes(TEXT)
    return root


def compress(folder: Path) -> list[tuple[str, str]]:
    """Do all there is to do, and return it."""
    steps = list(plan(folder))
    for step in steps:
        take(step)
    return [(step.kind, step.path.relative_to(folder).as_posix()) for step in steps]


def age(path: Path, seconds: int) -> None:
    before = path.stat().st_mtime_ns
    os.utime(path, ns=(before, before - seconds * 10**9))


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_variants_hold_the_file_and_a_second_time_nothing_is_done(folder: Path, with_brotli: bool) -> None:
    (folder / "style.css").chmod(0o640)
    done = compress(folder)
    assert ("write", "style.css.gz") in done
    assert (("write", "js/app.js.br") in done) == with_brotli
    assert gzip.decompress((folder / "style.css.gz").read_bytes()) == TEXT
    assert zlib.decompress((folder / "style.css.gz").read_bytes(), wbits=31) == TEXT
    if with_brotli:
        assert import_module("brotli").decompress((folder / "style.css.br").read_bytes()) == TEXT
    assert (folder / "style.css.gz").stat().st_mode & 0o777 == 0o640
    assert {kind for kind, _ in compress(folder)} == {"keep"}
    assert not [name for name in names(folder) if name.startswith(".")]


@pytest.mark.skipif(which("gzip") is None, reason="there is no gzip")
def test_other_programs_can_read_the_gzip(folder: Path) -> None:
    compress(folder)
    done = subprocess.run(["gzip", "-dc", folder / "style.css.gz"], capture_output=True, check=True)
    assert done.stdout == TEXT


def test_two_builds_are_equal(folder: Path, tmp_path: Path) -> None:
    compress(folder)
    first = (folder / "style.css.gz").read_bytes()
    (folder / "style.css.gz").unlink()
    age(folder / "style.css", 1000)
    compress(folder)
    assert (folder / "style.css.gz").read_bytes() == first


@pytest.mark.parametrize(
    "name",
    ["photo.png", "font.woff2", "data.zip", "small.css", "random.txt", "app.py", "notes.sql", ".hidden.css", "odd.xyz"],
)
def test_what_would_not_pay_or_is_not_served_is_left_alone(tmp_path: Path, name: str) -> None:
    content = {"small.css": b"a" * 499, "random.txt": os.urandom(1000)}.get(name, TEXT)
    (tmp_path / name).write_bytes(content)
    assert compress(tmp_path) == []
    assert names(tmp_path) == {name}


def test_links_are_not_followed(folder: Path) -> None:
    (folder / "linked.css").symlink_to(folder / "style.css")
    (folder / "up").symlink_to(folder)
    assert not [name for _, name in compress(folder) if name.startswith(("linked", "up"))]


def test_what_is_out_of_date_is_written_again(folder: Path, with_brotli: bool) -> None:
    compress(folder)
    (folder / "style.css").write_bytes(TEXT * 2)
    os.utime(folder / "style.css", ns=(0, 0))  # a file of a backup may be older than what it replaces
    done = compress(folder)
    assert ("write", "style.css.gz") in done
    assert (("write", "style.css.br") in done) == with_brotli
    assert ("keep", "js/app.js.gz") in done
    os.utime(folder / "style.css", ns=(10**18, 10**18))
    os.utime(folder / "style.css.gz", ns=(0, 0))
    assert ("write", "style.css.gz") in compress(folder)
    (folder / "style.css.gz").write_bytes(b"broken")
    assert ("write", "style.css.gz") in compress(folder)


def test_a_variant_is_never_older_than_its_file(folder: Path) -> None:
    age(folder / "style.css", -1000)
    compress(folder)
    assert (folder / "style.css.gz").stat().st_mtime_ns == (folder / "style.css").stat().st_mtime_ns


@pytest.mark.usefixtures("with_brotli")
def test_variants_whose_file_is_gone_are_removed(folder: Path) -> None:
    compress(folder)
    (folder / "style.css.zst").write_bytes(b"x")
    (folder / "style.css").unlink()
    done = compress(folder)
    assert {name for kind, name in done if kind == "remove"} >= {"style.css.gz", "style.css.zst"}
    assert not [name for name in names(folder) if name.startswith("style")]


@pytest.mark.usefixtures("with_brotli")
def test_variants_that_no_longer_pay_are_removed(folder: Path) -> None:
    compress(folder)
    (folder / "style.css").write_bytes(b"p {}")
    done = compress(folder)
    assert ("remove", "style.css.gz") in done
    assert not (folder / "style.css.br").exists()
    assert ("keep", "js/app.js.gz") in done


def test_archives_that_others_made_are_kept(folder: Path) -> None:
    (folder / "rows.csv.gz").write_bytes(gzip.compress(TEXT))
    (folder / "data.tar.gz").write_bytes(gzip.compress(TEXT))
    (folder / "data.br").write_bytes(b"x")
    assert not {"rows.csv.gz", "data.tar.gz", "data.br"} & {name for _, name in compress(folder)}


def test_a_zst_that_is_older_than_its_file_is_removed(folder: Path) -> None:
    (folder / "style.css.zst").write_bytes(b"x")
    assert not [name for _, name in compress(folder) if name.endswith(".zst")]
    age(folder / "style.css.zst", 1000)
    assert ("remove", "style.css.zst") in compress(folder)


def test_without_brotli_a_br_that_is_current_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "_brotli", lambda: None)
    (folder / "style.css.br").write_bytes(b"x")
    assert ("keep", "style.css.br") in compress(folder)
    age(folder / "style.css.br", 1000)
    assert ("remove", "style.css.br") in compress(folder)


def test_the_variants_of_a_link_stay(folder: Path) -> None:
    (folder / "linked.css").symlink_to("style.css")
    (folder / "linked.css.br").write_bytes(b"x")
    compress(folder)
    assert (folder / "linked.css.br").exists()


def test_nothing_is_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (folder / ".style.css.gz.tmp").symlink_to(tmp_path / "precious")
    (folder / "js" / "app.js.gz").symlink_to(tmp_path / "precious")
    compress(folder)
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert gzip.decompress((folder / "style.css.gz").read_bytes()) == TEXT


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_passed_by(folder: Path) -> None:
    os.mkfifo(folder / "pipe.css")
    os.mkfifo(folder / "gone.css.gz")
    assert not {"pipe.css.gz", "gone.css.gz"} & {name for _, name in compress(folder)}
