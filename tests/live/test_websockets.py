"""WebSockets: messages, limits, refusals and closing codes. Over RSGI subprotocols and codes do not come through."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from socket import SHUT_RDWR

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.live.clients import head
from tests.live.setups import Live

KIB = 1024
GO = b"\x82\x82\0\0\0\0go"  # one message, masked with zeros


def open_socket(
    live: Live, path: str, *, subprotocols: Sequence[str] | None = None, fields: dict[str, str] | None = None
) -> ClientConnection:
    return connect(
        f"{live.url}{path}",
        subprotocols=subprotocols,  # type: ignore[arg-type]  # a NewType of str
        additional_headers=fields,
        open_timeout=5,
        close_timeout=2,
        max_size=None,
        proxy=None,
    )


def closing(socket: ClientConnection) -> tuple[int | None, str]:
    """Wait for the end; return the code and reason that the server gave."""
    try:
        while True:
            socket.recv(timeout=5)
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd is not None else (None, "")


def handshake(path: str, *fields: str) -> bytes:
    """What a client begins with, for tests that take the connection into their own hands."""
    key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
    return head(f"GET {path}", "upgrade: websocket", "connection: upgrade", key, "sec-websocket-version: 13", *fields)


def refusal(live: Live, path: str, fields: dict[str, str] | None = None) -> int:
    with pytest.raises(InvalidStatus) as refused, open_socket(live, path, fields=fields):
        pass
    return refused.value.response.status_code


@pytest.mark.parametrize("message", ["", "text", "ä€😀", b"", b"\x00\xff", "x" * 64 * KIB, b"x" * 64 * KIB])
def test_a_message_comes_back_as_it_was(live1: Live, message: str | bytes) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        socket.send(message)
        assert socket.recv(timeout=5) == message


def test_a_message_in_fragments_is_one(live1: Live) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        socket.send(["one ", "two ", "three"])
        assert socket.recv(timeout=5) == "one two three"


def test_a_ping_is_answered(live1: Live) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        assert socket.ping().wait(5)


def test_messages_are_decoded_into_the_type_asked_for(live1: Live) -> None:
    with open_socket(live1, "/ws/typed") as socket:
        socket.send("[1, 2, 3]")
        assert socket.recv(timeout=5) == '{"sum":6}'
        socket.send('["one"]')
        code, _ = closing(socket)
        assert code == (1005 if live1.is_rsgi else 1007)


@pytest.mark.parametrize("message", ["x" * (64 * KIB + 1), b"x" * (64 * KIB + 1), "ä" * (33 * KIB), "x" * 2_000_000])
def test_a_message_over_the_limit_closes_with_1009(live1: Live, message: str | bytes) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        socket.send(message)
        code, _ = closing(socket)
        assert code == (1005 if live1.is_rsgi else 1009)
    assert live1.get("/json").status == 200


def test_more_messages_than_the_limit_close_with_1008(live1: Live) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        for n in range(100):
            socket.send(str(n))
            assert socket.recv(timeout=5) == str(n)
        socket.send("one too many")
        code, _ = closing(socket)
        assert code == (1005 if live1.is_rsgi else 1008)


@pytest.mark.parametrize("code", [1000, 3000, 4001, 4999])
def test_the_closing_code_of_the_handler_arrives_over_asgi(live1: Live, code: int) -> None:
    with open_socket(live1, f"/ws/close/{code}") as socket:
        socket.send("go")
        assert closing(socket) == ((1005, "") if live1.is_rsgi else (code, "because"))


def test_the_closing_code_of_the_client_arrives_over_asgi(live1: Live) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        socket.close(4002, "bye")
    assert live1.server.event("ws closed") == f"ws closed {1005 if live1.is_rsgi else 4002}"


def test_a_client_that_vanishes_ends_the_conversation(live1: Live) -> None:
    with open_socket(live1, "/ws/echo") as socket:
        assert live1.server.event("ws open")
        socket.socket.shutdown(SHUT_RDWR)
    assert live1.server.event("ws closed") in ("ws closed 1005", "ws closed 1006")


@pytest.mark.parametrize("path", ["/ws/pour/20000", "/ws/tick"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_handler_that_only_sends_learns_that_its_client_has_gone(live1: Live, path: str, how: str) -> None:
    before = live1.memory
    with live1.http1() as connection:
        connection.send(handshake(path))
        assert connection.receive().status == 101
        connection.send(GO)
        assert live1.server.event("pouring", "ticking")
        connection.reset() if how == "reset" else connection.socket.close()
    event = live1.server.event("poured", "ticked")
    assert event is not None
    assert int(event.rpartition(" ")[2]) < 20_000
    assert live1.memory - before < 16 * 1024 * KIB


def test_a_client_that_does_not_read_holds_the_handler_back(live1: Live) -> None:
    before = live1.memory
    with live1.http1() as connection:
        connection.send(handshake("/ws/pour/3200"))
        assert connection.receive().status == 101
        connection.send(GO)
        for _ in range(3):
            live1.get("/pause")
        assert live1.memory - before < 16 * 1024 * KIB  # of 200 MB
    assert live1.server.event("poured") not in (None, "poured 3200")


def test_a_handler_that_does_not_receive_holds_the_client_back(live1: Live) -> None:
    before = live1.memory
    with live1.http1(timeout=0.3) as connection:
        connection.send(handshake("/ws/deaf/deaf"))
        assert connection.receive().status == 101
        sent, message = 0, b"\x82\xff" + (65_536).to_bytes(8, "big") + bytes(4) + b"x" * 65_536
        try:
            while sent < 3200:
                connection.socket.sendall(message)
                sent += 1
        except TimeoutError:
            pass
        assert sent < 3200
        assert live1.memory - before < 32 * 1024 * KIB  # of 200 MB
    live1.release("deaf")


@pytest.mark.parametrize("setup", ["asgi", "uvicorn"])
def test_a_client_that_floods_a_handler_that_only_sends_is_closed_with_1008(live: Live) -> None:
    """Over RSGI nothing of the client's is looked at before the handler asks for it, so it is held back."""
    with open_socket(live, "/ws/tick") as socket:
        with suppress(ConnectionClosed):
            for _ in range(40):
                socket.send(b"x" * 60 * KIB)
        code, _ = closing(socket)
        assert code in (1008, None)  # None where what it had still sent broke the connection
    assert live.server.event("ticked")


