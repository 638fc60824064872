"""That WebSocket handlers end before the server does, over both interfaces, in one process and in several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect
from websockets.typing import Origin

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

APP = """
    import asyncio

    from demijohn.app import App
    from demijohn.http.websocket import WebSocket

    app = App(__name__)

    @app.websocket("/ws")
    async def chat(ws: WebSocket):
        async for message in ws:
            await ws.send(message)
        await asyncio.sleep(0.5)
        print("goodbye", flush=True)
"""


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_websocket_handler_runs_to_its_end(
    project: Project, free_port: Callable[[], int], interface: str, workers: str
) -> None:
    project.write("app.py", APP)
    port = free_port()
    server = project.start("run", "--port", str(port), "--interface", interface, "--workers", workers)
    server.connect(port).close()
    with connect(f"ws://localhost:{port}/ws", proxy=None, origin=Origin(f"http://localhost:{port}")) as client:
        client.send("hello")
        assert client.recv(timeout=10) == "hello"
        server.terminate()
        with pytest.raises(ConnectionClosedOK):
            client.recv(timeout=10)

    assert server.wait() == 0
    assert "goodbye" in server.rest()
