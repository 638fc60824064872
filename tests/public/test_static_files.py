"""Promise: what lies in a folder `static` is served, under an address that changes with its content."""

import gzip
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from demijohn import App, DemijohnError, Module, html, static
from demijohn.testing import Client

if TYPE_CHECKING:
    from tests.public.conftest import Serve

STYLE = "body { color: black }\n" * 100
FOR_GOOD = "public, max-age=31536000, immutable"


class Project:
    """A project of several modules, each with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []

    def module(self, name: str, files: Mapping[str, str]) -> str:
        """Make a module with a folder `static`, and return its name."""
        path = self.folder / name
        for file, content in files.items():
            target = path / "static" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        module = ModuleType(f"static_project_{name}")
        module.__file__ = str(path / "app.py")
        sys.modules[module.__name__] = module
        self.names.append(module.__name__)
        return module.__name__


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.setenv("ALLOWED_HOSTS", "testserver,localhost")
    project = Project(tmp_path)
    yield project
    for name in project.names:
        del sys.modules[name]


@pytest.fixture
def app(project: Project) -> App:
    app = App(project.module("site", {"style.css": STYLE, "img/dark.css": "svg {}"}))

    @app.get("/")
    def page() -> object:
        return html('<link rel="stylesheet" href="{href}">', href=static("style.css"))

    @app.get("/address")
    async def address(name: str) -> str:
        return static(name)

    return app


@pytest.fixture
def style(project: Project) -> Path:
    return project.folder / "site" / "static" / "style.css"


def address_in(client: Client, name: str = "style.css") -> str:
    return client.get("/address", query={"name": name}).text


def test_a_page_names_a_file_by_its_content_and_browsers_keep_it(serve: "Serve", app: App) -> None:
    client = serve(app)
    address = client.get("/").text.split('"')[3]
    assert address.startswith("/static/style.")
    assert len(address) == len("/static/style.0123456789.css")
    response = client.get(address)
    assert (response.status, response.text) == (200, STYLE)
    assert response.headers["cache-control"] == FOR_GOOD
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert response.headers["content-length"] == str(len(STYLE))


def test_a_plain_address_is_asked_for_again_each_time(serve: "Serve", app: App) -> None:
    client = serve(app)
    first = client.get("/static/img/dark.css")
    assert (first.text, first.headers["cache-control"]) == ("svg {}", "no-cache")
    again = client.get("/static/img/dark.css", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_another_content_has_another_address(serve: "Serve", app: App, style: Path) -> None:
    client = serve(app, mode="development", base_url="http://localhost")
    first = address_in(client)
    style.write_text("p {}")
    os.utime(style, (1, 1))
    second = address_in(client)
    assert first != second
    assert client.get(second).text == "p {}"
    late = client.get(first)
    assert (late.text, late.headers["cache-control"]) == ("p {}", "no-store")


def test_a_module_has_files_under_its_name_and_the_app_may_have_its_own_instead(
    serve: "Serve", app: App, project: Project
) -> None:
    blog = Module(project.module("blog", {"post.css": "blog", "list.css": "blog"}), name="blog")
    app.include(blog, prefix="/articles")
    own = project.folder / "site" / "static" / "blog" / "list.css"
    own.parent.mkdir()
    own.write_text("the app's")
    client = serve(app)
    assert client.get(address_in(client, "blog/post.css")).text == "blog"
    assert client.get("/static/blog/post.css").text == "blog"
    assert client.get("/static/blog/list.css").text == "the app's"
    assert client.get("/static/post.css").status == 404


def test_the_files_may_stand_below_another_path(serve: "Serve", project: Project) -> None:
    app = App(project.module("site", {"style.css": STYLE}), static="/assets")
    client = serve(app)
    assert client.get("/assets/style.css").text == STYLE
    assert client.get("/static/style.css").status == 404
    with app.context():
        assert static("style.css").startswith("/assets/style.")


def test_an_address_needs_no_request(app: App) -> None:
    with app.context():
        assert static("style.css").startswith("/static/style.")


def test_a_name_that_is_wrong_is_a_mistake_that_names_near_ones(app: App) -> None:
    with app.context(), pytest.raises(DemijohnError, match=r"Did you mean 'style.css'\?"):
        static("styles.css")


@pytest.mark.usefixtures("project")
def test_an_app_without_a_folder_has_no_static_files(serve: "Serve") -> None:
    app = App(__name__)
    assert serve(app).get("/static/style.css").status == 404
    with app.context(), pytest.raises(DemijohnError, match="into a folder `static`"):
        static("style.css")


def test_a_compressed_variant_is_sent_to_those_who_accept_it(serve: "Serve", app: App, style: Path) -> None:
    packed = gzip.compress(STYLE.encode())
    style.with_name("style.css.gz").write_bytes(packed)
    client = serve(app)
    address = address_in(client)
    for accepted, is_packed in (("gzip, br", True), ("gzip;q=0", False), ("identity", False)):
        response = client.get(address, headers={"accept-encoding": accepted})
        assert response.headers.get("content-encoding") == ("gzip" if is_packed else None)
        assert response.headers["content-length"] == str(len(packed if is_packed else STYLE))
        assert response.headers["vary"] == "accept-encoding"
        assert response.headers["cache-control"] == FOR_GOOD
    assert client.get("/static/style.css.gz").status == 404


def test_a_part_of_a_file_is_sent(serve: "Serve", app: App, style: Path) -> None:
    style.with_name("style.css.gz").write_bytes(gzip.compress(STYLE.encode()))
    client = serve(app)
    part = client.get("/static/style.css", headers={"range": "bytes=0-3", "accept-encoding": "gzip"})
    assert (part.status, part.text, part.headers["content-range"]) == (206, "body", f"bytes 0-3/{len(STYLE)}")
    beyond = client.get("/static/style.css", headers={"range": "bytes=99999-"})
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(STYLE)}")


def test_head_tells_the_length_without_the_file(serve: "Serve", app: App) -> None:
    response = serve(app).head("/static/style.css")
    assert (response.status, response.body, response.headers["content-length"]) == (200, b"", str(len(STYLE)))


def test_a_missing_file_is_answered_by_the_app_s_error_handler(serve: "Serve", app: App) -> None:
    @app.error_handler(404)
    def missing(error: Exception) -> str:
        return "Nothing here."

    response = serve(app).get("/static/nothing.css")
    assert (response.status, response.text) == (404, "Nothing here.")
