"""Find the project's app and load it. What goes wrong in the user's own files while loading is told by blame.py."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec

from demijohn.app import App
from demijohn.cli.errors import CommandError
from demijohn.config import project_table
from demijohn.errors import DemijohnError

if TYPE_CHECKING:  # loaded when the app freezes
    from demijohn.pipeline.pipeline import Mode, Pipeline

__all__ = ["Location", "find_app", "freeze_app", "load_app"]

_FILES = ("app.py", "main.py")
_FIVE_LINES = '''\
from demijohn import App

app = App(__name__)

@app.get("/")
def index():
    return "Hello!"'''


class Location(msgspec.Struct, frozen=True):
    """Name where an app is: module, name in it (empty where that is to be found out), folder to import from."""

    module: str
    name: str
    folder: Path

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


def find_app(target: str | None, folder: Path) -> Location:
    """Return where the app is, without importing it.

    `target` is `module`, `module:name` or `path/to/file.py[:name]`. Without one, `app` in `[tool.demijohn]` of
    pyproject.toml counts, then the files app.py and main.py of `folder`.

    Raises:
        CommandError: there is none.
        ConfigError: pyproject.toml cannot be read.
    """
    if target:
        return _parse(target, folder)
    configured = project_table(folder).get("app")
    if isinstance(configured, str) and configured:
        return _parse(configured, folder)
    for file in _FILES:
        if (folder / file).is_file():
            return Location(file.removesuffix(".py"), "", folder)
    looked = f"Looked for [tool.demijohn] in pyproject.toml and for {' and '.join(_FILES)} in {folder}."
    example = "\n".join(f"    {line}".rstrip() for line in _FIVE_LINES.splitlines())
    raise CommandError(
        "There is no app here.",
        'Or name yours: `demijohn dev package:app`, or `app = "package:app"` in [tool.demijohn] of pyproject.toml.',
        detail=f"{looked}\nThese lines in app.py are one:\n\n{example}\n",
        status=2,
    )


def load_app(location: Location) -> App:
    """Import the app.

    Raises:
        CommandError: the module does not exist or cannot be imported, or has no app of that name.
    """
    for folder in (location.folder, location.folder / "src"):
        if str(folder) not in sys.path and (folder == location.folder or folder.is_dir()):
            sys.path.insert(0 if folder == location.folder else 1, str(folder))
    try:
        module = importlib.import_module(location.module)
    except (Exception, SystemExit) as error:
        from demijohn.cli.blame import explain_import  # a server that starts has no use for it

        raise explain_import(error, location.module, location.folder) from error
    _refuse_namesake(module, location)
    return _pick(module, location)


def _refuse_namesake(module: ModuleType, location: Location) -> None:
    """Tell where another module of the same name was there first, such as `site` or `code` of Python's own."""
    name = location.module.partition(".")[0]
    own = [path for path in (location.folder / f"{name}.py", location.folder / name / "__init__.py") if path.is_file()]
    loaded = getattr(sys.modules.get(name), "__file__", None) or "built in"
    if own and Path(loaded).resolve() != own[0].resolve():
        message = f"{own[0]} cannot be imported: there is another module {name!r} ({loaded})."
        raise CommandError(message, "Give yours another name.", status=2)


def freeze_app(
    app: App, mode: Mode, *, config: Mapping[str, object] | None = None, only: Sequence[str] = ()
) -> Pipeline:
    """Freeze the app, which imports its convention files.

    Raises:
        DemijohnError: something in the app, in its settings or in those files is wrong.
    """
    folder = Path.cwd()
    try:
        return app.freeze(mode, config=config, only=only)
    except DemijohnError:
        raise
    except (Exception, SystemExit) as error:
        from demijohn.cli.blame import explain_import, project_frame  # as above

        if project_frame(error, folder) is None:
            raise  # no line of the project took part: the mistake is ours, and a traceback tells more
        raise explain_import(error, app.import_name, folder) from error


def _parse(target: str, folder: Path) -> Location:
    module, _, name = target.partition(":")
    if module.endswith(".py") or "/" in module or "\\" in module:
        path = (folder / module).resolve()
        path = path if path.suffix == ".py" else path.with_suffix(".py")
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", "Name a file, or `package.module:app`.", status=2)
        parts = [] if path.stem == "__init__" else [path.stem]
        parent = path.parent
        while (parent / "__init__.py").exists():
            parts.insert(0, parent.name)
            parent = parent.parent
        return Location(".".join(parts), name, parent)
    if not all(part.isidentifier() for part in module.split(".")) or (name and not name.isidentifier()):
        raise CommandError(f"{target!r} does not name an app.", "Write `module:name`, such as `shop:app`.", status=2)
    return Location(module, name, folder)


def _pick(module: ModuleType, location: Location) -> App:
    where = getattr(module, "__file__", None) or location.module
    if location.name:
        if not hasattr(module, location.name):
            raise CommandError(f"{where} has no {location.name!r}.{_hint(module, location.name)}", status=2)
        return _checked(getattr(module, location.name), f"{location.module}:{location.name}")
    if hasattr(module, "app") and not isinstance(module.app, ModuleType):
        return _checked(module.app, f"{location.module}:app")
    apps = _apps_in(module)
    if len(apps) == 1:
        return next(iter(apps.values()))
    if apps:
        names = ", ".join(apps)
        remedy = f"Name one of them: `demijohn dev {location.module}:{next(iter(apps))}`."
        raise CommandError(f"{where} has several apps: {names}.", remedy, status=2)
    factory = next(
        (name for name in ("create_app", "make_app", "get_app") if callable(getattr(module, name, None))), None
    )
    if factory:
        remedy = (
            f"Call it at the end of the file: `app = {factory}()`. Nothing is read or opened before the app is used."
        )
    else:
        remedy = "Write `app = App(__name__)` in it, or name another module: `demijohn dev package.module:app`."
    raise CommandError(f"{where} has no app.", remedy, status=2)


def _apps_in(module: ModuleType) -> dict[str, App]:
    found: dict[str, App] = {}
    for name, value in vars(module).items():
        if isinstance(value, App) and value not in found.values():
            found[name] = value
    return found


def _hint(module: ModuleType, name: str) -> str:
    from difflib import get_close_matches

    apps = list(_apps_in(module))
    near = get_close_matches(name, apps, n=1) or get_close_matches(name, list(vars(module)), n=1) or apps[:1]
    return f" Did you mean {near[0]!r}?" if near else " Write `app = App(__name__)` in it."


def _checked(value: object, spelled: str) -> App:
    if isinstance(value, App):
        return value
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if callable(value):
        remedy = 'To serve another framework\'s app inside one of ours, write `app.mount("/", other)`.'
    else:
        remedy = "Write `app = App(__name__)`."
    raise CommandError(f"{spelled} is no demijohn.App but a {kind}.", remedy, status=2)
