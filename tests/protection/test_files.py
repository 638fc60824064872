"""Security policy, section 12: a file is sent from below one folder, under a safe name and a fixed type."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demijohn import App, Response, send_file

from .apps import fuller_app
from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve

NOT_FOUND = (404, "http.not_found")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a file in it, and with secrets beside and within it."""
    folder = tmp_path / "public"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("0123456789")
    (folder / ".env").write_text("SECRET_KEY=1")
    (folder / "sub" / ".hidden").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "public-too").mkdir()
    (tmp_path / "public-too" / "secret.txt").write_text("secret")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    return folder


OUTSIDE = [
    "",
    ".",
    "..",
    "../secret.txt",
    "../public-too/secret.txt",
    "sub/../../secret.txt",
    "sub/../sub/a.txt",
    "./sub/a.txt",
    "sub//a.txt",
    "sub/",
    "sub",
    "/etc/passwd",
    "..\\secret.txt",
    "sub\\a.txt",
    "sub/a.txt\0.png",
    "sub/a.txt::$DATA",
    "c:/windows",
    "sub/a.txt:stream",
    "con",
    "NUL.txt",
    "sub/com1.log",
    "lpt\u00b9.txt",
    ".env",
    "sub/.hidden",
    "out.txt",
    "out/secret.txt",
    "loop",
    "missing.txt",
    "a" * 300,
    "a/" * 2000 + "a",
    "\ud800",
    "sub/a.txt\n",
]


def test_nothing_outside_the_folder_and_nothing_hidden_is_sent(serve: "Serve", folder: Path) -> None:
    app = App(__name__)
    asked: list[str] = []

    @app.get("/")
    def show() -> Response:
        return send_file(folder, asked[-1])

    client = serve(app)
    for name in OUTSIDE:
        asked.append(name)
        assert refusal(client.get("/")) == NOT_FOUND, name


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "..%5csecret.txt",
        "%252e%252e%252fsecret.txt",
        "sub/%2e%2e/%2e%2e/secret.txt",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "sub/a.txt%00",
        "sub/a.txt%0a",
        "%c0%ae%c0%ae/secret.txt",
        ".env",
        "%2eenv",
        "sub/a.txt/",
        "out.txt",
    ],
)
def test_no_spelling_of_an_address_leads_out(serve: "Serve", folder: Path, path: str) -> None:
    response = serve(fuller_app(folder)).get(f"/files/{path}")
    assert response.status in (308, 404, 405)
    assert "secret" not in response.text.lower()


def test_what_is_below_the_folder_is_sent_as_a_download(serve: "Serve", folder: Path) -> None:
    response = serve(fuller_app(folder)).get("/files/sub/a.txt")
    assert (response.status, response.text) == (200, "0123456789")
    assert response.headers["content-disposition"] == 'attachment; filename="a.txt"'
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "content_type", "inline"),
    [
        ("a.png", "image/png", True),
        ("a.PNG", "image/png", True),
        ("a.pdf", "application/pdf", True),
        ("a.html", "text/html; charset=utf-8", False),
        ("a.svg", "image/svg+xml", False),
        ("a.xml", "application/xml", False),
        ("a.js", "text/javascript; charset=utf-8", False),
        ("a.png.html", "text/html; charset=utf-8", False),
        ("a.html.png", "image/png", True),
        ("a.xhtml", "application/octet-stream", False),
        ("a.mht", "application/octet-stream", False),
        ("a.php", "application/octet-stream", False),
        ("a", "application/octet-stream", False),
        ("a.html;.png", "image/png", True),
    ],
)
def test_the_type_is_the_table_s_and_only_what_runs_nothing_is_shown(
    serve: "Serve", tmp_path: Path, name: str, content_type: str, inline: bool
) -> None:
    (tmp_path / name).write_bytes(b"<script>alert(1)</script>")
    headers = serve(fuller_app(tmp_path)).get(f"/files/{name}").headers
    assert headers["content-type"] == content_type
    assert headers["content-disposition"].startswith("inline" if inline else "attachment")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    ['a".html', "a\r\nset-cookie: x", "a;b=c", "\u202egpj.exe", "../../etc/passwd", "%0d%0a", "", "caf\u00e9.txt"],
)
def test_the_name_of_a_download_cannot_leave_its_quotes(serve: "Serve", folder: Path, name: str) -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> Response:
        return send_file(folder, "sub/a.txt", download_name=name)

    header = serve(app).get("/").headers["content-disposition"]
    quoted = header.split('"')
    assert len(quoted) == 3
    assert quoted[0] == "attachment; filename="
    assert not {"\\", "/", "%", "\r", "\n"} & set(quoted[1])
    assert quoted[2] == "" or quoted[2].startswith("; filename*=UTF-8''")


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-3", 206, "0123"),
        ("bytes=-3", 206, "789"),
        ("bytes=5-", 206, "56789"),
        ("bytes=0-99999999999999999999", 206, "0123456789"),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=3-1", 200, "0123456789"),
        ("bytes=0-1,1-2", 200, "0123456789"),
        ("bytes=" + ",".join(["0-0"] * 11), 200, "0123456789"),
        ("bytes=" + "0-0," * 1500, 200, "0123456789"),
        ("bytes=-", 200, "0123456789"),
        ("lines=0-3", 200, "0123456789"),
        ("bytes=0x0-3", 200, "0123456789"),
        ("bytes=0-3;", 200, "0123456789"),
        ("bytes", 200, "0123456789"),
        ("", 200, "0123456789"),
    ],
)
def test_ranges_are_few_and_do_not_overlap(
    serve: "Serve", folder: Path, asked: str, status: int, body: str | None
) -> None:
    client = serve(fuller_app(folder))
    response = client.get("/files/sub/a.txt", headers={"range": asked})
    assert response.status == status
    if body is None:
        assert refusal(response) == (416, "range.unsatisfiable")
    else:
        assert response.text == body
    assert client.request("HEAD", "/files/sub/a.txt", headers={"range": asked}).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": "x" * 8000}, 200),
        ({"if-none-match": '"' * 4000}, 200),
        ({"if-modified-since": "x" * 8000}, 200),
        ({"if-modified-since": "Sun, 06 Nov 9999 08:49:37 GMT"}, 304),
        ({"if-modified-since": "Sun, 31 Feb 1994 08:49:37 GMT"}, 200),
        ({"if-match": '"other"'}, 412),
        ({"if-unmodified-since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 412),
        ({"range": "bytes=0-3", "if-range": '"other"'}, 200),
    ],
)
def test_conditions_are_read_strictly(serve: "Serve", folder: Path, headers: dict[str, str], status: int) -> None:
    assert serve(fuller_app(folder)).get("/files/sub/a.txt", headers=headers).status == status


def test_a_file_that_vanishes_is_no_server_error(serve: "Serve", folder: Path) -> None:
    client = serve(fuller_app(folder), raise_server_errors=False)
    (folder / "sub" / "a.txt").unlink()
    assert refusal(client.get("/files/sub/a.txt")) == NOT_FOUND
