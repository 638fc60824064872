from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from demijohn.context import enter_scope
from demijohn.errors import DemijohnError
from demijohn.http.files import CONTENT_TYPES, answer_with_file, resolve_below, send_file
from demijohn.http.request import Request
from demijohn.http.response import FileResponse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    (files / "a" / "b").mkdir(parents=True)
    for path in (tmp_path / "secret", files / "x.txt", files / "a" / "b" / "y.png", files / ".env"):
        path.write_text("content")
    (files / "inside").symlink_to(files / "x.txt")
    (files / "outside").symlink_to(tmp_path / "secret")
    (files / "loop").symlink_to(files / "loop")
    (files / "up").symlink_to(tmp_path)
    return files


@pytest.mark.parametrize("name", ["x.txt", "a/b/y.png", "inside"])
def test_what_lies_below_is_found(folder: Path, name: str) -> None:
    found = resolve_below(folder, name)
    assert found is not None
    assert found.read_text() == "content"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/x.txt",
        "x.txt/",
        "a//b/y.png",
        "a/./b/y.png",
        "../secret",
        "a/../x.txt",
        "a\\b\\y.png",
        "outside",
        "up/secret",
        "loop",
        ".env",
        "a",
        "missing",
        "x.txt\0",
        "x\n.txt",
        "C:x.txt",
        "NUL",
        "nul.txt",
        "x" * 300,
        "a/" * 3000 + "x",
    ],
)
def test_everything_else_is_not(folder: Path, name: str) -> None:
    assert resolve_below(folder, name) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(
    st.lists(st.sampled_from(["..", "/", "\\", ".", "a", "x.txt", "up", "secret", "\0", "%2e", "outside"]), max_size=8)
)
def test_no_name_leads_out(folder: Path, parts: list[str]) -> None:
    found = resolve_below(folder, "".join(parts))
    assert found is None or found.is_relative_to(folder.resolve())


def test_a_folder_that_is_a_link_itself_is_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert resolve_below(tmp_path / "link", "x.txt") == (folder / "x.txt").resolve()


def test_types_that_run_scripts_are_never_shown_in_the_window() -> None:
    assert {CONTENT_TYPES[suffix] for suffix in (".svg", ".html", ".xml", ".js")} == {
        "image/svg+xml",
        "text/html; charset=utf-8",
        "application/xml",
        "text/javascript; charset=utf-8",
    }
    assert all(suffix == suffix.lower() for suffix in CONTENT_TYPES)


def test_a_command_has_nobody_to_send_a_file_to(folder: Path) -> None:
    class Command:
        services: dict[type, object] = {}  # noqa: RUF012  # the protocol wants an attribute

    with enter_scope(Command()), pytest.raises(DemijohnError, match="there is none here"):
        send_file(folder, "x.txt")


class Client:
    """Be a client that sends no body."""

    async def client_disconnect(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


def request(method: str = "GET", **fields: str) -> Request:
    pairs = [(field.replace("_", "-"), value) for field, value in fields.items()]
    return Request(method, "/", "", pairs, dict(pairs), "http", "127.0.0.1:5", "1.1", Client(), None)


def test_the_validators_are_the_caller_s_and_come_with_every_answer(folder: Path) -> None:
    for asked, status in ((request(), 200), (request(range="bytes=0-1"), 206), (request(if_none_match='"v1"'), 304)):
        response = answer_with_file(asked, folder / "x.txt", etag='"v1"', modified=0, size=7)
        assert response.status == status
        assert response.headers["etag"] == '"v1"'
        assert response.headers["last-modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"
        assert "cache-control" not in response.headers, "how long it is kept is the caller's to say"


def test_what_is_no_sequence_of_the_file_s_bytes_has_no_parts(folder: Path) -> None:
    asked = request(range="bytes=0-1")
    response = answer_with_file(asked, folder / "x.txt", etag='"v1"', modified=0, size=7, in_parts=False)
    assert isinstance(response, FileResponse)
    assert (response.status, response.start, response.length) == (200, 0, 7)
    assert "accept-ranges" not in response.headers
