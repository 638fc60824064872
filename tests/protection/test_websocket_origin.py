"""Security policy, section 21: no page of another site opens a WebSocket here, for browsers send cookies along."""

from typing import TYPE_CHECKING

import pytest

from demijohn import App, HTTPError, Request, Session, WebSocket
from demijohn.testing import Client, WebSocketRefused

if TYPE_CHECKING:
    from .conftest import Serve, Setup

OWN = "http://testserver"
EVIL = "https://evil.example"
COOKIES = "dj_session=x; __Host-dj_session=x"


def socket_app() -> App:
    app = App(__name__)

    @app.websocket("/chat")
    async def chat(ws: WebSocket, session: Session) -> None:
        await ws.send(f"hello {session.get('name')}")

    @app.websocket("/rooms/<int:room>")
    async def room(ws: WebSocket, room: int, size: int = 1) -> None:
        await ws.send(room)

    @app.websocket("/fails")
    async def fails(ws: WebSocket) -> None:
        raise RuntimeError("secret detail")

    @app.websocket("/guarded")
    async def guarded(ws: WebSocket) -> None:
        await ws.send("in")

    @app.get("/page")
    def page() -> str:
        return "page"

    return app


def handshake(client: Client, path: str = "/chat", **headers: str | None) -> int:
    """Return the status: 101 where the handshake is completed."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with client.websocket(path, headers=fields):
            return 101
    except WebSocketRefused as refused:
        return refused.status


@pytest.mark.parametrize(
    ("headers", "status", "status_with_cookie"),
    [
        ({"origin": OWN}, 101, 101),
        ({"origin": "HTTP://TESTSERVER:80"}, 101, 101),
        ({"sec_fetch_site": "same-origin", "origin": OWN}, 101, 101),
        ({}, 101, 403),
        ({"origin": EVIL}, 403, 403),
        ({"origin": "null"}, 403, 403),
        ({"origin": "http://testserver:8080"}, 403, 403),
        ({"origin": "http://testserver.evil.example"}, 403, 403),
        ({"origin": ""}, 403, 403),
        ({"sec_fetch_site": "cross-site", "origin": OWN}, 403, 403),
        ({"sec_fetch_site": "same-site"}, 403, 403),
    ],
    ids=str,
)
def test_the_origin_of_a_handshake_is_our_own_or_there_is_no_cookie(
    serve: "Serve", headers: dict[str, str], status: int, status_with_cookie: int
) -> None:
    client = serve(socket_app())
    assert handshake(client, **headers) == status
    assert handshake(client, cookie=COOKIES, **headers) == status_with_cookie


def test_a_trusted_origin_may_connect(serve: "Serve") -> None:
    client = serve(socket_app(), config={"trusted_origins": [EVIL]})
    assert handshake(client, origin=EVIL, cookie=COOKIES) == 101
    assert handshake(client, origin=EVIL, sec_fetch_site="cross-site") == 101
    assert handshake(client, origin="https://other.example") == 403


def test_a_bearer_may_connect_and_his_cookies_are_not_read(serve: "Serve") -> None:
    client = serve(socket_app())
    headers = {"authorization": "Bearer x", "cookie": COOKIES, "origin": EVIL}
    with client.websocket("/chat", headers=headers) as socket:
        assert socket.receive() == "hello None"


def test_what_is_refused_is_refused_before_the_handshake(serve: "Serve", setup: "Setup") -> None:
    client = serve(socket_app())
    for path, status in [
        ("/nowhere", 404),
        ("/page", 404),
        ("/rooms/x", 404),
        ("/rooms/1?size=x", 422),
        ("/rooms/1?size=%ff", 400),
        ("/rooms/" + "1" * 9000, 414),
        ("//chat", 404),
        ("/chat/../chat", 404),
        ("/chat%00", 404),
    ]:
        assert handshake(client, path) == status
    assert handshake(client, x="y" * 9000) == 431
    assert handshake(client, x="\xff") == 400


def test_a_refusal_names_its_reason_where_the_server_can_and_nothing_more(serve: "Serve", setup: "Setup") -> None:
    client = serve(socket_app())
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/chat", headers={"origin": EVIL}):
        pass
    if setup.interface == "asgi":
        problem = refused.value.response.json()
        assert (problem["status"], problem["code"]) == (403, "csrf.origin")
        assert "evil.example" not in refused.value.response.text
        assert refused.value.response.headers["x-content-type-options"] == "nosniff"


def test_a_guard_and_a_failing_provider_refuse_without_a_word_of_why(serve: "Serve") -> None:
    class Closed:
        def check(self, request: Request) -> None:
            raise HTTPError(401)

    class Broken:
        def check(self, request: Request) -> None:
            raise RuntimeError("secret detail")

    for guard, status in ((Closed(), 401), (Broken(), 500)):
        app = App(__name__, guard=guard)

        @app.websocket("/chat")
        async def chat(ws: WebSocket) -> None:
            await ws.send("in")

        client = serve(app, raise_server_errors=False)
        with pytest.raises(WebSocketRefused) as refused, client.websocket("/chat"):
            pass
        assert refused.value.status == status
        assert b"secret" not in refused.value.response.body


def test_plain_requests_do_not_open_a_conversation(serve: "Serve") -> None:
    client = serve(socket_app())
    for headers in ({}, {"upgrade": "websocket", "connection": "upgrade", "sec-websocket-key": "x"}):
        for method in ("GET", "POST"):
            assert client.request(method, "/chat", headers=headers).status in (404, 405)
