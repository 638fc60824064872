from __future__ import annotations

from typing import Any

import pytest

from demijohn.testing import Client

START = {"type": "http.response.start", "status": 200, "headers": []}


def serve(pair_app: Any, call: Any, **options: Any) -> Client:
    return Client(pair_app(asgi_call=call), interface="asgi", **options)


def test_the_scope_follows_the_specification(pair_app: Any) -> None:
    scopes: list[Any] = []

    async def call(scope: Any, _: Any, send: Any) -> None:
        scopes.append(scope)
        await send(START)
        await send({"type": "http.response.body"})

    client = serve(pair_app, call, base_url="https://testserver", browser=False)
    client.get("/%C3%A9?a=%20b", headers={"X": "\xe9"})
    scope = scopes[0]
    assert (scope["type"], scope["method"], scope["scheme"]) == ("http", "GET", "https")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/é", b"/%C3%A9", b"a=%20b")
    assert scope["headers"] == [(b"host", b"testserver"), (b"x", b"\xe9")]
    assert scope["server"] == ("127.0.0.1", 443)


def test_the_body_comes_in_pieces_and_then_the_end_of_the_exchange(pair_app: Any) -> None:
    received: list[Any] = []

    async def call(_: Any, receive: Any, send: Any) -> None:
        while not received or received[-1]["more_body"]:
            received.append(await receive())
        await send(START)
        await send({"type": "http.response.body"})
        received.append(await receive())

    serve(pair_app, call).post("/", body=[b"ab", b"c"])
    assert [message.get("body") for message in received] == [b"ab", b"c", b"", None]
    assert received[-1] == {"type": "http.disconnect"}


def test_receive_says_that_the_client_has_gone_and_send_does_nothing_then(pair_app: Any) -> None:
    received: list[Any] = []

    async def call(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(START)
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        received.append(await receive())
        await send({"type": "http.response.body", "body": b"b", "more_body": True})

    with serve(pair_app, call).stream("GET", "/") as response:
        assert response.read_chunk() == b"a"
    assert received == [{"type": "http.disconnect"}]


def body(**keys: object) -> dict[str, object]:
    return {"type": "http.response.body", **keys}


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([body()], r"sent http\.response\.body before the start"),
        ([START], "returned before the end of its answer"),
        ([START, body(more_body=True)], "returned before the end of its answer"),
        ([START, body(), body()], "after the end of its answer"),
        ([START, START], "answered twice, first with 200"),
        ([START, body(body="x")], "a body of type str"),
        ([{"type": "http.response.begin"}], r"sent the message 'http\.response\.begin'"),
        ([{**START, "headers": [("a", "b")]}], "in ASGI both are bytes"),
        ([{**START, "headers": [(b"A", b"b")]}], "in ASGI names are in lower case"),
        ([{**START, "headers": [(b"a", "é".encode())]}], "sent the header 'a' with the value"),
    ],
)
def test_what_breaks_the_specification_fails_the_test(pair_app: Any, messages: list[Any], message: str) -> None:
    async def call(_: Any, __: Any, send: Any) -> None:
        for item in messages:
            await send(item)

    with pytest.raises(AssertionError, match=message):
        serve(pair_app, call).get("/")
