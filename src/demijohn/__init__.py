"""Demijohn: a web framework that starts as small as Flask and grows, in the same files, into more than Django.

Every public name of the core is here and is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for type checkers and editors; at run time __getattr__ below imports what is asked for
    from demijohn.app import App as App
    from demijohn.config import Config as Config
    from demijohn.config import Secret as Secret
    from demijohn.context import service as service
    from demijohn.contracts import after_commit as after_commit
    from demijohn.errors import ConfigError as ConfigError
    from demijohn.errors import DeclarationError as DeclarationError
    from demijohn.errors import DemijohnError as DemijohnError
    from demijohn.errors import FieldError as FieldError
    from demijohn.errors import HTTPError as HTTPError
    from demijohn.errors import Problem as Problem
    from demijohn.errors import UnsafeRedirect as UnsafeRedirect
    from demijohn.errors import abort as abort
    from demijohn.extension import Extension as Extension
    from demijohn.extension import Setup as Setup
    from demijohn.http.current import request as request
    from demijohn.http.current import session as session
    from demijohn.http.events import Event as Event
    from demijohn.http.files import send_file as send_file
    from demijohn.http.flash import flash as flash
    from demijohn.http.flash import get_flashed_messages as get_flashed_messages
    from demijohn.http.html import html as html
    from demijohn.http.request import Request as Request
    from demijohn.http.response import JSONResponse as JSONResponse
    from demijohn.http.response import Response as Response
    from demijohn.http.response import Stream as Stream
    from demijohn.http.uploads import UploadedFile as UploadedFile
    from demijohn.http.view import View as View
    from demijohn.http.websocket import WebSocket as WebSocket
    from demijohn.http.websocket import WebSocketClosed as WebSocketClosed
    from demijohn.module import Module as Module
    from demijohn.pipeline.csrf_token import csrf_token as csrf_token
    from demijohn.pipeline.endpoint import CallNext as CallNext
    from demijohn.routing.markers import Body as Body
    from demijohn.routing.markers import Cookie as Cookie
    from demijohn.routing.markers import File as File
    from demijohn.routing.markers import FormField as FormField
    from demijohn.routing.markers import Header as Header
    from demijohn.routing.markers import Provided as Provided
    from demijohn.routing.markers import Query as Query
    from demijohn.routing.redirects import redirect as redirect
    from demijohn.routing.redirects import redirect_external as redirect_external
    from demijohn.routing.redirects import safe_next as safe_next
    from demijohn.routing.urls import url_for as url_for
    from demijohn.security.cors import Cors as Cors
    from demijohn.security.headers import csp as csp
    from demijohn.security.headers import embeddable as embeddable
    from demijohn.security.limits import Limits as Limits
    from demijohn.security.limits import limits as limits
    from demijohn.security.throttle import rate_limit as rate_limit
    from demijohn.sessions.session import Session as Session
    from demijohn.signing import Signer as Signer
    from demijohn.staticfiles.urls import static as static
    from demijohn.templating.page import Page as Page
    from demijohn.templating.page import render as render
    from demijohn.templating.page import render_text as render_text

_HOMES = {
    "App": "app",
    "Body": "routing.markers",
    "CallNext": "pipeline.endpoint",
    "Config": "config",
    "ConfigError": "errors",
    "Cookie": "routing.markers",
    "Cors": "security.cors",
    "DeclarationError": "errors",
    "DemijohnError": "errors",
    "Event": "http.events",
    "Extension": "extension",
    "FieldError": "errors",
    "File": "routing.markers",
    "FormField": "routing.markers",
    "HTTPError": "errors",
    "Header": "routing.markers",
    "JSONResponse": "http.response",
    "Limits": "security.limits",
    "Module": "module",
    "Page": "templating.page",
    "Problem": "errors",
    "Provided": "routing.markers",
    "Query": "routing.markers",
    "Request": "http.request",
    "Response": "http.response",
    "Secret": "config",
    "Session": "sessions.session",
    "Setup": "extension",
    "Signer": "signing",
    "Stream": "http.response",
    "UnsafeRedirect": "errors",
    "UploadedFile": "http.uploads",
    "View": "http.view",
    "WebSocket": "http.websocket",
    "WebSocketClosed": "http.websocket",
    "abort": "errors",
    "after_commit": "contracts",
    "csp": "security.headers",
    "csrf_token": "pipeline.csrf_token",
    "embeddable": "security.headers",
    "flash": "http.flash",
    "get_flashed_messages": "http.flash",
    "html": "http.html",
    "limits": "security.limits",
    "rate_limit": "security.throttle",
    "redirect": "routing.redirects",
    "redirect_external": "routing.redirects",
    "render": "templating.page",
    "render_text": "templating.page",
    "request": "http.current",
    "safe_next": "routing.redirects",
    "send_file": "http.files",
    "service": "context",
    "session": "http.current",
    "static": "staticfiles.urls",
    "url_for": "routing.urls",
}

__all__ = [*_HOMES]
__version__ = "0.1.0"

if not TYPE_CHECKING:  # a type checker that saw this would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        """Import a public name at its first use (PEP 562), so that nobody pays for what is not used."""
        home = _HOMES.get(name)
        if home is None:
            import difflib

            near = difflib.get_close_matches(name, _HOMES, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise AttributeError(f"module 'demijohn' has no attribute {name!r}.{hint}")
        from importlib import import_module

        value = getattr(import_module(f"demijohn.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
