"""Promise: `def` runs in a worker, `async def` on the loop, and a request is one story whichever it passes through."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Literal

import pytest

from demijohn import App, Request, Response, Stream, abort, request, session
from demijohn.testing import AsyncClient

Interface = Literal["rsgi", "asgi"]

both_worlds = pytest.mark.parametrize("world", ["def", "async"])
both_hooks = pytest.mark.parametrize("hook_world", ["def", "async"])
colour: ContextVar[str] = ContextVar("colour", default="none")


class WithWorkers:
    """Freeze an app so that its `def` handlers run in workers, as a server runs them; the client's own run inline."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.inline = False

    def freeze(self, mode: Any, *, config: Mapping[str, object] | None, private: bool) -> Any:
        self._pipeline = self._app.freeze(mode, config=config)
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pipeline, name)


@asynccontextmanager
async def served(app: App, interface: Interface, **config: object) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(WithWorkers(app), interface=interface, config=config, raise_server_errors=False) as client:
        yield client


def here() -> str:
    return threading.current_thread().name


def add(app: App, path: str, world: str, call: Any) -> None:
    """Register a plain function as a handler of the wanted world."""

    async def on_the_loop(request: Request) -> object:
        return call(request)

    def in_a_worker(request: Request) -> object:
        return call(request)

    app.add_route(path, in_a_worker if world == "def" else on_the_loop, methods=["GET", "POST"], name="handler")


def add_hook(register: Any, world: str, call: Any) -> None:
    def in_a_worker() -> object:
        return call()

    async def on_the_loop() -> object:
        return call()

    register(in_a_worker if world == "def" else on_the_loop)


@both_worlds
async def test_the_handler_decides_where_it_runs(interface: Interface, world: str) -> None:
    app = App(__name__)
    add(app, "/", world, lambda request: here())
    async with served(app, interface) as client:
        name = (await client.get("/")).text
    assert (name == here()) is (world == "async")


@both_worlds
@both_hooks
async def test_hooks_of_the_other_world_run_in_it(interface: Interface, world: str, hook_world: str) -> None:
    app = App(__name__)
    places: dict[str, str] = {}

    def note(name: str) -> Any:
        return lambda: places.update({name: here()})

    add(app, "/", world, lambda request: places.update(handler=here()))
    for name, register in [
        ("before", app.before_request),
        ("after", app.after_request),
        ("start", app.on_startup),
        ("stop", app.on_shutdown),
    ]:
        add_hook(register, hook_world, note(name))
    async with served(app, interface) as client:
        await client.get("/")
    assert (places.pop("handler") == here()) is (world == "async")
    assert {name: place == here() for name, place in places.items()} == dict.fromkeys(
        ("before", "after", "start", "stop"), hook_world == "async"
    )


@both_worlds
@both_hooks
async def test_an_error_handler_of_the_other_world_hops(interface: Interface, world: str, hook_world: str) -> None:
    app = App(__name__)
    add(app, "/", world, lambda request: abort(404))
    add_hook(app.error_handler(404), hook_world, here)
    async with served(app, interface) as client:
        name = (await client.get("/")).text
    assert (name == here()) is (hook_world == "async")


@both_worlds
@both_hooks
async def test_request_and_session_are_there_in_both_worlds(interface: Interface, world: str, hook_world: str) -> None:
    app = App(__name__)
    add(app, "/", world, lambda r: [r is not None, request.path, session["visits"]])

    def visit() -> None:
        session["visits"] = int(str(session.get("visits", 0))) + 1

    add_hook(app.before_request, hook_world, visit)

    async with served(app, interface) as client:
        await client.get("/")
        assert (await client.get("/")).json() == [True, "/", 2]


@both_worlds
@both_hooks
async def test_context_variables_travel_from_hook_to_handler_to_hook(
    interface: Interface, world: str, hook_world: str
) -> None:
    app = App(__name__)
    seen: list[str] = []

    def before() -> None:
        colour.set("red")

    def handle(request: Request) -> str:
        seen.append(colour.get())
        colour.set("blue")
        return ""

    add(app, "/", world, handle)
    add_hook(app.before_request, hook_world, before)
    add_hook(app.after_request, hook_world, lambda: seen.append(colour.get()))
    async with served(app, interface) as client:
        await client.get("/")
    assert seen == ["red", "blue"]
    assert colour.get() == "none"


@both_worlds
async def test_context_variables_travel_through_middleware(interface: Interface, world: str) -> None:
    app = App(__name__)
    seen: list[str] = []

    @app.middleware
    async def paint(request: Request, call_next: Any) -> Response:
        colour.set("red")
        response: Response = await call_next(request)
        seen.append(colour.get())
        return response

    def handle(request: Request) -> str:
        was = colour.get()
        colour.set("blue")
        return was

    add(app, "/", world, handle)
    async with served(app, interface) as client:
        assert (await client.get("/")).text == "red"
    assert seen == ["blue"]


@both_worlds
async def test_context_variables_travel_into_a_stream(interface: Interface, world: str) -> None:
    app = App(__name__)

    def handle(request: Request) -> Stream:
        colour.set("red")
        return Stream(f"{colour.get()} {request.path}" for _ in range(1))

    add(app, "/", world, handle)
    async with served(app, interface) as client:
        assert (await client.get("/")).text == "red /"


