"""What happens at SIGTERM, and what depends on how the server was started. Each case has a server of its own.

Cases that leave the server as it was are in scenarios.py.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from cryptography.hazmat.primitives import serialization
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from . import launch, raw
from .exchange import fields, head
from .setups import EMBEDDED, ROOT, Running, Setup, fresh

# Whether a WebSocket handler hears of the end before its worker is gone differs from run to run.
RACES = ("ws closed 1005", "ws CancelledError")
UDS = ("--uds", "{uds}")


def terminated(path: str, told: str, *, loop: str = "asyncio", stop: str = "at once") -> Callable[[Setup], str]:
    """Send SIGTERM while a request to `path` is open; `told` is the event after which it is."""

    def steps(setup: Setup) -> str:
        with fresh(setup, loop=loop, stop=stop) as running:
            return _terminate(running, path, told)

    return steps


def embedded(path: str, told: str) -> Callable[[Setup], str]:
    """The same on granian.server.embed.Server, with SIGTERM bound to its stop()."""

    def steps(setup: Setup) -> str:
        if setup in ("uvicorn", "h2"):
            return "-"
        server = launch.ServerProcess((*EMBEDDED, setup, "{port}"), directory=ROOT)
        try:
            return _terminate(Running(setup, server), path, told)
        finally:
            server.stop()

    return steps


def _terminate(running: Running, path: str, told: str) -> str:
    if path.startswith("/ws"):
        if running.setup == "h2":
            return "-"
        opened = _open_websocket(running, path)
    else:
        opened = _open_request(running, path) if path else _no_request(running)
    with opened as outcome:
        if told:
            assert running.server.event(told) is not None
        running.server.terminate()
        client = outcome()
        status = running.server.wait(8.0)
    told_of = running.server.events()
    events = [event for event in told_of if event not in ("init", "lifespan.startup") and not event.startswith(RACES)]
    killed = "" if {"del", "lifespan.shutdown"} & set(told_of) else " (killed at the limit)"
    return f"{', '.join(events)}; exit {status}{killed}{'; client: ' + client if client else ''}"


@contextmanager
def _no_request(running: Running) -> Iterator[Callable[[], str]]:
    running.facts()
    yield lambda: ""


@contextmanager
def _open_request(running: Running, path: str) -> Iterator[Callable[[], str]]:
    if running.setup == "h2":
        with raw.Http2(running.server.address) as second:
            stream = second.request(fields(path))

            def outcome() -> str:
                answered = _outcome(lambda: second.receive(stream))
                with suppress(raw.Silence, raw.Closed):  # acknowledge the farewell, as clients do
                    while not second.gone:
                        second.pump()
                return answered

            yield outcome
    else:
        with raw.Http1(running.server.address) as first:
            first.send(head(f"GET {path}"))
            yield lambda: _outcome(first.receive)


def _outcome(receive: Callable[[], raw.Answer]) -> str:
    try:
        return f"whole answer {receive().status}"
    except raw.Closed:
        return "cut"
    except raw.Silence:
        return "silence"


@contextmanager
def _open_websocket(running: Running, path: str) -> Iterator[Callable[[], str]]:
    assert isinstance(running.server.address, tuple)
    host, port = running.server.address
    with connect(f"ws://{host}:{port}{path}", close_timeout=0.5, proxy=None) as client:

        def outcome() -> str:
            try:
                client.recv(timeout=2)
            except ConnectionClosed as error:
                code = error.rcvd.code if error.rcvd else 1006
                return f"closed, {'no code' if code in (1005, 1006) else f'code {code}'}"
            return "message"

        yield outcome


def over_unix_socket(setup: Setup) -> str:
    with fresh(setup, bind=UDS) as running:
        facts = running.facts()
        return f"client={facts['client']!r}"


def over_tls(setup: Setup) -> str:
    with TemporaryDirectory() as folder:
        certificate, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        authority = trustme.CA()
        issued = authority.issue_cert("localhost")
        certificate.write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))
        private = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.create_default_context()
        authority.configure_trust(context)
        names = ("--ssl-certfile", "--ssl-keyfile") if setup == "uvicorn" else ("--ssl-certificate", "--ssl-keyfile")
        options = (names[0], str(certificate), names[1], str(key))
        context.set_alpn_protocols(["h2"] if setup == "h2" else ["http/1.1"])
        with fresh(setup, *options) as running:
            if setup == "h2":
                with raw.Http2(running.server.address, tls=context) as second:
                    body = second.receive(second.request(fields("/"))).body
            else:
                with raw.Http1(running.server.address, tls=context) as first:
                    first.send(head("GET /"))
                    body = first.receive().body
    scheme = body.partition(b'"scheme": "')[2].partition(b'"')[0].decode()
    version = body.partition(b'"version": "')[2].partition(b'"')[0].decode()
    return f"scheme={scheme!r} version={version!r}"


PROCESS_CASES: dict[str, tuple[Callable[[Setup], str], bool]] = {
    # name: (steps, is it long?)
    "Unix socket": (over_unix_socket, False),
    "TLS": (over_tls, False),
    "SIGTERM, idle": (terminated("", ""), False),
    "SIGTERM, idle, uvloop": (terminated("", "", loop="uvloop"), False),
    "SIGTERM, request in flight": (terminated("/sleep", "asleep"), False),
    "SIGTERM, handler waits for a disconnect": (terminated("/hold", "held"), False),
    "SIGTERM, open stream": (terminated("/drip", "drip"), True),
    "SIGTERM, open stream that heeds the signal": (terminated("/drip/heed", "drip"), False),
    "SIGTERM, open stream that heeds it, uvloop": (terminated("/drip/heed", "drip", loop="uvloop"), False),
    "SIGTERM, open WebSocket": (terminated("/ws/echo", "ws open"), True),
    "SIGTERM, WebSocket told 0.3 s before the server": (terminated("/ws/heed", "ws open", stop="drain"), False),
    "SIGTERM, WebSocket told before, uvloop": (terminated("/ws/heed", "ws open", stop="drain", loop="uvloop"), False),
    "SIGTERM, stream told 0.3 s before the server": (terminated("/drip/heed", "drip", stop="drain"), False),
    "SIGTERM, embedded, request in flight": (embedded("/sleep", "asleep"), False),
    "SIGTERM, embedded, open stream": (embedded("/drip", "drip"), True),
    "SIGTERM, embedded, open stream that heeds it": (embedded("/drip/heed", "drip"), False),
    # Not in the default run: under load Granian's embedded server aborts at its exit now and then (SIGABRT, 2.8.7).
    "SIGTERM, embedded, open WebSocket": (embedded("/ws/echo", "ws open"), True),
    "SIGTERM, embedded, WebSocket that heeds it": (embedded("/ws/heed", "ws open"), True),
}
