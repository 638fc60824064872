"""Offer `live`, the application behind each set-up in turn. Servers are started once and serve many tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.setups import ASGI, COMMANDS, HTTP1, HTTP2, RSGI, SETUPS, Live, Servers, Setup

Start = Callable[..., Live]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    def new_folder(name: str) -> Path:
        return tmp_path_factory.mktemp(f"live-{name}-", numbered=True)

    running = Servers(new_folder)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(params=SETUPS)
def setup(request: pytest.FixtureRequest) -> Setup:
    chosen: Setup = request.param
    return chosen


@pytest.fixture
def live(setup: Setup, servers: Servers) -> Live:
    """The application behind one set-up."""
    return servers.get(setup)


@pytest.fixture(params=HTTP1)
def live1(request: pytest.FixtureRequest, servers: Servers) -> Live:
    """The application behind each set-up that speaks HTTP/1."""
    return servers.get(request.param)


@pytest.fixture(params=HTTP2)
def live_h2(request: pytest.FixtureRequest, servers: Servers) -> Live:
    """The application behind each set-up that speaks HTTP/2."""
    return servers.get(request.param)


@pytest.fixture(params=ASGI)
def live_asgi(request: pytest.FixtureRequest, servers: Servers) -> Live:
    """The application behind each set-up that speaks ASGI, where streams have back-pressure."""
    return servers.get(request.param)


@pytest.fixture(params=RSGI)
def live_rsgi(request: pytest.FixtureRequest, servers: Servers) -> Live:
    """The application behind each set-up that speaks RSGI."""
    return servers.get(request.param)


@pytest.fixture
def strict(setup: Setup, servers: Servers) -> Live:
    """The same application with little patience and few workers."""
    return servers.get(setup, "strict")


@pytest.fixture
def start(servers: Servers) -> Iterator[Start]:
    """Start a server for this test alone."""
    with ExitStack() as started:

        def start_one(setup: Setup, *extra: str, command: tuple[str, ...] = (), **environment: str) -> Live:
            live = servers.start(setup, (*(command or COMMANDS[setup]), *extra), **environment)
            started.callback(live.server.stop)
            return live

        yield start_one
