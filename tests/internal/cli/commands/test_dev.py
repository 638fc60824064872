"""How `demijohn dev` begins. What it does when files change is in reload/test_supervisor.py."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project, Started


def test_it_tells_the_address_and_logs_requests(hello: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    dev = hello.start("dev", "--port", str(port))

    assert dev.expect("Serving") == f"Serving app for development on http://127.0.0.1:{port}"
    assert dev.get(port, "/hello/ann").endswith(b"Hello, ann!")
    assert dev.expect("GET").endswith("GET /hello/ann")
    assert b"404" in dev.get(port, "/%1b[31mnope").split(b"\r\n")[0]
    line = dev.expect("nope")
    assert "  404  " in line
    assert "\x1b" not in line


def test_a_network_address_is_allowed_and_said(hello: Project) -> None:
    dev = hello.start("dev", "--host", "0.0.0.0", "--port", "0")

    dev.expect("Others in your network can reach it")


FAILING = """
    from demijohn import App

    app = App(__name__)

    @app.get("/blocking")
    def blocking():
        raise ValueError("the inside")

    @app.get("/async")
    async def asynchronous():
        raise ValueError("the inside")
"""


def failures(started: Started, port: int) -> list[str]:
    """Return what a browser is answered for both kinds of handlers."""
    answers = []
    for path in ("/blocking", "/async"):
        with started.connect(port) as connection:
            head = f"GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\naccept: text/html\r\nconnection: close\r\n\r\n"
            connection.sendall(head.encode())
            answers.append(b"".join(iter(lambda: connection.recv(65536), b"")).decode())
    assert all(answer.startswith("HTTP/1.1 500 ") for answer in answers)
    return answers


def test_an_unexpected_exception_is_shown_in_the_browser(project: Project, free_port: Callable[[], int]) -> None:
    project.write("app.py", FAILING)
    port = free_port()
    dev = project.start("dev", "--port", str(port))

    assert all("<h1>ValueError</h1>" in answer and "app.py:" in answer for answer in failures(dev, port))
    dev.expect("ValueError: the inside")  # the terminal tells it as ever


def test_where_others_can_reach_the_server_nothing_is_shown(project: Project, free_port: Callable[[], int]) -> None:
    project.write("app.py", FAILING)
    port = free_port()
    dev = project.start("dev", "--host", "0.0.0.0", "--port", str(port))
    dev.expect("so browsers see no debug page")

    assert not any("inside" in answer or "ValueError" in answer for answer in failures(dev, port))
    dev.expect("ValueError: the inside")


def test_without_an_app_it_does_not_begin(project: Project) -> None:
    done = project.call("dev", "--port", "0")

    assert done.status == 2
    assert "There is no app here." in done.errors


def test_a_taken_port_is_told_at_once(hello: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = hello.call("dev", "--port", str(taken.getsockname()[1]))

    assert done.status == 1
    assert "listens on port" in done.errors
