"""Fill a settings class from its sources. Reading the sources is in sources.py, converting a value in values.py.

The order: default < `[tool.demijohn]` in pyproject.toml < `.env` (development only) < environment < arguments.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from demijohn.annotations import hints_of
from demijohn.config.config import Config
from demijohn.config.names import environment_name
from demijohn.config.secret import MASK, masked
from demijohn.config.sources import PROJECT_KEYS, Entry, Sources, read_sources
from demijohn.config.values import from_object, from_text, holds_secret
from demijohn.errors import ConfigError, Problem

__all__ = ["Setting", "load_config", "trace_config"]

_C = TypeVar("_C", bound=Config)
_SECRET_FILE_BYTES = 65536


class Setting(msgspec.Struct, frozen=True):
    """Tell one setting: its name in the environment, its value as it may be shown, and the place it came from."""

    name: str
    value: str
    place: str


def load_config(
    cls: type[_C], *, development: bool, root: Path, environ: Mapping[str, str], arguments: Mapping[str, object]
) -> _C:
    """Return the settings of the project at `root`. `arguments` go by field name and win over all.

    Raises:
        ConfigError: values are missing or wrong; it lists all of them, with their places, and shows no secret.
    """
    return _Loading(cls, read_sources(root, environ, development=development), arguments, development).finish(cls)


def trace_config(
    cls: type[Config], *, development: bool, root: Path, environ: Mapping[str, str], arguments: Mapping[str, object]
) -> list[Setting]:
    """Return every setting of `cls`, in the order of its fields, with its masked value and where it came from.

    Raises:
        ConfigError: as `load_config` does.
    """
    loading = _Loading(cls, read_sources(root, environ, development=development), arguments, development)
    config = loading.finish(cls)
    return [
        Setting(
            environment_name(field.name),
            masked(field.name, getattr(config, field.name)),
            loading.places.get(field.name, "default"),
        )
        for field in dataclasses.fields(cls)
    ]


class _Loading:
    """Collect the values, the places and the problems of one run over the fields."""

    def __init__(self, cls: type[Config], sources: Sources, arguments: Mapping[str, object], development: bool) -> None:
        self._sources = sources
        self._arguments = arguments
        self._development = development
        self.problems = list(sources.problems)
        self.values: dict[str, object] = {}
        self.places: dict[str, str] = {}
        types = hints_of(cls)
        names = []
        for field in dataclasses.fields(cls):
            names.append(field.name)
            has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
            self._fill(field.name, types[field.name], required=not has_default)
        self._refuse_unknown(names)

    def finish(self, cls: type[_C]) -> _C:
        """Build the settings object, or raise all that was found."""
        if not self.problems:
            build: Callable[..., _C] = cls  # the values have been checked against the types of the fields
            try:
                return build(**self.values)
            except ValueError as error:  # what a __post_init__ of the project refuses
                self.problems.append(Problem(f"{cls.__name__} refuses these settings: {error}"))
        raise ConfigError(self.problems)

    def _fill(self, name: str, wanted: object, *, required: bool) -> None:
        variable = environment_name(name)
        secret = holds_secret(wanted)
        entry, is_text = self._entry(name, variable, secret=secret)
        if entry is None:
            if required:
                self._report_missing(variable, secret=secret)
            return
        try:
            value = from_text(str(entry.value), wanted) if is_text else from_object(entry.value, wanted)
            if name == "site_url" and value is not None:
                value = _site_url(str(value))
        except ValueError as error:
            shown = "" if secret else masked(name, entry.value)
            shown = "the value" if shown in ("", MASK) else repr(shown) if isinstance(entry.value, str) else shown
            self.problems.append(Problem(f"{shown} {error}.", f"{variable} (from {entry.place})"))
        else:
            self.values[name] = value
            self.places[name] = entry.place

    def _entry(self, name: str, variable: str, *, secret: bool) -> tuple[Entry | None, bool]:
        """Return what the strongest source says, and whether that is text that must be read."""
        if name in self._arguments:
            return Entry(name, self._arguments[name], "an argument"), False
        for source in (self._sources.environment, self._sources.dotenv):
            entry = source.get(variable)
            pointer = source.get(f"{variable}_FILE") if secret else None
            if entry is not None and pointer is not None:
                message = f"{variable} and {variable}_FILE are both set in {entry.place.partition(',')[0]}."
                self.problems.append(Problem(message, remedy="Keep one of them."))
            elif pointer is not None:
                entry = self._read_secret_file(pointer)
            if entry is not None:
                return entry, True
        entry = self._sources.project.get(name)
        if entry is not None and secret and entry.value:
            where = f"{variable} (from {entry.place})"
            message = "A secret does not belong in pyproject.toml, which everyone who has the source can read."
            self.problems.append(Problem(message, where, "Move it to the environment, or to .env in development."))
            return None, False
        return entry, False

    def _read_secret_file(self, pointer: Entry) -> Entry | None:
        path = Path(str(pointer.value))
        try:
            with path.open("rb") as file:
                content = file.read(_SECRET_FILE_BYTES + 1)
            if len(content) > _SECRET_FILE_BYTES:
                raise ValueError(f"it is longer than {_SECRET_FILE_BYTES} bytes")
            return Entry(pointer.name, content.decode("utf-8").rstrip("\r\n"), f"{path}, named in {pointer.place}")
        except UnicodeDecodeError:
            reason = "it is not UTF-8"
        except OSError as error:
            reason = str(error.strerror)
        except ValueError as error:
            reason = str(error)
        where = f"{pointer.name} (from {pointer.place})"
        self.problems.append(Problem(f"The file {str(path)!r} cannot be read: {reason}.", where))
        return Entry(pointer.name, "unreadable", where)

    def _report_missing(self, variable: str, *, secret: bool) -> None:
        known = [*self._sources.environment, *self._sources.dotenv]
        near = _near(variable, known)
        message = f"The setting {variable} is missing."
        if near:
            message += f" There is {near!r}: did you mean that?"
        if self._development:
            remedy = f"Add {variable}=... to the file .env, or set it in the environment."
        else:
            also = f", or {variable}_FILE to the path of a file that holds it" if secret else ""
            remedy = f"Set {variable} in the environment{also}."
        self.problems.append(Problem(message, remedy=remedy))

    def _refuse_unknown(self, names: Iterable[str]) -> None:
        fields = list(names)
        variables = [environment_name(name) for name in fields]
        for name in self._arguments:
            if name not in fields:
                self._report_unknown(name, "an argument", _near(name.lower(), fields))
        for name, entry in self._sources.project.items():
            if name not in fields:
                self._report_unknown(name, entry.place, _near(name.lower(), [*fields, *PROJECT_KEYS]))
        files = {f"{variable}_FILE" for variable in variables}
        for name, entry in self._sources.dotenv.items():
            near = _near(name.upper(), variables)
            if near and name not in variables and name not in files and near not in self._sources.dotenv:
                self._report_unknown(name, entry.place, near)  # other names may be there for other programs

    def _report_unknown(self, name: str, place: str, near: str | None) -> None:
        message = f"Unknown setting {name!r} (from {place})."
        if near:
            self.problems.append(Problem(f"{message} Did you mean {near!r}?"))
        else:
            self.problems.append(
                Problem(message, remedy=f"Add `{name.lower()}: str` to the settings class, or remove it.")
            )


def _near(name: str, known: Iterable[str]) -> str | None:
    import difflib  # only where there is something to explain

    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.75)), None)


def _site_url(value: str) -> str:
    """Return the address without its trailing slash."""
    example = "an address such as https://example.com"
    try:
        parts = urlsplit(value)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(f"is not {example}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits:
        raise ValueError(f"is not {example}")
    if parts.username is not None or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ValueError(f"has more than scheme, host and port; write {example}")
    return f"{parts.scheme}://{parts.netloc.lower()}"
