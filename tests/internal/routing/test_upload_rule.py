"""Test what `File(types=..., max=...)` refuses, as a rule and on a route."""

from __future__ import annotations

import io
from typing import Annotated

import pytest

from demijohn import App, DeclarationError, File, UploadedFile
from demijohn.routing.upload_rule import UploadRule
from demijohn.testing import Client

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def uploaded(content: bytes, filename: str = "a.png") -> UploadedFile:
    return UploadedFile(io.BytesIO(content), filename=filename, content_type="image/png", size=len(content))


def test_a_rule_without_bounds_takes_everything() -> None:
    assert UploadRule.of(File()).error_for(uploaded(b"anything", "x.exe"), "doc") is None


def test_a_file_of_another_type_or_over_the_size_is_named() -> None:
    rule = UploadRule.of(File(types={"png"}, max="1KiB"))
    assert rule.error_for(uploaded(PNG), "doc") is None
    wrong = rule.error_for(uploaded(b"GIF89a"), "doc")
    assert wrong is not None
    assert (wrong.location, wrong.field, wrong.code) == ("file", "doc", "upload.type")
    large = rule.error_for(uploaded(PNG + b"\0" * 2000), "doc")
    assert large is not None
    assert (large.code, large.message) == ("upload.size", "The file is larger than 1024 bytes.")


@pytest.mark.parametrize("marker", [File(types={"jpg"}), File(types=set()), File(max="much"), File(max=0)])
def test_a_rule_that_cannot_work_is_refused(marker: File) -> None:
    with pytest.raises(ValueError, match=r".+"):
        UploadRule.of(marker)


def make_app() -> App:
    app = App(__name__)

    @app.post("/avatar")
    def avatar(image: Annotated[UploadedFile, File(types={"png", "jpeg"}, max="1KiB")]) -> dict[str, object]:
        return {"size": image.size, "read": len(image.read())}

    @app.post("/album")
    async def album(images: Annotated[list[UploadedFile], File(types={"png"})]) -> dict[str, int]:
        return {"count": len(images)}

    return app


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
def test_a_route_takes_what_fits_and_refuses_the_rest_with_422(interface: str) -> None:
    with Client(make_app(), interface="rsgi" if interface == "rsgi" else "asgi") as client:
        taken = client.post("/avatar", files={"image": ("me.png", PNG, "image/png")})
        assert (taken.status, taken.json()) == (200, {"size": 28, "read": 28})
        script = client.post("/avatar", files={"image": ("me.png", b"<script>", "image/png")})
        assert script.status == 422
        assert "upload.type" in script.text or "none of these types" in script.text
        assert client.post("/avatar", files={"image": ("me.png", PNG + b"\0" * 2000, "image/png")}).status == 422
        good, bad = ("a.png", PNG, "image/png"), ("b.png", b"GIF89a", "image/png")
        assert client.post("/album", files={"images": [good, bad]}).status == 422
        assert client.post("/album", files={"images": [good]}).json() == {"count": 1}


def test_a_type_that_is_not_known_stops_the_start() -> None:
    app = App(__name__)

    @app.post("/avatar")
    def avatar(image: Annotated[UploadedFile, File(types={"jpg"})]) -> None: ...

    with pytest.raises(DeclarationError, match="Did you mean 'jpeg'"):
        app.freeze("test")
