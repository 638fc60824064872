"""How `demijohn dev` begins. What it does when files change is in reload/test_supervisor.py."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


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


def test_without_an_app_it_does_not_begin(project: Project) -> None:
    done = project.call("dev", "--port", "0")

    assert done.status == 2
    assert "There is no app here." in done.errors


def test_a_taken_port_is_told_at_once(hello: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = hello.call("dev", "--port", str(taken.getsockname()[1]))

    assert done.status == 1
    assert "listens on port" in done.errors
