"""Collect and check what the app answers to one request. The app's side of it is in rsgi.py and asgi.py.

The checks are those of the servers that Demijohn runs on. Granian drops an illegal response header without a word, and
a status that does not exist ends its process; here both fail the test that meets them.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import deque
from collections.abc import Iterable
from typing import NoReturn

__all__ = ["Reply"]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, 5.6.2
# RFC 9110, 5.5, without obs-text: Granian's RSGI drops fields that hold other than visible ASCII, SP and HTAB.
_VALUE = re.compile(r"(?:[!-~](?:[ \t!-~]*[!-~])?)?")


class Reply:
    """Hold the answer as it comes in. The app may feed it from any thread; the client waits for it on the loop."""

    def __init__(self, method: str, name: str) -> None:
        self.method = method
        self.name = name
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.chunks: deque[bytes] = deque()
        self.ended = False
        self.upgraded = False  # a WebSocket was accepted: no answer is to come
        self.fault: BaseException | None = None
        self.left = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._changed = asyncio.Event()
        self._received = 0

    @property
    def is_bodiless(self) -> bool:
        """Return whether a body of this answer is never sent (RFC 9110, 6.4.1)."""
        return self.method == "HEAD" or self.status in (204, 304)

    def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Take the status and the header fields.

        Raises:
            AssertionError: no server would send them, or there was an answer before.
        """
        if self.left.is_set() or self.fault is not None:
            return  # servers drop a late answer without harm; after a fault the first one is the one to tell
        if self.status:
            self.fail(f"answered twice, first with {self.status}, then with {status}")
        self._check_status(status)
        self.headers = self.checked_fields(headers)
        self.status = status
        self.notify()

    def feed(self, data: bytes | bytearray) -> None:
        """Take a piece of the body; what a server would not send is dropped."""
        if self.left.is_set() or self.is_bodiless or not data:
            return
        self._received += len(data)
        self.chunks.append(bytes(data))
        self.notify()

    def end(self) -> None:
        """Take note that the body is complete, and compare its length with what was promised.

        Raises:
            AssertionError: the body is longer or shorter than Content-Length says.
        """
        if self.ended:
            return
        self.ended = True
        self.notify()
        if not (self.left.is_set() or self.is_bodiless or self.fault):
            self._check_length()

    def leave(self) -> None:
        """Take note that the client has gone: what the app sends from now on reaches nobody."""
        self.left.set()
        self.notify()

    def fail(self, what: str, cause: BaseException | None = None) -> NoReturn:
        """Record a breach of the protocol and raise it in the app; the client raises it again in the test.

        Raises:
            AssertionError: always.
        """
        fault = AssertionError(f"{self.name}: the app {what}.")
        fault.__cause__ = cause
        self.fault = self.fault or fault
        self.notify()
        raise fault

    def notify(self) -> None:
        """Wake whoever waits for a change."""
        if threading.get_ident() == self._thread:
            self._changed.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    async def change(self) -> None:
        """Return after the next change. Check what you wait for in between: several changes may come as one."""
        self._changed.clear()
        await self._changed.wait()

    def checked_fields(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return header fields with their names in lower case.

        Raises:
            AssertionError: no server could send one of them.
        """
        return [self._checked_field(name, value) for name, value in headers]

    def _check_status(self, status: object) -> None:
        if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
            self.fail(f"answered with the status {status!r}; a final status is a number from 200 to 599 (RFC 9110, 15)")

    def _checked_field(self, name: object, value: object) -> tuple[str, str]:
        if not isinstance(name, str) or not isinstance(value, str):
            self.fail(f"sent the header {name!r} with the value {value!r}; both must be text")
        if not _TOKEN.fullmatch(name):
            self.fail(f"sent a header named {name!r}, which no server can send (RFC 9110, 5.6.2)")
        if not _VALUE.fullmatch(value):
            self.fail(
                f"sent the header {name!r} with the value {value!r}; only visible ASCII with spaces and tabs inside "
                "can be sent (RFC 9110, 5.5)"
            )
        return name.lower(), value

    def _check_length(self) -> None:
        promised = [value for name, value in self.headers if name == "content-length"]
        if promised and promised != [str(self._received)]:
            self.fail(f"promised Content-Length {', '.join(promised)} and sent {self._received} bytes")
