from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from demijohn.context import NoContextError, enter_scope
from demijohn.contracts import SessionStore
from demijohn.errors import ConfigError, DemijohnError
from demijohn.http.own_cookies import OwnCookies
from demijohn.http.request import Request
from demijohn.pipeline.csrf_token import csrf_token
from demijohn.security.csrf import CsrfTokens
from demijohn.sessions.cookie_store import CookieSessionStore
from demijohn.signing import Signer

if TYPE_CHECKING:
    from .conftest import MakeRequest

TOKENS = CsrfTokens([b"k" * 32])


def prepare(request: Request, *, scheme: str = "http") -> Request:
    store = CookieSessionStore(Signer([b"k" * 32], "session"))
    services: Any = {CsrfTokens: TOKENS, OwnCookies: OwnCookies(plain_http=True), SessionStore: store}
    request.services = services
    request.scheme = scheme
    return request


def token_for(request: Request) -> str:
    with enter_scope(request):
        return csrf_token()


def test_a_visitor_without_a_session_gets_a_stand_in_once_for_a_request(make_request: MakeRequest) -> None:
    request = prepare(make_request())
    tokens = [token_for(request) for _ in range(2)]
    assert request.csrf_binding is not None
    assert len(request.csrf_binding) == 22  # 16 random bytes
    assert tokens[0] != tokens[1]
    assert all(TOKENS.valid(token, request.csrf_binding) for token in tokens)
    assert request.loaded_session is None  # and stays cacheable as far as the session goes
    assert not request.is_plain


@pytest.mark.parametrize(("scheme", "name"), [("http", "pre"), ("https", "__Host-pre")])
def test_the_stand_in_that_came_is_used_again(make_request: MakeRequest, scheme: str, name: str) -> None:
    request = prepare(make_request(headers=[("cookie", f"{name}=kept")]), scheme=scheme)
    assert TOKENS.valid(token_for(request), "kept")
    other = prepare(make_request(headers=[("cookie", f"{name}=")]), scheme=scheme)
    assert not TOKENS.valid(token_for(other), "")
    assert other.csrf_binding


def test_a_session_that_holds_something_is_what_a_token_is_bound_to(make_request: MakeRequest) -> None:
    request = prepare(make_request())
    request.session["n"] = 1
    assert TOKENS.valid(token_for(request), request.session.id)
    assert request.csrf_binding is None
    request.session.regenerate()
    assert TOKENS.valid(token_for(request), request.session.id)


def test_an_empty_or_unknown_session_is_none(make_request: MakeRequest) -> None:
    emptied = prepare(make_request())
    emptied.session["n"] = 1
    emptied.session.clear()
    token_for(emptied)
    assert emptied.csrf_binding is not None
    unknown = prepare(make_request(headers=[("cookie", "dj_session=forged")]))
    token_for(unknown)
    assert unknown.csrf_binding is not None


def test_without_a_key_the_line_to_add_is_told(make_request: MakeRequest) -> None:
    with pytest.raises(ConfigError, match="Set SECRET_KEY"):
        token_for(make_request())


def test_outside_of_a_request_there_is_nobody_to_bind_it_to() -> None:
    with pytest.raises(NoContextError, match="CSRF token"):
        csrf_token()

    class Command:
        services: ClassVar[Any] = {}

    with enter_scope(Command()), pytest.raises(DemijohnError, match="bound to the visitor"):
        csrf_token()
