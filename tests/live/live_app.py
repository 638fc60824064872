"""Serve one route of every kind, for the tests that run a Demijohn application over real servers.

The routes are in parts/. What holds a handler up is an event that the test sets by another request, so that nothing
depends on how long anything takes.
"""

from __future__ import annotations

import os

from demijohn import App, Limits
from tests.live.parts import answers, around, bodies, mounted, pages, sockets, streams, waiting

app = App(__name__)
# The same with little patience for bodies, so that a test can wait for its end.
strict = App(__name__, limits=Limits(body_start=0.2, body_rate=1000, body_time=0.4))


def record(step: str) -> None:
    with open(os.environ["LIVE_LIFE"], "a") as file:
        file.write(f"{step} {os.getpid()}\n")


@app.on_startup
async def start() -> None:
    record("startup")


@app.on_startup
def start_blocking() -> None:
    record("startup-def")


@app.on_shutdown
def stop() -> None:
    record("shutdown")


for site in (app, strict):
    for part in (answers, bodies, pages, sockets, streams, waiting):
        site.include(part.routes)
    site.mount("/mounted", mounted.site)
    site.include(around.guarded)
    site.include(around.wrapped, prefix="/wrapped")
    site.include(around.hooked, prefix="/hooked")
