"""Hold every error of the core. A battery's errors live in its own `errors.py` and descend from `DemijohnError`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, NoReturn

__all__ = [
    "ConfigError",
    "DeclarationError",
    "DemijohnError",
    "FieldError",
    "HTTPError",
    "InvalidHeader",
    "Problem",
    "UnsafeRedirect",
    "abort",
]

Location = Literal["path", "query", "header", "cookie", "body", "form", "file"]


class DemijohnError(Exception):
    """Be the parent of every error that Demijohn raises."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """Say what is wrong with one value that a client sent.

    `field` is the dotted name inside its location (`address.zip`, `tags.2`), empty for the location as a whole. `code`
    is stable and meant for programs; `message` is a sentence for people and never repeats the value.
    """

    location: Location
    field: str
    message: str
    code: str = "invalid"


class HTTPError(DemijohnError):
    """Refuse a request with a status from 400 to 599.

    `code` is a stable dotted name for programs; without one it is made from the status (`404` gives `http.not_found`).
    `headers` are added to the answer. An error handler for `HTTPError` sees every refusal of the framework, too.

    Raises:
        ValueError: the status is not one of 400 to 599.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        if not 400 <= status <= 599:
            raise ValueError(f"HTTPError takes a status from 400 to 599, not {status}. To answer {status}, return it.")
        self.status = status
        self.title = _phrase(status)
        self.detail = self.title if detail is None else detail
        self.code = code or "http." + self.title.lower().replace(" ", "_").replace("-", "_").replace("'", "")
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        super().__init__(f"{status} {self.detail}")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def abort(
    status: int,
    detail: str | None = None,
    *,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> NoReturn:
    """Stop handling this request and answer with an error: `abort(404, "No such note", code="note.missing")`.

    Raises:
        HTTPError: always.
    """
    raise HTTPError(status, detail, code=code, headers=headers)


@dataclass(frozen=True, slots=True)
class Problem:
    """Describe one mistake in a declaration: what is wrong, where it stands (`app.py:12`) and what to write instead."""

    message: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n    {self.remedy}" if self.remedy else text


class DeclarationError(DemijohnError):
    """Stop the start: the program declares something that cannot work. Carries every problem found, not the first."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems = (Problem(problems),) if isinstance(problems, str) else tuple(problems)
        count = len(self.problems)
        head = "" if count == 1 else f"{count} mistakes stop the start:\n"
        super().__init__(head + "\n".join(f"{'' if count == 1 else '- '}{problem}" for problem in self.problems))


class ConfigError(DeclarationError):
    """Stop the start: settings are missing or have values that do not fit. Lists all of them with their source."""


class InvalidHeader(DemijohnError, ValueError):
    """Refuse a response header or cookie that could break out of its line or that no client would understand."""


class UnsafeRedirect(DemijohnError, ValueError):
    """Refuse a redirect to an address that is not this site's own."""
