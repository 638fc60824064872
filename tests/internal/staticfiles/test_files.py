from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demijohn.contracts import StaticUrls
from demijohn.errors import HTTPError
from demijohn.http.files import CONTENT_TYPES
from demijohn.http.response import FileResponse, Response
from demijohn.staticfiles.errors import StaticFileError
from demijohn.staticfiles.files import StaticFiles
from demijohn.staticfiles.folders import StaticFolder

from .conftest import STYLE, content_of

if TYPE_CHECKING:
    from .conftest import Get

DIGEST = hashlib.sha256(STYLE).hexdigest()
CURRENT = f"style.{DIGEST[:10]}.css"
OLD = "style.0123456789.css"
FOR_GOOD = "public, max-age=31536000, immutable"


def edit(path: Path, content: bytes) -> None:
    """Change a file in place; its time moves on, as that of an edit by hand does."""
    before = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(before + 10**9, before + 10**9))


@pytest.fixture(params=["production", "development"])
def either(request: pytest.FixtureRequest, files: StaticFiles, reloading: StaticFiles) -> StaticFiles:
    return files if request.param == "production" else reloading


@pytest.fixture
def packed(folder: Path) -> Path:
    (folder / "style.css.gz").write_bytes(zlib.compress(STYLE, wbits=31))
    return folder


def test_it_fulfils_the_contract(files: StaticFiles) -> None:
    assert isinstance(files, StaticUrls)


def test_the_address_holds_the_digest_of_the_content(either: StaticFiles) -> None:
    assert either.url("style.css") == f"/static/{CURRENT}"
    assert either.url("img/a b.svg").startswith("/static/img/a%20b.")
    assert StaticFiles(either.folders, url_path="/assets/").url("style.css") == f"/assets/{CURRENT}"


def test_the_current_address_is_kept_for_good(either: StaticFiles, get: Get) -> None:
    response = get(either, CURRENT)
    assert (response.status, content_of(response)) == (200, STYLE)
    assert response.headers["cache-control"] == FOR_GOOD
    assert response.content_type == "text/css; charset=utf-8"
    assert response.headers["etag"] == f'"{DIGEST[:32]}"'
    assert response.headers["accept-ranges"] == "bytes"
    assert response.kind == "static"
    assert not {"vary", "content-disposition"} & set(response.headers)


def test_the_plain_address_is_asked_for_again(either: StaticFiles, get: Get) -> None:
    response = get(either, "style.css")
    assert (content_of(response), response.headers["cache-control"]) == (STYLE, "no-cache")
    for field in ("if_none_match", "if_modified_since"):
        name = "etag" if field == "if_none_match" else "last-modified"
        again = get(either, "style.css", **{field: response.headers[name]})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["cache-control"] == "no-cache"
        assert again.headers["etag"] == response.headers["etag"]
    assert get(either, "style.css", if_none_match='"other"').status == 200


def test_an_old_address_gets_the_current_file_and_nobody_keeps_it(either: StaticFiles, get: Get) -> None:
    response = get(either, OLD)
    assert (content_of(response), response.headers["cache-control"]) == (STYLE, "no-store")


def test_a_digest_that_a_bundler_wrote_is_part_of_the_name(folder: Path, either: StaticFiles, get: Get) -> None:
    (folder / "app.0123456789.js").write_text("run()")
    assert get(either, "app.0123456789.js").headers["cache-control"] == "no-cache"
    address = either.url("app.0123456789.js").removeprefix("/static/")
    assert get(either, address).headers["cache-control"] == FOR_GOOD
    (folder / "app.js").write_text("other()")
    assert content_of(get(either, "app.0123456789.js")) == b"run()", "a file of that very name comes first"


def test_an_edit_shows_at_once_in_development(folder: Path, reloading: StaticFiles, get: Get) -> None:
    first = reloading.url("style.css")
    edit(folder / "style.css", b"p {}")
    assert reloading.url("style.css") != first
    assert content_of(get(reloading, "style.css")) == b"p {}"


