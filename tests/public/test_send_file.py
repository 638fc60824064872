"""Promise: a file is sent from one folder and from nowhere else, whatever the name says, and never runs in our name."""

import os
from contextvars import Context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demijohn import App, DemijohnError, Response, send_file

if TYPE_CHECKING:
    from demijohn.testing import Client
    from tests.public.conftest import Serve

CONTENT = b"0123456789"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    files = tmp_path / "files"
    (files / "deep" / "er").mkdir(parents=True)
    names = "a.txt deep/er/c.png page.html image.svg script.js odd.xyz .env CON.txt"
    for name in (*names.split(), "ü b.pdf"):
        (files / name).write_bytes(CONTENT)
    (files / "out").symlink_to(tmp_path / "secret.txt")
    (files / "within").symlink_to(files / "a.txt")
    os.utime(files / "a.txt", (1_700_000_000, 1_700_000_000))
    return files


@pytest.fixture
def client(serve: "Serve", folder: Path) -> "Client":
    app = App(__name__)

    @app.get("/files/<path:name>")
    def show(name: str, inline: bool = False, rename: str | None = None, max_age: int | None = None) -> Response:
        return send_file(folder, name, inline=inline, download_name=rename, max_age=max_age)

    @app.get("/async/<path:name>")
    async def show_async(name: str) -> Response:
        return send_file(str(folder), name)

    @app.get("/named")
    def by_query(name: str) -> Response:
        return send_file(folder, name)

    return serve(app)


@pytest.mark.parametrize("path", ["/files/a.txt", "/async/a.txt", "/files/within"])
def test_a_file_is_sent_as_a_download(client: "Client", path: str) -> None:
    response = client.get(path)
    assert (response.status, response.body) == (200, CONTENT)
    assert response.headers["content-length"] == "10"
    assert response.headers["content-disposition"] == 'attachment; filename="a.txt"'
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.txt", "text/plain; charset=utf-8"),
        ("deep/er/c.png", "image/png"),
        ("page.html", "text/html; charset=utf-8"),
        ("odd.xyz", "application/octet-stream"),
    ],
)
def test_the_type_is_told_by_the_name_and_the_same_everywhere(client: "Client", name: str, content_type: str) -> None:
    assert client.get(f"/files/{name}").headers["content-type"] == content_type


@pytest.mark.parametrize(("name", "shown"), [("deep/er/c.png", True), ("ü b.pdf", True), ("page.html", False)])
def test_only_what_cannot_run_scripts_is_shown_in_the_window(client: "Client", name: str, shown: bool) -> None:
    disposition = client.get(f"/files/{name}?inline=true").headers["content-disposition"]
    assert disposition.startswith("inline" if shown else "attachment")


@pytest.mark.parametrize("name", ["image.svg", "script.js", "page.html", "odd.xyz"])
def test_what_could_run_scripts_is_downloaded_all_the_same(client: "Client", name: str) -> None:
    response = client.get(f"/files/{name}?inline=true")
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt",
        "deep/../../secret.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "out",
        ".env",
        "deep/.hidden",
        "deep",
        "",
        ".",
        "nothing.txt",
        "a.txt/",
        "a.txt\0.png",
        "CON.txt",
        "a.txt:stream",
        "x" * 5000,
    ],
)
def test_nothing_else_is_ever_sent(client: "Client", folder: Path, name: str) -> None:
    assert client.get("/named", query={"name": name}).status in ((400,) if "\0" in name else (404,))


def test_another_name_is_shown_to_the_visitor(client: "Client") -> None:
    disposition = client.get("/files/a.txt", query={"rename": 'Über "uns"\r\n.txt'}).headers["content-disposition"]
    assert "\r" not in disposition
    assert "filename*=UTF-8''" in disposition


def test_a_name_that_is_not_ascii_comes_through(client: "Client") -> None:
    disposition = client.get("/files/ü b.pdf").headers["content-disposition"]
    assert "filename*=UTF-8''%C3%BC%20b.pdf" in disposition


def test_a_file_that_the_client_has_is_not_sent_again(client: "Client") -> None:
    first = client.get("/files/a.txt")
    for headers in (
        {"if-none-match": first.headers["etag"]},
        {"if-none-match": f'"x", W/{first.headers["etag"]}'},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        response = client.get("/files/a.txt", headers=headers)
        assert (response.status, response.body) == (304, b"")
        assert response.headers["etag"] == first.headers["etag"]
    assert client.get("/files/a.txt", headers={"if-none-match": '"other"'}).status == 200
    assert client.get("/files/a.txt", headers={"if-match": '"other"'}).status == 412


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-99", 206, CONTENT, "bytes 0-9/10"),
        ("bytes=0-1,5-6", 200, CONTENT, None),
        ("lines=0-1", 200, CONTENT, None),
        ("bytes=x", 200, CONTENT, None),
    ],
)
def test_a_part_of_a_file_is_sent(
    client: "Client", asked: str, status: int, body: bytes, content_range: str | None
) -> None:
    response = client.get("/files/a.txt", headers={"range": asked})
    assert (response.status, response.body) == (status, body)
    assert response.headers.get("content-range") == content_range
    assert response.headers["content-length"] == str(len(body))


def test_a_part_that_is_not_there_is_a_416(client: "Client") -> None:
    response = client.get("/files/a.txt", headers={"range": "bytes=10-"})
    assert (response.status, response.headers["content-range"]) == (416, "bytes */10")


def test_a_part_of_what_has_changed_meanwhile_is_the_whole(client: "Client") -> None:
    etag = client.get("/files/a.txt").headers["etag"]
    part = {"range": "bytes=0-1"}
    assert client.get("/files/a.txt", headers={**part, "if-range": etag}).status == 206
    assert client.get("/files/a.txt", headers={**part, "if-range": '"other"'}).body == CONTENT


def test_head_tells_the_length_without_the_file(client: "Client") -> None:
    response = client.head("/files/a.txt")
    assert (response.status, response.body, response.headers["content-length"]) == (200, b"", "10")


def test_the_caller_decides_how_long_it_is_kept(client: "Client") -> None:
    assert client.get("/files/a.txt?max_age=60").headers["cache-control"] == "private, max-age=60"
    assert "cache-control" not in client.get("/files/a.txt").headers


def test_a_large_file_comes_whole(client: "Client", folder: Path) -> None:
    content = os.urandom(300_000)
    (folder / "large.bin").write_bytes(content)
    assert client.get("/files/large.bin").body == content


def test_an_empty_file_is_a_file(client: "Client", folder: Path) -> None:
    (folder / "empty.txt").touch()
    response = client.get("/files/empty.txt")
    assert (response.status, response.body, response.headers["content-length"]) == (200, b"", "0")


def test_a_folder_that_is_none_is_a_mistake_of_the_program(serve: "Serve", tmp_path: Path) -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> Response:
        return send_file(tmp_path / "nowhere", "a.txt")

    with pytest.raises(DemijohnError, match="which is no folder"):
        serve(app).get("/")


def test_without_a_request_there_is_nobody_to_send_to(folder: Path) -> None:
    with pytest.raises(DemijohnError, match="no request here"):
        Context().run(send_file, folder, "a.txt")
