"""Make commands of the functions that an app declares with `@app.command()`: parameters are arguments and options."""

from __future__ import annotations

import asyncio
import enum
import inspect
import typing
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import click

from demijohn.annotations import read_hints, spell, unwrap
from demijohn.app import App
from demijohn.cli.commands.target import load_target
from demijohn.cli.errors import CommandError
from demijohn.cli.location import find_app, freeze_app
from demijohn.context import enter_scope
from demijohn.errors import DeclarationError, Problem
from demijohn.pipeline.pipeline import AppCommand, Mode

__all__ = ["find_app_command"]

_TYPES: dict[object, click.ParamType[Any] | type] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    UUID: click.UUID,
    datetime: click.DateTime(),
    Path: click.Path(path_type=Path),
}


def find_app_command(name: str, folder: Path, mode: Mode) -> click.Command | None:
    """Return the command of that name which the app in `folder` declares; None where there is none, or no app.

    The app is frozen as `mode` has it, for its settings.

    Raises:
        DemijohnError: the app cannot be loaded, or declares the command in a way that does not work.
    """
    try:
        find_app(None, folder)
    except CommandError:
        return None
    app = load_target(None, mode)
    freeze_app(app, mode)
    found = [command for command in app.pipeline.commands if command.name == name]
    if len(found) > 1:
        remedy = 'Rename one of them: @app.command("another-name").'
        message = f"Two commands are named {name!r}, the other at {found[0].origin}."
        raise DeclarationError([Problem(message, str(found[1].origin), remedy)])
    return _build(app, name, found[0]) if found else None


def _build(app: App, name: str, recorded: AppCommand) -> click.Command:
    function = recorded.function
    hints = read_hints(function)
    problems = list(hints.problems.values())
    parameters: list[click.Parameter] = []
    supplied: dict[str, object] = {}
    for parameter in inspect.signature(function).parameters.values():
        declared = hints.types.get(parameter.name, str)
        if declared is App:
            supplied[parameter.name] = app
        elif isinstance(declared, type) and declared in app.pipeline.services:
            supplied[parameter.name] = app.pipeline.services[declared]
        else:
            try:
                parameters.append(_parameter(parameter, declared))
            except LookupError:
                problems.append(_unknown_type(name, parameter.name, declared, recorded))
    if problems:
        raise DeclarationError(problems)

    def call(**values: object) -> None:
        _run(app, function, {**supplied, **{key: _typed(value, hints.types.get(key)) for key, value in values.items()}})

    return click.Command(name, callback=call, params=parameters, help=inspect.getdoc(function))


def _parameter(parameter: inspect.Parameter, declared: object) -> click.Parameter:
    """Return an argument for a parameter without a default, an option for the others.

    Raises:
        LookupError: text cannot be made into that type.
    """
    bare, several = _element(declared)
    choices = _choices(bare)
    kind = click.Choice(list(choices)) if choices else _TYPES[bare]
    required = parameter.default is parameter.empty
    if required and parameter.kind is not parameter.KEYWORD_ONLY:
        return click.Argument([parameter.name], type=kind, nargs=-1 if several else 1)
    flag = "--" + parameter.name.replace("_", "-")
    default = None if required else parameter.default
    if bare is bool and not several:
        return click.Option([f"{flag}/--no-{flag[2:]}"], default=default, required=required, show_default=True)
    if choices and not several:
        default = next((text for text, choice in choices.items() if choice == default), None)
    return click.Option(
        [flag], type=kind, multiple=several, default=default, required=required, show_default=default is not None
    )


def _element(declared: object) -> tuple[object, bool]:
    """Return the type of one value, and whether there are several of them."""
    bare = unwrap(declared).bare
    if typing.get_origin(bare) is list:
        return unwrap(typing.get_args(bare)[0]).bare, True
    return bare, False


def _choices(bare: object) -> dict[str, object]:
    """Return what may be written for an Enum or a Literal, and what each stands for."""
    if typing.get_origin(bare) is Literal:
        return {str(choice): choice for choice in typing.get_args(bare)}
    if isinstance(bare, type) and issubclass(bare, enum.Enum):
        return {str(member.value): member for member in bare}
    return {}


def _typed(value: object, declared: object) -> object:
    """Make of what click has read what the function takes: lists, and members of Enums."""
    choices = _choices(_element(declared)[0])
    if isinstance(value, tuple):
        return [choices.get(each, each) for each in value]
    return choices.get(value, value) if isinstance(value, str) else value


def _unknown_type(command: str, name: str, declared: object, recorded: AppCommand) -> Problem:
    known = ", ".join(spell(kind) for kind in _TYPES)
    message = f"The command {command!r} takes {name!r} as {spell(declared)}, which cannot be read from a command line."
    return Problem(message, str(recorded.origin), f"Take one of {known}, an Enum, a Literal, or a list of them.")


def _run(app: App, function: Callable[..., Any], values: dict[str, object]) -> None:  # Any: what users write
    """Call it between start-up and shut-down, an `async def` on the loop, a `def` outside of it."""
    pipeline = app.pipeline
    with asyncio.Runner() as runner:
        runner.run(pipeline.startup())
        try:
            with enter_scope(pipeline):
                result = function(**values)
                if inspect.iscoroutine(result):
                    runner.run(_in_scope(app, result))
        finally:
            runner.run(pipeline.shutdown())


async def _in_scope(app: App, work: Coroutine[Any, Any, object]) -> None:  # Any: what a coroutine yields to its loop
    with enter_scope(app.pipeline):
        await work
