"""Speak HTTP/1 and HTTP/2 over a bare socket, so that what is malformed stays malformed.

The HTTP/1 reader knows just enough framing to find the end of an answer; HTTP/2 is by the h2 library, with its checks
of what is sent turned off. Starting servers is in launch.py.
"""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import h2.exceptions

Address = tuple[str, int] | str


class Silence(Exception):
    """Nothing (more) came within the time given."""


class Closed(Exception):
    """The server closed or reset before a whole answer had come; the message says how."""


@dataclass(slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


def connect(address: Address, timeout: float, *, receive_buffer: int | None = None) -> socket.socket:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    sock = socket.socket(family)
    if receive_buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(timeout)
    try:
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


class Http1:
    """One HTTP/1 connection. `timeout` is what counts as silence, in seconds."""

    def __init__(
        self,
        address: Address,
        *,
        timeout: float = 2.0,
        tls: ssl.SSLContext | None = None,
        receive_buffer: int | None = None,
    ) -> None:
        self.socket = connect(address, timeout, receive_buffer=receive_buffer)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self._buffer = b""

    def __enter__(self) -> Http1:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # what it answered before is still to be read
            self.socket.sendall(data)

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def receive(self, *, bodiless: bool = False) -> Answer:
        """Read one answer; `bodiless` says that none has a body, as after HEAD."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, _, rest = head[0].partition(" ")
        if not version.startswith("HTTP/1."):
            raise Closed(f"not an answer: {head[0][:40]!r}")
        pairs = (line.partition(":") for line in head[1:] if line)
        answer = Answer(int(rest[:3]), [(name.lower(), value.strip()) for name, _, value in pairs])
        if not (bodiless or answer.status < 200 or answer.status in (204, 304)):
            answer.body = self._body(answer)
        return answer

    def _body(self, answer: Answer) -> bytes:
        if answer.values("transfer-encoding"):
            body = b""
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                body += self._exactly(size)
                self._exactly(2)
            self._until(b"\r\n")
            return body
        if length := answer.values("content-length"):
            if not length[0].isdigit():
                raise Closed(f"not an answer: content-length {length[0]!r}")
            return self._exactly(int(length[0]))
        body = b""
        try:
            while True:
                body += self._exactly(1)
        except Closed:
            return body

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self) -> None:
        try:
            data = self.socket.recv(262_144)
        except TimeoutError:
            raise Silence from None
        except OSError as error:
            raise Closed(type(error).__name__) from None
        if not data:
            raise Closed(f"after {len(self._buffer)} bytes")
        self._buffer += data


class Http2:
    """One HTTP/2 connection with prior knowledge (h2c), or over TLS with ALPN."""

    def __init__(self, address: Address, *, timeout: float = 2.0, tls: ssl.SSLContext | None = None) -> None:
        self.socket = connect(address, timeout)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        config = h2.config.H2Configuration(
            client_side=True,
            header_encoding=None,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.h2 = h2.connection.H2Connection(config)
        self.h2.initiate_connection()
        self._answers: dict[int, Answer] = {}
        self._ended: dict[int, str] = {}
        self._gone = ""
        self._unread = b""
        self.flush()

    def __enter__(self) -> Http2:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    def flush(self) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(self.h2.data_to_send())

    @property
    def gone(self) -> str:
        """Say how the connection ended, or nothing while it is open."""
        return self._gone

    def request(self, fields: list[tuple[bytes, bytes]], body: bytes | None = None, *, end: bool = True) -> int:
        """Send a head and, if given, a body of at most one frame and one window; return the stream's number."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, fields, end_stream=end and body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=end)
        self.flush()
        return stream

    def receive(self, stream: int, *, acknowledge: bool = True) -> Answer:
        while stream not in self._ended:
            if self._gone:
                raise Closed(self._gone)
            self.pump(acknowledge=acknowledge)
        if self._ended[stream]:
            raise Closed(self._ended[stream])
        return self._answers[stream]

    def pump(self, *, acknowledge: bool = True) -> None:
        """Read once. Without `acknowledge` the flow-control window is not opened again."""
        try:
            data = self.socket.recv(262_144)
        except TimeoutError:
            raise Silence from None
        except OSError as error:
            raise Closed(type(error).__name__) from None
        if not data:
            self._gone = self._gone or "closed"
            return
        self._unread += data
        try:
            while (frame := self._next_frame()) is not None:
                for event in self.h2.receive_data(frame):
                    self._take(event, acknowledge)
                self.flush()
        except h2.exceptions.ProtocolError as error:
            raise Closed(f"broken framing: {type(error).__name__}") from None

    def _next_frame(self) -> bytes | None:
        """Take one whole frame (RFC 9113, 4.1), so that what comes after a GOAWAY can be read as well."""
        size = 9 + int.from_bytes(self._unread[:3], "big")
        if len(self._unread) < max(size, 9):
            return None
        frame, self._unread = self._unread[:size], self._unread[size:]
        return frame

    def _take(self, event: h2.events.Event, acknowledge: bool) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            pairs = [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in event.headers]
            self._answers[event.stream_id] = Answer(int(dict(pairs)[":status"]), pairs)
        elif isinstance(event, h2.events.DataReceived):
            self._answers[event.stream_id].body += event.data
            if acknowledge:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._ended[event.stream_id] = ""
        elif isinstance(event, h2.events.StreamReset):
            self._ended[event.stream_id] = f"stream reset {int(event.error_code)}"
        elif isinstance(event, h2.events.ConnectionTerminated):
            if event.error_code:
                self._gone = f"goaway {int(event.error_code)}"
            else:  # streams already open are still answered, though h2 takes the connection for closed
                self.h2.state_machine.state = h2.connection.ConnectionState.CLIENT_OPEN
