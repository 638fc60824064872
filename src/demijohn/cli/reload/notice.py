"""Answer the browser while no server does: a start-up step failed, or the process died; the terminal says why.

What fails before, while the app is loaded, has a page of its own: cli/server/failed.py.
"""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

__all__ = ["Notice"]

_BODY = b"The app does not start. The terminal of `demijohn dev` says why; save the file and load this page again.\n"
_ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\n"
    b"x-content-type-options: nosniff\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)


class Notice:
    """Accept connections on a listening socket, in a thread, and say the same to everyone."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._thread: threading.Thread | None = None
        self._wake: socket.socket | None = None

    def show(self) -> None:
        """Start answering."""
        if self._thread is None:
            self._wake, woken = socket.socketpair()
            self._thread = threading.Thread(target=self._answer, args=(woken,), daemon=True, name="demijohn-notice")
            self._thread.start()

    def hide(self) -> None:
        """Stop answering, so that the app gets the next connection."""
        if self._thread is not None and self._wake is not None:
            self._wake.close()
            self._thread.join()
            self._thread = None

    def _answer(self, woken: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([self._listener, woken], [], [])
            if woken in ready:
                woken.close()
                return
            with suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(1.0)
                    connection.recv(65536)  # closing with unread bytes would reset the connection
                    connection.sendall(_ANSWER)
