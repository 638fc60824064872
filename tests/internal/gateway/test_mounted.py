from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Literal

import pytest

from demijohn.app import App
from demijohn.gateway.asgi import AnswerCutOff
from demijohn.gateway.mounted import body_receiver
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.pipeline.endpoint import CallNext

if TYPE_CHECKING:
    from tests.internal.gateway.conftest import Interface, Serve

Message = MutableMapping[str, Any]
BOTH = pytest.mark.parametrize("interface", ["rsgi", "asgi"])


class Site:
    """Be an ASGI application that keeps its scope and body, and answers with the fields it is given."""

    def __init__(self, *fields: tuple[bytes, bytes], fails: str = "") -> None:
        self.fields = fields
        self.fails = fails
        self.scope: Message = {}
        self.body = b""

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self.scope = scope
        while (message := await receive())["type"] == "http.request":
            self.body += message["body"]
            if not message["more_body"]:
                break
        if self.fails == "before":
            raise LookupError("of the site")
        await send({"type": "http.response.start", "status": 200, "headers": [*self.fields]})
        if self.fails == "after":
            raise LookupError("of the site")
        await send({"type": "http.response.body", "body": b"site"})

    def header(self, name: bytes) -> bytes | None:
        return dict(self.scope["headers"]).get(name)


def app_with(site: Site, *, guard: Literal["plain", "full"] = "plain") -> App:
    app = App("app")
    app.mount("/old", site, guard=guard)
    return app


@BOTH
def test_a_site_sees_the_request_below_its_prefix(interface: Interface, serve: Serve) -> None:
    site = Site()
    response = serve(app_with(site), interface).post("/old/caf%C3%A9?a=1", body=b"x" * 200_000)
    assert (response.status, response.text) == (200, "site")
    assert (site.scope["method"], site.scope["path"], site.scope["root_path"]) == ("POST", "/old/café", "/old")
    assert (site.scope["raw_path"], site.scope["query_string"]) == (b"/old/caf%C3%A9", b"a=1")
    assert (site.scope["type"], site.scope["scheme"], site.scope["http_version"]) == ("http", "http", "1.1")
    assert site.scope["client"][0] == "127.0.0.1"
    assert site.header(b"host") == b"testserver"
    assert site.body == b"x" * 200_000


@BOTH
def test_fields_that_only_proxies_may_send_do_not_reach_a_site(interface: Interface, serve: Serve) -> None:
    site = Site()
    client = serve(app_with(site), interface)
    client.get("/old", headers={"x-forwarded-for": "1.2.3.4", "x_forwarded_for": "1.2.3.4", "x-kept": "yes"})
    assert (site.header(b"x-forwarded-for"), site.header(b"x_forwarded_for")) == (None, None)
    assert site.header(b"x-kept") == b"yes"


@BOTH
def test_a_site_gets_the_plain_security_headers_unless_it_has_its_own(interface: Interface, serve: Serve) -> None:
    site = Site((b"X-Frame-Options", b"SAMEORIGIN"), (b"content-type", b"text/html"))
    headers = serve(app_with(site), interface).get("/old").headers
    assert (headers["x-content-type-options"], headers.getlist("x-frame-options")) == ("nosniff", ["SAMEORIGIN"])
    assert "content-security-policy" not in headers
    assert "content-security-policy" in serve(app_with(site, guard="full"), interface).get("/old").headers


@BOTH
def test_a_site_that_fails_before_it_answers_is_a_500_of_ours(interface: Interface, serve: Serve) -> None:
    response = serve(app_with(Site(fails="before")), interface).get("/old")
    assert (response.status, response.json()["code"]) == (500, "http.server_error")


def test_over_asgi_a_site_that_fails_half_way_is_cut_off(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError) as broken:
        serve(app_with(Site(fails="after")), "asgi").get("/old")
    assert isinstance(broken.value.__cause__, AnswerCutOff)
    assert "of the site" in caplog.text


@BOTH
def test_hooks_and_middleware_add_to_what_a_site_answers(interface: Interface, serve: Serve) -> None:
    app = app_with(Site((b"x-name", b"site")))

    @app.middleware
    async def add(request: Request, call_next: CallNext) -> Response:
        response = await call_next(request)
        response.headers["x-added"] = "by middleware"
        return response

    @app.after_request
    def set_cookie(response: Response) -> None:
        response.set_cookie("seen", "yes")

    response = serve(app, interface).get("/old")
    assert (response.headers["x-name"], response.headers["x-added"]) == ("site", "by middleware")
    assert response.headers["set-cookie"].startswith("seen=yes")


@BOTH
def test_a_hook_may_answer_instead_of_a_site(interface: Interface, serve: Serve) -> None:
    app = app_with(Site())
    app.after_request(lambda response: ("closed for repairs", 503))
    response = serve(app, interface).get("/old")
    assert (response.status, response.text) == (503, "closed for repairs")


async def pieces(*found: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in found:
        yield piece
    if error is not None:
        raise error


def test_a_body_ends_with_a_message_of_its_own_and_then_waits_for_the_client_to_leave() -> None:
    async def main() -> list[Message]:
        gone = asyncio.Event()
        receive = body_receiver(pieces(b"a", b"b"), gone.wait)  # type: ignore[arg-type]  # its True is of no interest
        messages = [await receive() for _ in range(3)]
        last = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        assert not last.done()
        gone.set()
        return [*messages, await last]

    first, second, end, left = asyncio.run(main())
    assert [first["body"], second["body"], end["body"]] == [b"a", b"b", b""]
    assert [first["more_body"], second["more_body"], end["more_body"]] == [True, True, False]
    assert left == {"type": "http.disconnect"}


def test_a_body_that_breaks_off_is_a_disconnect() -> None:
    async def main() -> list[Message]:
        async def gone() -> None:
            return

        receive = body_receiver(pieces(b"half", error=RuntimeError("cut off")), gone)
        return [await receive() for _ in range(3)]

    assert [message["type"] for message in asyncio.run(main())] == [
        "http.request",
        "http.disconnect",
        "http.disconnect",
    ]
