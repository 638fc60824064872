from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.testing import AsyncClient, Client, ClientTimeout, ReceivedEvent
from demijohn.testing.stream import EventParser


def streaming(pair_app: Any, *chunks: bytes, endless: bool = False) -> Any:
    async def rsgi(_: Any, protocol: Any) -> None:
        transport = protocol.response_stream(200, [("content-type", "text/event-stream")])
        for chunk in chunks:
            await transport.send_bytes(chunk)
        if endless:
            await protocol.client_disconnect()
            app.log.append("left")

    async def asgi(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if endless:
            await receive()
            app.log.append("left")
        await send({"type": "http.response.body"})

    app = pair_app(rsgi_call=rsgi, asgi_call=asgi)
    return app


def test_pieces_are_read_as_they_come(pair_app: Any, interface: Any) -> None:
    with Client(streaming(pair_app, b"a", b"b", b"c"), interface=interface).stream("GET", "/") as response:
        assert (response.status, response.headers["content-type"]) == (200, "text/event-stream")
        assert response.read_chunk() == b"a"
        assert list(response) == [b"b", b"c"]
        assert response.read() == b""


def test_leaving_the_block_disconnects(pair_app: Any, interface: Any) -> None:
    app = streaming(pair_app, b"a", endless=True)
    with Client(app, interface=interface).stream("GET", "/") as response:
        assert response.read_chunk() == b"a"
        assert "left" not in app.log
    assert app.log == ["startup", "left"]


def test_a_handler_that_goes_on_after_the_client_has_left_is_told(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        protocol.response_stream(200, [])
        await asyncio.Event().wait()

    client = Client(pair_app(rsgi_call=call), timeout=0.05)
    with (
        pytest.raises(ClientTimeout, match="the end of the handler, after the client had left"),
        client.stream("GET", "/") as response,
    ):
        response.disconnect()


def test_a_piece_that_does_not_come_is_told(pair_app: Any, interface: Any) -> None:
    client = Client(streaming(pair_app, b"a", endless=True), interface=interface, timeout=0.05)
    with client.stream("GET", "/") as response:
        assert response.read_chunk() == b"a"
        with pytest.raises(ClientTimeout, match="the next piece of the body"):
            response.read_chunk()


def test_events_are_parsed(pair_app: Any, interface: Any) -> None:
    chunks = [b"id: 1\ndata: a\n\n: heartbeat\n\nevent: note\nda", b'ta: {"n":\ndata: 1}\n\n', b"data: lost"]
    with Client(streaming(pair_app, *chunks), interface=interface).stream("GET", "/") as response:
        assert response.read_event() == ReceivedEvent("a", id="1")
        event = response.read_event()
        assert event is not None
        assert (event.event, event.data, event.json(), event.id) == ("note", '{"n":\n1}', {"n": 1}, "1")
        assert list(response.events()) == []


async def test_the_async_client_streams_too(pair_app: Any, interface: Any) -> None:
    app = streaming(pair_app, b"data: 1\n\n", b"data: 2\n\n", endless=True)
    async with AsyncClient(app, interface=interface).stream("GET", "/") as response:
        assert (await response.read_chunk()) == b"data: 1\n\n"
        async for event in response.events():
            assert event.data == "2"
            break
    assert app.log == ["startup", "left"]
    async with AsyncClient(streaming(pair_app, b"a", b"b")).stream("GET", "/") as response:
        assert await response.read() == b"ab"


@given(
    events=st.lists(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8")), min_size=1)),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    size=st.integers(1, 7),
)
def test_events_do_not_depend_on_line_endings_or_on_how_the_stream_is_cut(
    events: list[list[str]], ending: str, size: int
) -> None:
    text = "".join("".join(f"data: {line}{ending}" for line in lines) + ending for lines in events) + ":\n"
    raw = text.encode()
    parser = EventParser()
    parsed = [event for start in range(0, len(raw), size) for event in parser.feed(raw[start : start + size])]
    assert [event.data for event in parsed] == ["\n".join(lines) for lines in events]
