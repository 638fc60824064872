from __future__ import annotations

from typing import Any, cast

import pytest

from demijohn.context import NoContextError, enter_scope
from demijohn.http.current import request, session
from demijohn.http.request import Request


class Command:
    """Be a scope that is no request."""

    services: dict[type, object] = {}  # noqa: RUF012  # the protocol wants an attribute


class Store(dict[str, object]):
    """Stand for a session."""


@pytest.fixture
def current() -> Request:
    made = Request("GET", "/x", "", [], {}, "http", "unix", "1.1", cast(Any, None), None)
    made.services = {}
    cast(Any, made).session = Store(a=1)
    return made


def test_the_stand_ins_pass_everything_on(current: Request) -> None:
    with enter_scope(current):
        assert request.path == "/x"
        request.route_name = "show"
        assert current.route_name == "show"
        del request.route_name
        assert current.route_name == ""
        assert request == current
        assert repr(request) == "<Request GET /x>"
        session["b"] = 2
        del session["a"]
        assert (session["b"], "b" in session, len(session), list(session), bool(session)) == (2, True, 1, ["b"], True)
        assert session.get("c", 3) == 3


def test_they_stand_for_another_request_in_another_scope(current: Request) -> None:
    other = Request("POST", "/y", "", [], {}, "http", "unix", "1.1", cast(Any, None), None)
    with enter_scope(current), enter_scope(other):
        assert request.path == "/y"


def test_they_list_the_names_of_what_they_stand_for(current: Request) -> None:
    with enter_scope(current):
        assert {"path", "query"} <= set(dir(request))
    assert "path" not in dir(request)


def test_a_command_is_no_request() -> None:
    with enter_scope(Command()), pytest.raises(NoContextError, match="A command or a task runs here"):
        _ = request.path
    with enter_scope(Command()), pytest.raises(NoContextError, match="A command or a task runs here"):
        session.get("a")


def test_they_cannot_be_keys_for_they_change() -> None:
    for stand_in in (request, session):
        with pytest.raises(TypeError, match="unhashable"):
            hash(stand_in)
