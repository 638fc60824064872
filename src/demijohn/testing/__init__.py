"""Test an app without a server: `Client`, `AsyncClient`, and what they return and raise. pytest fixtures: plugin.py.

The names are loaded at first use, because pytest imports this package in every project that has Demijohn installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # type checkers see ordinary imports
    from demijohn.testing.client import AsyncClient, Client
    from demijohn.testing.cookies import CookieJar, SetCookie
    from demijohn.testing.errors import ClientTimeout, TooManyRedirects, WebSocketClosed, WebSocketRefused
    from demijohn.testing.response import ClientResponse
    from demijohn.testing.stream import AsyncStreamedResponse, ReceivedEvent, StreamedResponse
    from demijohn.testing.websocket import AsyncWebSocketSession, WebSocketSession

__all__ = [
    "AsyncClient",
    "AsyncStreamedResponse",
    "AsyncWebSocketSession",
    "Client",
    "ClientResponse",
    "ClientTimeout",
    "CookieJar",
    "ReceivedEvent",
    "SetCookie",
    "StreamedResponse",
    "TooManyRedirects",
    "WebSocketClosed",
    "WebSocketRefused",
    "WebSocketSession",
]

_MODULES = {
    "client": ("AsyncClient", "Client"),
    "cookies": ("CookieJar", "SetCookie"),
    "errors": ("ClientTimeout", "TooManyRedirects", "WebSocketClosed", "WebSocketRefused"),
    "response": ("ClientResponse",),
    "stream": ("AsyncStreamedResponse", "ReceivedEvent", "StreamedResponse"),
    "websocket": ("AsyncWebSocketSession", "WebSocketSession"),
}

if not TYPE_CHECKING:  # a type checker that saw this would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        for module, names in _MODULES.items():
            if name in names:
                value: object = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
