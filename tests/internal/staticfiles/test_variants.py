from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.staticfiles.stamp import Stamp
from demijohn.staticfiles.variants import Variant, choose_variant, find_variants, source_of

GZIP = Variant("gzip", Path("a.gz"), Stamp(1, 1, 1, 300))
BR = Variant("br", Path("a.br"), Stamp(1, 2, 1, 200))


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, None),
        ("", None),
        ("gzip, deflate, br, zstd", BR),
        ("gzip", GZIP),
        ("x-gzip", GZIP),
        ("GZIP", GZIP),
        ("gzip;q=1.0, br;q=0.5", GZIP),
        ("br;q=0, gzip", GZIP),
        ("br;q=0, gzip;q=0", None),
        ("*", BR),
        ("*;q=0", None),
        ("br;q=0, *;q=0.1", GZIP),
        ("identity, br;q=0.5", None),
        ("identity;q=0.5, br;q=0.5", BR),
        ("deflate", None),
        ("br;q=x, gzip", GZIP),
        ("br;q=2", None),
        ("gzip;q=0.001", GZIP),
        ("br;level=3", None),
        ("x" * 600 + ", br", None),
    ],
)
def test_the_client_decides_and_the_smallest_of_equals_wins(header: str | None, chosen: Variant | None) -> None:
    assert choose_variant(header, [GZIP, BR]) == chosen


def test_without_variants_there_is_nothing_to_choose() -> None:
    assert choose_variant("br", []) is None


@given(st.text())
def test_no_header_is_too_odd_to_read(header: str) -> None:
    assert choose_variant(header, [GZIP, BR]) in (None, GZIP, BR)


def test_only_variants_that_are_not_older_are_found(folder: Path) -> None:
    source = Stamp.of(folder / "style.css")
    assert source is not None
    for suffix, seconds in ((".gz", 0), (".br", 1), (".zst", -1)):
        path = folder / f"style.css{suffix}"
        path.write_bytes(b"x")
        os.utime(path, ns=(0, source.mtime_ns + seconds * 10**9))
    assert [variant.encoding for variant in find_variants(folder, "style.css", source)] == ["br", "gzip"]


def test_a_link_that_leads_out_is_no_variant(folder: Path, tmp_path: Path) -> None:
    source = Stamp.of(folder / "style.css")
    assert source is not None
    (tmp_path / "style.css.br").write_bytes(b"secret")
    (folder / "style.css.br").symlink_to(tmp_path / "style.css.br")
    assert find_variants(folder, "style.css", source) == ()


def test_a_variant_is_told_by_its_name() -> None:
    assert source_of("a/style.css.br") == "a/style.css"
    assert source_of("style.css") is None
    assert source_of("LICENSE") is None


def test_a_link_to_what_is_never_served_is_no_variant(folder: Path) -> None:
    source = Stamp.of(folder / "style.css")
    assert source is not None
    for suffix, secret in ((".br", ".env"), (".gz", "notes.sqlite3"), (".zst", "settings.py")):
        (folder / secret).write_bytes(b"secret")
        (folder / f"style.css{suffix}").symlink_to(secret)
    assert find_variants(folder, "style.css", source) == ()
