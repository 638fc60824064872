from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demijohn.datastructures import FormData
from demijohn.errors import HTTPError
from demijohn.http.own_cookies import OwnCookies
from demijohn.http.request import Request
from demijohn.http.uploads import Files
from demijohn.pipeline.csrf import CsrfCheck, CsrfRules
from demijohn.security.csrf import CsrfPolicy, CsrfTokens, Exempt, RouteCsrf, Verdict
from demijohn.types import Origin

if TYPE_CHECKING:
    from .conftest import MakeRequest

TOKENS = CsrfTokens([b"k" * 32])
FORM = ("content-type", "application/x-www-form-urlencoded")


def check_for(route: RouteCsrf = "auto", *, disabled: bool = False, knows_tls: bool = False) -> CsrfCheck:
    return CsrfCheck(CsrfRules(CsrfPolicy(disabled=disabled), knows_tls=knows_tls), route)


class KnownSession:
    """Be the session of a visitor, as far as the check looks at it."""

    def __init__(self, id: str, *, new: bool = False) -> None:
        self.id = id
        self.new = new


def prepare(request: Request, *, form: dict[str, str] | None = None, session: KnownSession | None = None) -> Request:
    services: Any = {CsrfTokens: TOKENS, OwnCookies: OwnCookies(plain_http=True)}
    request.services = services
    if form is not None:
        request.keep_form(FormData(form), Files())
    if session is not None:
        known: Any = session
        request.session = known
    return request


def test_a_route_that_is_exempt_and_an_app_without_the_check_ask_for_nothing(make_request: MakeRequest) -> None:
    stranger = make_request("POST", headers=[("sec-fetch-site", "cross-site"), ("cookie", "dj_session=x")])
    exempt = Exempt("a webhook", Origin("app.py", 1))
    assert check_for(exempt).check(stranger) is False
    assert check_for(disabled=True).check(stranger) is False
    assert check_for("always", disabled=True).is_strict is False
    assert check_for(exempt).is_strict is False
    assert check_for("always").is_strict is True
    with pytest.raises(HTTPError, match="another site"):
        check_for().check(stranger)


@pytest.mark.parametrize(
    ("cookie", "auto", "always"),
    [("", False, True), ("dj_session=x", True, True), ("theme=dark; pre=x", False, True), ("dj_session=", True, True)],
)
def test_a_token_is_due_where_a_cookie_came_or_the_route_insists(
    make_request: MakeRequest, cookie: str, auto: bool, always: bool
) -> None:
    request = prepare(make_request("POST", headers=[("cookie", cookie)]))
    assert check_for("auto").check(request) is auto
    assert check_for("always").check(request) is always


def test_evidence_of_the_own_site_makes_no_token_due(make_request: MakeRequest) -> None:
    cookie = ("cookie", "dj_session=x")
    for evidence in (("sec-fetch-site", "same-origin"), ("origin", "http://testserver")):
        assert check_for("always").check(prepare(make_request("POST", headers=[cookie, evidence]))) is False


def test_http_is_believed_to_be_http_only_where_a_proxy_would_have_told(make_request: MakeRequest) -> None:
    request = make_request("POST", headers=[("origin", "https://testserver")])
    assert check_for().check(prepare(request)) is False
    with pytest.raises(HTTPError) as refused:
        check_for(knows_tls=True).check(request)
    assert refused.value.code == "csrf.origin"


def test_a_websocket_is_judged_although_it_is_a_get(make_request: MakeRequest) -> None:
    rules = CsrfRules(CsrfPolicy(), knows_tls=False)
    stranger = make_request("GET", headers=[("origin", "https://evil.example")])
    assert rules.judge(stranger) is Verdict.ALLOW
    with pytest.raises(HTTPError):
        rules.judge(stranger, websocket=True)
    assert rules.judge(make_request("GET"), websocket=True) is Verdict.NEEDS_EVIDENCE


def is_valid(request: Request, *, is_body_read: bool = True) -> bool:
    return CsrfRules(CsrfPolicy(), knows_tls=False).has_valid_token(request, is_body_read=is_body_read)


def test_a_token_is_bound_to_the_session_that_is_there(make_request: MakeRequest) -> None:
    cookies = ("cookie", "dj_session=x; pre=stand-in")
    for bound_to, session, valid in [
        ("the-id", KnownSession("the-id"), True),
        ("stand-in", KnownSession("the-id"), False),
        ("other", KnownSession("the-id"), False),
        ("stand-in", KnownSession("fresh", new=True), True),
        ("fresh", KnownSession("fresh", new=True), False),
    ]:
        token = TOKENS.make(bound_to)
        in_field = prepare(make_request("POST", headers=[cookies, ("x-csrf-token", token)]), session=session)
        in_form = prepare(make_request("POST", headers=[cookies, FORM]), form={"csrf_token": token}, session=session)
        assert is_valid(in_field) is valid
        assert is_valid(in_form) is valid


def test_without_a_session_it_is_bound_to_the_cookie_that_stands_for_one(make_request: MakeRequest) -> None:
    token = TOKENS.make("stand-in")
    for cookie, valid in (("pre=stand-in", True), ("pre=other", False), ("__Host-pre=stand-in", False), ("", False)):
        request = prepare(make_request("POST", headers=[("cookie", cookie), ("x-csrf-token", token)]))
        assert is_valid(request) is valid
    over_tls = prepare(make_request("POST", headers=[("cookie", "__Host-pre=stand-in"), ("x-csrf-token", token)]))
    over_tls.scheme = "https"
    assert is_valid(over_tls)


def test_a_field_in_the_head_comes_before_the_form(make_request: MakeRequest) -> None:
    cookie = ("cookie", "pre=stand-in")
    good = TOKENS.make("stand-in")
    wrong_first = make_request("POST", headers=[cookie, FORM, ("x-csrf-token", "wrong")])
    assert not is_valid(prepare(wrong_first, form={"csrf_token": good}))


def test_a_body_that_was_not_read_is_not_looked_at(make_request: MakeRequest) -> None:
    request = prepare(make_request("POST", headers=[("cookie", "pre=stand-in"), FORM]))
    request.stream_from(aiter(request.transport))
    assert not is_valid(request, is_body_read=False)
    with pytest.raises(HTTPError) as refused:
        check_for("always").check_token(request, is_body_read=False)
    assert refused.value.code == "csrf.no_evidence"


def test_no_form_is_read_of_a_body_that_is_none(make_request: MakeRequest) -> None:
    request = prepare(make_request("POST", headers=[("cookie", "pre=x"), ("content-type", "text/plain")]))
    request.keep_body(b"csrf_token=" + TOKENS.make("x").encode())
    assert not is_valid(request)


def test_without_a_key_no_token_was_ever_made(make_request: MakeRequest) -> None:
    request = make_request("POST", headers=[("cookie", "pre=x"), ("x-csrf-token", TOKENS.make("x"))])
    assert not is_valid(request)
