from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from demijohn.testing import Client
from demijohn.testing.rsgi import RSGIProtocolClosed, RSGIProtocolError


def serve(pair_app: Any, call: Any, **options: Any) -> Client:
    return Client(pair_app(rsgi_call=call), **options)


def test_the_scope_says_what_granian_says(pair_app: Any) -> None:
    scopes: list[Any] = []

    async def call(scope: Any, protocol: Any) -> None:
        scopes.append(scope)
        protocol.response_empty(204, [])

    client = serve(pair_app, call)
    client.get("/%C3%A9%2Fb%ff?a=%20b", headers=[("X-Two", "1"), ("X-Two", "2"), ("x-é", "1"), ("bad", "\xe9")])
    scope = scopes[0]
    assert (scope.proto, scope.http_version, scope.scheme, scope.authority) == ("http", "1.1", "http", None)
    assert (scope.path, scope.query_string) == ("/é/b\ufffd", "a=%20b")
    headers = scope.headers
    assert (headers.get("x-two"), headers.get_all("x-two")) == ("1", ["1", "2"])
    # a field with other than visible ASCII is there and cannot be read
    assert ("bad" in headers, headers.get("bad"), headers["bad"], headers.get_all("bad")) == (True, None, "", [])
    assert "bad" in headers.keys()  # noqa: SIM118  # the method is the interface
    assert "bad" not in dict(headers.items())
    assert len(headers) == len(headers.keys()) > len(set(dict(headers.items())))


def test_the_body_is_read_whole_once(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        body = await protocol()
        with pytest.raises(RSGIProtocolError):
            await protocol()
        protocol.response_bytes(200, [], body)

    assert serve(pair_app, call).post("/", body=iter([b"a", b"", b"b"])).body == b"ab"


def test_the_body_comes_in_pieces_with_an_empty_last_one(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        sizes = [len(chunk) async for chunk in protocol]
        protocol.response_str(200, [], repr(sizes))

    client = serve(pair_app, call)
    assert client.post("/", body=b"x" * 70_000).text == "[65536, 4464, 0]"
    assert client.post("/", body=[b"a", b"bc"]).text == "[1, 2, 0]"


def test_each_kind_of_answer_arrives(pair_app: Any, tmp_path: Path) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(b"0123456789")
    answers: dict[str, Any] = {
        "/empty": lambda protocol: protocol.response_empty(200, [("a", "b")]),
        "/str": lambda protocol: protocol.response_str(200, (("a", "b"),), "é"),
        "/bytes": lambda protocol: protocol.response_bytes(201, [], bytearray(b"x")),
        "/file": lambda protocol: protocol.response_file(200, [], str(file)),
        "/range": lambda protocol: protocol.response_file_range(206, [], str(file), 2, 5),
        "/missing": lambda protocol: protocol.response_file(200, [("a", "b")], str(tmp_path / "none")),
    }

    async def call(scope: Any, protocol: Any) -> None:
        answers[scope.path](protocol)

    client = serve(pair_app, call)
    got = {path: (client.get(path).status, client.get(path).body) for path in answers}
    assert got == {
        "/empty": (200, b""),
        "/str": (200, "é".encode()),
        "/bytes": (201, b"x"),
        "/file": (200, b"0123456789"),
        "/range": (206, b"234"),  # the end is not part of it
        "/missing": (404, b"Not found"),
    }


def test_an_answer_from_another_thread_wakes_the_client(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        def work() -> None:
            protocol.response_str(200, [], str(threading.get_ident()))
            loop.call_soon_threadsafe(done.set)

        loop, done = asyncio.get_running_loop(), asyncio.Event()
        thread = threading.Thread(target=work)
        thread.start()
        await done.wait()
        thread.join()

    assert serve(pair_app, call).get("/").text != str(threading.get_ident())


def test_a_stream_ends_when_its_transport_is_let_go(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        transport = protocol.response_stream(200, [])
        transport.send_bytes(b"a")  # it is on its way without being awaited
        await transport.send_str("é")

    assert serve(pair_app, call).get("/").text == "aé"


def test_a_stream_that_is_held_on_to_never_ends(pair_app: Any) -> None:
    held: list[object] = []

    async def call(_: Any, protocol: Any) -> None:
        held.append(protocol.response_stream(200, []))

    with pytest.raises(TimeoutError, match="It has answered 200"):
        serve(pair_app, call, timeout=0.05).get("/")


def test_writing_to_a_client_that_has_gone_raises(pair_app: Any) -> None:
    seen: list[str] = []

    async def call(_: Any, protocol: Any) -> None:
        transport = protocol.response_stream(200, [])
        await transport.send_str("a")
        await protocol.client_disconnect()
        try:
            await transport.send_str("b")
        except RSGIProtocolClosed as error:
            seen.append(str(error))
        protocol.response_empty(200, [])  # too late, and without harm

    with serve(pair_app, call).stream("GET", "/") as response:
        assert response.read_chunk() == b"a"
    assert seen == ["The client has gone."]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda p: p.response_str(200, {"a": "b"}, ""), "gave its headers as {'a': 'b'}"),
        (lambda p: p.response_str(200, [["a", "b"]], ""), r"RSGI takes a list of \(name, value\) tuples"),
        (lambda p: p.response_str(200, [], b""), "gave response_str a body of type bytes"),
        (lambda p: p.response_bytes(200, [], ""), "gave response_bytes a body of type str"),
        (lambda p: p.response_file(200, [], Path("x")), "gave a file as PosixPath"),
        (lambda p: p.response_stream(200, []).send_bytes("x"), "gave send_bytes a piece of type str"),
        (lambda p: p.response_stream(200, []).send_str(b"x"), "gave send_str a piece of type bytes"),
    ],
)
def test_what_granian_would_not_take_fails_the_test(pair_app: Any, answer: Any, message: str) -> None:
    async def call(_: Any, protocol: Any) -> None:
        answer(protocol)

    with pytest.raises(AssertionError, match=message):
        serve(pair_app, call).get("/")


def test_a_second_stream_is_an_error_of_the_protocol(pair_app: Any) -> None:
    async def call(_: Any, protocol: Any) -> None:
        protocol.response_empty(204, [])
        protocol.response_stream(200, [])

    with pytest.raises(RSGIProtocolError):
        serve(pair_app, call).get("/")
