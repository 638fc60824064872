"""Write compressed variants of static files before they are deployed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from demijohn.cli.commands.target import frozen_target, target_argument
from demijohn.cli.errors import CommandError
from demijohn.cli.terminal import Terminal
from demijohn.contracts import StaticUrls
from demijohn.logs import printable
from demijohn.staticfiles.compressing import Step, has_brotli, plan, take
from demijohn.staticfiles.files import StaticFiles

__all__ = ["command"]


@click.command("compress")
@target_argument
@click.option("--check", is_flag=True, help="Write nothing; end with status 1 where something is out of date.")
def command(target: str | None, *, check: bool) -> None:
    """Write .gz and .br variants beside the static files.

    Text, SVG, JSON, XML and WebAssembly of 500 bytes and more are compressed where that saves 5 % at least. Variants
    that are up to date stay; those whose file is gone are removed. Clients that accept a variant are sent it instead
    of the file. Run it when the app is built, after everything else that writes static files.
    """
    terminal = Terminal(sys.stdout)
    folders = _folders(target)
    if not folders:
        terminal.line("This app has no static files. Put them into a folder `static` beside the app's module.")
        return
    counts = {"keep": 0, "write": 0, "remove": 0}
    for folder in folders:
        if not os.access(folder, os.W_OK):
            terminal.line(f"Left out: {folder} cannot be written to.", "yellow")
            continue
        for step in _steps(folder):
            counts[step.kind] += 1
            if step.kind != "keep":
                terminal.line(_told(step, check=check))
                _take(step, check=check)
    if not has_brotli():
        terminal.line("No .br variants were written: pip install 'demijohn[fast]' brings brotli.", "yellow")
    pending = counts["write"] + counts["remove"]
    if check:
        terminal.line(f"{pending} out of date, {counts['keep']} up to date.", "bold")
        sys.exit(1 if pending else 0)
    terminal.line(f"{counts['write']} written, {counts['remove']} removed, {counts['keep']} up to date.", "bold")


def _folders(target: str | None) -> list[Path]:
    services = frozen_target(target).pipeline.services
    if StaticUrls not in services:
        return []
    files = services[StaticUrls]
    folders = files.folders if isinstance(files, StaticFiles) else ()
    return list(dict.fromkeys(folder.path.resolve() for folder in folders if folder.path.is_dir()))


def _steps(folder: Path) -> list[Step]:
    try:
        return list(plan(folder))
    except OSError as error:
        raise CommandError(f"A static file cannot be read: {printable(str(error))}.") from error


def _take(step: Step, *, check: bool) -> None:
    if check:
        return
    try:
        take(step)
    except OSError as error:
        raise CommandError(
            f"The variant {printable(str(step.path))} cannot be changed: {printable(str(error))}."
        ) from error


def _told(step: Step, *, check: bool) -> str:
    path = printable(str(_short(step.path)))  # whoever made the file has chosen its name
    if step.kind == "remove":
        return f"{path}: {'to be removed' if check else 'removed'}"
    if check:
        return f"{path}: missing or out of date"
    saved = 1 - len(step.content) / step.original
    return f"{path}: {step.original:,} to {len(step.content):,} bytes, {saved:.0%} less"


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
