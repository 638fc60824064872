"""Security policy, section 7: what another site makes a visitor's browser send changes nothing here."""

import logging
from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, Module, Session, csrf_token, html
from demijohn.testing import Client

from .apps import fuller_app, posting_app
from .conftest import refusal

if TYPE_CHECKING:
    from .conftest import Serve, Setup

CROSS_SITE = (403, "csrf.cross_site")
ORIGIN = (403, "csrf.origin")
MALFORMED = (403, "csrf.malformed")
NO_EVIDENCE = (403, "csrf.no_evidence")
OK = (200, "")

SITE, FROM = "sec-fetch-site", "origin"
OWN = "http://testserver"
EVIL = "https://evil.example"

# The table of the policy: what the request says of itself, and what becomes of it with and without a session cookie.
EVIDENCE = [
    ({SITE: "same-origin"}, OK, OK),
    ({SITE: "none"}, OK, OK),
    ({SITE: "Same-Origin"}, OK, OK),
    ({SITE: "same-origin", FROM: EVIL}, OK, OK),
    ({SITE: "same-site"}, CROSS_SITE, CROSS_SITE),
    ({SITE: "cross-site"}, CROSS_SITE, CROSS_SITE),
    ({SITE: "cross-site", FROM: OWN}, CROSS_SITE, CROSS_SITE),
    ({SITE: "nonsense"}, CROSS_SITE, CROSS_SITE),
    ({SITE: "same-origin, cross-site"}, CROSS_SITE, CROSS_SITE),
    ({SITE: ""}, MALFORMED, MALFORMED),
    ({FROM: OWN}, OK, OK),
    ({FROM: "HTTP://TESTSERVER:80"}, OK, OK),
    ({FROM: EVIL}, ORIGIN, ORIGIN),
    ({FROM: "http://testserver.evil.example"}, ORIGIN, ORIGIN),
    ({FROM: "http://testserver@evil.example"}, ORIGIN, ORIGIN),
    ({FROM: "http://testserver:81"}, ORIGIN, ORIGIN),
    ({FROM: "http://testserver/"}, ORIGIN, ORIGIN),
    ({FROM: "http://testserver http://testserver"}, ORIGIN, ORIGIN),
    ({FROM: "testserver"}, ORIGIN, ORIGIN),
    ({FROM: "null"}, ORIGIN, ORIGIN),
    ({FROM: "file://"}, ORIGIN, ORIGIN),
    ({FROM: ""}, MALFORMED, MALFORMED),
    ({SITE: "", FROM: OWN}, MALFORMED, MALFORMED),
    ({"referer": "http://testserver/"}, OK, NO_EVIDENCE),
    ({}, OK, NO_EVIDENCE),
]


def outcome(client: Client, method: str = "POST", path: str = "/", **options: Any) -> tuple[int, str]:
    response = client.request(method, path, **options)
    return (response.status, "") if response.status < 400 else refusal(response)


def test_the_fields_of_a_browser_decide(serve: "Serve", setup: "Setup") -> None:
    client = serve(posting_app())
    own, other = "dj_session", "__Host-dj_session"  # over http; in production only the second is ever the session's
    if setup.mode == "production":
        own, other = other, own
    for headers, stranger, visitor in EVIDENCE:
        assert outcome(client, headers=headers) == stranger, headers
        assert outcome(client, headers={**headers, "cookie": f"theme=dark; {other}=anything"}) == stranger, headers
        assert outcome(client, headers={**headers, "cookie": f"theme=dark; {own}=anything"}) == visitor, headers


def test_over_tls_the_cookie_of_the_host_is_what_counts(serve: "Serve") -> None:
    client = serve(posting_app(), base_url="https://testserver")
    assert outcome(client, headers={"cookie": "__Host-dj_session=anything"}) == NO_EVIDENCE
    assert outcome(client, headers={"cookie": "dj_session=planted"}) == OK
    assert outcome(client, headers={FROM: "https://testserver"}) == OK
    assert outcome(client, headers={FROM: "http://testserver"}) == ORIGIN


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "QUERY"])
def test_every_method_but_the_safe_ones_is_checked(serve: "Serve", method: str) -> None:
    app = App(__name__)

    @app.route("/", methods=[method, "GET"])
    def change() -> str:
        return "changed"

    client = serve(app)
    assert outcome(client, method, headers={SITE: "cross-site"}) == CROSS_SITE
    for safe in ("GET", "HEAD", "OPTIONS"):
        assert outcome(client, safe, headers={SITE: "cross-site", FROM: EVIL})[0] < 400


