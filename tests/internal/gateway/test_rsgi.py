from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from demijohn.app import App
from demijohn.datastructures import FormData
from demijohn.gateway.rsgi_protocol import Fields
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.http.uploads import Files, UploadedFile
from demijohn.pipeline import watch
from demijohn.pipeline.pipeline import Pipeline
from demijohn.routing.markers import File, FormField

if TYPE_CHECKING:
    from tests.internal.gateway.conftest import Interface, Serve

BOTH = pytest.mark.parametrize("interface", ["rsgi", "asgi"])


class Headers:
    """Show a request's header fields as Granian does: what is not ASCII has a key and is no item."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def items(self) -> Fields:
        return [(name, value) for name, value in self._fields if value.isascii()]

    def keys(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in self._fields))


class Scope:
    proto = "http"
    http_version = "1.1"
    server = "127.0.0.1:8000"
    client = "127.0.0.1:50000"
    scheme = "http"
    query_string = ""

    def __init__(self, method: str, path: str, fields: Fields, *, authority: str | None = None, version: str = "1.1"):
        self.method = method
        self.path = path
        self.headers = Headers(fields)
        self.authority = authority
        self.http_version = version


class Protocol:
    """Take an answer as Granian does; the client is there until the test says otherwise."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.gone = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece

    async def client_disconnect(self) -> None:
        await self.gone.wait()

    def response_bytes(self, status: int, headers: Fields, body: bytes) -> None:
        self.answers.append((status, dict(headers), body))

    def response_file_range(self, status: int, headers: Fields, file: str, start: int, end: int) -> None:
        raise AssertionError("no file is sent here")

    def response_stream(self, status: int, headers: Fields) -> Any:
        raise AssertionError("nothing is streamed here")


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await test()

    asyncio.run(main())


async def call(
    pipeline: Pipeline,
    method: str = "GET",
    path: str = "/",
    *pieces: bytes,
    fields: Fields | None = None,
    authority: str | None = None,
    version: str = "1.1",
) -> tuple[int, dict[str, str], bytes]:
    protocol = Protocol(*pieces)
    fields = [("host", "testserver")] if fields is None else fields
    await pipeline.rsgi(Scope(method, path, fields, authority=authority, version=version), protocol)
    (answer,) = protocol.answers
    return answer


def echo() -> Pipeline:
    app = App("app")
    app.add_route("/", lambda request: request.headers.get("x-name", "none"), name="index")
    app.add_route("/body", lambda request: request.body, methods=["POST"], name="body")
    app.add_route("/host", lambda request: str(request.host), name="host")
    pipeline = app.freeze("test")
    pipeline.inline = True
    return pipeline


def test_an_answer_goes_out_whole() -> None:
    async def test() -> None:
        status, fields, body = await call(echo(), fields=[("host", "testserver"), ("x-name", "x")])
        assert (status, body, fields["x-content-type-options"]) == (200, b"x", "nosniff")

    run(test)


def test_a_field_that_cannot_be_read_is_refused_and_not_taken_for_absent() -> None:
    async def test() -> None:
        for fields in ([("x-name", "é")], [("cookie", "é")], [("x-name", "a"), ("x-other", "é")]):
            status, _, body = await call(echo(), fields=[("host", "testserver"), *fields])
            assert (status, b"header.malformed" in body) == (400, True)

    run(test)


def test_the_authority_of_the_target_is_the_host() -> None:
    async def test() -> None:
        assert (await call(echo(), path="/host", fields=[], authority="testserver", version="2"))[2] == b"testserver"
        other = await call(echo(), fields=[("host", "testserver")], authority="localhost")
        assert (other[0], b"host.malformed" in other[2]) == (400, True)

    run(test)


def test_head_is_answered_with_a_length_and_without_a_body() -> None:
    async def test() -> None:
        for path, status in (("/", 200), ("/nothing", 404)):
            answer = await call(echo(), "HEAD", path)
            assert (answer[0], answer[2]) == (status, b"")

    run(test)


@pytest.mark.parametrize(
    ("version", "length", "chunked", "pieces", "status"),
    [
        ("1.1", "3", False, (b"abc", b""), 200),
        ("1.1", "3", False, (b"ab", b"", b""), 400),
        ("1.1", None, True, (b"abc", b""), 200),
        ("1.1", None, True, (b"abc", b"", b""), 400),
        ("2", "3", False, (b"ab",) + (b"",) * 100, 400),
        ("2", None, False, (b"abc", b"", b""), 200),
        ("2", None, False, (b"abc",) + (b"",) * 100, 400),
    ],
)
def test_a_body_that_broke_off_is_told_from_one_that_ended(
    version: str, length: str | None, chunked: bool, pieces: tuple[bytes, ...], status: int
) -> None:
    async def test() -> None:
        fields = [("host", "testserver")]
        fields += [("content-length", length)] if length is not None else []
        fields += [("transfer-encoding", "chunked")] if chunked else []
        answer = await call(echo(), "POST", "/body", *pieces, fields=fields, version=version)
        assert answer[0] == status
        if status == 200:
            assert answer[2] == b"abc"

    run(test)


def test_a_client_that_leaves_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_UNOBSERVED_SECONDS", 0)

    async def test() -> None:
        app, waiting, log = App("app"), asyncio.Event(), list[str]()

        @app.get("/")
        async def wait() -> None:
            try:
                waiting.set()
                await asyncio.Event().wait()
            finally:
                log.append("cancelled")

        protocol = Protocol()
        gateway = app.freeze("test").rsgi
        request = asyncio.ensure_future(gateway(Scope("GET", "/", [("host", "testserver")]), protocol))
        await waiting.wait()
        protocol.gone.set()
        await request
        assert (log, protocol.answers) == (["cancelled"], [])

    run(test)


Upload = Annotated[UploadedFile, File()]


@BOTH
@pytest.mark.parametrize("world", ["blocking", "async"])
@pytest.mark.parametrize("end", ["answer", "error", "refusal"])
def test_uploaded_files_are_closed_when_the_request_has_ended(
    end: str, world: str, interface: Interface, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[UploadedFile] = []
    keep_form = Request.keep_form

    def note(request: Request, form: FormData, files: Files) -> None:
        opened.extend(files["doc"])
        keep_form(request, form, files)

    monkeypatch.setattr(Request, "keep_form", note)

    def answer(doc: UploadedFile) -> bytes:
        if end == "error":
            raise LookupError("of the handler")
        return doc.read()

    def in_worker(doc: Upload, number: Annotated[int, FormField()]) -> bytes:
        return answer(doc)

    async def on_loop(doc: Upload, number: Annotated[int, FormField()]) -> bytes:
        return answer(doc)

    app = App("app")
    app.add_route("/", on_loop if world == "async" else in_worker, methods=["POST"], name="upload")
    form = {"number": "none" if end == "refusal" else "7"}
    response = serve(app, interface).post("/", form=form, files={"doc": ("a.txt", b"hello", "text/plain")})
    assert response.status == {"answer": 200, "error": 500, "refusal": 422}[end]
    assert [upload.file.closed for upload in opened] == [True]


@BOTH
def test_middleware_may_replace_an_answer(interface: Interface, serve: Serve) -> None:
    app = App("app")
    app.add_route("/", lambda: "body", name="index")

    @app.middleware
    async def replace(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        return Response(response.body.upper(), 203)

    response = serve(app, interface).get("/")
    assert (response.status, response.text) == (203, "BODY")
