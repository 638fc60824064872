from __future__ import annotations

from demijohn.datastructures import Headers
from demijohn.errors import DemijohnError
from demijohn.testing import ClientResponse, ClientTimeout, WebSocketClosed, WebSocketRefused


def test_a_timeout_is_one_of_pythons_too() -> None:
    assert issubclass(ClientTimeout, TimeoutError)
    assert issubclass(ClientTimeout, DemijohnError)


def test_a_refusal_holds_the_answer() -> None:
    response = ClientResponse(403, Headers(), method="GET", url="http://testserver/chat")
    error = WebSocketRefused(response)
    assert (error.status, error.response) == (403, response)
    assert str(error) == "The WebSocket http://testserver/chat was refused with 403."


def test_a_closed_websocket_says_its_code_and_reason() -> None:
    assert str(WebSocketClosed(1000, "")) == "The WebSocket is closed: code 1000."
    assert str(WebSocketClosed(4001, "enough")) == "The WebSocket is closed: code 4001, enough."
