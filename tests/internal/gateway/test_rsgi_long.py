from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demijohn.app import App
from demijohn.gateway import rsgi_long
from demijohn.http.events import Event
from demijohn.http.files import send_file
from demijohn.http.request import Request
from demijohn.http.response import Stream
from demijohn.http.websocket import WebSocket
from demijohn.pipeline import watch
from demijohn.pipeline.pipeline import Pipeline
from demijohn.testing import Client, WebSocketRefused

if TYPE_CHECKING:
    from tests.internal.gateway.conftest import Serve

PipelineOf = Callable[[Client], Pipeline]


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make every stream over ten bytes go to disk, into a folder of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(rsgi_long, "_SPOOL_IN_MEMORY", 10)
    return tmp_path


def app_that_streams(source: Callable[[], Any], **headers: str) -> App:
    app = App("app")
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    app.add_route("/", lambda: Stream(source(), headers=fields, content_type="text/plain"), name="index")
    return app


async def numbers() -> AsyncIterator[str]:
    for number in range(20):
        yield str(number)


def numbers_in_a_worker() -> Iterator[str]:
    for number in range(20):
        yield str(number)


async def fail() -> AsyncIterator[str]:
    yield "x" * 100
    raise LookupError("of the generator")


WHOLE = "".join(map(str, range(20)))


@pytest.mark.parametrize("source", [numbers, numbers_in_a_worker])
def test_a_stream_is_collected_in_a_file_that_goes_when_the_process_ends(
    source: Callable[[], Any], spools: Path, serve: Serve
) -> None:
    client = serve(app_that_streams(source), "rsgi")
    response = client.get("/")
    assert (response.text, response.headers["content-type"]) == (WHOLE, "text/plain")
    assert len(list(spools.iterdir())) == 1, "the server may still read from it"
    client.close()
    assert list(spools.iterdir()) == []


def test_the_file_goes_after_a_while(
    spools: Path, serve: Serve, pipeline_of: PipelineOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rsgi_long, "_KEEP_SPOOLED_SECONDS", 0)
    client = serve(app_that_streams(numbers), "rsgi")
    assert client.get("/").text == WHOLE

    async def until_gone() -> None:
        async with asyncio.timeout(10):
            while list(spools.iterdir()):
                await asyncio.sleep(0)

    client._driver.run(until_gone())


def test_a_small_stream_touches_no_disk(serve: Serve, spools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi_long, "_SPOOL_IN_MEMORY", 1000)
    assert serve(app_that_streams(numbers), "rsgi").get("/").text == WHOLE
    assert list(spools.iterdir()) == []


@pytest.mark.usefixtures("spools")
def test_a_length_that_the_source_does_not_keep_is_not_sent(serve: Serve) -> None:
    response = serve(app_that_streams(numbers, content_length="3"), "rsgi").get("/")
    assert (response.text, response.headers.get("content-length")) == (WHOLE, None)


