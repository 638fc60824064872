"""Open a Python prompt in the context of an app."""

from __future__ import annotations

import code
import importlib.util
import sys
from types import ModuleType

import click

from demijohn.app import App
from demijohn.cli.commands.target import frozen_target, target_argument

__all__ = ["command"]


@click.command("shell")
@target_argument
@click.option("--plain", is_flag=True, help="Take Python's own prompt even where IPython or ptpython is installed.")
@click.option("--deploy", is_flag=True, help="Read settings as `run` does: without .env.")
def command(target: str | None, *, plain: bool, deploy: bool) -> None:
    """Open a Python prompt with the app loaded.

    `app` and the public names of its module are there, and services answer as within a request.
    """
    app = frozen_target(target, "production" if deploy else "development")
    names = _names(app)
    with app.context():
        if plain or not sys.stdin.isatty() or not _open_comfortable(names):
            _open_plain(app, names)


def _names(app: App) -> dict[str, object]:
    module: ModuleType | None = sys.modules.get(app.import_name)
    public = {name: value for name, value in vars(module).items() if not name.startswith("_")} if module else {}
    return {"__name__": "__console__", **public, "app": app}


def _open_comfortable(names: dict[str, object]) -> bool:
    """Open IPython or ptpython where one is installed, and say whether that was so."""
    if importlib.util.find_spec("IPython") is not None:
        importlib.import_module("IPython").start_ipython(argv=[], user_ns=names)
        return True
    if importlib.util.find_spec("ptpython") is not None:
        importlib.import_module("ptpython.repl").embed(names, names)
        return True
    return False


def _open_plain(app: App, names: dict[str, object]) -> None:
    try:
        import readline
        import rlcompleter
    except ImportError:  # Windows
        pass
    else:
        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    version = ".".join(str(part) for part in sys.version_info[:3])
    code.interact(banner=f"Python {version}, {app.import_name}:app is `app`. Ctrl+D ends it.", local=names, exitmsg="")
