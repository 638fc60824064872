"""Tell a visitor something on the next page that they see: `flash("Saved.")`. It waits in the session."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, cast, overload

from demijohn.context import NoContextError, current_scope
from demijohn.contracts import SessionStore
from demijohn.errors import DemijohnError
from demijohn.http.request import Request

__all__ = ["FlashTooLong", "flash", "get_flashed_messages"]

_KEY = "_flashes"
_READ = "demijohn.flashes"  # in request.state: what was taken out of the session in this request
_MOST = 20
_LONGEST = 1_000


class FlashTooLong(DemijohnError, ValueError):
    """Refuse a message that is too long to wait in a session, whose cookie holds 3.5 KiB in all."""


def flash(message: str, category: str = "info") -> None:
    """Keep a message for the next page that calls `get_flashed_messages`; beyond 20 the oldest go.

    Message and category are text. What was marked as HTML is text, too, and is escaped like all the rest.

    Raises:
        FlashTooLong: it has more than 1,000 characters.
        ConfigError: no SECRET_KEY, so nothing can be kept for a visitor.
        NoContextError: no request is being handled.
    """
    text = str(message)
    if len(text) > _LONGEST:
        raise FlashTooLong(
            f"A flashed message has {len(text):,} characters, of {_LONGEST:,} at most. Keep it elsewhere and flash a "
            "sentence that leads there."
        )
    session = _request().session
    kept = cast(list[object], session.get(_KEY, []))
    session[_KEY] = [*kept, [str(category), text]][-_MOST:]


@overload
def get_flashed_messages(*, with_categories: Literal[False] = False, categories: Collection[str] = ()) -> list[str]: ...


@overload
def get_flashed_messages(
    *, with_categories: Literal[True], categories: Collection[str] = ()
) -> list[tuple[str, str]]: ...


def get_flashed_messages(
    *, with_categories: bool = False, categories: Collection[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Return the messages that wait for the visitor, oldest first, and forget them; within one request always the same.

    `with_categories` gives `(category, message)`; `categories` picks some, and the others are forgotten, too. A visitor
    without a session has none, and the page stays one that caches may keep.

    Raises:
        NoContextError: no request is being handled.
    """
    request = _request()
    if _READ not in request.state:
        request.state[_READ] = _take(request)
    found = cast(list[tuple[str, str]], request.state[_READ])
    chosen = [(category, text) for category, text in found if not categories or category in categories]
    return chosen if with_categories else [text for _, text in chosen]


def _take(request: Request) -> list[tuple[str, str]]:
    if SessionStore not in request.services:
        return []
    if request.loaded_session is None and request.session_cookie_name not in request.cookies:
        return []
    waiting = cast(list[list[str]], request.session.pop(_KEY, []))
    return [(category, text) for category, text in waiting]


def _request() -> Request:
    scope = current_scope("a flashed message")
    if not isinstance(scope, Request):
        raise NoContextError("Flashed messages are for the visitor of a request; a command or a task has none.")
    return scope
