"""One server process: how it stops, and that its start-up and shut-down steps run once."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project, Started

GET = b"GET %b HTTP/1.1\r\nhost: localhost\r\n\r\n"


def ends_well(server: Started, seconds: float) -> str:
    """Wait for an orderly end within `seconds`, and return what was printed last."""
    begun = time.monotonic()
    assert server.wait() == 0, server.rest()
    assert time.monotonic() - begun < seconds
    return server.rest()


def test_steps_run_once_and_the_process_ends_with_status_0(stoppable: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = stoppable.start("run", "--port", str(port))
    assert b"200 OK" in server.get(port, "/")

    server.terminate()

    assert "down" in ends_well(server, 5)
    assert server.output.count("up ") == 1
    assert server.output.count("down ") == 1
    assert "Traceback" not in server.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_answered(
    stoppable: Project, free_port: Callable[[], int], number: signal.Signals
) -> None:
    port = free_port()
    server = stoppable.start("run", "--port", str(port))
    with server.connect(port) as connection:
        connection.sendall(GET % b"/slow")
        server.expect("slow begins")
        server.process.send_signal(number)
        answer = connection.recv(65536)

    assert answer.endswith(b"slow is done")
    assert "down" in ends_well(server, 5)


def test_what_does_not_end_is_cut_off_at_the_limit(stoppable: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = stoppable.start("run", "--port", str(port), "--stop-timeout", "0.5")
    with server.connect(port) as connection:
        connection.sendall(GET % b"/stuck")
        server.expect("stuck begins")
        server.terminate()
        output = ends_well(server, 5)

    assert "still open after 0.5 s" in output
    assert "down" in output  # the steps run all the same
    assert "Traceback" not in output


def test_a_second_signal_waits_no_longer(stoppable: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = stoppable.start("run", "--port", str(port))
    with server.connect(port) as connection:
        connection.sendall(GET % b"/stuck")
        server.expect("stuck begins")
        server.terminate()
        server.expect("Stopping")
        server.terminate()
        assert "at the second signal" in ends_well(server, 5)


def test_an_event_stream_is_told_to_end(streaming: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = streaming.start("run", "--port", str(port))
    with server.connect(port) as connection:
        connection.sendall(GET % b"/events")
        server.expect("events begin")
        server.terminate()
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b"text/event-stream" in received
    assert received.endswith(b"0\r\n\r\n")  # the last chunk: ended, not cut
    ends_well(server, 5)


def test_a_websocket_is_told_to_end(streaming: Project, free_port: Callable[[], int]) -> None:
    port = free_port()
    server = streaming.start("run", "--port", str(port))
    server.connect(port).close()
    with connect(f"ws://localhost:{port}/ws", proxy=None, origin=Origin(f"http://localhost:{port}")) as client:
        client.send("hello")
        assert client.recv(timeout=5) == "hello"
        server.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=5)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in (1001, 1005, 1012)
    ends_well(server, 5)


def test_a_failing_step_stops_the_start(project: Project, free_port: Callable[[], int]) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App

        app = App(__name__)

        @app.on_startup
        def up():
            raise OSError("the warehouse is closed")
        """,
    )
    server = project.start("run", "--port", str(free_port()))

    assert server.wait() == 1
    output = server.rest()
    assert "A start-up step failed, so nothing is served." in output
    assert "the warehouse is closed" in output


def test_several_signals_before_the_start_end_the_process(hello: Project, free_port: Callable[[], int]) -> None:
    server = hello.start("run", "--port", str(free_port()))
    server.expect("Serving")
    server.terminate()

    assert server.wait() in (0, -signal.SIGTERM)
