"""Hold the errors of the test kit. A broken protocol is an AssertionError, so that it reads as a failed test."""

from __future__ import annotations

from demijohn.errors import DemijohnError
from demijohn.testing.response import ClientResponse

__all__ = ["ClientTimeout", "TooManyRedirects", "WebSocketClosed", "WebSocketRefused"]


class ClientTimeout(DemijohnError, TimeoutError):
    """Say that the app did not do what was waited for within the client's `timeout`, and where it stands."""


class TooManyRedirects(DemijohnError):
    """Say that following redirects led nowhere: more than ten, or to a site that this app is not."""


class WebSocketRefused(DemijohnError):
    """Say that the app answered a WebSocket's opening request with an HTTP status instead of accepting it.

    Over RSGI a refusal has a status only; `response` has headers and a body over ASGI.
    """

    def __init__(self, response: ClientResponse) -> None:
        self.status = response.status
        self.response = response
        super().__init__(f"The WebSocket {response.url} was refused with {response.status}.")


class WebSocketClosed(DemijohnError):
    """Say that the WebSocket is closed, so nothing more can be received or sent.

    `code` is 1005 where the app gave none, which is always so over RSGI, and 1006 where it broke off.
    """

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"The WebSocket is closed: code {code}{f', {reason}' if reason else ''}.")
