from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

import pytest

from demijohn.app import App
from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.pipeline.endpoint import CallNext
from demijohn.pipeline.unmatched import Mount
from demijohn.security.cors import Cors

if TYPE_CHECKING:
    from tests.internal.pipeline.conftest import Start

Message = MutableMapping[str, Any]
Site = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


def site_called(name: str) -> Site:
    async def site(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        text = f"{name} {scope['root_path']} {scope['path']}"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": text.encode()})

    return site


def notes() -> App:
    app = App("app")
    app.add_route("/notes", lambda: "list", name="list")
    app.add_route("/notes", lambda: "create", methods=["POST"], name="create")
    app.add_route("/notes/<int:number>", lambda number: str(number), name="show")
    return app


def test_an_unknown_path_is_a_404_that_does_not_repeat_it(start: Start) -> None:
    response = start(notes(), browser=False).get("/xyzzy")
    assert (response.status, response.json()["code"], "xyzzy" in response.text) == (404, "http.not_found", False)


def test_another_method_is_a_405_that_names_those_there_are(start: Start) -> None:
    response = start(notes()).delete("/notes")
    assert (response.status, set(response.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST", "OPTIONS"})


def test_options_are_answered_for_every_path(start: Start) -> None:
    client = start(notes())
    response = client.options("/notes/1")
    assert (response.status, set(response.headers["allow"].split(", "))) == (204, {"GET", "HEAD", "OPTIONS"})
    assert client.options("/nothing").status == 404


def test_the_other_spelling_of_a_path_is_redirected_with_its_query(start: Start) -> None:
    response = start(notes()).get("/notes/7/?a=1&b=2")
    assert (response.status, response.headers["location"]) == (308, "/notes/7?a=1&b=2")


def test_hooks_and_error_handlers_of_the_app_stand_around_a_404(start: Start) -> None:
    app, log = notes(), list[str]()
    app.error_handler(404)(lambda error: {"code": error.code})
    app.after_request(lambda response: log.append(f"after {response.status}"))

    @app.middleware
    async def wrapper(request: Request, call_next: CallNext) -> Response:
        log.append("middleware")
        return await call_next(request)

    response = start(app).get("/nothing")
    assert (response.status, response.json()) == (404, {"code": "http.not_found"})
    assert log == ["middleware", "after 404"]


def test_a_body_that_nobody_wants_is_not_read(start: Start) -> None:
    assert start(notes()).post("/nothing", body=b"x" * 10_000_000).status == 404


@pytest.mark.parametrize(
    ("prefix", "path", "covered"),
    [
        ("/old", "/old", True),
        ("/old", "/old/", True),
        ("/old", "/old/page", True),
        ("/old", "/oldest", False),
        ("/old", "/", False),
        ("", "/", True),
        ("", "/any/thing", True),
    ],
)
def test_a_mount_covers_what_lies_below_its_prefix(prefix: str, path: str, covered: bool) -> None:
    assert Mount(prefix, site_called("x"), plain=True).covers(path) is covered


def test_routes_win_over_mounts_and_longer_prefixes_over_shorter_ones(start: Start) -> None:
    app = notes()
    for prefix in ("/", "/old", "/old/shop"):
        app.mount(prefix, site_called(f"at {prefix}"))
    client = start(app)
    told = [client.get(path).text for path in ("/notes", "/old/shop/x", "/old/x", "/elsewhere")]
    assert told == ["list", "at /old/shop /old/shop /old/shop/x", "at /old /old /old/x", "at /  /elsewhere"]
    assert client.delete("/notes").text == "at /  /notes", "a method that no route answers is the mount's"


@pytest.mark.parametrize(("guard", "status"), [("plain", 200), ("full", 403)])
def test_a_mount_decides_whether_our_csrf_check_guards_it(
    guard: Literal["plain", "full"], status: int, start: Start
) -> None:
    app = App("app")
    app.mount("/old", site_called("old"), guard=guard)
    client = start(app)
    cross_site = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert client.post("/old/form", body=b"a=1", headers=cross_site).status == status
    assert client.post("/old/form", body=b"a=1").status == 200


def test_a_preflight_is_answered_without_a_route_of_its_own(start: Start) -> None:
    app = App("app", cors=Cors(["https://a.example"]))
    app.add_route("/notes", lambda: "", methods=["PUT"], name="put")
    asked = {"origin": "https://a.example", "access-control-request-method": "PUT", "sec-fetch-site": "cross-site"}
    response = start(app).options("/notes", headers=asked)
    assert (response.status, response.headers["access-control-allow-origin"]) == (204, "https://a.example")


def test_the_health_answer_passes_no_code_of_the_project(start: Start) -> None:
    app = notes()

    @app.before_request
    def fail() -> None:
        raise HTTPError(503)

    @app.middleware
    async def fail_as_well(request: Request, call_next: CallNext) -> Response:
        raise HTTPError(503)

    client = start(app)
    assert (client.get("/up").status, client.head("/up").status) == (200, 200)
    assert client.get("/notes").status == 503
