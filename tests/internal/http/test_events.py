from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.http.events import Event, EventStream


class Price(msgspec.Struct):
    cents: int


@pytest.mark.parametrize(
    ("event", "wire"),
    [
        (Event("x"), b"data: x\n\n"),
        (Event(), b"data: \n\n"),
        (Event({"a": 1}), b'data: {"a":1}\n\n'),
        (Event(Price(1), "price", "7", 500), b'event: price\nid: 7\nretry: 500\ndata: {"cents":1}\n\n'),
        (Event("a\nb\r\nc\rd"), b"data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (Event("a\n"), b"data: a\ndata: \n\n"),
        (Event("\u2028ü"), "data: \u2028ü\n\n".encode()),
        (Event(None), b"data: null\n\n"),
        (Event("x", id=""), b"id: \ndata: x\n\n"),
    ],
)
def test_an_event_is_written_as_browsers_read_it(event: Event, wire: bytes) -> None:
    assert event.encode() == wire


@given(st.text(), st.none() | st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])))
def test_no_data_and_no_name_ends_an_event_early(data: str, name: str | None) -> None:
    wire = Event(data, name).encode()
    assert wire.endswith(b"\n\n")
    fields = wire[:-2].split(b"\n")
    assert all(field.startswith((b"data: ", b"event: ")) for field in fields)
    assert b"\r" not in wire


@pytest.mark.parametrize("text", ["a\nb", "\r", "a\0"])
def test_a_name_or_id_of_several_lines_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        Event(name=text)
    with pytest.raises(ValueError, match="one line"):
        Event(id=text)


def test_a_stream_of_events_is_not_kept_by_anybody_on_the_way() -> None:
    stream = EventStream(iter(()))
    assert stream.content_type == "text/event-stream"
    assert (stream.headers["cache-control"], stream.headers["x-accel-buffering"]) == ("no-store", "no")
    assert stream.heartbeat == 15.0


def test_text_and_values_count_as_events_and_the_generator_is_closed() -> None:
    closed: list[str] = []

    def events() -> Iterator[object]:
        try:
            yield "x"
            yield 3
            yield Event("y", "named")
        finally:
            closed.append("plain")

    content = EventStream(events()).content
    assert isinstance(content, Iterable)
    pieces = iter(content)
    assert [next(pieces), next(pieces)] == [b"data: x\n\n", b"data: 3\n\n"]
    close = getattr(pieces, "close")  # noqa: B009  # iterators in general have none
    close()
    assert closed == ["plain"]


def test_an_async_generator_is_closed_with_the_stream() -> None:
    closed: list[str] = []

    async def events() -> AsyncIterator[object]:
        try:
            yield "x"
            yield "y"
        finally:
            closed.append("async")

    async def read_one() -> object:
        content = EventStream(events()).content
        assert isinstance(content, AsyncIterable)
        pieces = aiter(content)
        first = await anext(pieces)
        await getattr(pieces, "aclose")()  # noqa: B009  # as above
        return first

    assert asyncio.run(read_one()) == b"data: x\n\n"
    assert closed == ["async"]
