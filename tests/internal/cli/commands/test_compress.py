from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import pytest

from demijohn.staticfiles.compressing import has_brotli

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

STYLE = "body { color: black }\n" * 100


@pytest.fixture
def site(hello: Project) -> Project:
    hello.write("static/style.css", STYLE)
    hello.write("static/img/logo.svg", "<svg>" + "<path/>" * 200 + "</svg>")
    return hello


def test_variants_are_written_and_told_of(site: Project) -> None:
    done = site.call("compress")

    assert (done.status, done.errors) == (0, "")
    lines = done.output.splitlines()
    assert lines[0].startswith("static/style.css.gz: 2,200 to ")
    assert lines[0].endswith("% less")
    assert lines[-1] == f"{4 if has_brotli() else 2} written, 0 removed, 0 up to date."
    assert ("pip install 'demijohn[fast]'" in done.output) != has_brotli()
    assert gzip.decompress((site.folder / "static" / "style.css.gz").read_bytes()).decode() == STYLE


def test_a_second_time_there_is_nothing_to_do(site: Project) -> None:
    site.call("compress")
    assert "0 written, 0 removed" in site.call("compress").output


def test_check_writes_nothing_and_tells_by_its_status(site: Project) -> None:
    before = site.call("compress", "--check")
    assert before.status == 1
    assert "static/style.css.gz: missing or out of date" in before.output
    assert not (site.folder / "static" / "style.css.gz").exists()

    site.call("compress")
    assert site.call("compress", "--check").status == 0

    (site.folder / "static" / "style.css").unlink()
    after = site.call("compress", "--check")
    assert after.status == 1
    assert "static/style.css.gz: to be removed" in after.output
    assert "static/style.css.gz: removed" in site.call("compress").output


def test_an_app_without_static_files_is_told_where_to_put_them(hello: Project) -> None:
    done = hello.call("compress", "app")

    assert done.status == 0
    assert "Put them into a folder `static`" in done.output


def test_the_help_explains_everything(project: Project) -> None:
    shown = project.call("compress", "--help").output

    assert "--check" in shown
    assert "[MODULE:APP]" in shown
    assert "500 bytes" in shown


@pytest.mark.skipif(os.name == "nt", reason="such names are none there")
def test_the_name_of_a_file_writes_nothing_else_to_the_terminal(site: Project) -> None:
    site.write("static/\x1b[2J\nforged.css", STYLE)
    with open(os.fsencode(site.folder) + b"/static/\xff.css", "wb") as file:
        file.write(STYLE.encode())
    done = site.call("compress")

    assert (done.status, done.errors) == (0, "")
    assert "\x1b" not in done.output
    assert "static/\\x1b[2J\\x0aforged.css.gz: " in done.output
    assert "static/\\udcff.css.gz: " in done.output
