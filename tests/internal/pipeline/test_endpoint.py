from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from demijohn.app import App
from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.http.response import Response, Stream
from demijohn.pipeline.endpoint import CallNext
from demijohn.sessions.session import Session
from demijohn.testing import AsyncClient

if TYPE_CHECKING:
    from tests.internal.pipeline.conftest import MakeRequest, Start

WORLDS = pytest.mark.parametrize("world", ["blocking", "async"])


class Mistake(Exception):
    pass


def here() -> str:
    return threading.current_thread().name


def handler_of(world: str, body: Callable[[], object]) -> Callable[..., Any]:
    """Return a handler of one of the two worlds that returns, or raises, what `body` does."""

    async def on_loop() -> object:
        return body()

    def in_worker() -> object:
        return body()

    return on_loop if world == "async" else in_worker


def fail() -> object:
    raise Mistake("of the handler")


def noting(log: list[str], text: str, result: object = None) -> Callable[[], object]:
    """Return a function that writes to the log and returns `result`."""

    def note() -> object:
        log.append(text)
        return result

    return note


def test_a_worker_sends_the_answer_itself(make_request: MakeRequest) -> None:
    app = App("app")
    app.add_route("/", lambda: here(), name="index")
    sent: list[tuple[str, int, bytes]] = []

    async def main() -> None:
        pipeline = app.freeze("test")
        request = make_request()
        request.answer = lambda status, fields, body: sent.append((here(), status, body))
        assert await pipeline.admit(request, None).respond(request) is None
        await pipeline.pool.close()

    asyncio.run(main())
    assert sent == [("demijohn-1", 200, b"demijohn-1")]


def test_what_a_worker_cannot_send_comes_back_to_the_loop(make_request: MakeRequest) -> None:
    app = App("app")
    app.add_route("/", lambda: Stream([b"piece"]), name="index")

    async def main() -> None:
        pipeline = app.freeze("test")
        request = make_request()
        request.answer = lambda *_: pytest.fail("a stream was sent as a whole")
        response = await pipeline.admit(request, None).respond(request)
        assert isinstance(response, Stream)
        assert response.fields
        await pipeline.pool.close()

    asyncio.run(main())


@pytest.mark.parametrize("hook_world", ["blocking", "async"])
@WORLDS
def test_hooks_stand_around_the_handler_whatever_its_world(world: str, hook_world: str, start: Start) -> None:
    app, log = App("app"), list[str]()
    app.add_route("/", handler_of(world, noting(log, "handler", "body")), name="index")
    for name in ("first", "second"):
        app.before_request(handler_of(hook_world, noting(log, f"before {name}")))
        app.after_request(handler_of(hook_world, noting(log, f"after {name}")))
    assert start(app).get("/").text == "body"
    assert log == ["before first", "before second", "handler", "after first", "after second"]


@WORLDS
def test_a_hook_may_answer_instead_of_the_handler_and_another_may_change_that(world: str, start: Start) -> None:
    app = App("app")
    app.add_route("/", handler_of(world, fail), name="index")
    app.before_request(lambda: ("early", 202))
    app.after_request(lambda response: f"{response.text}, changed")
    response = start(app).get("/")
    assert (response.status, response.text) == (202, "early, changed")


@pytest.mark.parametrize("error_world", ["blocking", "async"])
@WORLDS
def test_an_error_handler_of_either_world_answers_once_and_hooks_run_once(
    world: str, error_world: str, start: Start
) -> None:
    app, log = App("app"), list[str]()
    app.add_route("/", handler_of(world, fail), name="index")

    def sorry() -> object:
        log.append(f"error in {here()}")
        return "sorry", 418

    app.error_handler(Mistake)(handler_of(error_world, sorry))
    app.after_request(noting(log, "after"))
    response = start(app).get("/")
    assert (response.status, response.text) == (418, "sorry")
    expected = threading.main_thread().name if error_world == "async" else "demijohn-1"
    assert log == [f"error in {expected}", "after"]


