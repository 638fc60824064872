"""Give pytest a `client` fixture and run `async def` tests. The client itself is in client.py, loaded at first use."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # pytest loads this module in every project that has Demijohn installed, so it must cost nothing
    from demijohn.testing.client import Client

_OTHER_RUNNERS = ("anyio", "asyncio", "tornado", "trio", "twisted")

_NO_APP = """The fixture `client` needs a fixture `app` that returns your App. Put it into conftest.py:

    import pytest
    from app import app as my_app

    @pytest.fixture
    def app():
        return my_app"""


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and say to the apps that will be imported that this is a test."""
    from demijohn.context import starting_mode

    starting_mode.set("test")
    config.addinivalue_line(
        "markers",
        "client(**options): what Demijohn's `client` fixture gives to Client(app, **options), "
        "for instance browser=False or config={'debug': True}; the nearest marker wins.",
    )


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """Give a client of the `app` fixture; `@pytest.mark.client(...)` sets its options. Start-up and shut-down run."""
    from demijohn.testing.client import Client

    try:
        app = request.getfixturevalue("app")
    except pytest.FixtureLookupError as error:
        if error.argname != "app":
            raise
        pytest.fail(_NO_APP, pytrace=False)
    options: dict[str, Any] = {}  # Any: a marker takes whatever it is given; Client names what does not fit
    for marker in request.node.iter_markers("client"):
        options = {**marker.kwargs, **options}
    with Client(app, **options) as started:
        yield started


@pytest.hookimpl
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test on an event loop of its own, unless another plugin is asked to by a marker."""
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test) or any(pyfuncitem.get_closest_marker(name) for name in _OTHER_RUNNERS):
        return None
    import asyncio

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(test(**arguments))
    return True