@both_worlds
async def test_context_variables_of_one_request_do_not_reach_another(interface: Interface, world: str) -> None:
    app = App(__name__)

    def handle(request: Request) -> str:
        was = colour.get()
        colour.set("blue")
        return was

    add(app, "/", world, handle)
    async with served(app, interface, worker_threads=1) as client:
        assert [(await client.get("/")).text for _ in range(3)] == ["none"] * 3


async def test_requests_in_workers_run_side_by_side(interface: Interface) -> None:
    app = App(__name__)
    meeting = threading.Barrier(3, timeout=5)

    @app.get("/<int:n>")
    def meet(n: int) -> str:
        meeting.wait()
        return str(n)

    async with served(app, interface, worker_threads=3) as client:
        answers = await asyncio.gather(*(client.get(f"/{n}") for n in range(3)))
    assert [answer.text for answer in answers] == ["0", "1", "2"]


async def test_no_more_threads_work_than_were_asked_for(interface: Interface) -> None:
    app = App(__name__)
    names: set[str] = set()

    @app.get("/")
    def note() -> str:
        names.add(here())
        return ""

    async with served(app, interface, worker_threads=2) as client:
        await asyncio.gather(*(client.get("/") for _ in range(20)))
    assert 1 <= len(names) <= 2


async def test_beyond_the_queue_the_answer_is_503_at_once(interface: Interface) -> None:
    app = App(__name__)
    release = threading.Event()
    started = threading.Event()

    @app.get("/slow")
    def slow() -> str:
        started.set()
        release.wait(5)
        return "done"

    @app.get("/loop")
    async def loop() -> str:
        return "free"

    async with served(app, interface, worker_threads=1, worker_queue=2) as client:
        waiting = [asyncio.create_task(client.get("/slow")) for _ in range(3)]
        await asyncio.to_thread(started.wait, 5)
        refused = await client.get("/slow")
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert (await client.get("/loop")).text == "free"
        release.set()
        assert [response.text for response in await asyncio.gather(*waiting)] == ["done"] * 3
        assert (await client.get("/slow")).text == "done"


async def test_streams_of_plain_generators_take_no_worker_from_the_handlers(interface: Interface) -> None:
    app = App(__name__)
    release = threading.Event()

    @app.sse("/events")
    def events() -> Iterator[str]:
        yield "first"
        release.wait(5)

    @app.get("/")
    def index() -> str:
        return "free"

    async with (
        served(app, interface, worker_threads=1, worker_queue=0, stream_threads=2) as client,
        client.stream("GET", "/events") as one,
        client.stream("GET", "/events") as two,
    ):
        for stream in (one, two):
            event = await stream.read_event()
            assert event is not None
            assert event.data == "first"
        assert (await client.get("/")).text == "free"
        release.set()


async def test_an_async_handler_is_cancelled_when_its_client_leaves(interface: Interface) -> None:
    app = App(__name__)
    waiting, ended = asyncio.Event(), asyncio.Event()
    log: list[str] = []

    @app.get("/")
    async def wait() -> str:
        waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        finally:
            log.append("cleaned up")
            ended.set()
        return "never"

    async with served(app, interface) as client:
        asking = asyncio.create_task(client.get("/"))
        await waiting.wait()
        asking.cancel()
        await asyncio.wait([asking])
        await ended.wait()
    assert log == ["cancelled", "cleaned up"]


async def test_a_def_handler_goes_on_when_its_client_leaves(interface: Interface) -> None:
    app = App(__name__)
    started, release, ended = threading.Event(), threading.Event(), threading.Event()

    @app.get("/")
    def work() -> str:
        started.set()
        release.wait(5)
        ended.set()
        return "done"

    async with served(app, interface) as client:
        asking = asyncio.create_task(client.get("/"))
        await asyncio.to_thread(started.wait, 5)
        asking.cancel()
        await asyncio.wait([asking])
        release.set()
        assert await asyncio.to_thread(ended.wait, 5)
        assert (await client.get("/")).text == "done"


async def test_waiting_handlers_do_not_hold_each_other_up(interface: Interface) -> None:
    app = App(__name__)
    bell = asyncio.Event()

    @app.get("/wait")
    async def wait() -> str:
        await bell.wait()
        return "rung"

    @app.get("/ring")
    async def ring() -> str:
        bell.set()
        return "ringing"

    async with served(app, interface) as client:
        answers = await asyncio.gather(client.get("/wait"), client.get("/wait"), client.get("/ring"))
    assert [answer.text for answer in answers] == ["rung", "rung", "ringing"]


@both_worlds
async def test_an_exception_in_either_world_is_one_500(
    interface: Interface, world: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = App(__name__)

    def fail(request: Request) -> str:
        raise StopIteration("odd")

    add(app, "/", world, fail)
    async with served(app, interface) as client:
        assert (await client.get("/")).status == 500
    assert len([record for record in caplog.records if record.name.startswith("demijohn")]) == 1


async def test_shut_down_waits_for_the_last_request_in_a_worker(interface: Interface) -> None:
    app = App(__name__)
    started, release = threading.Event(), threading.Event()
    log: list[str] = []
    others = {*threading.enumerate()}

    @app.get("/")
    def work() -> str:
        started.set()
        release.wait(5)
        log.append("worked")
        return "done"

    async with served(app, interface) as client:
        asking = asyncio.create_task(client.get("/"))
        await asyncio.to_thread(started.wait, 5)
        closing = asyncio.create_task(client.close())
        release.set()
        assert (await asking).text == "done"
        await closing
    assert log == ["worked"]
    assert not [thread for thread in {*threading.enumerate()} - others if thread.name.startswith("demijohn-")]
