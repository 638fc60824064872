"""Security policy, section 8: cookies are closed by default, and a session is nobody's but its visitor's."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, DemijohnError, Request, Response, Session, abort, html, request, session
from demijohn.testing import Client

from .apps import five_lines
from .conftest import KEY

if TYPE_CHECKING:
    from .conftest import Serve, Setup

TLS = "https://testserver"
NAME = "__Host-dj_session"


def session_app() -> App:
    app = App(__name__)

    @app.route("/count", methods=["GET", "POST"])
    async def count(session: Session) -> dict[str, object]:
        session["n"] = int(str(session.get("n", 0))) + 1
        return {"n": session["n"]}

    @app.get("/touch/<how>")
    def touch(how: str, session: Session) -> str:
        touches: dict[str, Callable[[], object]] = {
            "get": lambda: session.get("n"),
            "in": lambda: "n" in session,
            "len": lambda: len(session),
            "bool": lambda: bool(session),
            "iter": lambda: list(session),
            "id": lambda: session.id,
            "items": lambda: list(session.items()),
            "compare": lambda: session == {},
            "nothing": lambda: None,
        }
        touches[how]()
        return "touched"

    _add_answers_with_a_session(app)
    return app


def _add_answers_with_a_session(app: App) -> None:
    @app.get("/missing")
    def missing(session: Session) -> None:
        abort(404, f"Nothing for {len(session)}")

    @app.get("/public")
    def public(session: Session) -> Response:
        return Response("counted", headers={"cache-control": "public, max-age=60", "vary": f"accept, {len(session)}"})

    @app.get("/log-in")
    def log_in(session: Session) -> str:
        before = session.id
        session.regenerate()
        session["user"] = 1
        return f"{before} {session.id}"

    @app.get("/clear")
    def clear() -> None:
        session.clear()

    @app.get("/big")
    def big() -> None:
        session["much"] = "x" * 4000

    @app.get("/id")
    def show_id(session: Session) -> dict[str, object]:
        return {"id": session.id, "n": session.get("n")}


# Cookies of the project's own.


def cookie_app(*arguments: str, **options: Any) -> App:
    app = App(__name__)

    @app.get("/")
    def set_it() -> Response:
        response = Response("set")
        response.set_cookie(*(arguments or ("theme", "dark")), **options)
        return response

    @app.get("/delete")
    def delete_it() -> Response:
        response = Response("gone")
        response.delete_cookie(arguments[0] if arguments else "theme")
        return response

    return app


def test_a_cookie_is_closed_unless_it_is_opened(serve: "Serve") -> None:
    for base_url, secure in (("http://testserver", False), (TLS, True)):
        cookie = serve(cookie_app(), base_url=base_url).get("/").cookies["theme"]
        assert (cookie.secure, cookie.httponly, cookie.samesite, cookie.host_only) == (secure, True, "Lax", True)
    opened = serve(cookie_app(httponly=False, samesite="Strict"), base_url=TLS).get("/").cookies["theme"]
    assert (opened.httponly, opened.samesite) == (False, "Strict")


@pytest.mark.parametrize(
    "options", [{"samesite": "None"}, {"partitioned": True}, {"samesite": "None", "partitioned": True}, {}]
)
@pytest.mark.parametrize("name", ["__Host-a", "__Secure-a", "__HOST-a", "plain"])
def test_what_browsers_take_over_tls_alone_is_never_sent_without_secure(
    serve: "Serve", name: str, options: dict[str, Any]
) -> None:
    needs_tls = bool(options) or name != "plain"
    for base_url in ("http://testserver", TLS):
        client = serve(cookie_app(name, "1", **options), base_url=base_url)
        assert client.get("/").cookies[name].secure == (needs_tls or base_url == TLS)
        assert client.get("/delete").cookies[name].max_age == 0


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("a b", "1"), {}),
        (("a;b", "1"), {}),
        (("", "1"), {}),
        (("a", "1; Domain=evil.example"), {}),
        (("a", "1\r\nSet-Cookie: b=2"), {}),
        (("a", "é"), {}),
        (("a", "x" * 4096), {}),
        (("a", "1"), {"path": "/;x"}),
        (("a", "1"), {"path": "x"}),
        (("a", "1"), {"domain": "exa mple"}),
        (("a", "1"), {"samesite": "lax"}),
        (("a", "1"), {"samesite": "None", "secure": False}),
        (("a", "1"), {"partitioned": True, "secure": False}),
        (("__Host-a", "1"), {"path": "/x"}),
        (("__Host-a", "1"), {"domain": "example.com"}),
        (("__host-a", "1"), {"secure": False}),
        (("__Secure-a", "1"), {"secure": False}),
    ],
)
def test_a_cookie_that_could_be_misread_or_dropped_is_a_mistake_that_is_told(
    arguments: tuple[str, str], options: dict[str, Any]
) -> None:
    with pytest.raises(DemijohnError, match="ookie"):
        Response("x").set_cookie(*arguments, **options)


def test_cookies_are_read_as_browsers_send_them(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(request: Request) -> dict[str, str]:
        return dict(request.cookies)

    client = serve(app)
    for header, cookies in [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1; a=2", {"a": "1"}),
        ("=__Host-dj_session=planted; a=1", {"a": "1"}),
        ("nameless; a=1; ; =", {"a": "1"}),
        ('a="1"; b=x=y', {"a": "1", "b": "x=y"}),
        ("a=1,b=2", {"a": "1,b=2"}),
    ]:
        assert client.get("/", headers={"cookie": header}).json() == cookies
    assert client.get("/", headers=[("cookie", "a=1"), ("cookie", "b=2")]).json() == {"a": "1", "b": "2"}


# Sessions.


def test_the_session_s_cookie_is_bound_to_this_host_and_to_tls(serve: "Serve") -> None:
    cookie = serve(session_app(), base_url=TLS).get("/count").cookies[NAME]
    assert (cookie.secure, cookie.httponly, cookie.samesite, cookie.path, cookie.host_only) == (
        True,
        True,
        "Lax",
        "/",
        True,
    )
    assert cookie.max_age == 14 * 24 * 3600
    assert cookie.refused == ""


def test_over_plain_http_production_sets_no_session_and_reads_none_that_could_be_planted(
    serve: "Serve", setup: "Setup", caplog: pytest.LogCaptureFixture
) -> None:
    value = serve(session_app(), base_url=TLS).get("/count").cookies[NAME].value
    client = serve(session_app())
    response = client.get("/count", headers={"cookie": f"dj_session={value}"})
    if setup.mode == "production":
        assert (response.json(), response.cookies) == ({"n": 1}, {})
        assert "TRUSTED_PROXIES" in caplog.text
        assert client.get("/clear", headers={"cookie": f"{NAME}={value}"}).cookies == {}
    else:
        assert response.json() == {"n": 2}
        assert not response.cookies["dj_session"].secure


def test_over_tls_no_cookie_without_the_prefix_is_read(serve: "Serve") -> None:
    client = serve(session_app(), base_url=TLS)
    value = client.get("/count").cookies[NAME].value
    assert client.get("/count", headers={"cookie": f"{NAME}={value}"}).json() == {"n": 2}
    for name in ("dj_session", "__host-dj_session", "__Secure-dj_session", "x__Host-dj_session"):
        assert client.get("/count", headers={"cookie": f"{name}={value}"}).json() == {"n": 1}


def test_two_different_cookies_of_a_session_count_as_none(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    client = serve(session_app(), base_url=TLS)
    value = client.get("/count").cookies[NAME].value
    other = client.get("/count").cookies[NAME].value
    for fields in (
        [("cookie", f"{NAME}={value}; {NAME}={other}")],
        [("cookie", f"{NAME}={other}; a=b; {NAME}={value}")],
        [("cookie", f"{NAME}={value}"), ("cookie", f"{NAME}={other}")],
        [("cookie", f"{NAME}={value}; {NAME}=")],
    ):
        caplog.clear()
        assert client.get("/id", headers=fields).json()["n"] is None
        assert "Two different session cookies" in caplog.text
        assert value not in caplog.text
    twice = f"{NAME}={value}; {NAME}={value}"
    assert client.get("/id", headers={"cookie": twice}).json()["n"] == 1


@pytest.mark.parametrize("forged", ["", "forged", "a.b.c", "..", "é", "null", "{}", "A" * 5000, "eyJhIjoxfQ.AQ.AA"])
def test_a_forged_session_is_a_new_one_and_its_id_is_not_taken_over(serve: "Serve", forged: str) -> None:
    client = serve(session_app(), base_url=TLS)
    response = client.get("/id", headers={"cookie": f"{NAME}={forged}"})
    if not forged.isascii():
        assert response.status == 400
        return
    assert response.json()["n"] is None
    assert forged == "" or forged not in response.json()["id"]


def test_one_changed_character_anywhere_voids_a_session(serve: "Serve") -> None:
    client = serve(session_app(), base_url=TLS)
    value = client.get("/count").cookies[NAME].value
    for place in range(0, len(value), 7):
        changed = value[:place] + ("B" if value[place] == "A" else "A") + value[place + 1 :]
        assert client.get("/id", headers={"cookie": f"{NAME}={changed}"}).json()["n"] is None
    for changed in (value + "=", value + ".", value.replace(".", "..", 1), value.swapcase()):
        assert client.get("/id", headers={"cookie": f"{NAME}={changed}"}).json()["n"] is None


def test_a_session_of_another_key_or_another_purpose_is_none(serve: "Serve") -> None:
    value = serve(session_app(), base_url=TLS).get("/count").cookies[NAME].value
    stranger = serve(session_app(), base_url=TLS, config={"secret_key": KEY[::-1]})
    assert stranger.get("/id", headers={"cookie": f"{NAME}={value}"}).json()["n"] is None
    rotated = serve(session_app(), base_url=TLS, config={"secret_key": KEY[::-1], "secret_key_fallbacks": [KEY]})
    response = rotated.get("/count", headers={"cookie": f"{NAME}={value}"})
    assert response.json() == {"n": 2}
    new = response.cookies[NAME].value
    assert stranger.get("/id", headers={"cookie": f"{NAME}={new}"}).json()["n"] == 2  # signed with the newest key


@pytest.mark.parametrize("how", ["get", "in", "len", "bool", "iter", "id", "items", "compare"])
def test_any_look_at_a_session_keeps_the_answer_out_of_caches(serve: "Serve", how: str) -> None:
    response = serve(session_app()).get(f"/touch/{how}")
    assert (response.headers["vary"], response.headers["cache-control"]) == ("cookie", "private, no-cache")
    assert response.cookies == {}


def test_an_answer_without_a_look_at_the_session_stays_public(serve: "Serve") -> None:
    client = serve(session_app(), base_url=TLS)
    value = client.get("/count").cookies[NAME].value
    for path in ("/touch/nothing", "/up"):
        headers = client.get(path, headers={"cookie": f"{NAME}={value}"}).headers
        assert not {"vary", "cache-control", "set-cookie"} & set(headers)


def test_an_error_after_a_look_at_the_session_is_private_too(serve: "Serve") -> None:
    headers = serve(session_app()).get("/missing").headers
    assert headers["vary"] == "cookie"
    assert headers["cache-control"] == "no-store"


def test_the_handler_s_own_caching_stays_and_vary_is_added_to_it(serve: "Serve") -> None:
    headers = serve(session_app()).get("/public").headers
    assert headers["cache-control"] == "public, max-age=60"
    assert headers.getlist("vary") == ["accept, 0, cookie"]


def test_the_id_changes_when_rights_do_and_the_values_stay(serve: "Serve") -> None:
    client = serve(session_app(), base_url=TLS, browser=True)
    client.get("/count")
    known = client.get("/id").json()["id"]
    before, after = client.get("/log-in").text.split()
    assert known == before != after
    assert client.get("/id").json() == {"id": after, "n": 1}
    assert len(after) >= 43  # 32 random bytes


def test_what_a_session_cannot_hold_is_an_error_and_not_a_cut_cookie(serve: "Serve") -> None:
    client = serve(session_app(), base_url=TLS, browser=True, raise_server_errors=False)
    client.get("/count")
    response = client.get("/big")
    assert (response.status, response.cookies) == (500, {})
    assert client.get("/count").json() == {"n": 2}


def test_an_app_without_a_key_serves_everything_but_sessions() -> None:
    config = {"allowed_hosts": ["testserver"]}
    with Client(five_lines(), mode="production", config=config) as client:
        assert client.get("/hello/you", headers={"cookie": "__Host-dj_session=x"}).status == 200
    with Client(session_app(), mode="production", config=config, raise_server_errors=False) as client:
        response = client.get("/count")
        assert response.status == 500
        assert "SECRET_KEY" not in response.text


def test_the_session_is_not_for_a_bearer(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(request: Request) -> dict[str, object]:
        return {"cookies": dict(request.cookies), "n": request.session.get("n")}

    client = serve(app)
    headers = {"authorization": "Bearer x", "cookie": "dj_session=x; theme=dark"}
    assert client.get("/", headers=headers).json() == {"cookies": {}, "n": None}


def test_nothing_of_a_session_is_shown_by_accident(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(session: Session) -> Response:
        session["password"] = "hunter2"
        return html("<p>{session} {request}</p>", session=repr(session), request=repr(request.headers))

    text = serve(app, base_url=TLS).get("/", headers={"cookie": "a=s3cret", "authorization": "Basic s3cret"}).text
    assert "hunter2" not in text
    assert "s3cret" not in text


def test_a_complaint_about_plain_http_is_not_repeated_for_each_visitor(
    serve: "Serve", caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(session_app(), mode="production")
    with caplog.at_level(logging.WARNING, "demijohn.security"):
        for _ in range(5):
            client.get("/count")
    assert caplog.text.count("A session was not kept") == 1


@pytest.mark.parametrize("asynchronous", [True, False])
def test_an_answer_that_a_program_keeps_takes_no_cookie_of_one_visitor_to_the_next(asynchronous: bool) -> None:
    app = App(__name__)
    kept = Response("kept", headers={"x-a": "1"})

    def count(request: Request) -> Response:
        if request.query.get("name"):
            request.session["name"] = request.query["name"]
        return kept

    async def acount(request: Request) -> Response:
        return count(request)

    app.add_route("/", acount if asynchronous else count, name="count")
    first = Client(app).get("/?name=ann")
    assert first.headers.getlist("set-cookie")
    second = Client(app).get("/")
    assert second.headers.getlist("set-cookie") == []
    assert "vary" not in second.headers
