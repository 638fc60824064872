from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demijohn.app import App
from demijohn.context import unhandled_errors
from demijohn.gateway.asgi import AnswerCutOff, ASGITransport
from demijohn.http.events import Event
from demijohn.http.files import send_file
from demijohn.http.request import Request
from demijohn.http.response import Response, Stream
from demijohn.pipeline import watch
from demijohn.pipeline.bodies import BodyInterrupted
from demijohn.pipeline.pipeline import Pipeline

if TYPE_CHECKING:
    from tests.internal.gateway.conftest import Serve

Message = MutableMapping[str, Any]


class Server:
    """Be an ASGI server for one request: messages for the app come from the test, those of the app are kept."""

    def __init__(self, app: App, *, inline: bool = True) -> None:
        self.pipeline: Pipeline = app.freeze("test")
        self.pipeline.inline = inline
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []
        self.slow: asyncio.Event | None = None
        self.receiving = 0

    async def receive(self) -> Message:
        self.receiving += 1
        assert self.receiving == 1, "two read from the one queue of messages"
        try:
            return await self.to_app.get()
        finally:
            self.receiving -= 1

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if self.slow is not None:
            await self.slow.wait()
        await asyncio.sleep(0)

    def call(self, method: str = "GET", path: str = "/", **fields: str) -> asyncio.Task[None]:
        headers = {"host": "testserver", **{name.replace("_", "-"): value for name, value in fields.items()}}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
            "scheme": "http",
            "client": ("127.0.0.1", 50000),
            "http_version": "1.1",
        }
        return asyncio.get_running_loop().create_task(self._call(scope))

    async def _call(self, scope: Message) -> None:
        await self.pipeline.asgi(scope, self.receive, self.send)

    def body(self, piece: bytes, *, more: bool = False) -> None:
        self.to_app.put_nowait({"type": "http.request", "body": piece, "more_body": more})

    def leave(self) -> None:
        self.to_app.put_nowait({"type": "http.disconnect"})

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def is_complete(self) -> bool:
        return bool(self.sent) and not self.sent[-1].get("more_body", self.sent[-1]["type"] == "http.response.start")


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await test()

    asyncio.run(main())


async def until(is_true: Callable[[], bool]) -> None:
    while not is_true():
        await asyncio.sleep(0)


@pytest.fixture
def listens_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_UNOBSERVED_SECONDS", 0)


async def fail_half_way() -> AsyncIterator[str]:
    yield "half"
    raise LookupError("of the generator")


async def fail_at_once() -> AsyncIterator[str]:
    raise LookupError("of the generator")
    yield ""


def fail_half_way_in_a_worker() -> Iterator[str]:
    yield "half"
    raise LookupError("of the generator")


def app_that_streams(source: Callable[[], Any]) -> App:
    app = App("app")
    app.add_route("/", lambda: Stream(source(), content_type="text/plain"), name="index")
    return app


