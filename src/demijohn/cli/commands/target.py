"""Load and freeze the app that a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from demijohn.app import App
from demijohn.cli.location import find_app, freeze_app, load_app
from demijohn.context import starting_mode
from demijohn.logs import configure_logging

if TYPE_CHECKING:
    from demijohn.pipeline.pipeline import Mode

__all__ = ["frozen_target", "load_target", "target_argument"]

_F = TypeVar("_F", bound=Any)  # Any: click wraps functions of any shape


def target_argument(function: _F) -> _F:
    """Give a command the optional argument that names the app."""
    argument: _F = click.argument("target", required=False, metavar="[MODULE:APP]")(function)
    return argument


def load_target(target: str | None, mode: Mode = "development") -> App:
    """Import the app, in a process of the given mode, without freezing it.

    Raises:
        DemijohnError: it cannot be found or imported.
    """
    starting_mode.set(mode)
    configure_logging(level="WARNING")
    return load_app(find_app(target, Path.cwd()))


def frozen_target(target: str | None, mode: Mode = "development") -> App:
    """Import the app and freeze it as `mode` has it.

    Raises:
        DemijohnError: it cannot be found or imported, or something in it is wrong.
    """
    app = load_target(target, mode)
    freeze_app(app, mode)
    return app
