"""Offer `serve`, a client of an app over both interfaces in each mode, and `any_app`: five lines, and a large one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Literal, NamedTuple, Protocol

import pytest

from demijohn import App
from demijohn.testing import Client, ClientResponse

from .apps import five_lines, fuller_app

Interface = Literal["rsgi", "asgi"]
Mode = Literal["development", "production", "test"]

KEY = "kCpCWbDPmS8dLJ4pFE2DQXGb-xYAp2hL8jFWb5VjUKM"


class Setup(NamedTuple):
    """Say how an app is served."""

    interface: Interface
    mode: Mode


class Serve(Protocol):
    """Make a client of an app that was not served before; without `browser` it sends Host and nothing else."""

    def __call__(
        self,
        app: App,
        *,
        browser: bool = False,
        config: Mapping[str, object] | None = None,
        mode: Mode | None = None,
        base_url: str = "http://testserver",
        raise_server_errors: bool = True,
    ) -> Client: ...


INTERFACES: tuple[Interface, ...] = ("rsgi", "asgi")
MODES: tuple[Mode, ...] = ("test", "development", "production")
# Each interface and each mode, and both interfaces in the one that counts; all six would find nothing more.
SETUPS = [
    Setup("rsgi", "test"),
    Setup("rsgi", "production"),
    Setup("asgi", "production"),
    Setup("asgi", "development"),
]


@pytest.fixture(params=SETUPS, ids=lambda setup: "-".join(setup))
def setup(request: pytest.FixtureRequest) -> Setup:
    chosen: Setup = request.param
    return chosen


@pytest.fixture
def serve(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "TRUSTED_PROXIES", "TRUSTED_ORIGINS"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as clients:

        def make(
            app: App,
            *,
            browser: bool = False,
            config: Mapping[str, object] | None = None,
            mode: Mode | None = None,
            base_url: str = "http://testserver",
            raise_server_errors: bool = True,
        ) -> Client:
            client = Client(
                app,
                browser=browser,
                config={"secret_key": KEY, "allowed_hosts": ["testserver"], **(config or {})},
                mode=mode or setup.mode,
                interface=setup.interface,
                base_url=base_url,
                raise_server_errors=raise_server_errors,
            )
            return clients.enter_context(client)

        yield make


@pytest.fixture(params=[five_lines, fuller_app], ids=["five-lines", "fuller"])
def any_app(request: pytest.FixtureRequest) -> App:
    make: Callable[[], App] = request.param
    return make()


def refusal(response: ClientResponse) -> tuple[int, str]:
    """Return what a refused program is told: the status and the stable code, and nothing that it sent itself."""
    assert response.content_type == "application/problem+json", response
    problem = response.json()
    assert set(problem) <= {"type", "title", "status", "detail", "code", "errors", "hint", "request_id"}
    assert problem["status"] == response.status
    assert os.sep + "src" not in response.text
    return response.status, problem["code"]