def test_a_stream_that_fails_is_answered_as_an_error_and_leaves_no_file(
    spools: Path, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    response = serve(app_that_streams(fail), "rsgi").get("/")
    assert (response.status, response.json()["code"]) == (500, "http.server_error")
    assert "of the generator" in caplog.text
    assert list(spools.iterdir()) == []


def test_a_client_that_leaves_leaves_no_file(spools: Path, monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    monkeypatch.setattr(watch, "_UNOBSERVED_SECONDS", 0)
    log: list[str] = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 100
                await asyncio.sleep(0)
        finally:
            log.append("closed")

    client = serve(app_that_streams(endless), "rsgi")

    async def come_and_go() -> None:
        visitor = client._visitor
        from demijohn.testing.outgoing import build_request

        outgoing = build_request("GET", "/", visitor._base, {}, browser=False)
        exchange = await visitor.server.open_request(outgoing)
        async with asyncio.timeout(10):
            while not list(spools.iterdir()):
                await asyncio.sleep(0)
            exchange.reply.leave()
            while not log:
                await asyncio.sleep(0)

    client._driver.run(come_and_go())
    client.close()
    assert (log, list(spools.iterdir())) == (["closed"], [])


def test_head_lets_go_of_the_source(serve: Serve) -> None:
    file = io.BytesIO(b"never read")
    response = serve(app_that_streams(lambda: file), "rsgi").head("/")
    assert (response.status, response.body, file.closed) == (200, b"", True)


def test_events_are_sent_as_they_happen(serve: Serve) -> None:
    app, happening = App("app"), asyncio.Event()

    @app.sse("/")
    async def events() -> AsyncIterator[Event]:
        yield Event("one")
        await happening.wait()
        yield Event("two")

    with serve(app, "rsgi").stream("GET", "/") as stream:
        first = stream.read_event()
        happening.set()
        second = stream.read_event()
        assert first is not None
        assert second is not None
        assert [first.data, second.data] == ["one", "two"]
        assert stream.read_event() is None


def test_events_that_fail_end_the_answer_at_once_and_are_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    app = App("app")

    @app.sse("/")
    async def events() -> AsyncIterator[str]:
        yield "one"
        raise LookupError("of the generator")

    with serve(app, "rsgi").stream("GET", "/") as stream:
        assert stream.read() == b"data: one\n\n"
    assert "of the generator" in caplog.text


def test_events_end_before_they_fill_the_memory_of_the_server(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi_long, "_MOST_OF_EVENTS", 1000)
    app, log = App("app"), list[str]()

    @app.sse("/")
    async def events() -> AsyncIterator[str]:
        try:
            while True:
                yield "x" * 100
        finally:
            log.append("closed")

    with serve(app, "rsgi").stream("GET", "/") as stream:
        assert 0 < len(stream.read()) <= 1000
    assert log == ["closed"]


def test_files_are_sent_by_the_server_itself(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    app = App("app")
    app.add_route("/<name>", lambda name: send_file(tmp_path, name), name="file")
    client = serve(app, "rsgi")
    whole, part, head = (
        client.get("/a.txt"),
        client.get("/a.txt", headers={"range": "bytes=2-4"}),
        client.head("/a.txt"),
    )
    assert (whole.status, whole.body, whole.headers["content-length"]) == (200, b"0123456789", "10")
    assert (part.status, part.body) == (206, b"234")
    assert (head.headers["content-length"], head.body) == ("10", b"")


@pytest.mark.parametrize(("path", "status"), [("/ws", 401), ("/nothing", 404)])
def test_a_refused_socket_gets_a_status(path: str, status: int, serve: Serve) -> None:
    class Closed:
        async def acheck(self, request: Request) -> None:
            from demijohn.errors import HTTPError

            raise HTTPError(401)

    app = App("app", guard=Closed())

    @app.websocket("/ws")
    async def talk(ws: WebSocket) -> None:
        raise AssertionError("never let in")

    with pytest.raises(WebSocketRefused) as refused, serve(app, "rsgi").websocket(path):
        pass
    assert refused.value.response.status == status


def test_a_mistake_before_the_handshake_is_a_500(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def check(self, request: Request) -> None:
            raise LookupError("of the guard")

    app = App("app", guard=Broken())

    @app.websocket("/ws")
    async def talk(ws: WebSocket) -> None:
        raise AssertionError("never let in")

    with pytest.raises(WebSocketRefused) as refused, serve(app, "rsgi").websocket("/ws"):
        pass
    assert refused.value.response.status == 500
    assert "of the guard" in caplog.text


Send = Callable[[dict[str, Any]], Awaitable[None]]


class Site:
    """Be an ASGI application that answers in pieces."""

    def __init__(self, *pieces: bytes, status: int = 200, fails: bool = False) -> None:
        self.pieces = pieces
        self.status = status
        self.fails = fails

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        length = str(sum(map(len, self.pieces))).encode()
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"content-length", length)]})
        for piece in self.pieces:
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else piece})
        if self.fails:
            raise LookupError("of the site")


def app_with(site: Site) -> App:
    app = App("app")
    app.mount("/old", site)
    return app


@pytest.mark.usefixtures("spools")
def test_a_mounted_site_is_answered_when_it_has_sent_everything(serve: Serve) -> None:
    for pieces in ((b"small",), (b"large " * 5, b"and more")):
        response = serve(app_with(Site(*pieces, status=203)), "rsgi").get("/old/")
        assert (response.status, response.body) == (203, b"".join(pieces))


def test_a_mounted_site_that_fails_half_way_is_answered_as_an_error(
    spools: Path, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    response = serve(app_with(Site(b"x" * 100, fails=True)), "rsgi").get("/old/")
    assert (response.status, response.json()["code"]) == (500, "http.server_error")
    assert "of the site" in caplog.text
    assert list(spools.iterdir()) == []


@pytest.mark.usefixtures("spools")
def test_head_of_a_mounted_site_keeps_its_length(serve: Serve) -> None:
    response = serve(app_with(Site(b"x" * 100)), "rsgi").head("/old/")
    assert (response.headers["content-length"], response.body) == ("100", b"")
