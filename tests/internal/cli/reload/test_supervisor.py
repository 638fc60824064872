"""`demijohn dev` over several lives of its server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

APP = """
    import os

    from demijohn.app import App

    app = App(__name__)

    @app.on_startup
    def up():
        print(f"up {os.getpid()}\\n", end="", flush=True)

    @app.get("/")
    def index():
        return "first"
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(params=["watchfiles", "poller"])
def blocker(request: pytest.FixtureRequest, project: Project) -> None:
    """Hide watchfiles from the supervisor, in one of two runs."""
    if request.param == "poller":
        project.write("watchfiles.py", "raise ImportError\n")


@pytest.mark.usefixtures("blocker")
def test_a_saved_file_starts_it_again_and_a_mistake_waits_for_the_next(
    project: Project, free_port: Callable[[], int]
) -> None:
    app = project.write("app.py", APP)
    source = app.read_text()
    port = free_port()
    dev = project.start("dev", "--port", str(port))
    assert f"http://127.0.0.1:{port}" in dev.expect("Serving app for development")
    dev.expect("up ")
    assert dev.get(port, "/").endswith(b"first")
    assert "200" in dev.expect("GET /")

    app.write_text(source.replace("first", "second"))
    dev.expect("app.py changed; starting again.")
    dev.expect("up ")
    assert dev.get(port, "/").endswith(b"second")

    app.write_text(source + "\n    def broken(:\n")
    dev.expect("app.py, line 15: SyntaxError")
    dev.expect("Waiting for a file to be saved.")
    assert b"500" in dev.get(port, "/").split(b"\r\n")[0]

    app.write_text(source.replace("first", "third"))
    dev.expect("up ")
    assert dev.get(port, "/").endswith(b"third")
    dev.terminate()
    assert dev.wait() == 0
    assert "Traceback" not in dev.output + dev.rest()


def test_settings_come_from_dotenv_and_a_change_of_it_counts(project: Project, free_port: Callable[[], int]) -> None:
    project.write(
        "app.py",
        APP + "    from demijohn.config import Config\n\n"
        "    class Settings(Config):\n        colour: str\n\n"
        "    settings = app.configure(Settings)\n\n"
        "    @app.get('/colour')\n    def colour():\n        return settings.colour\n",
    )
    project.write(".env", "COLUR=red\n")
    port = free_port()
    dev = project.start("dev", "--port", str(port))
    dev.expect("COLOUR is missing. There is 'COLUR': did you mean that?")
    dev.expect("Waiting for a file to be saved.")

    project.write(".env", "COLOUR=red\n")

    dev.expect("up ")
    assert dev.get(port, "/colour").endswith(b"red")


def test_ctrl_c_ends_both_processes(project: Project, free_port: Callable[[], int]) -> None:
    project.write("app.py", APP)
    dev = project.start("dev", "--port", str(free_port()))
    server = int(dev.expect("up ").split()[1])

    os.killpg(dev.process.pid, signal.SIGINT)  # as the terminal does: to the whole group

    assert dev.wait() == 0
    assert not is_running(server)
    assert "Traceback" not in dev.rest()


def test_the_server_ends_with_a_supervisor_that_is_killed(project: Project, free_port: Callable[[], int]) -> None:
    project.write(
        "app.py",
        APP
        + """
    @app.on_shutdown
    def down():
        print("down", flush=True)
""",
    )
    dev = project.start("dev", "--port", str(free_port()))
    dev.expect("up ")

    dev.process.kill()

    dev.expect("down")
