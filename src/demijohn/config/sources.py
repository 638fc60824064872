"""Read the places where settings stand: pyproject.toml, `.env` and the environment. Which one wins is in loading.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from demijohn.config.dotenv import parse_dotenv
from demijohn.errors import ConfigError, Problem

__all__ = ["Entry", "Sources", "project_root", "project_table", "read_sources"]

# Keys of [tool.demijohn] that say something of the project and are no settings.
PROJECT_KEYS = frozenset({"app"})


class Entry(msgspec.Struct, frozen=True):
    """Hold one value as its source has it, and the name of the place, `.env, line 3`."""

    name: str
    value: object
    place: str


class Sources(msgspec.Struct):
    """Hold what each source says, by the name it uses, with what was wrong in the files themselves."""

    project: dict[str, Entry] = {}
    dotenv: dict[str, Entry] = {}
    environment: dict[str, Entry] = {}
    problems: list[Problem] = []


def read_sources(root: Path, environ: Mapping[str, str], *, development: bool) -> Sources:
    """Read all sources of the project at `root`; `.env` counts in development only."""
    sources = Sources()
    try:
        table = project_table(root)
    except ConfigError as error:
        sources.problems.extend(error.problems)
    else:
        _read_project(root, table, sources)
    if development:
        _read_dotenv(root / ".env", sources)
    sources.environment = {name: Entry(name, value, "the environment") for name, value in environ.items()}
    return sources


def project_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds a pyproject.toml or a `.env`; else `start` itself.

    The search ends at the top of a git work tree, so that a file in the home directory never counts.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file() or (folder / ".env").is_file():
            return folder
        if (folder / ".git").exists():
            break
    return start


def project_table(root: Path) -> Mapping[str, object]:
    """Return `[tool.demijohn]` of the pyproject.toml at `root`, empty where there is none.

    Raises:
        ConfigError: the file is no TOML.
    """
    path = root / "pyproject.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(f"The file cannot be read: {error}", str(path))]) from None
    if "demijohn" not in text:
        return {}
    import tomllib  # only where there is something to read

    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(f"The file is not valid TOML: {error}.", str(path))]) from None
    table = tool.get("demijohn", {})
    return table if isinstance(table, dict) else {}


def _read_project(root: Path, table: Mapping[str, object], sources: Sources) -> None:
    if not table:
        return
    lines = (root / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    for name, value in table.items():
        if name not in PROJECT_KEYS:
            line = _toml_line(lines, name)
            sources.project[name] = Entry(name, value, f"pyproject.toml, line {line}" if line else "pyproject.toml")


def _toml_line(lines: list[str], name: str) -> int | None:
    """Find where a key of [tool.demijohn] stands. tomllib keeps no lines, and a wrong guess would only mislabel."""
    key = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
    inside = False
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith("["):
            inside = line.partition("#")[0].strip().replace(" ", "") == "[tool.demijohn]"
        elif inside and key.match(line):
            return number
    return None


def _read_dotenv(path: Path, sources: Sources) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        sources.problems.append(Problem(f"The file cannot be read: {reason}.", str(path)))
        return
    lines, errors = parse_dotenv(text)
    sources.problems.extend(Problem(error.message, f".env, line {error.line}") for error in errors)
    for line in lines:
        if (first := sources.dotenv.get(line.name)) is not None:
            message = f"{line.name} stands in the file twice; the first is in {first.place}."
            sources.problems.append(Problem(message, f".env, line {line.line}", "Keep one of them."))
        sources.dotenv[line.name] = Entry(line.name, line.value, f".env, line {line.line}")
