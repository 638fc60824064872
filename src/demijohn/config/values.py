"""Turn what a source says into the type of a setting, strictly. Which source wins is decided in loading.py."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Literal, get_args, get_origin

import msgspec

from demijohn.annotations import spell, unwrap
from demijohn.config.secret import Secret

__all__ = ["from_object", "from_text", "holds_secret"]

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_SEVERAL = (list, tuple, set, frozenset)
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_WORDS: Mapping[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    timedelta: "a duration such as 30s, 15m, 2h or 14d",
}


def from_text(text: str, wanted: object) -> object:
    """Read a value from the environment or from `.env`. Nothing at all is None or an empty list where that fits.

    Raises:
        ValueError: the text does not fit; the message says what would, and does not repeat the text.
    """
    return _convert(_shape(text, wanted), wanted, strict=False)


def from_object(value: object, wanted: object) -> object:
    """Check a value from pyproject.toml or from an argument, which must have the right type already.

    Text is taken for what TOML and JSON have no type for: durations, paths, enums, dates, Decimal, UUID, and Secret.

    Raises:
        ValueError: the value does not fit; the message says what would, and does not repeat the value.
    """
    if isinstance(value, str) and unwrap(wanted).bare is timedelta:
        value = _duration(value)
    return _convert(value, wanted, strict=True)


def holds_secret(wanted: object) -> bool:
    """Return whether a type is or contains a Secret."""
    return get_origin(wanted) is Secret or wanted is Secret or any(holds_secret(part) for part in get_args(wanted))


def _shape(text: str, wanted: object) -> object:
    """Bring text into the form that msgspec's lax conversion reads."""
    annotation = unwrap(wanted)
    plain = annotation.bare
    if not text and annotation.nullable:
        return None
    container = get_origin(plain) or plain
    if container in _SEVERAL:
        inner = next(iter(get_args(plain)), str)
        return [_shape(part.strip(), inner) for part in text.split(",") if part.strip()]
    if not text and container is not str:
        raise ValueError("is empty")
    if container is bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(f"is not {_WORDS[bool]}")
        return word in _TRUE
    if container is timedelta:
        return _duration(text)
    if isinstance(container, type) and (
        issubclass(container, dict | msgspec.Struct) or hasattr(container, "__dataclass_fields__")
    ):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise ValueError(f"is not JSON ({error})") from None
    return text


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"is not {_WORDS[timedelta]}")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def _convert(value: object, wanted: object, *, strict: bool) -> object:
    def decode(target: type, inner: object) -> object:
        kind = get_origin(target) or target
        if kind is Secret:
            return _wrap(inner, next(iter(get_args(target)), str), strict=strict)
        if isinstance(inner, kind):
            return inner
        if target is Path and isinstance(inner, str):
            return Path(inner)
        raise ValueError(f"is not {_article(spell(target))}")

    try:
        converted = msgspec.convert(value, wanted, strict=strict, dec_hook=decode)
    except msgspec.ValidationError as error:
        raise ValueError(error.__cause__.args[0] if error.__cause__ else _sentence(str(error), wanted)) from None
    except TypeError:  # msgspec cannot build this type: a finished object may still be one
        kind = unwrap(wanted).bare
        if isinstance(kind, type) and isinstance(value, kind):
            return value
        raise ValueError(f"cannot be read: {spell(wanted)} is no type for a setting") from None
    if isinstance(converted, float) and not math.isfinite(converted):
        raise ValueError(f"is not {_WORDS[float]}")
    return converted


def _wrap(value: object, inner: object, *, strict: bool) -> Secret[object]:
    if isinstance(value, Secret):
        return value
    if value == "":
        raise ValueError("is empty")
    return Secret(from_object(value, inner) if strict else from_text(str(value), inner))


def _sentence(message: str, wanted: object) -> str:
    """Say in words what msgspec says in types. Its messages name types and limits, never the value."""
    plain = unwrap(wanted).bare
    if get_origin(plain) in _SEVERAL and "$[" in message:
        part = next(iter(get_args(plain)), str)
        return f"holds something that is not {_words(part)}"
    if message.startswith("Expected ") and ", got " not in message:
        return "is out of bounds: " + message[0].lower() + message[1:]
    return f"is not {_words(plain)}"


def _words(wanted: object) -> str:
    plain = unwrap(wanted).bare
    if plain in _WORDS:
        return _WORDS[plain]
    if get_origin(plain) is Literal:
        return "one of " + ", ".join(str(choice) for choice in get_args(plain))
    if isinstance(plain, type) and issubclass(plain, Enum):
        return "one of " + ", ".join(str(member.value) for member in plain)
    if get_origin(plain) in _SEVERAL:
        return f"a list ({_words(next(iter(get_args(plain)), str))} each)"
    return _article(spell(plain))


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"
