"""How `demijohn run` may be called. What the server then does is in cli/server/."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--prot", "1"], "No such option"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--workers", "0"], "0 is not in the range"),
        (["--tls-cert", "app.py"], "TLS needs both --tls-cert and --tls-key."),
        (["--tls-cert", "nowhere.pem"], "'nowhere.pem' does not exist"),
        (["--http", "2"], "Browsers speak HTTP/2 over TLS only"),
        (["--interface", "wsgi"], "'wsgi' is not one of"),
    ],
)
def test_a_wrong_call_is_one_line_and_status_2(hello: Project, arguments: list[str], says: str) -> None:
    done = hello.call("run", *arguments)

    assert done.status == 2
    assert says in done.errors
    assert "Traceback" not in done.errors


def test_platforms_name_the_port_in_the_environment(hello: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = hello.start("run", PORT=str(port))

    assert server.get(port, "/hello/ann").endswith(b"Hello, ann!")


def test_the_command_line_is_not_loaded_in_the_server(project: Project, free_port: Callable[[], int]) -> None:
    project.write(
        "app.py",
        """
        import sys

        from demijohn.app import App

        app = App(__name__)

        @app.get("/")
        async def loaded():
            return [name for name in ("click", "rich", "jinja2", "demijohn.cli.entry") if name in sys.modules]
        """,
    )
    port = free_port()
    server = project.start("run", "--port", str(port))

    assert server.get(port, "/").endswith(b"[]")
    assert server.process.poll() is None  # the very process that was started serves
