"""Give an app that can be stopped in the middle of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

APP = """
    import asyncio
    import os

    from demijohn.app import App
    from demijohn.http.websocket import WebSocket

    app = App(__name__)

    @app.on_startup
    async def up():
        print(f"up {os.getpid()}\\n", end="", flush=True)

    @app.on_shutdown
    def down():
        print(f"down {os.getpid()}\\n", end="", flush=True)

    @app.get("/")
    async def index():
        return {"pid": os.getpid()}

    @app.get("/slow")
    async def slow():
        print("slow begins", flush=True)
        await asyncio.sleep(0.7)
        return "slow is done"

    @app.get("/stuck")
    async def stuck():
        print("stuck begins", flush=True)
        await asyncio.sleep(60)
        return "never"
"""

STREAMS = """
    @app.sse("/events")
    async def events():
        print("events begin", flush=True)
        while True:
            yield {"beat": 1}
            await asyncio.sleep(0.1)

    @app.websocket("/ws")
    async def chat(ws: WebSocket):
        print("chat begins", flush=True)
        async for message in ws:
            await ws.send(message)
"""


@pytest.fixture
def stoppable(project: Project) -> Project:
    """Give an app with slow handlers."""
    project.write("app.py", APP)
    return project


@pytest.fixture
def streaming(project: Project) -> Project:
    """Give an app with slow handlers, an event stream and a WebSocket."""
    project.write("app.py", APP + STREAMS)
    return project
