"""The application of these tests: both kinds of handlers, guards that query, and sessions kept in the database."""

from __future__ import annotations

import asyncio
import json
import os
import threading

from demijohn import App, Extension, Module, Request, Setup, after_commit, session
from demijohn.contracts import SessionRecord, SessionStore
from tests.spikes.worlds import core_patches
from tests.spikes.worlds.database import Database
from tests.spikes.worlds.transaction import IntegrityError

INSERT = "INSERT INTO note (title) VALUES (?)"
reached: list[str] = []  # how far the slow handler has come


class DatabaseSessions:
    """Keep sessions in a table. It blocks, so it must never be called on the loop."""

    max_age = 3600
    blocking = True
    revocable = True

    def __init__(self, db: Database, calls: list[str]) -> None:
        self._db = db
        self._calls = calls

    def load(self, cookie: str) -> SessionRecord | None:
        self._calls.append("load")
        rows = self._db.fetch("SELECT id, created, data FROM session WHERE id = ?", cookie)
        return SessionRecord(rows[0][0], rows[0][1], rows[0][1], json.loads(rows[0][2])) if rows else None

    def save(self, record: SessionRecord, *, changed: bool, replaced: str | None = None) -> str | None:
        if not changed:
            return None
        self._calls.append("save")
        with self._db.atomic():
            if replaced is not None:
                self.delete(replaced)
            self._db.fetch(
                "INSERT INTO session (id, created, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET data = "
                "excluded.data",
                *(record.id, record.created, json.dumps(record.data)),
                cost="write",
            )
        return record.id

    def delete(self, session_id: str) -> None:
        self._db.fetch("DELETE FROM session WHERE id = ?", session_id, cost="write")


class Sessions(Extension):
    requires = (Database,)
    provides = (SessionStore,)

    def __init__(self, db: Database) -> None:
        self._db = db
        self.calls: list[str] = []

    def setup(self, setup: Setup) -> None:
        setup.service(SessionStore, lambda: DatabaseSessions(self._db, self.calls))


class Counting:
    """Be a `def` guard that queries, in a worker."""

    blocking = True

    def __init__(self, db: Database) -> None:
        self.db = db
        self.seen: list[int] = []

    def check(self, request: Request) -> None:
        self.seen.append(self.db.fetch("SELECT count(*) FROM note")[0][0])


class AsyncCounting(Counting):
    """Be an async one, on the loop."""

    blocking = False

    async def acheck(self, request: Request) -> None:
        self.seen.append((await self.db.afetch("SELECT count(*) FROM note"))[0][0])


def make_app(db: Database) -> App:
    app = App(__name__)
    app.use(db)
    app.use(Sessions(db))
    _add_notes(app)
    _add_guarded(app, db)
    _add_sessions(app)
    _add_trouble(app)
    return app


def _add_notes(app: App) -> None:
    @app.post("/def/<title>")
    def add(title: str, db: Database) -> dict[str, object]:
        hooks: list[str] = []
        with db.atomic():
            after_commit(lambda: hooks.append("committed"))
            db.fetch(INSERT, title, cost="write")
            before = list(hooks)
        return {"before": before, "after": hooks}

    @app.post("/async/<title>")
    async def add_async(title: str, db: Database) -> dict[str, object]:
        hooks: list[str] = []
        async with db.atomic():
            after_commit(lambda: hooks.append("committed"))
            await db.afetch(INSERT, title, cost="write")
            before = list(hooks)
        return {"before": before, "after": hooks}

    @app.get("/def")
    def show(db: Database) -> list[str]:
        return [title for (title,) in db.fetch("SELECT title FROM note ORDER BY id")]

    @app.get("/async")
    async def show_async(db: Database) -> list[str]:
        return [title for (title,) in await db.afetch("SELECT title FROM note ORDER BY id")]

    @app.get("/gather")
    async def gather(db: Database) -> list[int]:
        rows = await asyncio.gather(*(db.afetch("SELECT count(*) FROM note WHERE id <> ?", n) for n in range(9)))
        return [row[0][0] for row in rows]


def _add_guarded(app: App, db: Database) -> None:
    guarded = Module("guarded", guard=(Counting(db), AsyncCounting(db)))

    @guarded.get("/def")
    def inside(db: Database) -> str:
        return str(db.fetch("SELECT count(*) FROM note")[0][0])

    @guarded.get("/async")
    async def inside_async(db: Database) -> str:
        return str((await db.afetch("SELECT count(*) FROM note"))[0][0])

    app.include(guarded, prefix="/guarded")


def _add_sessions(app: App) -> None:
    @app.get("/session/def")
    def count_visit() -> str:
        session["visits"] = int(str(session.get("visits", 0))) + 1
        return str(session["visits"])

    @app.get("/session/async")
    async def count_visit_async() -> str:
        session["visits"] = int(str(session.get("visits", 0))) + 1
        return str(session["visits"])


def _add_trouble(app: App) -> None:
    @app.post("/fail/def")
    def fail(db: Database) -> None:
        db.fetch("SELECT 1")
        with db.atomic():
            db.fetch(INSERT, "half", cost="write")
            raise IntegrityError("on purpose")

    @app.get("/wrong")
    async def wrong(db: Database) -> object:
        return db.fetch("SELECT 1")

    @app.post("/slow")
    async def slow(db: Database) -> None:
        async with db.atomic():
            await db.afetch(INSERT, "half", cost="write")
            reached.append("half")
            if db.dialect.name == "postgres":
                await db.afetch("SELECT pg_sleep(30)", cost="large")
            await asyncio.Event().wait()

    @app.get("/state")
    async def state(db: Database) -> dict[str, object]:
        pools = [pool for pair in db._async_pools.values() for pool in pair]
        return {
            "async": all(pool._free._value == pool.size for pool in pools),
            "threads": db.pool.size - db.pool._free._value,
            "workers": sum(thread.name.startswith("demijohn-") for thread in threading.enumerate()),
        }


if "WORLDS_URL" in os.environ:  # a server process loads this file
    core_patches.apply()
    app = make_app(Database(os.environ["WORLDS_URL"], size=4, timeout=2.0))