def test_a_file_that_is_replaced_in_production_is_seen_when_it_is_asked_for(
    folder: Path, files: StaticFiles, get: Get
) -> None:
    first = files.url("style.css")
    edit(folder / "style.css", b"p {}")
    assert files.url("style.css") == first, "addresses cost no look at the disk"
    assert get(files, CURRENT).headers["cache-control"] == "no-store"
    assert content_of(get(files, "style.css")) == b"p {}"
    assert files.url("style.css") != first


def test_a_file_that_goes_away_is_gone(folder: Path, either: StaticFiles, get: Get) -> None:
    get(either, CURRENT)
    (folder / "style.css").unlink()
    with pytest.raises(HTTPError, match="404"):
        get(either, CURRENT)
    with pytest.raises(StaticFileError):
        either.url("style.css")


def test_content_is_read_once(folder: Path, either: StaticFiles, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    digest = hashlib.file_digest

    def counted(file: BinaryIO, name: str) -> object:
        read.append(file.name)
        return digest(file, name)  # type: ignore[arg-type]  # typeshed asks for more than a file has

    monkeypatch.setattr(hashlib, "file_digest", counted)
    for _ in range(3):
        get(either, CURRENT)
        get(either, "style.css")
        either.url("style.css")
    assert read == [str(folder / "style.css")]


@pytest.mark.parametrize(
    ("asked", "status", "part", "content_range"),
    [
        ("bytes=0-3", 206, STYLE[:4], f"bytes 0-3/{len(STYLE)}"),
        ("bytes=-2", 206, STYLE[-2:], f"bytes {len(STYLE) - 2}-{len(STYLE) - 1}/{len(STYLE)}"),
        ("lines=1", 200, STYLE, None),
    ],
)
@pytest.mark.usefixtures("packed")
def test_a_part_is_one_of_the_file_itself(
    files: StaticFiles, get: Get, asked: str, status: int, part: bytes, content_range: str | None
) -> None:
    response = get(files, CURRENT, range=asked, accept_encoding="gzip")
    assert (response.status, content_of(response)) == (status, part)
    assert response.headers.get("content-range") == content_range
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "accept-encoding"


def test_a_part_beyond_the_end_is_refused(files: StaticFiles, get: Get) -> None:
    with pytest.raises(HTTPError, match="416"):
        get(files, CURRENT, range="bytes=99999-")
    with pytest.raises(HTTPError, match="412"):
        get(files, CURRENT, if_match='"other"')


@pytest.mark.usefixtures("packed")
def test_a_variant_is_sent_to_who_accepts_it(either: StaticFiles, get: Get) -> None:
    response = get(either, CURRENT, accept_encoding="gzip, deflate")
    assert isinstance(response, FileResponse)
    assert response.headers["content-length"] == str(response.length)
    assert zlib.decompress(content_of(response), wbits=31) == STYLE
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "accept-encoding"
    assert response.headers["etag"] == f'"{DIGEST[:32]}-gzip"'
    assert response.content_type == "text/css; charset=utf-8"
    assert "accept-ranges" not in response.headers
    again = get(either, "style.css", accept_encoding="gzip", if_none_match=response.headers["etag"])
    assert (again.status, again.headers["vary"]) == (304, "accept-encoding")
    plain = get(either, CURRENT, accept_encoding="gzip;q=0", if_none_match=response.headers["etag"])
    assert (plain.status, content_of(plain), plain.headers["vary"]) == (200, STYLE, "accept-encoding")


def test_head_tells_of_the_variant(packed: Path, files: StaticFiles, get: Get) -> None:
    response = get(files, CURRENT, method="HEAD", accept_encoding="gzip", range="bytes=0-1")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-length"] == str((packed / "style.css.gz").stat().st_size)


def test_a_variant_that_is_older_than_its_file_is_not_sent(packed: Path, either: StaticFiles, get: Get) -> None:
    get(either, CURRENT, accept_encoding="gzip")
    edit(packed / "style.css", b"p {}")
    response = get(either, "style.css", accept_encoding="gzip")
    assert (content_of(response), response.headers.get("vary")) == (b"p {}", None)


def test_a_variant_that_goes_away_is_not_missed(packed: Path, either: StaticFiles, get: Get) -> None:
    get(either, CURRENT, accept_encoding="gzip")
    (packed / "style.css.gz").unlink()
    assert content_of(get(either, CURRENT, accept_encoding="gzip")) == STYLE


@pytest.mark.usefixtures("packed")
def test_a_variant_is_no_file_of_its_own(folder: Path, either: StaticFiles, get: Get) -> None:
    with pytest.raises(HTTPError, match="404"):
        get(either, "style.css.gz")
    with pytest.raises(StaticFileError, match=r"Write static\('style.css'\)"):
        either.url("style.css.gz")
    (folder / "data.tar.gz").write_bytes(b"x")
    assert get(either, "data.tar.gz").content_type == "application/gzip"


def test_the_first_folder_that_has_a_file_wins(folder: Path, tmp_path: Path, get: Get) -> None:
    blog = tmp_path / "blog"
    blog.mkdir()
    (blog / "post.css").write_text("blog")
    (blog / "style.css").write_text("blog")
    both = StaticFiles([StaticFolder(folder, "", "app.py:3"), StaticFolder(blog, "blog/", "blog.py:1")])
    assert content_of(get(both, "blog/post.css")) == b"blog"
    assert content_of(get(both, "style.css")) == STYLE
    with pytest.raises(HTTPError):
        get(both, "post.css")
    with pytest.raises(HTTPError):
        get(both, "blog/../style.css")
    (folder / "blog").mkdir()
    (folder / "blog" / "post.css").write_text("the app's")
    fresh = StaticFiles(both.folders)
    assert content_of(get(fresh, "blog/post.css")) == b"the app's"


def test_a_page_has_its_type_with_304_too(folder: Path, files: StaticFiles, get: Get) -> None:
    (folder / "page.html").write_text("<p>")
    first = get(files, "page.html")
    again = get(files, "page.html", if_none_match=first.headers["etag"])
    assert (again.status, again.content_type) == (304, "text/html; charset=utf-8")


NEVER = [
    *("", ".", "..", "/", "//", "img", "img/", "/style.css", "style.css/", "./style.css", "img/../style.css"),
    *("../secret.css", "out.css", "up/secret.css", ".env", "linked.txt", "app.py", "notes.sqlite3", "notes.db-wal"),
    *("dump.sql.gz", "settings.py~", "img\\a b.svg", "style.css\0", "style.css\n", "C:style.css", "style.css::$DATA"),
    *("NUL", "nul.css", "com1.css", "missing.css", "style.css.", "style.css ", "x" * 300 + ".css", "a/" * 3000 + "a"),
    *("\ud800.css", "missing.0123456789.css", "../secret.0123456789.css", ".0123456789.env", ".env.0123456789"),
]


@pytest.mark.parametrize("name", NEVER)
def test_nothing_else_is_ever_served(either: StaticFiles, get: Get, name: str) -> None:
    with pytest.raises(HTTPError, match="404"):
        get(either, name)
    with pytest.raises(StaticFileError):
        either.url(name)


@pytest.mark.parametrize("name", ["odd.xyz", "LICENSE"])
def test_an_unknown_type_is_a_download_in_development_only(
    files: StaticFiles, reloading: StaticFiles, get: Get, name: str
) -> None:
    with pytest.raises(HTTPError, match="404"):
        get(files, name)
    response = get(reloading, name)
    assert response.content_type == "application/octet-stream"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    for each in (files, reloading):
        with pytest.raises(StaticFileError):
            each.url(name)
    with pytest.raises(StaticFileError, match="have no known type, so production does not serve them"):
        reloading.url(name)


def test_a_link_within_the_folder_is_followed_until_it_leads_out(
    folder: Path, tmp_path: Path, files: StaticFiles, get: Get
) -> None:
    assert content_of(get(files, "linked.css")) == STYLE
    assert content_of(get(files, "here/style.css")) == STYLE
    (folder / "linked.css").unlink()
    (folder / "linked.css").symlink_to(tmp_path / "secret.css")
    with pytest.raises(HTTPError, match="404"):
        get(files, "linked.css")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_missing_and_the_log_says_why(
    folder: Path, files: StaticFiles, get: Get, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "style.css").chmod(0)
    with pytest.raises(HTTPError, match="404"):
        get(files, CURRENT)
    assert "style.css cannot be read" in caplog.text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("stlye.css", r"Did you mean 'style.css'\? Looked in: .*static \(app.py:3\)"),
        ("/static/style.css", r"Did you mean 'style.css'\?"),
        ("app.py", "files of this kind are never served"),
        ("qqq", r"there is no such file\. Looked in"),
    ],
)
def test_a_name_that_is_wrong_is_answered_with_near_ones(files: StaticFiles, name: str, told: str) -> None:
    with pytest.raises(StaticFileError, match=told):
        files.url(name)


