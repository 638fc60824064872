"""The cases that need steps: slow readers, uploads nobody reads, disconnects, WebSockets. Each describes what it saw.

One exchange is a row of cases.py; what SIGTERM does is in shutdown.py.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

import h2.errors
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from . import raw
from .exchange import fields, head
from .setups import Running

MEGABYTE = 1024 * 1024
BLOCKS = 1600  # of 64 KiB: 100 MB
UPLOAD = 50 * MEGABYTE


def slow_reader(running: Running) -> str:
    """Ask for 100 MB and read nothing."""
    running.server.events()
    before = running.memory()
    path = f"/stream/{BLOCKS}"
    if running.setup == "h2":
        with raw.Http2(running.server.address) as second:
            second.request(fields(path))
            return _sent(running, before)
    with raw.Http1(running.server.address, receive_buffer=65536) as first:
        first.send(head(f"GET {path}"))
        return _sent(running, before)


def _sent(running: Running, before: int) -> str:
    sent = running.server.event("stream end", seconds=1.5) is not None
    grown = (running.memory() - before) // MEGABYTE
    return f"{'all accepted from' if sent else 'holds back'} the application, memory {_size(grown)}"


def _size(megabytes: int) -> str:
    return "+100 MB" if megabytes > 70 else "+50 MB" if megabytes > 30 else "below +30 MB"


def upload_unread(running: Running) -> str:
    """Send 50 MB to a handler that does not read."""
    return _upload(running, "/unread")


def upload_begun(running: Running) -> str:
    """Send 50 MB to a handler that reads one chunk and no more."""
    return _upload(running, "/unread/begun")


def _upload(running: Running, path: str) -> str:
    if running.setup == "h2":
        return "- (the window bounds it)"
    running.server.events()
    before = running.memory()
    with raw.Http1(running.server.address, timeout=0.4) as connection:
        connection.send(head(f"POST {path}", f"content-length: {UPLOAD}"))
        sent = 0
        try:
            while sent < UPLOAD:
                sent += connection.socket.send(b"x" * min(MEGABYTE, UPLOAD - sent))
        except (TimeoutError, OSError):
            pass
        grown = (running.memory() - before) // MEGABYTE
    return f"{'takes all' if sent == UPLOAD else 'stops taking'}, memory {_size(grown)}"


def _hold(running: Running, action: str, path: str = "/hold", extra: bytes = b"") -> str:
    """Let the handler wait for a disconnect and do something to the connection meanwhile."""
    running.server.events()
    answered = ""
    if running.setup == "h2":
        with raw.Http2(running.server.address) as second:
            stream = second.request(fields(path))
            first = running.server.event("held", "asleep")
            if action == "reset":
                second.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
                second.flush()
            elif action == "close":
                second.socket.close()
            else:
                answered = str(second.receive(stream).status)
            return _told(running, first, answered)
    with raw.Http1(running.server.address) as connection:
        connection.send(head(f"GET {path}") + extra)
        first = running.server.event("held", "asleep")
        if action == "reset":
            connection.reset()
        elif action == "close":
            connection.socket.close()
        else:
            if action == "half-close":
                connection.half_close()
            try:
                answered = str(connection.receive().status)
            except raw.Closed:
                answered = "no answer"
        return _told(running, first, answered)


def _told(running: Running, first: str | None, answered: str) -> str:
    seen = [first or "handler not called"]
    while (event := running.server.event(seconds=1.0)) is not None:
        seen.append(event)
        if event.startswith(("late", "sleep ")):
            break
    return "; ".join([*seen, *([f"client got {answered}"] if answered else [])])


def stays(running: Running) -> str:
    return _hold(running, "stay")


def closes(running: Running) -> str:
    return _hold(running, "close")


def resets(running: Running) -> str:
    return _hold(running, "reset")


def half_closes(running: Running) -> str:
    return "-" if running.setup == "h2" else _hold(running, "half-close")


def pipelined_behind(running: Running) -> str:
    return "-" if running.setup == "h2" else _hold(running, "stay", extra=head("GET /b"))


def closes_on_sleeper(running: Running) -> str:
    """Close while the handler awaits something else than the disconnect."""
    return _hold(running, "close", "/sleep")


def after_answer(running: Running) -> str:
    """Wait for a disconnect after the answer, on a connection that stays open."""
    running.server.events()
    if running.setup == "h2":
        with raw.Http2(running.server.address) as second:
            second.receive(second.request(fields("/after")))
            return running.server.event("after") or "no event"
    with raw.Http1(running.server.address) as connection:
        connection.send(head("GET /after"))
        connection.receive()
        return running.server.event("after") or "no event"


def stream_closed(running: Running) -> str:
    """Close while an endless stream runs: does sending raise, and when?"""
    running.server.events()
    if running.setup == "h2":
        with raw.Http2(running.server.address) as second:
            second.request(fields("/drip"))
            running.server.event("drip")
    else:
        with raw.Http1(running.server.address) as connection:
            connection.send(head("GET /drip"))
            running.server.event("drip")
    return running.server.event("drip", seconds=1.5) or "goes on, send raises nothing"


def short_body(running: Running) -> str:
    return _cut(running, "/body", "content-length: 10", b"abc")


def short_body_in_pieces(running: Running) -> str:
    return _cut(running, "/chunks", "content-length: 10", b"abc")


def short_chunked_in_pieces(running: Running) -> str:
    return _cut(running, "/chunks", "transfer-encoding: chunked", b"3\r\nabc\r\n")


def whole_body_in_pieces(running: Running) -> str:
    return _cut(running, "/chunks", "transfer-encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n")


def _cut(running: Running, path: str, framing: str, payload: bytes) -> str:
    whole = b"\r\n0\r\n" in payload
    running.server.events()
    if running.setup == "h2":
        with raw.Http2(running.server.address) as second:
            stream = second.request(fields(path, method="POST"), b"abc", end=whole)
            if not whole:
                running.server.event("body", seconds=0.05)  # give the head and the body time to be taken up
                second.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)  # what a browser sends
                second.flush()
            return running.server.event("body", seconds=1.0) or "no event"
    with raw.Http1(running.server.address) as connection:
        connection.send(head(f"POST {path}", framing) + payload)
        if not whole:
            connection.half_close()
        try:
            answered = str(connection.receive().status)
        except raw.Closed:
            answered = "nothing"
        return f"{running.server.event('body', seconds=1.0) or 'no event'}; client got {answered}"


def upload_cancelled(running: Running) -> str:
    """Reset the stream without an error code, which hyper takes for the end of the body."""
    if running.setup != "h2":
        return "-"
    running.server.events()
    with raw.Http2(running.server.address) as second:
        stream = second.request(fields("/body", method="POST"), b"abc", end=False)
        second.h2.reset_stream(stream, h2.errors.ErrorCodes.NO_ERROR)
        second.flush()
        return running.server.event("body") or "no event"


def empty_last_frame(running: Running) -> str:
    """End a body with an empty DATA frame, as many clients do."""
    if running.setup != "h2":
        return "-"
    running.server.events()
    with raw.Http2(running.server.address) as second:
        stream = second.request(fields("/chunks", method="POST"), b"abc", end=False)
        second.h2.send_data(stream, b"", end_stream=True)
        second.flush()
        return running.server.event("body") or "no event"


def trailers_in_pieces(running: Running) -> str:
    return (
        "-"
        if running.setup == "h2"
        else _cut(running, "/chunks", "transfer-encoding: chunked", b"3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n")
    )


def trickle(running: Running) -> str:
    """Send a body one byte at a time: does the handler start before its end?"""
    if running.setup == "h2":
        return "-"
    running.server.events()
    with raw.Http1(running.server.address) as connection:
        connection.send(head("POST /body", "content-length: 20"))
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(20):
            connection.send(b"x")
        return f"{connection.receive().status}, no limit on the time"


def continue_accepted(running: Running) -> str:
    if running.setup == "h2":
        return "-"
    with raw.Http1(running.server.address) as connection:
        connection.send(head("POST /body", "content-length: 3", "expect: 100-continue"))
        first = connection.receive().status
        connection.send(b"abc")
        return f"{first}, then {connection.receive().status}"


def continue_ignored(running: Running) -> str:
    """Answer without reading: is "100 Continue" sent all the same?"""
    if running.setup == "h2":
        return "-"
    with raw.Http1(running.server.address) as connection:
        connection.send(head("POST /refuse", "content-length: 3", "expect: 100-continue"))
        return f"{connection.receive().status} first"


def idle_keep_alive(running: Running) -> str:
    """Send nothing after an answer; the set-ups are started with 1 s for it, where they can be."""
    return _idle(running, b"", ping=True)


def idle_from_start(running: Running) -> str:
    return _idle(running, b"", ping=False)


def slow_head(running: Running) -> str:
    return _idle(running, b"GET / HTTP/1.1\r\nx-a: b", ping=False)


def _idle(running: Running, data: bytes, *, ping: bool) -> str:
    if running.setup == "h2":
        return "-"
    with raw.Http1(running.server.address, timeout=2.0) as connection:
        if ping:
            connection.send(head("GET /ping"))
            connection.receive()
        if data:
            connection.send(data)
        try:
            return f"answers {connection.receive().status}"
        except raw.Silence:
            return "never closed (2 s tried)"
        except raw.Closed:
            return "closed after the 1 s set"


def _websocket(running: Running, path: str, *subprotocols: str) -> ClientConnection:
    assert isinstance(running.server.address, tuple)
    host, port = running.server.address
    return connect(
        f"ws://{host}:{port}/ws/{path}",
        subprotocols=[Subprotocol(name) for name in subprotocols] or None,
        compression=None,
        proxy=None,
        open_timeout=5,
        close_timeout=1,
        max_size=None,
    )


def _refusal(running: Running, path: str, *subprotocols: str) -> str:
    try:
        with _websocket(running, path, *subprotocols) as client:
            return f"accepted, subprotocol {client.subprotocol!r}"
    except InvalidStatus as error:
        return f"refused with {error.response.status_code}"
    except (WebSocketException, OSError, EOFError) as error:
        return f"{type(error).__name__}" + ("" if running.answers() else "; the server is dead")


def websocket_refused(path: str) -> Callable[[Running], str]:
    def refused(running: Running) -> str:
        return "-" if running.setup == "h2" else _refusal(running, path)

    return refused


def websocket_subprotocol(running: Running) -> str:
    return "-" if running.setup == "h2" else _refusal(running, "sub", "a", "b")


def websocket_message(size: int) -> Callable[[Running], str]:
    def message(running: Running) -> str:
        if running.setup == "h2":
            return "-"
        with _websocket(running, "echo") as client:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 2, 0))
            try:
                client.send(b"x" * size)
                return f"arrives ({client.recv(timeout=5)!s} bytes)"
            except (ConnectionClosed, OSError):
                return "the connection ends"

    return message


def websocket_server_closes(running: Running) -> str:
    if running.setup == "h2":
        return "-"
    with _websocket(running, "echo") as client:
        client.send("close 4001")
        try:
            client.recv(timeout=2)
        except ConnectionClosed as error:
            return f"client sees {error.rcvd.code if error.rcvd else 'none'}"
    return "open"


def websocket_client_closes(running: Running) -> str:
    if running.setup == "h2":
        return "-"
    running.server.events()
    with _websocket(running, "echo") as client:
        client.close(4002, "bye")
    return running.server.event("ws c", "ws R", "ws E") or "no event"


def websocket_client_vanishes(running: Running) -> str:
    if running.setup == "h2":
        return "-"
    running.server.events()
    client = _websocket(running, "echo")
    client.socket.shutdown(socket.SHUT_RDWR)
    client.socket.close()
    return running.server.event("ws c", "ws R", "ws E") or "no event"


def websocket_ping(running: Running) -> str:
    if running.setup == "h2":
        return "-"
    with _websocket(running, "echo") as client:
        return "pong" if client.ping().wait(2) else "no pong"


SCENARIOS: dict[str, tuple[Callable[[Running], str], bool]] = {
    # name: (steps, is it long?)
    "100 MB streamed to a client that does not read": (slow_reader, True),
    "50 MB sent to a handler that does not read": (upload_unread, False),
    "50 MB sent to a handler that reads one piece": (upload_begun, False),
    "handler waits for a disconnect, client stays": (stays, False),
    "handler waits, client closes": (closes, False),
    "handler waits, client resets": (resets, False),
    "handler waits, client half-closes": (half_closes, False),
    "handler waits, another request is pipelined": (pipelined_behind, False),
    "handler sleeps, client closes": (closes_on_sleeper, False),
    "handler waits for a disconnect after its answer": (after_answer, False),
    "client closes during an endless stream": (stream_closed, False),
    "body ends early": (short_body, False),
    "body ends early, read in pieces": (short_body_in_pieces, False),
    "chunked body ends early, read in pieces": (short_chunked_in_pieces, False),
    "whole chunked body, read in pieces": (whole_body_in_pieces, False),
    "whole chunked body with trailers, read in pieces": (trailers_in_pieces, False),
    "HTTP/2 stream reset with NO_ERROR within the body": (upload_cancelled, False),
    "HTTP/2 body that ends with an empty frame, read in pieces": (empty_last_frame, False),
    "body one byte at a time": (trickle, False),
    "100-continue, body read": (continue_accepted, False),
    "100-continue, body not read": (continue_ignored, False),
    "idle after an answer": (idle_keep_alive, True),
    "idle from the start": (idle_from_start, True),
    "head that never ends": (slow_head, True),
    "WebSocket refused without code": (websocket_refused("refuse"), False),
    "WebSocket refused with status 403": (websocket_refused("refuse/403"), False),
    "WebSocket refused with close code 4003": (websocket_refused("refuse/4003"), False),
    "WebSocket refused with status 99": (websocket_refused("refuse/99"), False),
    "WebSocket refused with an HTTP answer (extension)": (websocket_refused("deny/401"), False),
    "WebSocket neither accepted nor refused": (websocket_refused("silent"), False),
    "WebSocket subprotocol": (websocket_subprotocol, False),
    "WebSocket message of 70 kB": (websocket_message(70_000), False),
    "WebSocket message of 1 MB": (websocket_message(1_000_000), False),
    "WebSocket message of 20 MB": (websocket_message(20_000_000), True),
    "WebSocket closed by the server with 4001": (websocket_server_closes, False),
    "WebSocket closed by the client with 4002": (websocket_client_closes, False),
    "WebSocket client vanishes": (websocket_client_vanishes, False),
    "WebSocket ping": (websocket_ping, False),
}
