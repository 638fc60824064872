"""Several worker processes: each with its own start-up, all stopped together."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest

from demijohn.cli.server.options import ServerOptions

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

GET = b"GET %b HTTP/1.1\r\nhost: localhost\r\n\r\n"


def test_each_worker_starts_and_stops_the_app_once(stoppable: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = stoppable.start("run", "--port", str(port), "--workers", "2")
    workers = {server.expect("up ").split()[1], server.expect("up ").split()[1]}
    assert len(workers) == 2
    body = server.get(port, "/").partition(b"\r\n\r\n")[2]
    assert re.search(rb"\d+", body).group().decode() in workers  # type: ignore[union-attr]  # a failure is a failure

    server.terminate()

    assert server.wait() == 0
    stopped = set(re.findall(r"down (\d+)", server.rest()))
    assert stopped == workers


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
def test_open_requests_finish_and_streams_are_told(
    streaming: Project, free_port: Callable[[], int], interface: str
) -> None:
    port = free_port()
    server = streaming.start("run", "--port", str(port), "--workers", "2", "--interface", interface)
    with server.connect(port) as slow, server.connect(port) as stream:
        slow.sendall(GET % b"/slow")
        stream.sendall(GET % b"/events")
        server.expect("begin")
        server.expect("begin")
        begun = time.monotonic()
        server.terminate()
        assert slow.recv(65536).endswith(b"slow is done")
        assert server.wait() == 0
        assert time.monotonic() - begun < 10  # the limit is 25

    assert server.rest().count("down ") == 2


def test_a_worker_that_dies_is_replaced(stoppable: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = stoppable.start("run", "--port", str(port), "--workers", "2")
    first = int(server.expect("up ").split()[1])
    server.expect("up ")

    os.kill(first, signal.SIGKILL)

    assert int(server.expect("up ").split()[1]) != first
    assert b"200 OK" in server.get(port, "/")
    server.terminate()
    assert server.wait() == 0


def test_spawned_workers_load_the_app_themselves(stoppable: Project, free_port: Callable[[], int]) -> None:
    """Where processes are not forked (macOS, Windows, and Python 3.14 on Linux)."""
    port = free_port()
    options = msgspec.json.encode(ServerOptions(port=port, workers=2)).decode()
    program = (
        "import multiprocessing, sys\nfrom demijohn.cli.server.process import main\n"
        f"multiprocessing.set_start_method('spawn')\nsys.exit(main({options!r}))"
    )
    server = stoppable.start(python=["-c", program])
    server.expect("up ")
    server.expect("up ")

    assert b"200 OK" in server.get(port, "/")
    server.terminate()
    assert server.wait() == 0
    assert server.rest().count("down ") == 2
