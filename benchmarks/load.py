"""Send requests for a while and count the answers: with wrk where it is installed, else with a small generator here.

The generator is slower than wrk, which changes little: what is measured is the server's CPU time for each request.
"""

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
from typing import Final

from benchmarks.servers import CLIENT_CORE, pinned_to

CONNECTIONS: Final = 32

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
HOST_ONLY: Final[dict[str, str]] = {}


def generator() -> str:
    """Name what sends the requests."""
    return "wrk" if shutil.which("wrk") else "built-in generator"


def send_requests(port: int, seconds: float, headers: dict[str, str]) -> int:
    """Keep 32 connections busy with GET / and return how many answers came.

    Raises:
        RuntimeError: an answer was not a 200, or a connection broke.
    """
    with pinned_to(CLIENT_CORE):
        if shutil.which("wrk"):
            return _send_with_wrk(port, seconds, headers)
        fields = [f"{name}: {value}" for name, value in headers.items()]
        command = [sys.executable, "-m", "benchmarks.load", str(port), str(seconds), *fields]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The load generator failed:\n{done.stderr}")
    return int(done.stdout)


def _send_with_wrk(port: int, seconds: float, headers: dict[str, str]) -> int:
    # wrk takes whole seconds only.
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run([*command, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=False)
    counted = re.search(r"(\d+) requests in", done.stdout)
    if counted is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk met errors:\n{done.stdout}{done.stderr}")
    return int(counted[1])


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
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        if length is None or not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"Not a 200 with a length: {head!r}")
        if len(body) >= int(length[1]) and self._transport is not None:
            self.answers += 1
            self._received = b""
            self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_exception(exc or ConnectionResetError("The server closed a connection."))


async def _keep_busy(port: int, seconds: float, fields: list[str]) -> int:
    request = "\r\n".join(["GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", *fields, "", ""]).encode()
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(request), "127.0.0.1", port))[1] for _ in range(CONNECTIONS)
    ]
    broken, _ = await asyncio.wait(
        [each.closed for each in connections], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
    )
    for each in broken:
        each.result()
    return sum(each.answers for each in connections)


def main() -> None:
    """Run the built-in generator and print its count."""
    parser = argparse.ArgumentParser(description="Send GET / over and over and print how many answers came.")
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("fields", nargs="*", help="request header fields, 'Name: value'")
    options = parser.parse_args()
    print(asyncio.run(_keep_busy(options.port, options.seconds, options.fields)))


if __name__ == "__main__":
    main()