@pytest.mark.parametrize("hook_world", ["blocking", "async"])
@pytest.mark.parametrize("error_world", ["blocking", "async", "none"])
@WORLDS
def test_a_mistake_in_an_after_hook_is_answered_like_a_handlers_and_no_hook_runs_twice(
    world: str, error_world: str, hook_world: str, start: Start
) -> None:
    app, log = App("app"), list[str]()
    app.add_route("/", handler_of(world, lambda: "body"), name="index")

    def note_and_fail() -> None:
        log.append("hook")
        raise Mistake("of the hook")

    app.after_request(noting(log, "first"))
    app.after_request(handler_of(hook_world, note_and_fail))
    if error_world != "none":
        app.error_handler(Mistake)(handler_of(error_world, lambda: ("sorry", 418)))
    assert start(app).get("/").status == (500 if error_world == "none" else 418)
    assert log == ["first", "hook"]


@pytest.mark.parametrize("error_world", ["blocking", "async"])
@WORLDS
def test_a_mistake_in_an_error_handler_ends_in_our_own_words(
    world: str, error_world: str, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    app, asked = App("app"), list[str]()

    def fail_as_well() -> object:
        asked.append("asked")
        raise LookupError("of the error handler")

    app.add_route("/", handler_of(world, fail), name="index")
    app.error_handler(Mistake, LookupError, 500)(handler_of(error_world, fail_as_well))
    response = start(app, browser=False).get("/")
    assert (response.status, response.json()["code"]) == (500, "http.server_error")
    assert "content-security-policy" in response.headers
    assert asked == ["asked"]
    assert [record.exc_info[1].__class__ for record in caplog.records if record.exc_info] == [LookupError]


@WORLDS
def test_a_runtime_error_of_a_handler_is_no_broken_body(world: str, start: Start) -> None:
    app = App("app")

    def fail_so() -> object:
        raise RuntimeError("the handler's own")

    app.add_route("/", handler_of(world, fail_so), methods=["POST"], name="index")
    assert start(app).post("/", body=b"whole").status == 500


@pytest.mark.parametrize("error_world", ["async", "none"])
def test_more_requests_than_the_pool_takes_are_told_to_come_back(error_world: str, start: Start) -> None:
    app, arrived, opened = App("app"), threading.Event(), threading.Event()

    @app.get("/slow")
    def slow() -> str:
        arrived.set()
        assert opened.wait(10)
        return "slow"

    @app.get("/quick")
    def quick() -> str:
        return "quick"

    if error_world == "async":

        @app.error_handler(503)
        async def busy() -> tuple[str, int]:
            return "shaped", 503

    client = start(app, config={"worker_threads": 1, "worker_queue": 0}, browser=False)
    with client.stream("GET", "/quick"):
        pass
    loop = client._driver._loop
    waiting = loop.create_task(client._visitor.request("GET", "/slow", {}, follow_redirects=False))
    loop.run_until_complete(asyncio.to_thread(arrived.wait, 10))
    response = client.get("/quick")
    assert (response.status, response.headers["retry-after"]) == (503, "1")
    assert response.text == "shaped" if error_world == "async" else response.json()["code"] == "server.busy"
    opened.set()
    assert loop.run_until_complete(waiting).text == "slow"
    assert client.get("/quick").text == "quick"


@WORLDS
def test_middleware_wraps_handlers_of_both_worlds_and_their_errors(world: str, start: Start) -> None:
    app, log = App("app"), list[str]()
    app.add_route("/", handler_of(world, lambda: "body"), name="index")
    app.add_route("/fail", handler_of(world, fail), name="fail")

    for name in ("outer", "inner"):

        async def wrapper(request: Request, call_next: CallNext, name: str = name) -> Response:
            log.append(f"into {name}")
            response = await call_next(request)
            log.append(f"out of {name} with {response.status}")
            return response

        app.middleware(wrapper)
    client = start(app)
    assert client.get("/").text == "body"
    assert client.get("/fail").status == 500
    assert log == [
        *("into outer", "into inner", "out of inner with 200", "out of outer with 200"),
        *("into outer", "into inner", "out of inner with 500", "out of outer with 500"),
    ]


@WORLDS
def test_a_mistake_in_middleware_is_answered_like_a_handlers(world: str, start: Start) -> None:
    app = App("app")
    app.add_route("/", handler_of(world, lambda: "body"), name="index")
    app.error_handler(Mistake)(lambda error: (f"sorry for the mistake {error}", 418))

    @app.middleware
    async def wrapper(request: Request, call_next: CallNext) -> Response:
        await call_next(request)
        raise Mistake("of the middleware")

    response = start(app).get("/")
    assert (response.status, response.text) == (418, "sorry for the mistake of the middleware")


def test_middleware_that_forgets_to_return_is_told_so(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    app = App("app")
    app.add_route("/", lambda: "body", name="index")

    async def forgetful(request: Request, call_next: CallNext) -> None:
        await call_next(request)

    app.middleware(forgetful)
    assert start(app).get("/").status == 500
    assert "return await call_next(request)" in caplog.text


@WORLDS
def test_context_variables_of_a_hook_reach_the_handler_and_the_hooks_after_it(world: str, start: Start) -> None:
    app, variable = App("app"), ContextVar[list[str]]("variable")

    @app.before_request
    def set_variable() -> None:
        variable.set(["set before"])

    def see() -> str:
        variable.get().append("seen")
        return "body"

    app.add_route("/", handler_of(world, see), name="index")
    app.after_request(lambda response: ", ".join(variable.get()))
    assert start(app).get("/").text == "set before, seen"


@WORLDS
def test_a_session_that_cannot_be_kept_is_an_error_and_no_silence(
    world: str, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    app = App("app")

    if world == "async":

        @app.get("/")
        async def index(session: Session) -> str:
            session["large"] = "x" * 10_000
            return "kept"
    else:

        @app.get("/")
        def index_in_worker(session: Session) -> str:
            session["large"] = "x" * 10_000
            return "kept"

    response = start(app).get("/")
    assert (response.status, "set-cookie" in response.headers) == (500, False)
    assert "'large'" in caplog.text


def test_a_token_cannot_be_in_a_body_that_is_not_read(start: Start) -> None:
    app = App("app")

    @app.get("/session")
    def begin(session: Session) -> str:
        session["seen"] = 1
        return ""

    @app.post("/upload", stream=True)
    async def upload(request: Request) -> str:
        return "".join([chunk.decode() async for chunk in request.stream()])

    client = start(app)
    client.get("/session")
    bare = {"sec-fetch-site": None, "origin": None}
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        headers = {**bare, "content-type": content_type}
        response = client.post("/upload", body=b"csrf_token=x", headers=headers)
        assert (response.status, response.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert client.post("/upload", body=b"with evidence").text == "with evidence"


@WORLDS
def test_head_gets_what_get_would_without_its_body(world: str, start: Start) -> None:
    app = App("app")
    app.add_route("/", handler_of(world, lambda: "body"), name="index")
    response = start(app).head("/")
    assert (response.status, response.headers["content-length"], response.body) == (200, "4", b"")


def test_a_client_that_leaves_gets_no_answer_and_middleware_cleans_up(caplog: pytest.LogCaptureFixture) -> None:
    app, log, waiting = App("app"), list[str](), asyncio.Event()

    @app.middleware
    async def wrapper(request: Request, call_next: CallNext) -> Response:
        try:
            return await call_next(request)
        finally:
            log.append("middleware")

    @app.get("/")
    async def wait() -> str:
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            log.append("handler")
        return ""

    async def main() -> None:
        async with AsyncClient(app, raise_server_errors=False) as client:
            request = asyncio.ensure_future(client.get("/"))
            await waiting.wait()
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request
            while len(log) < 2:
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(main(), 10))
    assert log == ["handler", "middleware"]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_refusal_before_the_handler_passes_error_handlers_and_hooks(start: Start) -> None:
    log: list[str] = []

    class Closed:
        def check(self, request: Request) -> None:
            raise HTTPError(401, code="door.closed")

    app = App("app", guard=Closed())
    app.add_route("/", lambda: "never", name="index")
    app.error_handler(HTTPError)(lambda error: {"code": error.code})
    app.after_request(noting(log, "after"))
    response = start(app).get("/")
    assert (response.status, response.json(), log) == (401, {"code": "door.closed"}, ["after"])


def test_an_async_generator_that_a_handler_returns_is_explained(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    app = App("app")

    async def generate() -> AsyncIterator[bytes]:
        yield b""

    app.add_route("/", lambda: generate(), name="index")
    assert start(app).get("/").status == 500
    assert "Stream(" in caplog.text
