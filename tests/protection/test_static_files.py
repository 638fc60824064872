"""Security policy, sections 9 and 12: static files come from declared folders alone, under fixed types and headers."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from demijohn import App, abort

from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve, Setup

SECRET = "the secret"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a project with a static folder in which, and around which, lies what must not be served."""
    folder = tmp_path / "static"
    (folder / "sub" / ".git").mkdir(parents=True)
    (folder / "sub" / "a.css").write_text("p {}")
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "logo.svg").write_text("<svg/>")
    (folder / "odd.xyz").write_text("odd")
    for name in (".env", "sub/.git/config", "app.py", "notes.sqlite3", "notes.db", "key.pem", "sub/.hidden.css"):
        (folder / name).write_text(SECRET)
    for name in ("app.py", "secret.css", "static-too.css"):
        (tmp_path / name).write_text(SECRET)
    (folder / "out.css").symlink_to(tmp_path / "secret.css")
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "env.txt").symlink_to(folder / ".env")
    return folder


@pytest.fixture
def app(folder: Path) -> Iterator[App]:
    module = ModuleType("static_protection_app")
    module.__file__ = str(folder.parent / "app.py")
    sys.modules[module.__name__] = module
    yield App(module.__name__)
    del sys.modules[module.__name__]


ELSEWHERE = [
    "../secret.css",
    "%2e%2e/secret.css",
    "%2e%2e%2fsecret.css",
    "..%5csecret.css",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%252e%252e%252fsecret.css",
    "sub/%2e%2e/%2e%2e/secret.css",
    "sub/../../static-too.css",
    "%2fetc%2fpasswd",
    "/etc/passwd",
    "sub/a.css%00",
    "sub/a.css%00.png",
    "sub/a.css%0a",
    "sub%5ca.css",
    "%c0%ae%c0%ae/secret.css",
    "out.css",
    "out/secret.css",
    "loop",
    "env.txt",
    ".env",
    "%2eenv",
    ".env.0123456789",
    ".0123456789.env",
    "sub/.git/config",
    "sub/.hidden.css",
    "app.py",
    "APP.PY",
    "app.py~",
    "notes.sqlite3",
    "notes.db",
    "key.pem",
    "con",
    "NUL.css",
    "sub/com1.css",
    "sub/a.css::$DATA",
    "c:/windows",
    "",
    "sub",
    "sub/",
    "missing.css",
    "a" * 300,
    "a/" * 1000 + "a",
]


def test_no_spelling_of_an_address_leads_to_what_is_not_served(serve: "Serve", app: App) -> None:
    client = serve(app)
    for name in ELSEWHERE:
        response = client.get(f"/static/{name}")
        assert response.status in (308, 400, 404), name
        assert SECRET not in response.text


def test_a_missing_file_is_the_framework_s_404(serve: "Serve", app: App) -> None:
    assert refusal(serve(app).get("/static/missing.css")) == (404, "http.not_found")


def test_files_are_read_and_nothing_else(serve: "Serve", app: App) -> None:
    client = serve(app)
    assert client.head("/static/sub/a.css").status == 200
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/static/sub/a.css").status in (403, 405)


def test_a_file_has_the_headers_of_static_files(serve: "Serve", app: App) -> None:
    for name, content_type in (("sub/a.css", "text/css; charset=utf-8"), ("logo.svg", "image/svg+xml")):
        response = serve(app).get(f"/static/{name}")
        assert response.headers["content-type"] == content_type
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert "set-cookie" not in response.headers


def test_a_page_among_the_files_has_the_policy_of_pages_also_where_it_is_not_sent_again(
    serve: "Serve", app: App
) -> None:
    client = serve(app)
    first = client.get("/static/page.html")
    again = client.get("/static/page.html", headers={"if-none-match": first.headers["etag"]})
    assert (first.status, again.status) == (200, 304)
    for response in (first, again):
        policy = response.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "nonce" not in policy
        assert response.headers["cross-origin-opener-policy"] == "same-origin"


def test_an_unknown_type_never_opens_in_the_window(serve: "Serve", setup: "Setup", app: App) -> None:
    response = serve(app).get("/static/odd.xyz")
    if setup.mode != "development":
        assert refusal(response) == (404, "http.not_found")
    else:
        assert response.headers["content-type"] == "application/octet-stream"
        assert response.headers["content-disposition"] == 'attachment; filename="odd.xyz"'


def test_files_are_there_for_those_who_may_not_come_in(serve: "Serve", app: App) -> None:
    @app.before_request
    def nobody() -> None:
        abort(403)

    assert serve(app).get("/static/sub/a.css").text == "p {}"


def test_a_link_beside_a_file_sends_no_secret_in_its_name(serve: "Serve", app: App, folder: Path) -> None:
    (folder / "sub" / "a.css.gz").symlink_to(folder / ".env")
    response = serve(app).get("/static/sub/a.css", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in response.headers
    assert response.text == "p {}"


def test_a_wrong_digest_never_makes_an_answer_that_is_kept(serve: "Serve", app: App) -> None:
    client = serve(app)
    for digits in ("0123456789", "ffffffffff"):
        response = client.get(f"/static/sub/a.{digits}.css")
        assert (response.status, response.headers["cache-control"]) == (200, "no-store")
    assert client.get("/static/sub/missing.0123456789.css").status == 404
