"""Fit a mounted site, ASGI or WSGI, to the one form that the gateways serve."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from demijohn.app_records import MountRecord
from demijohn.errors import DeclarationError, Problem
from demijohn.pipeline.hooks import is_async_callable
from demijohn.pipeline.unmatched import Mount

__all__ = ["as_mount"]


def as_mount(record: MountRecord) -> Mount:
    """Return the mount of a site; a WSGI application is wrapped by a2wsgi.

    Raises:
        DeclarationError: it is neither, or the extra is not installed.
    """
    if is_asgi(record.site):
        return Mount(record.prefix, record.site, plain=record.guard == "plain")
    if not callable(record.site):
        remedy = "Pass the application object: an ASGI or a WSGI callable."
        raise DeclarationError([Problem(f"{record.site!r} cannot be mounted.", str(record.origin), remedy)])
    try:
        from a2wsgi import WSGIMiddleware
    except ImportError:
        remedy = "Install the adapter for WSGI: pip install 'demijohn[mount]'"
        raise DeclarationError([Problem("A WSGI site is mounted.", str(record.origin), remedy)]) from None
    return Mount(record.prefix, WSGIMiddleware(record.site), plain=record.guard == "plain")


def is_asgi(site: Callable[..., Any]) -> bool:  # Any: see MountRecord
    """Tell an ASGI application by what it takes: (scope, receive, send), or by being called asynchronously."""
    if is_async_callable(site):
        return True
    try:
        parameters = inspect.signature(site).parameters.values()
    except (TypeError, ValueError):
        return False
    return sum(p.default is p.empty and p.kind is not p.VAR_KEYWORD for p in parameters) == 3
