"""Promise: a flashed message is on the next page, once; who has none is not asked for a cookie."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .page_projects import Project, write_project

if TYPE_CHECKING:
    from tests.public.conftest import Serve

KEY = {"secret_key": "kCpCWbDPmS8dLJ4pFE2DQXGb-xYAp2hL8jFWb5VjUKM"}

FILES = {
    "app.py": """
        from demijohn import App, flash, get_flashed_messages, redirect, render

        app = App(__name__)

        @app.get("/")
        def index():
            return render("index.html")

        @app.post("/save")
        def save():
            flash("Saved <b>.")
            flash("Almost full.", "warning")
            return redirect("index")

        @app.get("/json")
        async def as_json():
            return get_flashed_messages(with_categories=True, categories=["warning"])
        """,
    "templates/index.html": """
        {% for category, message in get_flashed_messages(with_categories=True) %}
        <p class="{{ category }}">{{ message }}</p>
        {% endfor %}
        """,
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return write_project(tmp_path, monkeypatch)


def test_a_message_is_shown_once_escaped_and_on_the_next_page(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES), config=KEY)
    assert client.post("/save").location == "/"
    shown = client.get("/").text
    assert '<p class="info">Saved &lt;b&gt;.</p>' in shown
    assert '<p class="warning">Almost full.</p>' in shown
    assert "<p" not in client.get("/").text


def test_messages_can_be_read_by_category_and_then_all_are_gone(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES), config=KEY)
    client.post("/save")
    assert client.get("/json").json() == [["warning", "Almost full."]]
    assert client.get("/json").json() == []


def test_a_visitor_without_a_session_gets_a_page_that_caches_may_keep(serve: "Serve", project: Project) -> None:
    headers = serve(project(FILES), config=KEY).get("/").headers
    assert "set-cookie" not in headers
    assert "cookie" not in headers.get("vary", "")
    assert "private" not in headers.get("cache-control", "")


def test_without_a_secret_key_pages_that_show_messages_work(serve: "Serve", project: Project) -> None:
    response = serve(project(FILES)).get("/", headers={"cookie": "dj_session=left-over"})
    assert response.status == 200
