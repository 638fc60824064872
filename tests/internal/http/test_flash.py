from __future__ import annotations

from typing import Any, cast

import pytest
from markupsafe import Markup

from demijohn.context import NoContextError, enter_scope
from demijohn.contracts import SessionStore
from demijohn.errors import ConfigError
from demijohn.http.flash import FlashTooLong, flash, get_flashed_messages
from demijohn.http.request import Request
from demijohn.sessions.cookie_store import CookieSessionStore
from demijohn.signing import Signer

STORE = CookieSessionStore(Signer([b"k" * 32], "session.cookie"))


class Command:
    """Be a scope that is no request."""

    services: dict[type, object] = {}  # noqa: RUF012  # the protocol wants an attribute


def make(cookie: str | None = None, *, store: object = STORE) -> Request:
    fields = [] if cookie is None else [("cookie", f"__Host-dj_session={cookie}")]
    request = Request("GET", "/", "", fields, dict(fields), "https", "unix", "1.1", cast(Any, None), None)
    request.services = {} if store is None else {SessionStore: store}
    return request


def cookie_with(*messages: tuple[str, str]) -> str:
    request = make()
    with enter_scope(request):
        for message, category in messages:
            flash(message, category)
    return request.session.save() or ""


def test_a_message_waits_for_the_next_request_and_is_gone_after_it() -> None:
    first = make(cookie_with(("Saved.", "success"), ("Careful.", "warning")))
    with enter_scope(first):
        assert get_flashed_messages() == ["Saved.", "Careful."]
        assert get_flashed_messages(with_categories=True) == [("success", "Saved."), ("warning", "Careful.")]
        assert get_flashed_messages(categories=["warning"]) == ["Careful."]
        assert get_flashed_messages(with_categories=True, categories=("success",)) == [("success", "Saved.")]
        assert get_flashed_messages() == ["Saved.", "Careful."]
    second = make(first.session.save())
    with enter_scope(second):
        assert get_flashed_messages() == []


def test_it_may_be_read_in_the_request_that_flashes() -> None:
    request = make()
    with enter_scope(request):
        flash("a")
        assert get_flashed_messages(with_categories=True) == [("info", "a")]
        flash("b")
        assert get_flashed_messages() == ["a"]
    with enter_scope(make(request.session.save())):
        assert get_flashed_messages() == ["b"]


def test_asking_touches_no_session_of_a_visitor_who_has_none() -> None:
    request = make()
    with enter_scope(request):
        assert get_flashed_messages() == []
    assert (request.loaded_session, request.is_plain) == (None, True)


def test_asking_counts_as_reading_the_session_of_a_visitor_who_has_one() -> None:
    session = make().session
    session["user"] = 1
    request = make(session.save())
    with enter_scope(request):
        assert get_flashed_messages() == []
    assert request.session.accessed
    assert not request.session.modified


def test_without_a_key_there_are_none_and_none_can_be_left() -> None:
    with enter_scope(make("something", store=None)):
        assert get_flashed_messages() == []
        with pytest.raises(ConfigError, match="SECRET_KEY"):
            flash("a")


def test_of_many_messages_the_newest_twenty_stay() -> None:
    with enter_scope(make(cookie_with(*((str(number), "info") for number in range(25))))):
        assert get_flashed_messages() == [str(number) for number in range(5, 25)]


def test_a_message_that_no_cookie_could_hold_is_refused() -> None:
    with enter_scope(make()):
        flash("x" * 1000)
        with pytest.raises(FlashTooLong, match="1,001 characters, of 1,000 at most"):
            flash("x" * 1001)


def test_what_was_marked_as_html_is_text() -> None:
    with enter_scope(make(cookie_with((Markup("<b>x</b>"), "info")))):
        (message,) = get_flashed_messages()
    assert type(message) is str
    assert message == "<b>x</b>"


def test_it_is_for_the_visitor_of_a_request() -> None:
    for call in (lambda: flash("x"), get_flashed_messages):
        with pytest.raises(NoContextError):
            call()
        with enter_scope(Command()), pytest.raises(NoContextError, match="a command or a task has none"):
            call()
