"""The table of routes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

APP = """
    from demijohn.app import App
    from demijohn.http.websocket import WebSocket
    from demijohn.module import Module
    from demijohn.security.throttle import rate_limit

    class Staff:
        def check(self, request):
            pass

    blog = Module("blog", guard=Staff())

    @blog.route("/<int:id>", methods=["GET", "POST"])
    @rate_limit("10/m")
    def show(id: int):
        return ""

    app = App(__name__)
    app.include(blog, prefix="/blog")

    @app.websocket("/ws")
    async def chat(ws: WebSocket):
        pass

    @app.get("/")
    def index():
        return ""
"""


def test_every_route_is_shown_with_its_guards_and_its_place(project: Project) -> None:
    project.write("app.py", APP)

    done = project.call("routes")

    lines = [line.split() for line in done.output.splitlines()]
    assert lines[0] == ["METHODS", "PATH", "NAME", "HANDLER", "GUARDS", "PLACE"]
    assert lines[1] == ["GET", "/", "index", "app.index", "-", "app.py:24"]
    assert lines[2][:5] == ["GET", "POST", "/blog/<int:id>", "blog.show", "app.show"]
    assert lines[2][5:] == ["Staff,", "RateLimit", "app.py:12"]
    assert lines[3][:4] == ["WEBSOCKET", "/ws", "chat", "app.chat"]


def test_programs_get_json(project: Project) -> None:
    project.write("app.py", APP)

    rows = json.loads(project.call("routes", "--json").output)

    assert rows[1] == {
        "methods": ["GET", "POST"],
        "path": "/blog/<int:id>",
        "name": "blog.show",
        "handler": "app.show",
        "guards": ["Staff", "RateLimit"],
        "place": "app.py:12",
    }


def test_an_app_without_routes_is_told_how_to_have_one(project: Project) -> None:
    project.write("empty.py", "from demijohn.app import App\napp = App(__name__)\n")

    assert "has no routes" in project.call("routes", "empty.py").output


def test_all_mistakes_of_an_app_are_told_at_once(project: Project) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App

        app = App(__name__)

        @app.get("/<int:id>")
        def one(nr: int):
            return ""

        @app.get("/<broken")
        def two():
            return ""
        """,
    )
    done = project.call("routes")

    assert done.status == 1
    assert done.errors.startswith("Error: ")
    assert "mistakes stop the start" in done.errors
    assert done.errors.count("app.py:") >= 2
    assert "Traceback" not in done.errors