def test_the_page_lists_what_is_served() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "static-files.md").read_text("utf-8")
    listed = page.partition("## What is served")[2].partition("Anything else")[0]
    assert {f".{name}" for name in re.findall(r"`(\w+)`", listed)} == set(CONTENT_TYPES)


def test_an_app_without_folders_has_no_files(get: Get) -> None:
    empty = StaticFiles([])
    with pytest.raises(StaticFileError, match="nowhere, there is no folder"):
        empty.url("style.css")
    with pytest.raises(HTTPError):
        get(empty, "style.css")


def test_names_that_lead_nowhere_are_not_remembered(
    files: StaticFiles, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        with pytest.raises(HTTPError):
            get(files, f"random{number}.css")
        get(files, f"style.{number:010x}.css")
    assert list(files._files) == ["style.css"]
    monkeypatch.setattr("demijohn.staticfiles.files._MOST_REMEMBERED", 3)
    for depth in range(20):
        get(files, "here/" * depth + "style.css")
    assert len(files._files) == 3
    assert len(files._digests) == 1


PIECES = ["..", ".", "/", "\\", "\0", "%2e", "~", ":", "up", "here", "img", "style.css", "style", ".css", ".gz", ".br"]
PIECES += [
    "secret.css",
    "out.css",
    ".env",
    "app.py",
    ".0123456789",
    f".{DIGEST[:10]}",
    "linked.txt",
    " ",
    "\n",
    "\ud800",
]


def answer_unless_404(files: StaticFiles, name: str, get: Get) -> Response | None:
    try:
        return get(files, name, accept_encoding="gzip, br")
    except HTTPError as error:
        if error.status != 404:
            raise
        return None


def everything_that_may_be_served(folder: Path) -> Iterator[bytes]:
    for name in ("style.css", "img/a b.svg", "odd.xyz", "LICENSE"):
        yield (folder / name).read_bytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400, deadline=None)
@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.text()), st.booleans())
def test_no_name_leads_out_and_none_breaks_anything(
    folder: Path, files: StaticFiles, reloading: StaticFiles, get: Get, name: str, reload: bool
) -> None:
    each = reloading if reload else files
    response = answer_unless_404(each, name, get)
    if response is None:
        with pytest.raises(StaticFileError):
            each.url(name)
        return
    assert isinstance(response, FileResponse)
    assert response.path.is_relative_to(folder.resolve())
    assert response.path.suffix not in (".py", ".env", ".sqlite3", ".gz")
    assert content_of(response) in set(everything_that_may_be_served(folder))