def test_what_a_client_sends_to_a_handler_that_sends_is_kept_in_order(live1: Live) -> None:
    with open_socket(live1, "/ws/later/20") as socket:
        for n in range(10):
            socket.send(f"early {n}")
        live1.release("later")
        assert [socket.recv(timeout=5) for _ in range(20)] == [f"sent {n}" for n in range(20)]
        assert socket.recv(timeout=5) == ", ".join(f"early {n}" for n in range(10))


def test_a_handler_that_fails_closes_with_1011_and_tells_the_log(live1: Live) -> None:
    with open_socket(live1, "/ws/boom") as socket:
        socket.send("go")
        assert closing(socket) == ((1005, "") if live1.is_rsgi else (1011, ""))
    assert "GET /ws/boom failed" in live1.server.complaints()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["v1.chat"], "v1.chat"), (["v1.chat", "v2.chat"], "v2.chat"), (["other"], None), (None, None)],
)
def test_a_subprotocol_is_agreed_upon_over_asgi(live1: Live, offered: list[str] | None, chosen: str | None) -> None:
    with open_socket(live1, "/ws/echo", subprotocols=offered) as socket:
        assert socket.subprotocol == (None if live1.is_rsgi else chosen)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/ws/nowhere", 404), ("/json", 404), ("/ws/refused?room=x", 422), ("/ws/refused", 422), ("/guarded/ws", 403)],
)
def test_what_is_refused_before_the_handshake_has_a_status(live1: Live, path: str, status: int) -> None:
    assert refusal(live1, path) == status
    assert live1.get("/json").status == 200


def test_a_page_of_another_site_opens_no_socket(live1: Live) -> None:
    assert refusal(live1, "/ws/echo", {"origin": "https://evil.test"}) == 403
    assert refusal(live1, "/ws/echo", {"sec-fetch-site": "cross-site"}) == 403


def test_a_page_of_the_site_itself_opens_a_socket(live1: Live) -> None:
    own = live1.url.replace("ws://", "http://")
    with open_socket(live1, "/ws/echo", fields={"origin": own}) as socket:
        socket.send("hello")
        assert socket.recv(timeout=5) == "hello"


def test_an_unknown_host_opens_no_socket(live1: Live) -> None:
    assert refusal(live1, "/ws/echo", {"host": "evil.test"}) in (400, 421)


def test_a_field_that_is_not_ascii_opens_no_socket(live1: Live) -> None:
    with live1.http1() as connection:
        connection.send(handshake("/ws/echo", "x-a: \xe9"))
        assert connection.receive().status == 400


def test_many_conversations_at_a_time_are_kept_apart(live1: Live) -> None:
    with ExitStack() as opened:
        sockets = [opened.enter_context(open_socket(live1, "/ws/echo")) for _ in range(40)]
        for n, socket in enumerate(sockets):
            socket.send(f"message {n}")
        for n, socket in enumerate(sockets):
            assert socket.recv(timeout=5) == f"message {n}"