@pytest.mark.parametrize("name", ["x-http-method-override", "x-method-override", "x-http-method"])
def test_no_field_and_no_value_turns_one_method_into_another(serve: "Serve", name: str) -> None:
    app = App(__name__)

    @app.delete("/")
    def remove() -> str:
        return "gone"

    client = serve(app)
    for method in ("GET", "POST"):
        assert outcome(client, method, headers={name: "DELETE"}) == (405, "http.method_not_allowed")
        assert outcome(client, method, path="/?_method=DELETE")[0] == 405
    assert outcome(client, "POST", form={"_method": "DELETE"})[0] == 405


def test_a_bearer_passes_and_his_cookies_are_not_looked_at(serve: "Serve") -> None:
    app = App(__name__)

    @app.route("/", methods=["GET", "POST"])
    def show(session: Session) -> dict[str, object]:
        session["n"] = 1 + int(str(session.get("n", 0)))
        return {"n": session["n"]}

    client = serve(app, base_url="https://testserver", browser=True)
    assert [client.get("/").json()["n"] for _ in range(2)] == [1, 2]
    cookie = {"cookie": "__Host-dj_session=" + client.cookies["__Host-dj_session"]}
    stranger = {**cookie, SITE: "cross-site", FROM: EVIL, "accept": "*/*"}
    for credentials in ("Bearer x", "bearer x", "BEARER x"):
        assert client.post("/", headers={**stranger, "authorization": credentials}).json() == {"n": 1}
    for credentials in ("Basic dXNlcjpwYXNz", "Bearerx", "Bearer", "Digest x", "Negotiate x", "", "X Bearer x"):
        response = client.post("/", headers={**stranger, "authorization": credentials})
        assert refusal(response) == CROSS_SITE


def test_a_route_may_ask_for_evidence_always(serve: "Serve") -> None:
    app = App(__name__)

    @app.route("/", methods=["GET", "POST"], csrf="always")
    def log_in() -> str:
        return "welcome"

    client = serve(app)
    assert outcome(client, "GET") == OK
    assert outcome(client) == NO_EVIDENCE
    assert outcome(client, headers={SITE: "same-origin"}) == OK
    assert outcome(client, headers={FROM: OWN}) == OK
    assert outcome(client, headers={FROM: EVIL}) == ORIGIN


def test_an_exemption_holds_for_its_route_alone(serve: "Serve") -> None:
    app = App(__name__)
    hooks = Module("hooks")
    app.include(hooks, prefix="/hooks")

    @hooks.post("/pay", csrf=False, reason="signed by the payment provider")
    def pay() -> str:
        return "thanks"

    @hooks.post("/<path:other>")
    def other(other: str) -> str:
        return "changed"

    client = serve(app)
    stranger = {SITE: "cross-site", FROM: EVIL, "cookie": "dj_session=x"}
    assert outcome(client, path="/hooks/pay", headers=stranger) == OK
    for path in ("/hooks/pay/x", "/hooks/PAY", "/hooks/pay%20", "/hooks/x?/hooks/pay"):
        assert outcome(client, path=path, headers=stranger) == CROSS_SITE
    # Another spelling of the path is sent to the right one, where the check waits.
    assert client.post("/hooks/pay/", headers=stranger).status in (308, 403)


def test_trusted_origins_may_post_and_nobody_like_them(serve: "Serve") -> None:
    trusted = "https://accounts.example.com"
    client = serve(posting_app(), config={"trusted_origins": [trusted]})
    for site in ("cross-site", "same-site", None):
        headers = {FROM: trusted} | ({SITE: site} if site else {})
        assert outcome(client, headers=headers) == OK
        assert outcome(client, headers={**headers, "cookie": "dj_session=x"}) == OK
    for origin in (
        "http://accounts.example.com",
        "https://accounts.example.com:8443",
        "https://a.accounts.example.com",
        "https://accounts.example.com.evil.example",
        "https://accountsXexample.com",
    ):
        assert outcome(client, headers={FROM: origin}) == ORIGIN
        assert outcome(client, headers={FROM: origin, SITE: "same-site"}) == CROSS_SITE


def test_behind_a_proxy_that_rewrites_host_site_url_is_the_own_origin(serve: "Serve") -> None:
    client = serve(posting_app(), config={"site_url": "https://example.com/"})
    assert outcome(client, headers={FROM: "https://example.com"}) == OK
    assert outcome(client, headers={FROM: "https://www.example.com"}) == ORIGIN
    assert outcome(client, headers={FROM: "https://example.com:8443", SITE: "same-site"}) == CROSS_SITE


def test_behind_a_proxy_nobody_told_of_http_and_https_are_one(serve: "Serve") -> None:
    client = serve(posting_app())
    assert outcome(client, headers={FROM: "https://testserver"}) == OK
    told = serve(posting_app(), config={"trusted_proxies": ["127.0.0.1"]})
    assert outcome(told, headers={FROM: "https://testserver", "x-forwarded-proto": "https"}) == OK
    assert outcome(told, headers={FROM: "https://testserver", "x-forwarded-proto": "http"}) == ORIGIN


