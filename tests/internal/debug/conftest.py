"""Offer `make_request`, a request that came straight from this machine to a development server, and what is raised."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Protocol

import pytest

from demijohn.context import starting_mode
from demijohn.debug.reach import listening_on
from demijohn.http.host import Host
from demijohn.http.request import Request

FORM = "application/x-www-form-urlencoded"


class NoTransport:
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""

    async def client_disconnect(self) -> None:
        """Never called here."""


class MakeRequest(Protocol):
    def __call__(
        self,
        method: str = "GET",
        path: str = "/",
        *,
        query: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        peer: str = "127.0.0.1:50000",
        host: str = "localhost",
    ) -> Request: ...


@pytest.fixture(autouse=True)
def development() -> Iterator[None]:
    """Make this a process of `demijohn dev`, bound to 127.0.0.1."""
    mode, address = starting_mode.set("development"), listening_on.set("127.0.0.1")
    yield
    starting_mode.reset(mode)
    listening_on.reset(address)


@pytest.fixture
def make_request() -> MakeRequest:
    def make(
        method: str = "GET",
        path: str = "/",
        *,
        query: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        peer: str = "127.0.0.1:50000",
        host: str = "localhost",
    ) -> Request:
        fields = [("host", host), *headers]
        request = Request(method, path, query, fields, dict(fields), "http", peer, "1.1", NoTransport(), None)
        request.host = Host(host)
        request.services = {}
        request._body = body
        return request

    return make


@pytest.fixture
def raised() -> Callable[[Callable[[], object]], BaseException]:
    """Return what a function raises, with its traceback."""

    def catch(function: Callable[[], object]) -> BaseException:
        try:
            function()
        except Exception as error:  # noqa: BLE001  # whatever it is
            return error
        raise AssertionError("nothing was raised")

    return catch
