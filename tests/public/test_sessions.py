"""Promise: a session is a dict that the visitor carries, signed; whatever depends on it stays out of caches."""

import logging
from contextvars import Context
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, DemijohnError, Request, Session, request, session

if TYPE_CHECKING:
    from tests.public.conftest import Serve

both_worlds = pytest.mark.parametrize("world", ["def", "async"])
KEY = "kCpCWbDPmS8dLJ4pFE2DQXGb-xYAp2hL8jFWb5VjUKM"


def counting_app(world: str = "def") -> App:
    app = App(__name__)

    def count(session: Session) -> dict[str, object]:
        session["n"] = int(str(session.get("n", 0))) + 1
        return {"n": session["n"]}

    async def count_async(session: Session) -> dict[str, object]:
        return count(session)

    app.add_route("/count", count if world == "def" else count_async, methods=["GET", "POST"], name="count")

    @app.get("/plain")
    def plain() -> str:
        return "nothing to do with it"

    @app.get("/clear")
    def clear() -> None:
        session.clear()

    @app.get("/look")
    def look() -> dict[str, bool]:
        return {"known": "n" in session}

    return app


@both_worlds
def test_a_session_is_kept_from_request_to_request(serve: "Serve", world: str) -> None:
    client = serve(counting_app(world))
    assert [client.get("/count").json()["n"] for _ in range(3)] == [1, 2, 3]
    assert serve(counting_app(world)).get("/count").json() == {"n": 1}


@both_worlds
def test_the_parameter_and_the_name_are_the_same_session(serve: "Serve", world: str) -> None:
    app = App(__name__)

    def show(s: Session, request: Request) -> list[object]:
        s["a"] = 1
        request.session["b"] = 2
        session["c"] = 3
        return [dict(s), len(session), bool(session), sorted(session)]

    async def show_async(s: Session, request: Request) -> list[object]:
        return show(s, request)

    app.add_route("/", show if world == "def" else show_async)
    assert serve(app).get("/").json() == [{"a": 1, "b": 2, "c": 3}, 3, True, ["a", "b", "c"]]


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(serve: "Serve") -> None:
    cookie = serve(counting_app()).get("/count").cookies["dj_session"]
    assert (cookie.httponly, cookie.samesite, cookie.path, cookie.host_only) == (True, "Lax", "/", True)
    assert cookie.max_age == 14 * 24 * 3600


def test_over_tls_the_cookie_is_bound_to_the_host(serve: "Serve") -> None:
    cookie = serve(counting_app(), base_url="https://testserver").get("/count").cookies["__Host-dj_session"]
    assert (cookie.secure, cookie.refused) == (True, "")


