"""Say what can be wrong with a value: the codes and sentences of the house, and the checks behind msgspec.Meta.

Sentences name the bound that was missed, never the value that missed it. The collector of JSON bodies (collector.py)
and the decoder of single texts (text.py) share them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

from demijohn.errors import FieldError, HTTPError

__all__ = [
    "LARGEST_INT",
    "MISSING",
    "SMALLEST_INT",
    "Check",
    "Fault",
    "Refused",
    "compile_checks",
    "one_of",
    "validation_error",
]

SMALLEST_INT: Final = -(2**63)
LARGEST_INT: Final = 2**63 - 1
_SHOWN_CHOICES = 20
_LONGEST_KEY = 64


class Fault(NamedTuple):
    """Name one mistake: a stable code for programs and a sentence for people."""

    code: str
    message: str


class Check(NamedTuple):
    """Pair a test of a value with what to say where it fails."""

    passes: Callable[[Any], object]  # Any: the test is chosen by the type of the values it will get
    fault: Fault


class Refused(Exception):  # not an error: the collector finds out what is wrong
    """Say that a decoded value breaks a rule that msgspec does not know."""


MISSING: Final = Fault("missing", "This is required.")
REPEATED: Final = Fault("repeated", "Must be given only once.")


def validation_error(errors: Iterable[FieldError]) -> HTTPError:
    """Return the refusal of a request whose values do not fit: 422 `validation`."""
    return HTTPError(422, "Some values are missing or not valid.", code="validation", errors=tuple(errors))


def compile_checks(bounds: object, unit: str = "") -> tuple[Check, ...]:
    """Return the checks of a msgspec.Meta, or of a type of msgspec.inspect, whose attributes have the same names.

    `unit` is what the lengths count, in the singular: `character`, `item`.
    """
    return tuple(_checks(bounds, unit))


def one_of(choices: Iterable[object]) -> Fault:
    """Return the fault of a value that is none of the choices; the first 20 are named."""
    texts = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in choices]
    shown = ", ".join(texts[:_SHOWN_CHOICES])
    if len(texts) > _SHOWN_CHOICES:
        shown += f" and {len(texts) - _SHOWN_CHOICES} more"
    return Fault("enum", f"Must be one of: {shown}." if len(texts) > 1 else f"Must be {shown}.")


def shown_key(key: str) -> str:
    """Return a key that a client made up in a form that fits a log line and an error page: 64 characters at most."""
    shown = key if key.isprintable() else "".join(mark if mark.isprintable() else "\ufffd" for mark in key[:80])
    return shown if len(shown) <= _LONGEST_KEY else shown[:_LONGEST_KEY] + "..."


def _checks(bounds: object, unit: str) -> Iterator[Check]:
    for code, (test, sentence) in _NUMBERS.items():
        if (bound := getattr(bounds, code, None)) is not None:
            yield Check(partial(test, bound), Fault(code, sentence.format(bound)))
    for code, (test, sentence) in _LENGTHS.items():
        if (bound := getattr(bounds, code, None)) is not None:
            counted = f"{bound} {unit}" if bound == 1 else f"{bound} {unit}s"
            yield Check(partial(test, bound), Fault(code, sentence.format(counted)))
    if (pattern := getattr(bounds, "pattern", None)) is not None:
        yield Check(re.compile(pattern).search, Fault("pattern", "Does not have the required form."))
    if (aware := getattr(bounds, "tz", None)) is not None:
        wanted = "Must have an offset from UTC, such as Z or +02:00." if aware else "Must not have an offset from UTC."
        yield Check(partial(_has_offset, aware), Fault("timezone", wanted))


def _is_multiple(divisor: float, value: float) -> bool:
    return value % divisor == 0


def _is_long_enough(least: int, value: Any) -> bool:  # Any: whatever has a length
    return len(value) >= least


def _is_short_enough(most: int, value: Any) -> bool:  # Any: as above
    return len(value) <= most


def _has_offset(wanted: bool, value: Any) -> bool:  # Any: datetime or time
    return (value.tzinfo is not None) is wanted


# The bound comes first: `partial(operator.le, 1)` asks whether 1 <= value.
_NUMBERS: Final[dict[str, tuple[Callable[[Any, Any], object], str]]] = {
    "ge": (operator.le, "Must be at least {}."),
    "gt": (operator.lt, "Must be more than {}."),
    "le": (operator.ge, "Must be at most {}."),
    "lt": (operator.gt, "Must be less than {}."),
    "multiple_of": (_is_multiple, "Must be a multiple of {}."),
}
_LENGTHS: Final[dict[str, tuple[Callable[[int, Any], object], str]]] = {
    "min_length": (_is_long_enough, "Must have at least {}."),
    "max_length": (_is_short_enough, "Must have at most {}."),
}
