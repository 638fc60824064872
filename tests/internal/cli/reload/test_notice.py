"""The answer that a browser gets while the app is broken."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from demijohn.cli.reload.notice import Notice


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def ask(listener: socket.socket, request: bytes = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") -> bytes:
    with socket.create_connection(listener.getsockname(), timeout=10) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_everyone_is_told_where_to_look(listener: socket.socket) -> None:
    notice = Notice(listener)
    notice.show()
    try:
        for _ in range(3):
            answer = ask(listener)
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"The terminal of `demijohn dev` says why" in answer
        assert ask(listener, b"")[:12] == b"HTTP/1.1 503"  # a client that says nothing
    finally:
        notice.hide()


def test_hidden_it_leaves_connections_to_the_app(listener: socket.socket) -> None:
    notice = Notice(listener)
    notice.show()
    notice.show()
    notice.hide()
    notice.hide()
    with socket.create_connection(listener.getsockname(), timeout=10):
        listener.settimeout(10)
        connection, _ = listener.accept()
        connection.close()

    notice.show()
    assert ask(listener).startswith(b"HTTP/1.1 503 ")
    notice.hide()