def test_production_keeps_no_session_over_plain_http(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    config = {"secret_key": KEY, "allowed_hosts": ["testserver"]}
    response = serve(counting_app(), mode="production", config=config).get("/count")
    assert (response.status, response.cookies) == (200, {})
    assert "TRUSTED_PROXIES" in caplog.text
    secure = serve(counting_app(), mode="production", config=config, base_url="https://testserver")
    assert [secure.get("/count").json()["n"] for _ in range(2)] == [1, 2]


def test_what_depends_on_a_session_is_private_and_the_rest_stays_cacheable(serve: "Serve") -> None:
    client = serve(counting_app())
    for path in ("/count", "/look"):
        response = client.get(path)
        assert "cookie" in response.headers["vary"].lower()
        assert response.headers["cache-control"] == "private, no-cache"
    plain = client.get("/plain")
    assert not {"vary", "cache-control", "set-cookie"} & set(plain.headers)


def test_a_session_that_was_only_looked_at_sets_no_cookie(serve: "Serve") -> None:
    client = serve(counting_app())
    assert client.get("/look").cookies == {}
    client.get("/count")
    assert client.get("/look").json() == {"known": True}
    assert client.get("/look").cookies == {}


def test_an_emptied_session_takes_its_cookie_away(serve: "Serve") -> None:
    client = serve(counting_app())
    client.get("/count")
    assert len(client.cookies) == 1
    client.get("/clear")
    assert len(client.cookies) == 0
    assert client.get("/count").json() == {"n": 1}


@pytest.mark.parametrize("change", ["x", "A", ""])
def test_a_forged_or_foreign_cookie_is_a_new_session(serve: "Serve", change: str) -> None:
    client = serve(counting_app())
    client.get("/count")
    value = client.cookies["dj_session"]
    client.cookies.set("dj_session", change + value[:-1] if change else "nonsense")
    assert client.get("/count").json() == {"n": 1}
    other = serve(counting_app())
    other.cookies.set("dj_session", value)
    assert other.get("/count").json() == {"n": 1}


def test_sessions_outlive_a_restart_with_the_same_key_and_a_change_of_keys(serve: "Serve") -> None:
    new_key = KEY[::-1]
    first = serve(counting_app(), config={"secret_key": KEY})
    first.get("/count")
    for config in ({"secret_key": KEY}, {"secret_key": new_key, "secret_key_fallbacks": [KEY]}):
        later = serve(counting_app(), config=config)
        later.cookies.set("dj_session", first.cookies["dj_session"])
        assert later.get("/count").json() == {"n": 2}
    without = serve(counting_app(), config={"secret_key": new_key})
    without.cookies.set("dj_session", first.cookies["dj_session"])
    assert without.get("/count").json() == {"n": 1}


def test_changes_inside_a_value_are_noticed(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/add/<item>")
    def add(item: str, session: Session) -> object:
        cart = session.setdefault("cart", [])
        assert isinstance(cart, list)
        cart.append(item)
        return cart

    client = serve(app)
    client.get("/add/tea")
    assert client.get("/add/milk").json() == ["tea", "milk"]


@pytest.mark.parametrize("value", [date(2026, 11, 22), (1, 2), {1: 2}, {1}, b"x", object(), float("nan"), 2**80])
def test_a_session_takes_json_values_only(serve: "Serve", value: Any) -> None:
    app = App(__name__)

    @app.get("/")
    def show(session: Session) -> str:
        session["x"] = value
        return ""

    with pytest.raises(TypeError, match=r"session\['x'\]"):
        serve(app).get("/")


def test_too_large_a_session_is_a_mistake_that_names_the_value(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show(session: Session) -> str:
        session["small"], session["history"] = 1, "x" * 5000
        return ""

    with pytest.raises(DemijohnError, match="'history'"):
        serve(app).get("/")


def test_a_new_id_keeps_the_values(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/login")
    def login(session: Session) -> str:
        session["cart"] = ["tea"]
        before = session.id
        session.regenerate()
        return str(before != session.id)

    @app.get("/show")
    def show(session: Session) -> object:
        return session["cart"]

    client = serve(app)
    assert client.get("/login").text == "True"
    assert client.get("/show").json() == ["tea"]


def test_a_session_is_kept_after_an_error_too(serve: "Serve") -> None:
    app = counting_app()

    @app.get("/fail")
    def fail() -> str:
        session["n"] = 41
        raise RuntimeError

    client = serve(app, raise_server_errors=False)
    assert client.get("/fail").status == 500
    assert client.get("/count").json() == {"n": 42}


def test_a_bearer_token_makes_cookies_count_for_nothing(serve: "Serve") -> None:
    client = serve(counting_app())
    client.get("/count")
    response = client.get("/count", headers={"authorization": "Bearer abc"})
    assert response.json() == {"n": 1}


def test_a_post_with_a_session_and_no_evidence_of_its_origin_is_refused(serve: "Serve") -> None:
    client = serve(counting_app())
    client.get("/count")
    silent = {"sec-fetch-site": None, "origin": None}
    assert client.post("/count", headers=silent).status == 403
    assert client.post("/count").json() == {"n": 2}
    client.cookies.clear()
    assert client.post("/count", headers=silent).status == 200


def test_a_stateless_service_needs_no_key_and_a_session_says_what_to_do(serve: "Serve") -> None:
    config = {"allowed_hosts": ["testserver"]}
    client = serve(counting_app(), mode="production", config=config, base_url="https://testserver")
    assert client.get("/plain").status == 200
    with pytest.raises(DemijohnError, match=r"(?s)SECRET_KEY.*secrets\.token_urlsafe"):
        client.get("/count")


def test_there_is_no_session_outside_of_a_request() -> None:
    with pytest.raises(DemijohnError, match="no request here"):
        Context().run(lambda: session.get("a"))
    with pytest.raises(DemijohnError, match="no request here"):
        Context().run(lambda: request.path)
    for stand_in in (session, request):
        assert Context().run(repr, stand_in) == "<nothing: there is no request here>"


def test_a_session_never_shows_its_values(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    app = App(__name__)

    @app.get("/")
    def show(session: Session) -> str:
        session["card"] = "4111111111111111"
        logging.getLogger("shop").warning("session is %r", session)
        return repr(session)

    assert "4111" not in serve(app).get("/").text + caplog.text
