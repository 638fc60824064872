"""Promise: an upload is bounded, never trusted for its name or type, and gone with the request unless it is saved."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from demijohn import App, File, FormField, Request, UploadedFile, limits

if TYPE_CHECKING:
    from demijohn.testing import Client
    from tests.public.conftest import Serve

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def client(serve: "Serve", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Client":
    """Serve an app that takes uploads in several ways; temporary files go below the test's own folder."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    app = App(__name__)
    take_one(app, tmp_path / "saved")
    take_several(app)
    take_none(app)
    return serve(app, browser=False)


def take_one(app: App, saved: Path) -> None:
    @app.post("/one")
    def one(doc: UploadedFile, title: Annotated[str, FormField()] = "") -> dict[str, object]:
        size = doc.save(saved)
        return {
            "name": doc.filename,
            "type": doc.content_type,
            "size": [doc.size, size, saved.stat().st_size],
            "mode": oct(saved.stat().st_mode & 0o777),
            "start": doc.read(4).decode("latin-1"),
            "title": title,
        }

    @app.post("/async")
    async def on_the_loop(doc: UploadedFile) -> dict[str, object]:
        return {"size": doc.size, "start": doc.read(4).decode("latin-1")}

    @app.post("/optional")
    def optional(doc: UploadedFile | None = None) -> str:
        return "none" if doc is None else doc.filename


def take_several(app: App) -> None:
    @app.post("/several")
    def several(docs: list[UploadedFile]) -> list[list[object]]:
        return [[doc.filename, doc.read().decode()] for doc in docs]

    @app.post("/picture")
    @limits(body="100KB", files=2)
    def picture(images: Annotated[list[UploadedFile], File("image", types={"png", "jpeg"}, max="1KiB")]) -> str:
        return str(len(images))


def take_none(app: App) -> None:
    @app.post("/request")
    def by_request(request: Request) -> str:
        return ",".join(request.files)

    @app.post("/plain")
    def plain(request: Request) -> dict[str, str]:
        return dict(request.form)


def test_a_file_is_a_parameter_and_can_be_saved(client: "Client") -> None:
    response = client.post("/one", form={"title": "x"}, files={"doc": ("a.txt", b"hello world", "text/plain")})
    assert response.json() == {
        "name": "a.txt",
        "type": "text/plain",
        "size": [11, 11, 11],
        "mode": "0o600",
        "start": "hell",
        "title": "x",
    }


def test_saving_never_overwrites(client: "Client") -> None:
    files = {"doc": ("a.txt", b"hello", "text/plain")}
    client.post("/one", files=files)
    with pytest.raises(FileExistsError):
        client.post("/one", files=files)


def test_several_files_of_one_field_and_none_at_all(client: "Client") -> None:
    docs = [("a.txt", b"one", "text/plain"), ("b.txt", b"two", "text/plain")]
    assert client.post("/several", files={"docs": docs}).json() == [["a.txt", "one"], ["b.txt", "two"]]
    assert client.post("/several", form={}).json() == []


def test_an_optional_file_may_be_missing_and_an_empty_choice_is_none(client: "Client") -> None:
    assert client.post("/optional", form={}).text == "none"
    assert client.post("/optional", files={"doc": ("", b"", "application/octet-stream")}).text == "none"
    assert client.post("/optional", files={"doc": ("a.txt", b"", "text/plain")}).text == "a.txt"


def test_a_required_file_that_is_missing_is_a_422_that_names_the_field(client: "Client") -> None:
    [error] = client.post("/one", form={"title": "x"}).json()["errors"]
    assert (error["location"], error["field"], error["code"]) == ("file", "doc", "missing")


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\photo.png", "photo.png"),
        ("/absolute.txt", "absolute.txt"),
        ("naïve ü.txt", "naïve ü.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
    ],
)
def test_the_name_is_for_showing_only(client: "Client", sent: str, shown: str) -> None:
    assert client.post("/one", files={"doc": (sent, b"x", "text/plain")}).json()["name"] == shown


