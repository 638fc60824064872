"""Security policy, section 12: an upload is what its bytes say, goes where the code says, and leaves nothing behind."""

import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from demijohn import App, DeclarationError, File, FormField, Limits, Request, UploadedFile, limits

from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def upload_app(**rule: Any) -> App:
    app = App(__name__)

    @app.post("/one")
    def one(doc: Annotated[UploadedFile, File(**rule)]) -> dict[str, object]:
        return {"name": doc.filename, "type": doc.content_type, "size": doc.size}

    @app.post("/many")
    async def many(docs: Annotated[list[UploadedFile], File(**rule)]) -> dict[str, object]:
        return {"names": [doc.filename for doc in docs]}

    return app


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("C:\\boot.ini", "boot.ini"),
        ("/etc/cron.d/x", "x"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("nul.txt", "_nul.txt"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x07b\x1b[31m.txt", "ab[31m.txt"),
        ("a.txt:stream", "a.txt_stream"),
        ("\u00e9" * 400 + ".txt", None),
    ],
)
def test_the_client_s_name_is_for_display_alone(serve: "Serve", sent: str, shown: str | None) -> None:
    response = serve(upload_app()).post("/one", files={"doc": (sent, b"x", "text/plain")})
    name = response.json()["name"]
    assert shown in (name, None)
    assert len(name.encode()) <= 255


@pytest.mark.parametrize(
    ("claimed", "read"),
    [
        ("image/png", "image/png"),
        ("text/html; charset=x", "text/html"),
        ("nonsense", "application/octet-stream"),
        ("image/png/evil", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("a\tb/c", "application/octet-stream"),
    ],
)
def test_the_claimed_type_is_a_type_or_nothing(serve: "Serve", claimed: str, read: str) -> None:
    response = serve(upload_app()).post("/one", files={"doc": ("a", b"x", claimed)})
    assert response.json()["type"] == read


@pytest.mark.parametrize(
    ("name", "content", "is_taken"),
    [
        ("a.png", PNG, True),
        ("A.PNG", PNG, True),
        ("a.jpg", JPEG, True),
        ("a.png", JPEG, False),
        ("a.png", b"<svg onload=alert(1)>", False),
        ("a.png", b"", False),
        ("a.html", PNG, False),
        ("a.png.html", PNG, False),
        ("a", PNG, False),
        ("png", PNG, False),
        ("a.gif", b"GIF89a" + b"\0" * 20, False),
        ("a.png", b"\0" + PNG, False),
    ],
)
def test_a_type_is_told_by_the_name_and_the_first_bytes_together(
    serve: "Serve", name: str, content: bytes, is_taken: bool
) -> None:
    client = serve(upload_app(types={"png", "jpeg"}))
    response = client.post("/one", files={"doc": (name, content, "image/png")})
    if is_taken:
        assert response.status == 200
        return
    assert refusal(response) == (422, "validation")
    assert [(e["location"], e["field"], e["code"]) for e in response.json()["errors"]] == [
        ("file", "doc", "upload.type")
    ]
    assert "svg" not in response.text


def test_every_file_of_several_is_looked_at(serve: "Serve") -> None:
    client = serve(upload_app(types={"png"}, max=1000))
    good = ("a.png", PNG, "image/png")
    assert client.post("/many", files={"docs": [good, good]}).status == 200
    for bad, code in ((("b.png", JPEG, "image/png"), "upload.type"), (("b.png", PNG * 50, "image/png"), "upload.size")):
        response = client.post("/many", files={"docs": [good, bad]})
        assert refusal(response) == (422, "validation")
        assert [error["code"] for error in response.json()["errors"]] == [code]
    assert refusal(client.post("/one", files={"doc": [good, good]})) == (422, "validation")


def test_a_field_is_no_file_and_a_file_is_no_field(serve: "Serve") -> None:
    app = upload_app()

    @app.post("/title")
    def titled(
        title: Annotated[str, FormField()], doc: Annotated[UploadedFile | None, File()] = None
    ) -> dict[str, object]:
        return {"title": title}

    client = serve(app)
    assert refusal(client.post("/one", form={"doc": "x"})) == (422, "validation")
    assert refusal(client.post("/title", files={"title": ("a", b"x", "text/plain")})) == (422, "validation")
    assert refusal(client.post("/one", json={"doc": "x"}))[0] in (415, 422)


def test_a_rule_that_cannot_be_kept_stops_the_start() -> None:
    rules: list[dict[str, Any]] = [{"types": {"pgn"}}, {"types": set()}, {"max": "much"}, {"max": 0}]
    for rule in rules:
        with pytest.raises(DeclarationError):
            upload_app(**rule).freeze("test")


@pytest.fixture
def spooled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect the temporary files that forms are kept in."""
    files: list[Any] = []
    real = tempfile.SpooledTemporaryFile

    def make(*arguments: Any, **options: Any) -> Any:
        files.append(real(*arguments, **options))
        return files[-1]

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", make)
    return files


def spooling_app() -> App:
    app = App(__name__, limits=Limits(form_spool=1000, upload=400_000))

    @app.post("/take")
    def take(doc: Annotated[UploadedFile, File()]) -> int:
        raise RuntimeError("the handler fails")

    @app.post("/typed")
    async def typed(number: Annotated[int, FormField()], doc: Annotated[UploadedFile, File()]) -> dict[str, int]:
        return {"size": doc.size}

    @app.post("/always", csrf="always")
    def always(doc: Annotated[UploadedFile, File()]) -> dict[str, int]:
        return {"size": doc.size}

    return app


def large(size: int = 50_000, tail: bytes = b"\r\n--b--\r\n") -> list[bytes]:
    """Return the pieces of a form with a file of that size."""
    return [
        b'--b\r\nContent-Disposition: form-data; name="number"\r\n\r\n7\r\n',
        b'--b\r\nContent-Disposition: form-data; name="doc"; filename="a"\r\n\r\n',
        *[b"x" * 1000] * (size // 1000),
        tail,
    ]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/typed", large(), 200),
        ("/take", large(), 500),
        ("/always", large(), 403),
        ("/typed", large(500_000), 413),
        ("/typed", large(300_000, b"\r\n--b--\r\ngarbage"), 400),
        ("/typed", large(300_000, b"cut off"), 400),
        ("/typed", large(tail=b"\r\n--b\r\nnonsense\r\n\r\nx\r\n--b--\r\n"), 400),
    ],
    ids=["served", "failed", "refused", "too-large", "garbage", "cut-off", "bad-part"],
)
def test_temporary_files_are_gone_however_a_request_ends(
    serve: "Serve", spooled: list[Any], path: str, body: list[bytes], status: int
) -> None:
    client = serve(spooling_app(), raise_server_errors=False)
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post(path, headers=headers, body=body).status == status
    assert spooled
    assert all(file.closed for file in spooled)


def test_a_saved_file_is_its_owner_s_alone_and_replaces_nothing(serve: "Serve", tmp_path: Path) -> None:
    app = App(__name__)

    @app.post("/")
    def save(doc: Annotated[UploadedFile, File()]) -> dict[str, int]:
        return {"size": doc.save(tmp_path / "saved")}

    client = serve(app, raise_server_errors=False)
    assert client.post("/", files={"doc": ("a", b"first", "text/plain")}).json() == {"size": 5}
    assert stat.S_IMODE((tmp_path / "saved").stat().st_mode) == 0o600
    assert client.post("/", files={"doc": ("a", b"second", "text/plain")}).status == 500
    assert (tmp_path / "saved").read_bytes() == b"first"
    (tmp_path / "saved").unlink()
    (tmp_path / "saved").symlink_to(tmp_path / "target")
    assert client.post("/", files={"doc": ("a", b"third", "text/plain")}).status == 500
    assert not (tmp_path / "target").exists()


def test_a_route_may_bound_its_own_uploads(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/")
    @limits(body="2KB", files=1)
    def save(request: Request, docs: Annotated[list[UploadedFile], File()]) -> dict[str, int]:
        return {"files": len(docs)}

    client = serve(app)
    file = ("a", b"x" * 500, "text/plain")
    assert client.post("/", files={"docs": [file]}).json() == {"files": 1}
    assert refusal(client.post("/", files={"docs": [file, file]})) == (413, "form.too_many_files")
    assert refusal(client.post("/", files={"docs": ("a", b"x" * 2000, "text/plain")})) == (413, "body.too_large")


def test_reading_an_upload_gives_its_bytes_and_nothing_more(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/")
    def read(doc: Annotated[UploadedFile, File()]) -> bytes:
        return doc.read(3) + doc.read()

    content = b"--b\r\n--b--\r\nnot the end\r\n"
    assert serve(app).post("/", files={"doc": ("a", content, "text/plain")}).body == content
