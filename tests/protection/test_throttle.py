"""Security policy, section 18: a rate counts whoever comes, tells when to come back, and its memory is bounded."""

from typing import TYPE_CHECKING

import pytest

from demijohn import App, DeclarationError, Module, Request, WebSocket, rate_limit
from demijohn.testing import WebSocketRefused

from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve

LIMITED = (429, "rate.limited")


def limited_app() -> App:
    app = App(__name__)

    @app.route("/", methods=["GET", "POST"])
    @rate_limit("2/h")
    def limited() -> str:
        return "yes"

    @app.get("/by/<name>")
    @rate_limit("1/h", by=lambda request: str(request.path_params["name"]))
    async def by_name(name: str) -> str:
        return name

    @app.get("/two")
    @rate_limit("3/h")
    @rate_limit("2/m")
    def two_windows() -> str:
        return "yes"

    @app.get("/free")
    def free() -> str:
        return "yes"

    return app


def test_beyond_the_rate_the_answer_says_when_to_come_back(serve: "Serve") -> None:
    client = serve(limited_app())
    assert [client.get("/").status for _ in range(2)] == [200, 200]
    refused = client.get("/")
    assert refusal(refused) == LIMITED
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert client.get("/free").status == 200


def test_a_method_a_spelling_or_a_field_buys_no_second_count(serve: "Serve") -> None:
    client = serve(limited_app())
    statuses = [
        client.get("/").status,
        client.request("HEAD", "/").status,
        client.get("/?x=1").status,
        client.post("/").status,
        client.get("/", headers={"x-forwarded-for": "192.0.2.1", "x-real-ip": "192.0.2.1"}).status,
        client.get("/", headers={"forwarded": "for=192.0.2.1", "x-client-ip": "192.0.2.1"}).status,
        client.get("/", headers={"cookie": "a=b", "authorization": "Bearer x"}).status,
    ]
    assert statuses == [200, 200, 429, 429, 429, 429, 429]


def test_behind_a_proxy_each_client_counts_and_a_network_of_ipv6_counts_once(serve: "Serve") -> None:
    client = serve(limited_app(), config={"trusted_proxies": ["127.0.0.1"]})

    def come(address: str) -> int:
        return client.get("/", headers={"x-forwarded-for": address}).status

    assert [come("192.0.2.1"), come("192.0.2.2"), come("192.0.2.1"), come("192.0.2.1")] == [200, 200, 200, 429]
    assert [come(f"2001:db8::{n}") for n in range(1, 4)] == [200, 200, 429]
    assert come("2001:db8:0:0:ffff::1") == 429
    assert come("2001:db8:0:1::1") == 200
    assert come("::ffff:192.0.2.1") == 429


def test_a_key_made_of_input_is_counted_whatever_it_is(serve: "Serve") -> None:
    client = serve(limited_app())
    names = ["a", "A", "a" * 5000, "a" * 5001, "%E2%80%A8", "a:b", "%25"]
    assert [client.get(f"/by/{name}").status for name in names] == [200] * len(names)
    assert [client.get(f"/by/{name}").status for name in names] == [429] * len(names)


def test_windows_beside_each_other_count_apart(serve: "Serve") -> None:
    client = serve(limited_app())
    assert [client.get("/two").status for _ in range(3)] == [200, 200, 429]


def test_modules_that_are_guarded_by_the_same_rate_count_apart(serve: "Serve") -> None:
    app = App(__name__)
    for name in ("one", "two"):
        module = Module(name, guard=rate_limit("1/h"))
        module.add_route("/", lambda: "yes", name="index")
        app.include(module, prefix=f"/{name}")
    client = serve(app)
    assert [client.get(path).status for path in ("/one", "/two", "/one", "/two")] == [200, 200, 429, 429]


def test_a_limited_upload_is_never_received(serve: "Serve") -> None:
    app = App(__name__)

    @app.post("/")
    @rate_limit("1/h")
    def upload(request: Request) -> str:
        return str(len(request.body))

    client = serve(app)
    assert client.post("/", body=b"x").text == "1"
    given: list[int] = []

    def body() -> object:
        given.append(1)
        yield b"x"

    assert refusal(client.post("/", body=body())) == LIMITED  # type: ignore[arg-type]  # a generator is an iterable
    assert given == []


def test_a_limited_websocket_is_refused_before_the_handshake(serve: "Serve") -> None:
    app = App(__name__)

    @app.websocket("/chat")
    @rate_limit("1/h")
    async def chat(ws: WebSocket) -> None:
        await ws.send("hello")

    client = serve(app)
    with client.websocket("/chat") as socket:
        assert socket.receive() == "hello"
    with pytest.raises(WebSocketRefused) as refused, client.websocket("/chat"):
        pass
    assert refused.value.status == 429


@pytest.mark.parametrize("rate", ["", "10", "0/m", "10/0m", "x/m", "-1/m", "10/fortnight", "1e3/m"])
def test_what_is_no_rate_stops_the_start(rate: str) -> None:
    with pytest.raises(DeclarationError, match="not a rate"):
        rate_limit(rate)
