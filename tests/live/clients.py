"""Hold one exchange over HTTP/1 or HTTP/2 alike, step by step: head, pieces of the body, answer, leaving.

What is malformed on purpose is sent with tests/servers/raw.py directly.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from tests.servers import raw
from tests.servers.raw import Address, Answer

HOST = "localhost"


def head(line: str, *headers: str, host: str | None = HOST) -> bytes:
    hosts = [] if host is None else [f"host: {host}"]
    return "\r\n".join([f"{line} HTTP/1.1", *hosts, *headers, "", ""]).encode("latin-1")


def pseudo(method: str, path: str, *fields: tuple[str, str], authority: str | None = HOST) -> list[tuple[bytes, bytes]]:
    pairs = [(":method", method), (":scheme", "http"), (":path", path)]
    if authority is not None:
        pairs.append((":authority", authority))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in [*pairs, *fields]]


class Exchange(Protocol):
    """One request on a connection of its own. Give `content-length` or `transfer-encoding` with a body in pieces."""

    def __enter__(self) -> Exchange: ...

    def __exit__(self, *error: object) -> None: ...

    def begin(self, method: str, path: str, *fields: tuple[str, str], ends: bool = True) -> None:
        """Send the head; `ends` says that no body follows."""
        ...

    def send(self, piece: bytes, *, ends: bool = False) -> None:
        """Send a piece of the body."""
        ...

    def answer(self) -> Answer:
        """Wait for the whole answer."""
        ...

    def more(self) -> bytes:
        """Wait for a part of the answer and return it: over HTTP/1 as it came, over HTTP/2 of the body alone."""
        ...

    def reset(self) -> None:
        """Break off: a TCP reset, or over HTTP/2 the reset of the stream alone."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class Exchange1:
    """An Exchange over HTTP/1."""

    def __init__(self, address: Address, *, timeout: float) -> None:
        self.connection = raw.Http1(address, timeout=timeout)
        self._bodiless = False

    def __enter__(self) -> Exchange1:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def begin(self, method: str, path: str, *fields: tuple[str, str], ends: bool = True) -> None:
        self._bodiless = method == "HEAD"
        self.connection.send(head(f"{method} {path}", *(f"{name}: {value}" for name, value in fields)))

    def send(self, piece: bytes, *, ends: bool = False) -> None:
        self.connection.send(piece)

    def answer(self) -> Answer:
        return self.connection.receive(bodiless=self._bodiless)

    def more(self) -> bytes:
        return self.connection.socket.recv(262_144)

    def reset(self) -> None:
        self.connection.reset()

    def close(self) -> None:
        self.connection.socket.close()


class Stream2(raw.Http2):
    """A connection on which a stream that was answered in full may be reset afterwards (RFC 9113, 8.1)."""

    def _take(self, event: h2.events.Event, acknowledge: bool) -> None:
        if isinstance(event, h2.events.StreamReset) and self._ended.get(event.stream_id) == "":
            return
        super()._take(event, acknowledge)

    def body_so_far(self, stream: int) -> bytes:
        answer = self._answers.get(stream)
        return b"" if answer is None else answer.body


class Exchange2:
    """An Exchange over HTTP/2."""

    def __init__(self, address: Address, *, timeout: float) -> None:
        self.connection = Stream2(address, timeout=timeout)
        self._stream = 0
        self._seen = 0

    def __enter__(self) -> Exchange2:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def begin(self, method: str, path: str, *fields: tuple[str, str], ends: bool = True) -> None:
        kept = [(name, value) for name, value in fields if name != "transfer-encoding"]
        self._stream = self.connection.request(pseudo(method, path, *kept), end=ends)
        self._seen = 0

    def send(self, piece: bytes, *, ends: bool = False) -> None:
        machine = self.connection.h2
        with suppress(h2.exceptions.StreamClosedError):  # it was answered and reset before the end of the body
            self._send(machine, piece, ends)

    def _send(self, machine: h2.connection.H2Connection, piece: bytes, ends: bool) -> None:
        while piece:
            size = min(machine.local_flow_control_window(self._stream), machine.max_outbound_frame_size, len(piece))
            if size == 0:
                self.connection.pump()
                continue
            machine.send_data(self._stream, piece[:size])
            piece = piece[size:]
            self.connection.flush()
        if ends:
            machine.end_stream(self._stream)
            self.connection.flush()

    def answer(self) -> Answer:
        return self.connection.receive(self._stream)

    def more(self) -> bytes:
        while len(self.connection.body_so_far(self._stream)) == self._seen:
            if self.connection.gone:
                return b""
            self.connection.pump()
        body = self.connection.body_so_far(self._stream)[self._seen :]
        self._seen += len(body)
        return body

    def reset(self) -> None:
        with suppress(OSError):
            self.connection.h2.reset_stream(self._stream, h2.errors.ErrorCodes.CANCEL)
            self.connection.flush()

    def close(self) -> None:
        self.connection.socket.close()
