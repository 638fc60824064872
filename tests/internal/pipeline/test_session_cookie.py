from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from demijohn.contracts import SessionStore
from demijohn.http.own_cookies import OwnCookies
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.pipeline.session_cookie import SessionCookie
from demijohn.sessions.cookie_store import CookieSessionStore
from demijohn.signing import Signer

if TYPE_CHECKING:
    from .conftest import MakeRequest

STORE = CookieSessionStore(Signer([b"k" * 32], "session"))


def prepare(request: Request, *, scheme: str = "http", plain_http: bool = True) -> Request:
    services: Any = {SessionStore: STORE, OwnCookies: OwnCookies(plain_http=plain_http)}
    request.services = services
    request.scheme = scheme
    return request


def saved(request: Request, response: Response | None = None, *, allows_http: bool = True) -> Response:
    response = response or Response("x")
    SessionCookie(allows_http=allows_http).save(request, response)
    return response


def test_a_session_that_nobody_has_touched_leaves_no_trace(make_request: MakeRequest) -> None:
    request = prepare(make_request(headers=[("cookie", "dj_session=x")]))
    assert saved(request).is_plain
    assert request.session.max_age  # having it is no touch
    assert saved(request).is_plain


def test_a_touched_one_makes_the_answer_private_and_a_changed_one_is_sent(make_request: MakeRequest) -> None:
    request = prepare(make_request())
    assert "n" not in request.session
    looked = saved(request)
    assert looked.headers.multi_items()[1:] == [("vary", "cookie"), ("cache-control", "private, no-cache")]
    assert looked.pending_cookies == ()
    request.session["n"] = 1
    (cookie,) = saved(request).pending_cookies
    assert (cookie.name, cookie.max_age, cookie.secure) == ("dj_session", STORE.max_age, None)
    kept = STORE.load(cookie.value)
    assert kept is not None
    assert kept.data == {"n": 1}


@pytest.mark.parametrize(
    ("vary", "expected"),
    [
        ("accept", "accept, cookie"),
        ("Cookie", "cookie"),
        ("accept,  COOKIE , x", "accept, cookie, x"),
        ("*", "*, cookie"),
    ],
)
def test_vary_names_the_cookie_once(make_request: MakeRequest, vary: str, expected: str) -> None:
    request = prepare(make_request())
    assert len(request.session) == 0
    assert saved(request, Response("x", headers={"vary": vary})).headers.getlist("vary") == [expected]


def test_over_tls_the_cookie_has_the_prefix_and_an_emptied_session_takes_it_away(make_request: MakeRequest) -> None:
    request = prepare(make_request(), scheme="https")
    request.session["n"] = 1
    (cookie,) = saved(request).pending_cookies
    assert cookie.format(request_is_secure=True).startswith("__Host-dj_session=")
    again = prepare(make_request(headers=[("cookie", f"__Host-dj_session={cookie.value}")]), scheme="https")
    again.session.clear()
    (gone,) = saved(again).pending_cookies
    assert (gone.name, gone.value, gone.max_age) == ("__Host-dj_session", "", 0)


def test_production_neither_sets_nor_deletes_over_plain_http_and_says_so_once_a_minute(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("demijohn.pipeline.session_cookie.time.monotonic", lambda: now)
    cookie = SessionCookie(allows_http=False)

    def save_one() -> Response:
        request = prepare(make_request(headers=[("cookie", "__Host-dj_session=x")]), plain_http=False)
        request.session["n"] = 1
        response = Response("x")
        cookie.save(request, response)
        return response

    with caplog.at_level(logging.WARNING, "demijohn.security"):
        for _ in range(3):
            response = save_one()
            assert response.pending_cookies == ()
            assert response.headers["cache-control"] == "private, no-cache"
        assert len(caplog.records) == 1
        now += 61
        save_one()
        assert len(caplog.records) == 2
    emptied = prepare(make_request(headers=[("cookie", "__Host-dj_session=x")]), plain_http=False)
    emptied.session.clear()
    assert saved(emptied, allows_http=False).pending_cookies == ()


def test_what_stands_for_a_session_is_set_where_it_is_new(make_request: MakeRequest) -> None:
    request = prepare(make_request(), scheme="https")
    request.csrf_binding = "new"
    (cookie,) = saved(request).pending_cookies
    assert (cookie.name, cookie.value, cookie.max_age, cookie.httponly, cookie.samesite) == (
        "__Host-pre",
        "new",
        None,
        True,
        "Lax",
    )
    kept = prepare(make_request(headers=[("cookie", "__Host-pre=kept")]), scheme="https")
    kept.csrf_binding = "kept"
    response = saved(kept)
    assert response.pending_cookies == ()
    assert response.headers["vary"] == "cookie"
    plain = prepare(make_request(), plain_http=False)
    plain.csrf_binding = "new"
    assert saved(plain, allows_http=False).pending_cookies == ()
