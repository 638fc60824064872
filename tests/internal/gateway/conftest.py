"""Offer a client of an app for each interface, and bare scopes where a case is about the interface itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Literal, Protocol

import pytest

from demijohn.app import App
from demijohn.pipeline.pipeline import Pipeline
from demijohn.testing import Client

Interface = Literal["rsgi", "asgi"]


class Serve(Protocol):
    def __call__(
        self,
        app: App,
        interface: Interface,
        *,
        config: Mapping[str, object] | None = None,
        raise_server_errors: bool = False,
    ) -> Client: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that gives a client which is no browser; `def` handlers run in worker threads."""
    with ExitStack() as clients:

        def make(
            app: App,
            interface: Interface,
            *,
            config: Mapping[str, object] | None = None,
            raise_server_errors: bool = False,
        ) -> Client:
            client = Client(
                app, interface=interface, browser=False, config=config, raise_server_errors=raise_server_errors
            )
            frozen_by(client).inline = False
            return clients.enter_context(client)

        yield make


def frozen_by(client: Client) -> Pipeline:
    frozen = client._visitor.server._app
    assert isinstance(frozen, Pipeline)
    return frozen


@pytest.fixture
def pipeline_of() -> Callable[[Client], Pipeline]:
    return frozen_by
