"""Offer `make_request`, which builds a request as a gateway does, and `start`, which gives a client of a whole app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Protocol

import pytest

from demijohn.app import App
from demijohn.http.host import Host
from demijohn.http.request import Request
from demijohn.pipeline.pipeline import Pipeline
from demijohn.testing import Client

Piece = bytes | BaseException | Awaitable[None]


class FakeTransport:
    """Send the pieces of a body: bytes are sent, exceptions raised, awaitables waited for."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = pieces
        self.gone: asyncio.Event | None = None
        self.asked = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.asked += 1
            if isinstance(piece, bytes):
                yield piece
            elif isinstance(piece, BaseException):
                raise piece
            else:
                await piece

    async def client_disconnect(self) -> None:
        self.gone = self.gone or asyncio.Event()
        await self.gone.wait()


class MakeRequest(Protocol):
    def __call__(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: Iterable[Piece] = (),
    ) -> Request: ...


@pytest.fixture
def make_request() -> MakeRequest:
    def make(
        method: str = "GET",
        path: str = "/",
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: Iterable[Piece] = (),
    ) -> Request:
        fields = [("host", "testserver"), *headers]
        transport = FakeTransport(body)
        request = Request(method, path, "", fields, dict(fields), "http", "127.0.0.1:50000", "1.1", transport, None)
        request.host = Host("testserver")
        request.services = {}
        return request

    return make


@pytest.fixture
def spin() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Return a coroutine function that lets the loop turn until something is true."""

    async def until(is_true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not is_true():
                await asyncio.sleep(0)

    return until


class Start(Protocol):
    def __call__(self, app: App, *, config: Mapping[str, object] | None = None, browser: bool = True) -> Client: ...


@pytest.fixture(params=["rsgi", "asgi"])
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Return a function that gives a client of an app whose `def` handlers run in worker threads, as in a server."""
    with ExitStack() as clients:

        def make(app: App, *, config: Mapping[str, object] | None = None, browser: bool = True) -> Client:
            client = Client(app, interface=request.param, config=config, browser=browser, raise_server_errors=False)
            pipeline_of(client).inline = False
            return clients.enter_context(client)

        yield make


def pipeline_of(client: Client) -> Pipeline:
    frozen = client._visitor.server._app
    assert isinstance(frozen, Pipeline)
    return frozen


@pytest.fixture(name="pipeline_of")
def pipeline_of_fixture() -> Callable[[Client], Pipeline]:
    return pipeline_of