@pytest.mark.parametrize("path", ["/one", "/async"])
def test_a_large_file_is_kept_on_disk_and_taken_away_afterwards(client: "Client", tmp_path: Path, path: str) -> None:
    content = b"head" + b"x" * 5_000_000
    response = client.post(path, files={"doc": ("large.bin", content, "application/octet-stream")})
    assert response.json()["start"] == "head"
    assert list((tmp_path / "spool").iterdir()) == []


def test_files_are_taken_by_routes_that_say_so_alone(client: "Client") -> None:
    files = {"doc": ("a.txt", b"hello", "text/plain")}
    for path in ("/plain", "/request"):
        refused = client.post(path, files=files)
        assert (refused.status, refused.json()["code"]) == (415, "form.files_refused")
    assert client.post("/plain", form={"a": "1"}, files={}).json() == {"a": "1"}


def test_too_large_an_upload_is_refused_while_it_comes(client: "Client", tmp_path: Path) -> None:
    sent: list[int] = []

    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="doc"; filename="a"\r\n\r\n'
        for number in range(60):
            sent.append(number)
            yield b"x" * 1_000_000

    refused = client.post("/one", body=body(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert (refused.status, refused.json()["code"]) == (413, "body.too_large")
    assert len(sent) < 30
    assert list((tmp_path / "spool").iterdir()) == []


def test_each_route_bounds_its_uploads(client: "Client") -> None:
    picture = ("a.png", PNG, "image/png")
    assert client.post("/picture", files={"image": [picture, picture]}).text == "2"
    assert client.post("/picture", files={"image": [picture] * 3}).status == 413
    large = ("a.png", PNG + b"\0" * 200_000, "image/png")
    assert client.post("/picture", files={"image": large}).status == 413


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"<script>alert(1)</script>", "upload.type"),
        ("a.html", PNG, "upload.type"),
        ("a.gif", b"GIF89a", "upload.type"),
        ("a.png", PNG + b"\0" * 2000, "upload.size"),
    ],
)
def test_a_file_is_looked_at_and_not_believed(client: "Client", name: str, content: bytes, code: str) -> None:
    refused = client.post("/picture", files={"image": (name, content, "image/png")})
    [error] = refused.json()["errors"]
    assert (refused.status, error["field"], error["code"]) == (422, "image", code)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "multipart/form-data", 400),
        (b"--b\r\n", "multipart/form-data; boundary=b", 400),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b", 400),
        (b"nothing of the kind", "multipart/form-data; boundary=b", 400),
        (b"--b--\r\n", f"multipart/form-data; boundary={'b' * 100}", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
    ],
)
@pytest.mark.parametrize("path", ["/one", "/plain"])
def test_a_malformed_form_is_a_400(client: "Client", path: str, body: bytes, content_type: str, status: int) -> None:
    assert client.post(path, body=body, headers={"content-type": content_type}).status == status


def test_a_form_without_an_end_is_refused_and_leaves_nothing_behind(client: "Client", tmp_path: Path) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="doc"; filename="a"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post("/one", body=head + b"x" * 2_000_000, headers=headers).status == 400
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_file_is_closed_when_the_request_ends(serve: "Serve") -> None:
    kept: list[UploadedFile] = []
    app = App(__name__)

    @app.post("/")
    def keep(doc: UploadedFile) -> str:
        kept.append(doc)
        return "kept"

    assert serve(app).post("/", files={"doc": ("a.txt", b"x", "text/plain")}).text == "kept"
    with pytest.raises(ValueError, match="closed"):
        kept[0].read()


def test_a_json_body_is_no_form(client: "Client") -> None:
    refused: Any = client.post("/one", json={"doc": "x"})
    assert refused.status in (415, 422)


def test_limits_files_lets_a_handler_read_request_files_itself(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/both")
    @limits(files=2)
    def both(request: Request) -> dict[str, list[str]]:
        return {"names": [file.filename for file in request.files["doc"]]}

    two = [("a.txt", b"1", "text/plain"), ("b.txt", b"2", "text/plain")]
    assert serve(app).post("/both", files={"doc": two}).json() == {"names": ["a.txt", "b.txt"]}
