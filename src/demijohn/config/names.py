"""Say which names a setting may have and what it is called in the environment. The classes are in config.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from types import FunctionType

from demijohn.errors import DeclarationError, Problem
from demijohn.types import caller_origin

__all__ = ["environment_name", "refuse_bad_names"]

# Names that the shell, the system or the interpreter give a meaning: a setting of that name would read theirs.
_SYSTEM_NAMES = (
    "PATH HOME USER USERNAME LOGNAME LANG LANGUAGE SHELL SHLVL TERM PWD OLDPWD HOST HOSTNAME HOSTTYPE OSTYPE MACHTYPE "
    "UID EUID PPID MAIL EDITOR VISUAL PAGER DISPLAY TZ TMPDIR TMP TEMP COLUMNS LINES IFS PS1 PS2 VIRTUAL_ENV OS "
    "COMSPEC SYSTEMROOT WINDIR APPDATA LOCALAPPDATA USERPROFILE PATHEXT HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY "
    "NO_COLOR FORCE_COLOR"
)
_SYSTEM_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "XDG_", "SSH_")


def environment_name(field_name: str) -> str:
    """Return the name of a setting in the environment and in `.env`: `site_url` is `SITE_URL`."""
    return field_name.upper()


def refuse_bad_names(cls: type) -> None:
    """Check the fields of a settings class that has become a dataclass.

    Raises:
        DeclarationError: names that the system uses, that are not lower case, that collide, or that have no type.
    """
    names = [declared.name for declared in fields(cls)]
    found = [*_problems_of_names(cls, names), *_problems_of_untyped(cls)]
    if found:
        where = str(caller_origin())
        raise DeclarationError(Problem(message, where, remedy) for message, remedy in found)


def _problems_of_names(cls: type, names: list[str]) -> Iterator[tuple[str, str]]:
    system_names = _SYSTEM_NAMES.split()
    for name in names:
        upper, stem = environment_name(name), name.removesuffix("_file")
        if upper in system_names or upper.startswith(_SYSTEM_PREFIXES):
            message = f"The setting {name!r} of {cls.__name__} would read {upper}, which belongs to the system."
            yield message, f"Give it a name of its own: {_own_name(name)!r}."
        elif name != name.lower() or name.startswith("_"):
            message = f"The setting {name!r} of {cls.__name__} is not in lower case, or begins with '_'."
            yield message, f"Write {name.lower().lstrip('_')!r}; the environment has it in upper case."
        elif name != stem and stem in names:
            message = f"{upper} is both the setting {name!r} and the file that holds the setting {stem!r}."
            yield message, f"Call it '{stem}_path'."


def _problems_of_untyped(cls: type) -> Iterator[tuple[str, str]]:
    declared = getattr(cls, "__dataclass_fields__", {})
    for name, value in vars(cls).items():
        if name.startswith("__") or isinstance(value, FunctionType | type) or hasattr(value, "__get__"):
            continue
        if name not in declared or declared[name].default is not value:  # the second: an inherited field, untyped here
            kind = "str | None" if value is None else type(value).__name__
            yield f"{cls.__name__}.{name} has no type, so it is no setting.", f"Write `{name}: {kind} = ...`."


def _own_name(name: str) -> str:
    return f"site_{name}" if name in {"lang", "language", "mail", "tz", "host"} else f"app_{name}"
