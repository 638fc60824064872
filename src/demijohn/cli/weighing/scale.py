"""Be the process that is weighed: a fresh interpreter that imports one stage after the other. rounds.py starts it.

It runs as a script, `python -P scale.py scout|weigh PATH ARGUMENT...`, so that no part of Demijohn is loaded before the
scales are set to zero; that is also why nothing but the smallest modules is imported here at the top.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from demijohn.app import App
    from demijohn.module import Module
    from demijohn.pipeline.pipeline import Pipeline

__all__ = ["main"]


def main(arguments: list[str]) -> dict[str, object]:
    """Do what is asked for and return the report, which JSON can hold.

    `scout MODULE NAME FOLDER` imports the app and tells what it uses. `weigh STAGE...` returns what each stage added,
    the interpreter itself first; a stage is `serve:`, `app:MODULE` or `import:MODULE,...`.
    """
    action, path, *rest = arguments
    bare = {**_reading(), "modules": list(sys.modules), "error": None}
    sys.path[:] = path.split(os.pathsep)
    if action == "scout":
        return _scout(*rest)
    return {"stages": [bare, *map(_weigh, rest)]}


def _weigh(stage: str) -> dict[str, object]:
    kind, _, names = stage.partition(":")
    error = None
    known = set(sys.modules)
    before = _reading()
    try:
        if kind == "serve":
            _serve()
        else:
            if kind == "app":
                _develop()
            for name in names.split(","):
                __import__(name)
    except (Exception, SystemExit) as raised:  # noqa: BLE001  # whatever it is, it is the figure of this stage
        error = f"{type(raised).__name__}: {raised}"
    after = _reading()
    memory = None if before["memory"] is None or after["memory"] is None else after["memory"] - before["memory"]
    modules = [name for name in list(sys.modules) if name not in known]
    return {"cpu": (after["cpu"] or 0) - (before["cpu"] or 0), "memory": memory, "modules": modules, "error": error}


def _reading() -> dict[str, int | None]:
    """Return the nanoseconds of processor time and the bytes of memory that this process has used."""
    return {"cpu": time.process_time_ns(), "memory": _memory()}


def _memory() -> int | None:
    """Return the resident memory, its peak where the system tells no more, or None where it tells nothing.

    Linux's own ru_maxrss is no use: a process inherits it from the one that started it.
    """
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _serve() -> None:
    """Answer one request as an app of one JSON handler does."""
    import asyncio

    from demijohn.app import App

    app = App("weighed")

    @app.get("/")
    def index() -> dict[str, str]:
        return {"hello": "world"}

    here = os.getcwd()
    loop = asyncio.new_event_loop()  # asyncio.run would leave a mark: get_event_loop() fails after it
    try:
        os.chdir(os.sep)  # away from the pyproject.toml of the project, whose settings this app does not know
        pipeline = app.freeze("test", config={"allowed_hosts": ["localhost"]}, private=True)
        loop.run_until_complete(_answer(pipeline))
    finally:
        os.chdir(here)
        loop.close()


async def _answer(pipeline: Pipeline) -> None:
    status = 0

    async def receive() -> MutableMapping[str, Any]:  # Any: ASGI's messages are dicts of many shapes
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:  # Any: as above
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    await pipeline.startup()
    await pipeline.asgi(scope, receive, send)
    await pipeline.shutdown()
    if status != 200:
        raise RuntimeError(f"an app of one handler answers {status} with the settings of this environment")


def _develop() -> None:
    """Let an app that reads its settings while it is imported read those of development."""
    from demijohn.context import starting_mode

    starting_mode.set("development")


def _scout(module: str, name: str, folder: str) -> dict[str, object]:
    from pathlib import Path

    from demijohn.cli.errors import CommandError
    from demijohn.cli.location import Location, load_app
    from demijohn.errors import DemijohnError

    _develop()
    try:
        app = load_app(Location(module, name, Path(folder)))
    except DemijohnError as error:
        return {"error": str(error), "status": error.status if isinstance(error, CommandError) else 1}
    uses = [use.extension for use in app.app_records.extensions]
    return {
        "error": None,
        "path": os.pathsep.join(map(str, sys.path)),
        "extensions": [[extension.full_name, type(extension).__module__] for extension in uses],
        "has_templates": _has_templates(app),
    }


def _has_templates(module: App | Module) -> bool:
    file = getattr(sys.modules.get(module.import_name), "__file__", None)
    if file and os.path.isdir(os.path.join(os.path.dirname(file), "templates")):
        return True
    return any(_has_templates(included.module) for included in module.records.inclusions)


def _report() -> None:
    """Write the report to what was standard output; what the app prints goes to standard error from here on."""
    channel = os.dup(1)
    os.dup2(2, 1)
    report = main(sys.argv[1:])
    import json

    with open(channel, "w", encoding="utf-8") as stream:
        json.dump(report, stream)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a thread that the app started while it was imported would keep the process for ever


if __name__ == "__main__":
    _report()
