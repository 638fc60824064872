"""Promise: events and long answers go out while they are made, in bounded memory, and end with the client."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from demijohn import App, Event, HTTPError, Module, Request, Stream, request
from demijohn.testing import AsyncClient

if TYPE_CHECKING:
    from tests.public.conftest import Serve

Interface = Literal["rsgi", "asgi"]


class Price(msgspec.Struct):
    cents: int


def test_events_come_as_a_browser_reads_them(serve: "Serve") -> None:
    app = App(__name__)

    @app.sse("/events")
    async def events() -> AsyncIterator[object]:
        yield "hello"
        yield Event({"n": 1}, name="count", id="7", retry=500)
        yield Price(3)
        yield Event("two\nlines")

    client = serve(app)
    with client.stream("GET", "/events") as stream:
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        one, two, three, four = stream.events()
    assert (one.event, one.data) == ("message", "hello")
    assert (two.event, two.id, two.retry, two.json()) == ("count", "7", 500, {"n": 1})
    assert three.json() == {"cents": 3}
    assert four.data == "two\nlines"


def test_a_plain_generator_yields_events_too(serve: "Serve") -> None:
    app = App(__name__)

    @app.sse("/events/<int:count>")
    def events(count: int, request: Request) -> Iterator[Event]:
        for number in range(count):
            yield Event(number, id=request.headers.get("last-event-id"))

    with serve(app).stream("GET", "/events/3", headers={"last-event-id": "9"}) as stream:
        assert [(event.data, event.id) for event in stream.events()] == [("0", "9"), ("1", "9"), ("2", "9")]


def test_parameters_and_guards_refuse_before_the_stream_begins(serve: "Serve") -> None:
    class Closed:
        def check(self, request: Request) -> None:
            raise HTTPError(403)

    app, inside = App(__name__), Module("inside", guard=Closed())

    @app.sse("/events")
    async def events(n: int) -> AsyncIterator[int]:
        yield n

    @inside.sse("/events")
    async def secrets() -> AsyncIterator[str]:
        yield "secret"

    app.include(inside, prefix="/inside")
    client = serve(app)
    assert [client.get("/events?n=x").status, client.get("/inside/events").status] == [422, 403]


def test_an_event_is_written_safely() -> None:
    for field in ("a\nb", "a\rb", "a\0b"):
        with pytest.raises(ValueError, match="one line"):
            Event("x", name=field)
        with pytest.raises(ValueError, match="one line"):
            Event("x", id=field)


def test_what_the_handler_refuses_before_its_first_event_is_an_answer(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/rows")
    async def rows(ready: bool = False) -> Stream:
        if not ready:
            raise HTTPError(409, code="rows.not_ready")
        return Stream(iter(["a"]))

    assert serve(app, browser=False).get("/rows").json()["code"] == "rows.not_ready"


@pytest.mark.parametrize("kind", ["def", "async"])
def test_a_stream_takes_text_and_bytes(serve: "Serve", kind: str) -> None:
    app = App(__name__)

    def pieces() -> Iterator[str]:
        yield "ü"
        yield ""
        yield "x"

    async def pieces_async() -> AsyncIterator[bytes]:
        yield "ü".encode()
        yield b""
        yield b"x"

    @app.get("/")
    def show() -> Stream:
        return Stream(pieces() if kind == "def" else pieces_async(), content_type="text/plain; charset=utf-8")

    response = serve(app).get("/")
    assert (response.text, response.headers["content-type"]) == ("üx", "text/plain; charset=utf-8")
    assert "content-length" not in response.headers or response.headers["content-length"] == "3"


def test_a_stream_has_a_status_headers_and_cookies(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    async def show() -> Stream:
        stream = Stream(iter(["x"]), 203, {"x-kind": "rows"}, filename="Übersicht.csv")
        stream.set_cookie("seen", "1")
        return stream

    response = serve(app).get("/")
    assert (response.status, response.headers["x-kind"]) == (203, "rows")
    assert response.cookies["seen"].value == "1"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert "filename*=UTF-8''%C3%9Cbersicht.csv" in response.headers["content-disposition"]


def test_a_head_request_closes_the_stream_and_sends_nothing(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    async def show() -> Stream:
        def rows() -> Iterator[str]:
            raise AssertionError("never asked for")
            yield ""

        return Stream(rows(), content_type="text/csv")

    response = serve(app).head("/")
    assert (response.status, response.body, response.content_type) == (200, b"", "text/csv")


async def test_a_plain_generator_stays_on_one_worker(interface: Interface) -> None:
    app = App(__name__)
    threads: set[str] = set()
    colour = contextvars.ContextVar("colour", default="none")

    @app.get("/")
    def show() -> Stream:
        colour.set("red")

        def rows() -> Iterator[str]:
            try:
                for _ in range(5):
                    threads.add(threading.current_thread().name)
                    yield f"{colour.get()} {request.path}\n"
            finally:
                threads.add(threading.current_thread().name)

        return Stream(rows())

    async with AsyncClient(app, interface=interface) as client:
        await client.get("/")
    assert len(threads) == 1
    assert threads != {threading.current_thread().name}


async def test_an_endless_stream_ends_when_the_client_leaves(interface: Interface) -> None:
    app = App(__name__)
    ended = asyncio.Event()

    @app.sse("/events")
    async def events() -> AsyncIterator[int]:
        try:
            for number in range(10**9):
                yield number
                await asyncio.sleep(0)
        finally:
            ended.set()

    async with AsyncClient(app, interface=interface) as client, client.stream("GET", "/events") as stream:
        first = await stream.read_event()
        assert first is not None
        assert first.data == "0"
    assert ended.is_set()


async def test_a_silent_stream_ends_when_the_client_leaves(interface: Interface) -> None:
    app = App(__name__)
    ended = asyncio.Event()

    @app.sse("/events")
    async def events() -> AsyncIterator[str]:
        yield "first"
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with AsyncClient(app, interface=interface) as client, client.stream("GET", "/events") as stream:
        await stream.read_event()
    assert ended.is_set()


async def test_event_streams_are_told_when_the_server_stops(interface: Interface) -> None:
    app = App(__name__)
    ended = asyncio.Event()

    @app.sse("/events")
    async def events() -> AsyncIterator[str]:
        yield "first"
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    client = AsyncClient(app, interface=interface)
    async with client.stream("GET", "/events") as stream:
        await stream.read_event()
        await client.close()
        assert await stream.read_event() is None
    assert ended.is_set()


async def test_a_plain_generator_is_closed_when_the_client_leaves(interface: Interface) -> None:
    app = App(__name__)
    ended = threading.Event()

    @app.sse("/events")
    def events() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            ended.set()

    async with AsyncClient(app, interface=interface) as client, client.stream("GET", "/events") as stream:
        await stream.read_event()
    assert await asyncio.to_thread(ended.wait, 5)


async def test_a_slow_reader_holds_the_generator_back() -> None:
    app = App(__name__)
    made = 0

    @app.get("/")
    async def show() -> Stream:
        async def rows() -> AsyncIterator[bytes]:
            nonlocal made
            while made < 100:
                made += 1
                yield b"x" * 1024

        return Stream(rows())

    # Over ASGI each piece waits for the server; RSGI has no back-pressure, so there the stream is spooled to a file.
    async with AsyncClient(app, interface="asgi") as client, client.stream("GET", "/") as stream:
        await stream.read_chunk()
        assert made < 100


def test_a_large_stream_comes_whole(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> Stream:
        return Stream(b"x" * 65_536 for _ in range(50))

    assert len(serve(app).get("/").body) == 50 * 65_536


def test_a_mistake_in_a_generator_is_told_to_the_test(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    async def show() -> Stream:
        async def rows() -> AsyncIterator[str]:
            yield "first"
            raise RuntimeError("broken generator")

        return Stream(rows())

    with pytest.raises(RuntimeError, match="broken generator"):
        serve(app).get("/")


def test_a_route_may_take_its_body_as_a_stream(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/", stream=True)
    async def count(request: Request) -> dict[str, int]:
        sizes = [len(chunk) async for chunk in request.stream()]
        return {"pieces": len(sizes), "bytes": sum(sizes)}

    response = serve(app).post("/", body=iter([b"abc", b"de"]))
    assert response.json() == {"pieces": 2, "bytes": 5}


def test_a_streamed_body_is_bounded_as_well(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/", stream=True)
    async def count(request: Request) -> str:
        async for _ in request.stream():
            pass
        return "all of it"

    response = serve(app, browser=False).post("/", body=(b"x" * 1_000_000 for _ in range(4)))
    assert (response.status, response.json()["code"]) == (413, "body.too_large")


def test_the_whole_body_of_a_streaming_route_is_not_to_be_had(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/", stream=True)
    async def show(request: Request) -> bytes:
        return request.body

    with pytest.raises(Exception, match=r"request\.stream\(\)"):
        serve(app).post("/", body=b"x")


def test_a_usual_route_may_iterate_over_what_was_read(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/")
    async def show(request: Request) -> bytes:
        return b"".join([chunk async for chunk in request.stream()])

    assert serve(app).post("/", body=b"abc").body == b"abc"