@pytest.mark.parametrize("source", [fail_half_way, fail_half_way_in_a_worker])
def test_a_stream_that_fails_half_way_is_cut_off_and_logged(
    source: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        server = Server(app_that_streams(source))
        with pytest.raises(AnswerCutOff):
            await server.call()
        assert (server.status, server.is_complete) == (200, False)
        await server.pipeline.pool.close()

    run(test)
    assert "LookupError: of the generator" in caplog.text


def test_a_stream_that_fails_before_its_first_piece_is_answered_as_an_error() -> None:
    async def test() -> None:
        server = Server(app_that_streams(fail_at_once))
        await server.call()
        assert (server.status, server.is_complete) == (500, True)

    run(test)


def test_an_empty_stream_is_an_answer() -> None:
    async def test() -> None:
        server = Server(app_that_streams(list))
        await server.call()
        assert (server.status, server.is_complete) == (200, True)
        await server.pipeline.pool.close()

    run(test)


def test_events_are_open_before_the_first_has_happened() -> None:
    async def test() -> None:
        app, happening = App("app"), asyncio.Event()

        @app.sse("/")
        async def events() -> AsyncIterator[Event]:
            await happening.wait()
            yield Event("one")

        server = Server(app)
        request = server.call()
        await until(lambda: len(server.sent) == 1)
        assert server.status == 200
        happening.set()
        await request
        assert server.is_complete

    run(test)


@pytest.mark.usefixtures("listens_at_once")
def test_a_client_that_leaves_ends_its_stream_and_closes_the_source() -> None:
    log: list[str] = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            log.append("closed")

    async def test() -> None:
        server = Server(app_that_streams(endless))
        request = server.call()
        await until(lambda: len(server.sent) > 3)
        server.leave()
        await request

    run(test)
    assert log == ["closed"]


def test_a_server_that_says_so_when_the_client_has_gone_is_believed(caplog: pytest.LogCaptureFixture) -> None:
    log: list[str] = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            log.append("closed")

    async def test() -> None:
        server = Server(app_that_streams(endless))

        async def send(message: Message) -> None:
            server.sent.append(message)
            if len(server.sent) == 3:
                raise OSError("the client has gone")

        server.send = send  # type: ignore[method-assign]  # a server of another temper
        await server.call()

    run(test)
    assert log == ["closed"]
    assert not caplog.records


@pytest.mark.usefixtures("listens_at_once")
def test_a_client_that_leaves_ends_a_handler_that_waits(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        app, waiting, log = App("app"), asyncio.Event(), list[str]()

        @app.get("/")
        async def wait() -> None:
            try:
                waiting.set()
                await asyncio.Event().wait()
            finally:
                log.append("cancelled")

        server = Server(app)
        request = server.call()
        await waiting.wait()
        server.body(b"")
        server.leave()
        await request
        assert (log, server.sent) == (["cancelled"], [])

    run(test)
    assert not caplog.records


@pytest.mark.usefixtures("listens_at_once")
def test_a_body_that_the_handler_reads_slowly_is_not_stolen_by_whoever_listens() -> None:
    async def test() -> None:
        app, reading = App("app"), asyncio.Semaphore(0)

        @app.post("/", stream=True)
        async def count(request: Request) -> dict[str, int]:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                reading.release()
            return {"size": size}

        server = Server(app)
        request = server.call("POST")
        for number in range(4):
            for _ in range(5):  # the listener has its chances
                await asyncio.sleep(0)
            server.body(b"x" * 10, more=number < 3)
            await reading.acquire()
        await request
        assert server.sent[1]["body"] == b'{"size":40}'

    run(test)


@pytest.mark.usefixtures("listens_at_once")
def test_after_its_body_was_read_a_client_that_leaves_is_noticed() -> None:
    async def test() -> None:
        app, waiting = App("app"), asyncio.Event()

        @app.post("/", stream=True)
        async def wait(request: Request) -> None:
            async for _ in request.stream():
                pass
            waiting.set()
            await asyncio.Event().wait()

        server = Server(app)
        request = server.call("POST")
        server.body(b"x")
        await waiting.wait()
        server.leave()
        await request
        assert server.sent == []

    run(test)


def test_a_disconnect_is_never_the_end_of_a_body() -> None:
    async def test() -> None:
        server = Server(App("app"))
        server.body(b"half", more=True)
        server.leave()
        seen = []

        async def read() -> None:
            transport = ASGITransport({}, server.receive, server.send)
            seen.extend([chunk async for chunk in transport])

        with pytest.raises(BodyInterrupted):
            await read()

    run(test)


@pytest.mark.parametrize(("status", "body"), [(204, b""), (304, b""), (200, b"body"), (404, b"body")])
def test_answers_that_have_no_body_get_none_and_others_their_length(status: int, body: bytes) -> None:
    async def test() -> None:
        app = App("app")

        @app.get("/")
        async def index() -> Response:
            response = Response("body")
            response.status = status
            return response

        for method in ("GET", "HEAD"):
            server = Server(app)
            await server.call(method)
            head, rest = server.sent
            lengths = [value for name, value in head["headers"] if name == b"content-length"]
            assert rest["body"] == (body if method == "GET" else b"")
            assert lengths == ([b"4"] if body else [])

    run(test)


def test_a_handler_cannot_say_where_its_answer_ends() -> None:
    async def test() -> None:
        app = App("app")
        lying = {"content-length": "2", "transfer-encoding": "chunked"}
        app.add_route("/", lambda: ("body", 200, lying), name="index")
        server = Server(app)
        await server.call()
        fields = dict(server.sent[0]["headers"])
        assert fields[b"content-length"] == b"4"
        assert b"transfer-encoding" not in fields

    run(test)


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "a.bin").write_bytes(b"0123456789" * 20_000)
        return tmp_path

    def app(self, folder: Path) -> App:
        app = App("app")
        app.add_route("/<name>", lambda name: send_file(folder, name), name="file")
        return app

    def test_a_file_is_sent_in_pieces_with_its_length(self, folder: Path, serve: Serve) -> None:
        response = serve(self.app(folder), "asgi").get("/a.bin")
        assert (response.status, response.headers["content-length"]) == (200, "200000")
        assert response.body == (folder / "a.bin").read_bytes()

    def test_a_range_is_sent_alone(self, folder: Path, serve: Serve) -> None:
        response = serve(self.app(folder), "asgi").get("/a.bin", headers={"range": "bytes=100003-100007"})
        assert (response.status, response.body) == (206, b"34567")

    def test_a_file_that_shrinks_meanwhile_cuts_the_answer_off(self, folder: Path) -> None:
        async def test() -> None:
            server = Server(self.app(folder))
            server.slow = asyncio.Event()
            request = server.call(path="/a.bin")
            await until(lambda: len(server.sent) == 1)
            (folder / "a.bin").write_bytes(b"short")
            server.slow.set()
            with pytest.raises(AnswerCutOff):
                await request
            assert not server.is_complete

        run(test)

    def test_a_file_that_is_replaced_meanwhile_is_sent_as_it_was(self, folder: Path) -> None:
        async def test() -> None:
            server = Server(self.app(folder))
            server.slow = asyncio.Event()
            request = server.call(path="/a.bin")
            await until(lambda: len(server.sent) == 1)
            (folder / "new").write_bytes(b"x" * 200_000)
            (folder / "new").replace(folder / "a.bin")
            server.slow.set()
            await request
            assert b"".join(message.get("body", b"") for message in server.sent) == b"0123456789" * 20_000

        run(test)

    @pytest.mark.usefixtures("listens_at_once")
    def test_a_client_that_leaves_ends_the_reading(self, folder: Path) -> None:
        async def test() -> None:
            server = Server(self.app(folder))
            server.slow = asyncio.Event()
            request = server.call(path="/a.bin")
            await until(lambda: len(server.sent) == 1)
            server.leave()
            await request
            assert len(server.sent) == 1

        run(test)

    def test_head_sends_no_byte_of_it(self, folder: Path, serve: Serve) -> None:
        response = serve(self.app(folder), "asgi").head("/a.bin")
        assert (response.headers["content-length"], response.body) == ("200000", b"")


def test_bytes_that_are_not_ascii_are_refused_as_over_rsgi() -> None:
    async def test() -> None:
        server = Server(App("app"))
        await server.call(x_name="é")
        assert server.status == 400

    run(test)


def test_start_up_and_shut_down_follow_the_servers_life() -> None:
    app, log = App("app"), list[str]()
    app.on_startup(lambda: log.append("start"))
    app.on_shutdown(lambda: log.append("stop"))

    async def test() -> None:
        server = Server(app)
        life = asyncio.ensure_future(server.pipeline.asgi({"type": "lifespan"}, server.receive, server.send))
        server.to_app.put_nowait({"type": "lifespan.startup"})
        server.to_app.put_nowait({"type": "lifespan.shutdown"})
        await life
        assert [message["type"] for message in server.sent] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]

    run(test)
    assert log == ["start", "stop"]


