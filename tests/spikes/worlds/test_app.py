"""Show both worlds in a real app, through the test client: handlers, guards, sessions, and the rollback fixture."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from demijohn import App
from demijohn.testing import AsyncClient, Client
from tests.spikes.worlds.conftest import assert_all_back, assert_all_back_here, busy_backends, notes, until
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.notes_app import make_app, reached
from tests.spikes.worlds.transaction import IntegrityError, WrongWorld

CONFIG = {"secret_key": "a test's own key, of forty characters...", "allowed_hosts": ["testserver"]}
both_worlds = pytest.mark.parametrize("world", ["def", "async"])


@pytest.fixture(params=["rsgi", "asgi"])
def client(request: pytest.FixtureRequest, db: Database) -> Iterator[Client]:
    with Client(make_app(db), config=CONFIG, interface=request.param) as client:
        yield client


class WithWorkers:
    """Freeze an app so that its `def` handlers run in workers, as a server runs them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.inline = False

    def freeze(self, mode: Any, *, config: Mapping[str, object] | None, private: bool) -> Any:
        self._pipeline = self._app.freeze(mode, config=config)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)


@both_worlds
def test_a_handler_writes_and_the_other_kind_reads(client: Client, world: str) -> None:
    assert client.post(f"/{world}/a").json() == {"before": [], "after": ["committed"]}
    assert client.get("/def").json() == client.get("/async").json() == ["a"]


@both_worlds
def test_guards_query_before_the_handler_in_their_own_world(client: Client, world: str) -> None:
    client.post("/def/a")
    assert client.get(f"/guarded/{world}").json() == 1


def test_a_handler_gathers_queries(client: Client) -> None:
    client.post("/def/a")
    assert sorted(client.get("/gather").json()) in ([1] * 9, [0] + [1] * 8)


def test_a_blocking_call_in_an_async_handler_raises(client: Client) -> None:
    with pytest.raises(WrongWorld, match=r"await db\.afetch"):
        client.get("/wrong")


@both_worlds
def test_a_session_in_the_database_is_loaded_and_saved_in_a_worker(db: Database, world: str) -> None:
    with Client(make_app(db), config=CONFIG) as client:
        assert [client.get(f"/session/{world}").json() for _ in range(3)] == [1, 2, 3]
        assert len(db.fetch("SELECT id FROM session")) == 1


async def test_both_kinds_of_handlers_serve_side_by_side_in_real_threads(db: Database) -> None:
    db.pool.timeout = 5.0
    app = WithWorkers(make_app(db))
    async with AsyncClient(app, config=CONFIG) as client:
        paths = [f"/{world}/{world}{n}" for n in range(10) for world in ("def", "async")]
        answers = await asyncio.gather(*(client.post(path) for path in paths))
        assert [answer.status for answer in answers] == [200] * 20
        assert [(await client.get(f"/session/{world}")).json() for world in ("def", "async") * 2] == [1, 2, 3, 4]
        with pytest.raises(IntegrityError):
            await client.post("/fail/def")
        await until(lambda: db.pool._free._value == db.pool.size)
        assert_all_back(db)
        assert_all_back_here(db)
    assert len(notes(db)) == 20
    assert db.pool.idle == []  # the shut-down has closed them
    assert not list(db._async_pools)


async def test_a_client_that_leaves_mid_transaction_leaves_nothing_behind(db: Database) -> None:
    app = WithWorkers(make_app(db))
    reached.clear()
    async with AsyncClient(app, config=CONFIG) as client:
        task = asyncio.create_task(client.post("/slow"))
        if db.dialect.name == "postgres":
            await until(lambda: any("pg_sleep" in row[2] and row[1] == "active" for row in busy_backends(db)))
        await until(lambda: reached)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: db._pools()[1]._free._value == db._pools()[1].size)
        assert_all_back_here(db)
        assert (await client.post("/async/whole")).status == 200
    assert notes(db) == ["whole"]


@pytest.fixture
def rolled_back(db: Database) -> Iterator[Database]:
    """Be the `db` fixture of DESIGN 2.7."""
    with db.pinned():
        yield db
    assert notes(db) == []


def test_the_test_and_both_kinds_of_handlers_share_one_connection_that_is_rolled_back(
    client: Client, rolled_back: Database
) -> None:
    db = rolled_back
    db.fetch("INSERT INTO note (title) VALUES (?)", "the test's", cost="write")
    assert client.post("/def/b").json() == {"before": [], "after": ["committed"]}
    assert client.post("/async/c").json() == {"before": [], "after": ["committed"]}
    with pytest.raises(IntegrityError):
        client.post("/fail/def")
    assert client.get("/def").json() == client.get("/async").json() == ["the test's", "b", "c"]
    assert client.get("/session/async").json() == 1
    assert client.get("/session/async").json() == 2
    with db.atomic():
        db.fetch("INSERT INTO note (title) VALUES (?)", "d", cost="write")
        assert client.get("/async").json()[-1] == "d"
    assert client.get("/gather").status == 200
    assert notes(db) == []
    assert db.pool._free._value == db.pool.size - 1


async def test_the_rollback_fixture_serves_an_async_test(rolled_back: Database) -> None:
    db = rolled_back
    async with AsyncClient(make_app(db), config=CONFIG) as client:
        async with db.atomic():
            await db.afetch("INSERT INTO note (title) VALUES (?)", "the test's", cost="write")
        await client.post("/async/b")
        await client.post("/def/c")
        assert (await client.get("/def")).json() == ["the test's", "b", "c"]
    assert notes(db) == []
