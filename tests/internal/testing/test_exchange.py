from __future__ import annotations

import asyncio
from typing import Any

import pytest

from demijohn.testing import AsyncClient, Client, ClientTimeout


def test_an_answer_that_breaks_off_is_told(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        transport = protocol.response_stream(200, [])
        await transport.send_str("half")
        raise OSError("disk gone")

    app = pair_app(rsgi_call=call)
    with pytest.raises(OSError, match="disk gone"):
        Client(app).get("/")
    with pytest.raises(AssertionError, match=r"raised OSError\('disk gone'\) in the middle of its answer"):
        Client(app, raise_server_errors=False).get("/")


def test_an_app_that_fails_after_its_answer_is_told(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        protocol.response_empty(204, [])
        raise LookupError("too late")

    app = pair_app(rsgi_call=call)
    with pytest.raises(LookupError, match="too late"):
        Client(app).get("/")
    assert Client(app, raise_server_errors=False).get("/").status == 204


def test_what_was_raised_once_is_not_raised_again_at_the_end_of_the_block(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        transport = protocol.response_stream(200, [])
        await transport.send_str("a")
        raise LookupError("in the middle")

    with Client(pair_app(rsgi_call=call)).stream("GET", "/") as response:
        assert response.read_chunk() == b"a"
        with pytest.raises(LookupError, match="in the middle"):
            response.read_chunk()


def test_an_app_that_hangs_is_cancelled(pair_app: Any) -> None:
    ended: list[str] = []

    async def hang(_: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    with pytest.raises(ClientTimeout):
        Client(pair_app(http=hang), timeout=0.05).get("/")
    assert ended == ["cancelled"]


def test_an_app_that_cancels_itself_is_told(pair_app: Any, interface: Any) -> None:
    async def cancel(_: Any) -> Any:
        raise asyncio.CancelledError

    with pytest.raises(AssertionError, match="GET /: the app was cancelled"):
        Client(pair_app(http=cancel), interface=interface).get("/")


async def test_a_test_that_gives_up_leaves_nothing_running(pair_app: Any, interface: Any) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def hang(_: Any) -> Any:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    request = asyncio.ensure_future(AsyncClient(pair_app(http=hang), interface=interface).get("/"))
    await started.wait()
    request.cancel()
    await asyncio.wait_for(ended.wait(), 5)
    assert request.cancelled()