def test_what_no_route_takes_and_the_health_page_change_nothing(serve: "Serve") -> None:
    client = serve(posting_app())
    stranger = {SITE: "cross-site", FROM: EVIL}
    assert outcome(client, path="/nowhere", headers=stranger) == (404, "http.not_found")
    assert outcome(client, "PUT", headers=stranger) == (405, "http.method_not_allowed")
    assert outcome(client, path="/up", headers=stranger) == (405, "http.method_not_allowed")


def test_a_guarded_mount_is_checked_and_a_plain_one_checks_for_itself(serve: "Serve") -> None:
    client = serve(fuller_app(), browser=False)
    stranger = {SITE: "cross-site", FROM: EVIL}
    assert client.post("/old/x", headers=stranger, body=b"abc").text == "3 bytes"
    assert outcome(client, path="/guarded/x", headers=stranger, body=b"abc") == CROSS_SITE
    assert outcome(client, path="/guarded/x", headers={SITE: "same-origin"}, body=b"abc") == OK
    assert outcome(client, path="/guarded/x", body=b"abc") == OK


def test_the_check_comes_before_guards_and_before_the_body(serve: "Serve") -> None:
    seen: list[str] = []

    class Note:
        def check(self, request: object) -> None:
            seen.append("guard")

    app = App(__name__, guard=Note())

    @app.post("/")
    def change() -> str:
        return "changed"

    def body() -> Any:
        seen.append("body")
        yield b"x"

    assert outcome(serve(app), headers={SITE: "cross-site"}, body=body()) == CROSS_SITE
    assert seen == []


def test_the_whole_check_can_be_switched_off_by_an_unsafe_name_only(serve: "Serve") -> None:
    client = serve(posting_app(), config={"unsafe_disable_csrf": True})
    assert outcome(client, headers={SITE: "cross-site", FROM: EVIL, "cookie": "dj_session=x"}) == OK


def test_a_browser_gets_a_page_and_a_program_gets_json_with_the_same_code(serve: "Serve") -> None:
    client = serve(posting_app())
    page = client.post("/", headers={SITE: "cross-site", FROM: EVIL, "accept": "text/html"})
    assert (page.status, page.content_type) == (403, "text/html")
    assert "csrf.cross_site" in page.text
    assert "another site" in page.text
    assert "evil.example" not in page.text


def test_a_refusal_is_noted_without_the_fields_that_led_to_it(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "demijohn.security"):
        serve(posting_app()).post("/%0Aforged?secret=1", headers={SITE: "cross-site"})
        serve(posting_app()).post("/", headers={SITE: "cross-site", FROM: EVIL, "cookie": "dj_session=s3cret"})
    assert [record.getMessage() for record in caplog.records if record.name == "demijohn.security"] == [
        "csrf.cross_site: POST / from 127.0.0.1"
    ]


# Tokens: for those few that say nothing about where they come from.


def token_app() -> App:
    app = App(__name__)

    @app.get("/form")
    def form() -> object:
        return html('<input name="csrf_token" value="{token}">', token=csrf_token())

    @app.get("/visit")
    async def visit(session: Session) -> str:
        session["n"] = 1
        return csrf_token()

    @app.get("/leave")
    def leave(session: Session) -> str:
        session.clear()
        return "bye"

    @app.get("/plain")
    def plain() -> str:
        return "nothing"

    @app.post("/save", csrf="always")
    def save() -> str:
        return "saved"

    @app.post("/stream", csrf="always", stream=True)
    async def stream() -> str:
        return "saved"

    return app


def token_of(client: Client, path: str = "/form") -> str:
    text = client.get(path).text
    return text.split('value="')[1].split('"')[0] if "value=" in text else text


SILENT = {SITE: None, FROM: None, "accept": "*/*"}
BASES = ["http://testserver", "https://testserver"]


def visitor(serve: "Serve", setup: "Setup", base_url: str) -> Client:
    if setup.mode == "production":  # which keeps no cookie of its own over plain http
        base_url = "https://testserver"
    return serve(token_app(), browser=True, base_url=base_url)


@pytest.mark.parametrize("base_url", BASES)
@pytest.mark.parametrize("page", ["/form", "/visit"])
def test_a_token_of_the_visitor_s_own_is_evidence_in_a_field_or_a_form(
    serve: "Serve", setup: "Setup", base_url: str, page: str
) -> None:
    client = visitor(serve, setup, base_url)
    token = token_of(client, page)
    assert outcome(client, path="/save", headers=SILENT) == NO_EVIDENCE
    assert outcome(client, path="/save", headers={**SILENT, "x-csrf-token": token}) == OK
    assert outcome(client, path="/save", headers=SILENT, form={"csrf_token": token}) == OK
    parts = {"other": ("", b"", "text/plain")}
    assert outcome(client, path="/save", headers=SILENT, form={"csrf_token": token}, files=parts) == OK
    assert outcome(client, path="/stream", headers={**SILENT, "x-csrf-token": token}, body=[b"x"]) == OK
    assert outcome(client, path="/stream", headers=SILENT, form={"csrf_token": token}) == NO_EVIDENCE