def test_a_start_that_fails_is_told_to_the_server() -> None:
    app = App("app")

    @app.on_startup
    def fail() -> None:
        raise LookupError("no database")

    async def test() -> None:
        server = Server(app)
        server.to_app.put_nowait({"type": "lifespan.startup"})
        with pytest.raises(LookupError, match="no database"):
            await server.pipeline.asgi({"type": "lifespan"}, server.receive, server.send)
        (told,) = server.sent
        assert told["type"] == "lifespan.startup.failed"
        assert "no database" in told["message"]

    run(test)


def test_another_kind_of_scope_is_refused() -> None:
    async def test() -> None:
        server = Server(App("app"))
        with pytest.raises(ValueError, match="'http3'"):
            await server.pipeline.asgi({"type": "http3"}, server.receive, server.send)

    run(test)


def test_a_test_client_raises_what_cut_an_answer_off(serve: Serve) -> None:
    with pytest.raises(LookupError, match="of the generator"):
        serve(app_that_streams(fail_half_way), "asgi", raise_server_errors=True).get("/")
    assert unhandled_errors.get() is None


@pytest.mark.usefixtures("listens_at_once")
def test_a_client_that_leaves_after_an_empty_body_is_noticed() -> None:
    async def test() -> None:
        app, started = App("app"), asyncio.Event()

        @app.post("/")
        async def index() -> None:
            started.set()
            await asyncio.Event().wait()

        server = Server(app)
        call = server.call("POST", content_length="0")
        await started.wait()
        server.leave()
        await call
        assert server.sent == []  # it was cancelled, or `call` would never have ended

    run(test)
