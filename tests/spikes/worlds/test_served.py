"""Show the same in a real process, `demijohn run`: real workers, a client that leaves, a backend that is killed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_urlsafe

import pytest

from tests.servers import launch, raw
from tests.spikes.worlds.conftest import busy_backends, notes
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.test_failures import kill

ROOT = Path(__file__).parents[3]
RUN = (sys.executable, "-m", "demijohn.cli", "run", "tests.spikes.worlds.notes_app:app")


class Served:
    def __init__(self, server: launch.ServerProcess) -> None:
        self.server = server

    def ask(self, method: str, path: str) -> tuple[int, str]:
        """Return the status and the body."""
        with raw.Http1(self.server.address, timeout=8) as connection:
            connection.send(head(method, path))
            answer = connection.receive()
        return answer.status, answer.body.decode()


def head(method: str, path: str) -> bytes:
    length = "Content-Length: 0\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n".encode()


@pytest.fixture
def served(url: str) -> Iterator[Served]:
    server = launch.ServerProcess(
        (*RUN, "--host", "127.0.0.1", "--port", "{port}"),
        directory=ROOT,
        environment={"WORLDS_URL": url, "SECRET_KEY": token_urlsafe(32), "ALLOWED_HOSTS": "localhost"},
    )
    yield Served(server)
    server.stop()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 6
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)  # another process: there is nothing to be told by


def test_a_server_answers_in_both_worlds_and_keeps_its_connections(served: Served, db: Database) -> None:
    paths = [f"/{world}/{world}{n}" for n in range(12) for world in ("def", "async")]
    with ThreadPoolExecutor(8) as visitors:
        answers = list(visitors.map(lambda path: served.ask("POST", path), paths))
    assert [status for status, _ in answers] == [200] * 24, served.server.complaints()
    assert {body for _, body in answers} == {'{"before":[],"after":["committed"]}'}
    assert len(notes(db)) == 24
    assert served.ask("POST", "/fail/def")[0] == 500
    assert served.ask("GET", "/guarded/async")[1] == served.ask("GET", "/guarded/def")[1] == "24"
    assert "Write `await db.afetch(...)`" in (served.ask("GET", "/wrong")[1] + served.server.complaints())
    wait_for(lambda: json.loads(served.ask("GET", "/state")[1]).items() >= {"async": True, "threads": 0}.items())


def test_a_client_that_leaves_a_server_leaves_nothing_behind(served: Served, db: Database) -> None:
    def is_free() -> bool:
        return bool(json.loads(served.ask("GET", "/state")[1])["async"])

    gone = raw.Http1(served.server.address)
    gone.send(head("POST", "/slow"))
    wait_for(lambda: not is_free())
    if db.dialect.name == "postgres":
        wait_for(lambda: any("pg_sleep" in row[2] for row in busy_backends(db)))
    gone.reset()
    wait_for(is_free)
    assert busy_backends(db) == []
    if db.dialect.name == "postgres":
        assert kill(db, "true") > 0  # all of them, while they are idle
    assert served.ask("POST", "/async/whole")[0] == 200
    assert served.ask("POST", "/def/too")[0] == 200
    assert notes(db) == ["whole", "too"]