@pytest.mark.parametrize("base_url", BASES)
def test_a_token_counts_nowhere_else_and_buys_nothing_from_another_site(
    serve: "Serve", setup: "Setup", base_url: str
) -> None:
    client = visitor(serve, setup, base_url)
    token = token_of(client)
    assert outcome(client, path=f"/save?csrf_token={token}", headers=SILENT) == NO_EVIDENCE
    assert outcome(client, path="/save", headers=SILENT, json={"csrf_token": token}) == NO_EVIDENCE
    with_token = {"x-csrf-token": token}
    assert outcome(client, path="/save", headers={**SILENT, SITE: "cross-site", **with_token}) == CROSS_SITE
    assert outcome(client, path="/save", headers={**SILENT, FROM: EVIL, **with_token}) == ORIGIN


@pytest.mark.parametrize("base_url", BASES)
def test_a_token_is_the_visitor_s_own_and_dies_with_the_session(serve: "Serve", setup: "Setup", base_url: str) -> None:
    client = visitor(serve, setup, base_url)
    stranger = visitor(serve, setup, base_url)
    theirs = token_of(stranger)
    before = token_of(client)
    assert outcome(client, path="/save", headers={**SILENT, "x-csrf-token": theirs}) == NO_EVIDENCE
    during = token_of(client, "/visit")
    for token, result in ((before, NO_EVIDENCE), (during, OK), (token_of(client), OK), (theirs, NO_EVIDENCE)):
        assert outcome(client, path="/save", headers={**SILENT, "x-csrf-token": token}) == result
    client.get("/leave")
    assert outcome(client, path="/save", headers={**SILENT, "x-csrf-token": during}) == NO_EVIDENCE
    assert outcome(client, path="/save", headers={**SILENT, "x-csrf-token": before}) == OK


@pytest.mark.parametrize("change", ["", "x", ".", "a.b", "é", "A" * 66, "{}x", "x{}", "{}=", "{}\t", "{0}.{0}"])
def test_a_token_that_was_changed_is_none(serve: "Serve", setup: "Setup", change: str) -> None:
    client = visitor(serve, setup, "https://testserver")
    token = change.format(token_of(client))
    assert outcome(client, path="/save", headers=SILENT, form={"csrf_token": token}) == NO_EVIDENCE


def test_a_token_is_new_at_each_rendering(serve: "Serve", setup: "Setup") -> None:
    client = visitor(serve, setup, "https://testserver")
    tokens = [token_of(client) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert [outcome(client, path="/save", headers={**SILENT, "x-csrf-token": it}) for it in tokens] == [OK] * 3


def test_the_cookie_that_stands_for_a_session_is_set_with_the_first_token_alone(serve: "Serve", setup: "Setup") -> None:
    client = visitor(serve, setup, "https://testserver")
    assert client.get("/plain").cookies == {}
    page = client.get("/form")
    cookie = page.cookies["__Host-pre"]
    assert (cookie.secure, cookie.httponly, cookie.samesite, cookie.max_age, cookie.refused) == (
        True,
        True,
        "Lax",
        None,
        "",
    )
    again = client.get("/form")
    assert again.cookies == {}
    for answer in (page, again):
        assert answer.headers["vary"] == "cookie"
        assert answer.headers["cache-control"] == "private, no-cache"
    assert "vary" not in client.get("/plain").headers


def test_over_plain_http_the_cookie_does_without_its_prefix_and_production_sets_none(
    serve: "Serve", setup: "Setup", caplog: pytest.LogCaptureFixture
) -> None:
    cookies = serve(token_app(), browser=True).get("/form").cookies
    if setup.mode == "production":
        assert cookies == {}
        assert "TRUSTED_PROXIES" in caplog.text
    else:
        assert (cookies["pre"].secure, cookies["pre"].httponly, cookies["pre"].refused) == (False, True, "")


def test_without_a_key_no_token_is_made_and_none_is_valid() -> None:
    config = {"allowed_hosts": ["testserver"]}
    with Client(token_app(), mode="production", config=config, raise_server_errors=False) as client:
        assert client.get("/form").status == 500
        assert outcome(client, path="/save", headers={**SILENT, "x-csrf-token": "a.b"}) == NO_EVIDENCE
