"""Test demijohn-announce on a small site, whose page stands in templates/ beside this file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from demijohn import App, DeclarationError, Response, render
from demijohn.testing import Client
from demijohn_announce import Announce, Announcement, AnnounceSettings

TEXT = "Closed on <Monday>."


def home() -> Response:
    return render("page.html")


def told(announcement: Announcement | None) -> str:
    return announcement.text if announcement else "nothing"


async def told_async(announcement: Announcement | None) -> str:
    return announcement.text if announcement else "nothing"


def make_app(*extensions: Announce) -> App:
    app = App(__name__)
    for extension in extensions:
        app.use(extension)
    app.add_route("/", home)
    app.add_route("/told", told)
    app.add_route("/told/async", told_async)
    return app


@pytest.fixture
def app() -> App:
    return make_app(Announce())


announcing = pytest.mark.client(config={"announcement": TEXT})


@announcing
def test_the_page_shows_the_announcement_escaped(client: Client) -> None:
    page = client.get("/").text
    assert "<p>Closed on &lt;Monday&gt;.</p>" in page
    assert "<h1>Welcome</h1>" in page


def test_without_an_announcement_the_page_has_no_bar_and_no_session(client: Client) -> None:
    response = client.get("/")
    assert "announcement" not in response.text
    assert len(response.cookies) == 0


@announcing
def test_the_style_sheet_of_the_bar_is_served(client: Client) -> None:
    found = re.search(r'<link rel="stylesheet" href="([^"]+)">', client.get("/").text)
    assert found is not None
    style = client.get(found[1])
    assert style.content_type == "text/css"
    assert ".announcement" in style.text


@announcing
def test_who_has_dismissed_it_does_not_see_it_again(client: Client) -> None:
    assert 'name="next" value="/"' in client.get("/").text
    response = client.post("/announcement/dismiss", form={"next": "/told"}, follow_redirects=True)
    assert response.text == "nothing"
    assert client.get("/told/async").text == "nothing"
    assert "<aside" not in client.get("/").text


@announcing
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_dismissing_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    assert client.post("/announcement/dismiss", form={"next": elsewhere}).location == "/"


@announcing
def test_handlers_take_it_as_a_parameter(client: Client) -> None:
    assert client.get("/told").text == TEXT
    assert client.get("/told/async").text == TEXT


@announcing
def test_the_announcement_is_there_as_json(client: Client) -> None:
    assert client.get("/announcement").json() == {"text": TEXT}


def test_without_an_announcement_the_json_is_not_found(client: Client) -> None:
    response = client.get("/announcement", headers={"accept": "application/json"})
    assert (response.status, response.json()["code"]) == (404, "announce.none")


def test_another_text_is_another_announcement() -> None:
    assert Announcement("Open again.").digest != Announcement(TEXT).digest


def test_a_site_that_does_not_use_it_is_told_which_line_is_missing() -> None:
    with pytest.raises(DeclarationError, match=r"app\.use\(Announce\(\)\)"):
        Client(make_app()).get("/told")


def test_the_setting_is_one_of_the_site() -> None:
    app = make_app(Announce())

    def shout(settings: AnnounceSettings) -> str:
        return settings.announcement.upper()

    app.add_route("/shout", shout)
    assert Client(app, config={"announcement": TEXT}).get("/shout").text == TEXT.upper()


def test_the_debug_page_has_a_panel() -> None:
    def fail(announcement: Announcement) -> str:
        raise ZeroDivisionError

    app = make_app(Announce())
    app.add_route("/fail", fail)
    client = Client(
        app, config={"announcement": TEXT}, mode="development", base_url="http://localhost", raise_server_errors=False
    )
    assert "shown to this visitor" in client.get("/fail").text


SITE = """
from demijohn import App
from demijohn_announce import Announce

app = App(__name__)
app.use(Announce())
"""


def run(folder: Path, *arguments: str) -> str:
    """Run `demijohn` on a site in a folder and return what it prints."""
    (folder / "app.py").write_text(SITE, "utf-8")
    (folder / "pyproject.toml").write_text(f"[tool.demijohn]\nannouncement = {'x' * 201!r}\n", "utf-8")
    command = [sys.executable, "-m", "demijohn.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=30).stdout


def test_the_command_prints_the_announcement(tmp_path: Path) -> None:
    assert run(tmp_path, "announce-show") == "x" * 201 + "\n"


def test_an_announcement_that_nobody_would_read_is_a_finding(tmp_path: Path) -> None:
    assert "has 201 characters" in run(tmp_path, "check")
