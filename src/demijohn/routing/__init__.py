"""Find the endpoint of a path and build the path of an endpoint. Binding a handler's parameters is in parameters.py."""

from __future__ import annotations

from demijohn.routing.converters import Converter, Converters
from demijohn.routing.pattern import Pattern, PatternError, parse_pattern
from demijohn.routing.reverse import BuildError, build_path, quote_path
from demijohn.routing.route import Route
from demijohn.routing.router import WEBSOCKET, Entry, Match, MethodMismatch, Redirect, Router

__all__ = [
    "WEBSOCKET",
    "BuildError",
    "Converter",
    "Converters",
    "Entry",
    "Match",
    "MethodMismatch",
    "Pattern",
    "PatternError",
    "Redirect",
    "Route",
    "Router",
    "build_path",
    "parse_pattern",
    "quote_path",
]
