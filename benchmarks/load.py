"""Send requests for a while and count the answers: with wrk where it is installed, else with a small generator here.

The generator is slower than wrk, which changes little: what is measured is the server's CPU time for each request.
"""

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.servers import CLIENT_CORE, pinned_to

CONNECTIONS: Final = 32
SCRIPT: Final = Path(__file__).parent / "request.lua"

# What Chromium sends with a same-origin fetch() over HTTP/1.1; the client adds Host, the thirteenth.
CHROMIUM: Final = {
    "Connection": "keep-alive",
    "sec-ch-ua-platform": '"Linux"',
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "sec-ch-ua": '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "Accept": "*/*",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Referer": "http://127.0.0.1/",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
}
# What wrk sends by itself: Host and nothing else.
HOST_ONLY: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what is sent over and over. Host, and Content-Length where there is a body, are added."""

    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """Hold how many answers came in how many seconds."""

    count: int
    seconds: float


def generator() -> str:
    """Name what sends the requests."""
    return "wrk" if shutil.which("wrk") else "the built-in generator"


def send_requests(port: int, seconds: float, request: Request) -> Answered:
    """Keep 32 connections busy with this request and count the answers.

    Raises:
        RuntimeError: an answer was not a 200, or a connection broke.
    """
    with pinned_to(CLIENT_CORE), tempfile.NamedTemporaryFile() as body:
        body.write(request.body)
        body.flush()
        if shutil.which("wrk"):
            return _send_with_wrk(port, seconds, request, body.name)
        return _send_with_generator(port, seconds, request, body.name)


def _send_with_wrk(port: int, seconds: float, request: Request, body: str) -> Answered:
    # wrk takes whole seconds only.
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    for name, value in request.headers.items():
        command += ["-H", f"{name}: {value}"]
    url = f"http://127.0.0.1:{port}{request.path}"
    script = ["-s", str(SCRIPT), url, "--", request.method, body] if request.body else [url]
    done = subprocess.run([*command, *script], capture_output=True, text=True, check=False)
    counted = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    if counted is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk met errors with {request.method} {request.path}:\n{done.stdout}{done.stderr}")
    return Answered(int(counted[1]), float(counted[2]))


def _send_with_generator(port: int, seconds: float, request: Request, body: str) -> Answered:
    fields = [f"{name}: {value}" for name, value in request.headers.items()]
    options = ["--method", request.method, "--path", request.path, "--body", body]
    command = [sys.executable, "-m", "benchmarks.load", *options, str(port), str(seconds), *fields]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The load generator failed with {request.method} {request.path}:\n{done.stderr}")
    count, taken = done.stdout.split()
    return Answered(int(count), float(taken))


class _Connection(asyncio.Protocol):
    """Send one request after the other on one connection and count the answers."""

    def __init__(self, request: bytes) -> None:
        self.answers = 0
        self._request = request
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"A stream was asked for and {transport!r} came.")
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"Not a 200: {head!r}")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        whole = len(body) >= int(length[1]) if length else _ends_chunked(head, body)
        if whole and self._transport is not None:
            self.answers += 1
            self._received = b""
            self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_exception(exc or ConnectionResetError("The server closed a connection."))


def _ends_chunked(head: bytes, body: bytes) -> bool:
    """Tell whether a body without a length is there whole: what a WSGI or ASGI app did not measure comes in chunks."""
    if b"transfer-encoding: chunked" not in head.lower():
        raise RuntimeError(f"Neither a length nor chunks: {head!r}")
    return body.endswith(b"0\r\n\r\n")


async def _keep_busy(port: int, seconds: float, request: bytes) -> Answered:
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(request), "127.0.0.1", port))[1] for _ in range(CONNECTIONS)
    ]
    started = time.monotonic()
    broken, _ = await asyncio.wait(
        [each.closed for each in connections], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
    )
    for each in broken:
        each.result()
    return Answered(sum(each.answers for each in connections), time.monotonic() - started)


def main() -> None:
    """Run the built-in generator and print how many answers came, and in how many seconds."""
    parser = argparse.ArgumentParser(description="Send one request over and over; print the answers and the seconds.")
    parser.add_argument("--method", default="GET")
    parser.add_argument("--path", default="/")
    parser.add_argument("--body", type=Path, help="file that holds the body")
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("fields", nargs="*", help="request header fields, 'Name: value'")
    options = parser.parse_args()
    body = options.body.read_bytes() if options.body else b""
    fields = [f"Host: 127.0.0.1:{options.port}", *options.fields]
    if body:
        fields.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([f"{options.method} {options.path} HTTP/1.1", *fields, "", ""])
    answered = asyncio.run(_keep_busy(options.port, options.seconds, head.encode() + body))
    print(answered.count, answered.seconds)


if __name__ == "__main__":
    main()
