"""Offer `serve`, which gives a client of an app. Every test that uses it runs over both in-process interfaces."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Literal, Protocol

import pytest

from demijohn import App
from demijohn.testing import Client


class Serve(Protocol):
    """Make a client of an app; start-up has run, and shut-down follows when the test ends."""

    def __call__(
        self,
        app: App,
        *,
        browser: bool = True,
        config: Mapping[str, object] | None = None,
        mode: Literal["development", "production", "test"] = "test",
        base_url: str = "http://testserver",
        raise_server_errors: bool = True,
    ) -> Client: ...


@pytest.fixture(params=["rsgi", "asgi"])
def interface(request: pytest.FixtureRequest) -> Literal["rsgi", "asgi"]:
    chosen: Literal["rsgi", "asgi"] = request.param
    return chosen


@pytest.fixture
def serve(interface: Literal["rsgi", "asgi"]) -> Iterator[Serve]:
    with ExitStack() as clients:

        def make(
            app: App,
            *,
            browser: bool = True,
            config: Mapping[str, object] | None = None,
            mode: Literal["development", "production", "test"] = "test",
            base_url: str = "http://testserver",
            raise_server_errors: bool = True,
        ) -> Client:
            client = Client(
                app,
                browser=browser,
                config=config,
                mode=mode,
                interface=interface,
                base_url=base_url,
                raise_server_errors=raise_server_errors,
            )
            return clients.enter_context(client)

        yield make
