"""Security policy, section 9: every answer carries its protection, errors, redirects, files and refusals included."""

from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, ConfigError, DeclarationError, DemijohnError, Request, Response, csp, embeddable, html
from demijohn.testing import Client, ClientResponse

from .apps import five_lines, fuller_app

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Serve, Setup

PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
REPORTS = "; report-uri /_demijohn/csp-report"  # of pages, in development alone: test_debug_page.py
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
UPLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
NEVER = {"x-powered-by", "x-xss-protection", "server", "x-aspnet-version", "via"}


def check(response: ClientResponse, policy: str) -> None:
    headers = response.headers
    assert {name: headers.getlist(name) for name in EVERYWHERE} == {name: [value] for name, value in EVERYWHERE.items()}
    assert [value.removesuffix(REPORTS) for value in headers.getlist("content-security-policy")] == [policy]
    assert ("cross-origin-opener-policy" in headers) == (policy == PAGE_POLICY)
    assert not NEVER & set(headers)


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/hello/you", {}, 200),
        ("HEAD", "/hello/you", {}, 200),
        ("OPTIONS", "/hello/you", {}, 204),
        ("GET", "/hello/you/", {}, 308),
        ("GET", "/nowhere", {}, 404),
        ("POST", "/hello/you", {}, 405),
        ("TRACE", "/hello/you", {}, 405),
        ("FOO", "/hello/you", {}, 501),
        ("GET", "/hello/" + "a" * 9000, {}, 414),
        ("GET", "/hello/you", {"headers": {"host": "evil.example"}}, 421),
        ("GET", "/hello/you", {"headers": {"host": None}}, 400),
        ("GET", "/hello/you", {"headers": {"x": "y" * 9000}}, 431),
        ("GET", "/up", {}, 200),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_every_answer_has_them(
    serve: "Serve", any_app: App, method: str, path: str, options: dict[str, Any], status: int, accept: str
) -> None:
    headers = {**options.get("headers", {}), "accept": accept}
    response = serve(any_app).request(method, path, headers=headers)
    assert response.status == status
    check(response, PAGE_POLICY if response.content_type == "text/html" else DATA_POLICY)


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("POST", "/shop/orders", {"json": {"title": "x"}}, 201),
        ("POST", "/shop/orders", {"json": {"title": 5}}, 422),
        ("POST", "/shop/orders", {"headers": {"sec-fetch-site": "cross-site"}, "json": {}}, 403),
        ("POST", "/shop/orders", {"headers": {"content-length": "9999999"}}, 413),
        ("GET", "/visits/count", {}, 200),
        ("GET", "/visits/stream", {}, 200),
        ("GET", "/visits/events", {}, 200),
        ("POST", "/visits/form", {"headers": {"sec-fetch-site": "same-origin"}}, 303),
        ("GET", "/shop/items/x/y", {}, 404),
        ("GET", "/guarded/x", {}, 200),
    ],
)
def test_every_kind_of_route_has_them(
    serve: "Serve", method: str, path: str, options: dict[str, Any], status: int
) -> None:
    response = serve(fuller_app()).request(method, path, **options)
    assert response.status == status
    check(response, DATA_POLICY)


def test_a_plain_mount_has_those_that_change_no_page(serve: "Serve") -> None:
    headers = serve(fuller_app()).get("/old/x").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "content-security-policy" not in headers


def test_files_are_held_to_the_policy_of_uploads_pages_among_them(serve: "Serve", tmp_path: "Path") -> None:
    for name in ("page.html", "picture.png", "drawing.svg", "unknown.xyz"):
        (tmp_path / name).write_bytes(b"<script>alert(1)</script>")
    client = serve(fuller_app(tmp_path))
    for name in ("page.html", "picture.png", "drawing.svg", "unknown.xyz"):
        response = client.get(f"/files/{name}")
        assert response.status == 200
        check(response, UPLOAD_POLICY)


def test_a_failure_has_them_and_so_has_a_failing_error_handler(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("secret detail")

    @app.get("/fails/twice")
    def fails_twice() -> None:
        raise LookupError("secret detail")

    @app.error_handler(LookupError)
    def fail_again(error: LookupError) -> None:
        raise ValueError("another secret detail")

    client = serve(app, raise_server_errors=False)
    for path in ("/fails", "/fails/twice"):
        for accept, policy in (("*/*", DATA_POLICY), ("text/html", PAGE_POLICY)):
            response = client.get(path, headers={"accept": accept})
            assert response.status == 500
            check(response, policy)


def test_hsts_is_sent_over_tls_in_production_alone(serve: "Serve", setup: "Setup") -> None:
    for base_url in ("http://testserver", "https://testserver"):
        headers = serve(five_lines(), base_url=base_url).get("/hello/you").headers
        expected = setup.mode == "production" and base_url.startswith("https")
        assert headers.get("strict-transport-security") == ("max-age=31536000" if expected else None)


def test_hsts_is_sent_behind_a_trusted_proxy_that_ends_tls(serve: "Serve", setup: "Setup") -> None:
    client = serve(five_lines(), config={"trusted_proxies": ["127.0.0.1"]})
    for proto in ("http", "https"):
        headers = client.get("/hello/you", headers={"x-forwarded-proto": proto}).headers
        expected = setup.mode == "production" and proto == "https"
        assert ("strict-transport-security" in headers) == expected


def test_a_handler_s_own_field_wins_and_stands_alone(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> Response:
        return Response("x", headers={"X-Frame-Options": "SAMEORIGIN", "content-security-policy": "default-src *"})

    headers = serve(app).get("/").headers
    assert headers.getlist("x-frame-options") == ["SAMEORIGIN"]
    assert headers.getlist("content-security-policy") == ["default-src *"]


def test_the_app_may_replace_or_remove_one_by_name(serve: "Serve") -> None:
    app = App(__name__, headers={"X-Frame-Options": None, "Referrer-Policy": "no-referrer", "X-New": "1"})

    @app.get("/")
    def show() -> str:
        return "x"

    for response in (serve(app).get("/"),):
        assert "x-frame-options" not in response.headers
        assert (response.headers["referrer-policy"], response.headers["x-new"]) == ("no-referrer", "1")


def test_the_app_cannot_replace_its_policy_or_send_what_breaks_out_of_its_line() -> None:
    for headers in ({"Content-Security-Policy": "default-src *"}, {"x-a": "1\r\nx-b: 2"}, {"x a": "1"}, {"x-a": "é"}):
        with pytest.raises((ConfigError, DemijohnError)):
            App(__name__, headers=headers).freeze("test")


def test_inline_code_runs_with_the_nonce_of_its_answer_alone(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def page(request: Request) -> Response:
        return html('<script nonce="{nonce}">start()</script>', nonce=request.nonce)

    @app.get("/json")
    def data(request: Request) -> dict[str, str]:
        return {"nonce": request.nonce}

    client = serve(app)
    nonces = []
    for _ in range(3):
        response = client.get("/")
        nonce = response.text.split('"')[1]
        policy = PAGE_POLICY.replace("script-src 'self'", f"script-src 'self' 'nonce-{nonce}'")
        policy = policy.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
        assert response.headers["content-security-policy"].removesuffix(REPORTS) == policy
        assert len(nonce) >= 22
        nonces.append(nonce)
    assert len(set(nonces)) == 3
    assert client.get("/json").headers["content-security-policy"] == DATA_POLICY


def test_what_is_allowed_beyond_the_policy_is_declared_with_a_reason(serve: "Serve") -> None:
    app = App(__name__)
    app.csp.allow("img-src", "https://tiles.example", reason="the map")

    @app.get("/")
    def page() -> Response:
        return html("<p>map</p>")

    @app.get("/eval")
    @csp("script-src", "'unsafe-eval'", reason="a chart library")
    def chart() -> Response:
        return html("<p>chart</p>")

    @app.get("/framed")
    @embeddable(["https://partner.example"])
    def framed() -> Response:
        return html("<p>framed</p>")

    client = serve(app)
    policy = PAGE_POLICY.replace("blob:;", "blob: https://tiles.example;")
    assert client.get("/").headers["content-security-policy"].removesuffix(REPORTS) == policy
    with_eval = policy.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")
    assert client.get("/eval").headers["content-security-policy"].removesuffix(REPORTS) == with_eval
    headers = client.get("/framed").headers
    assert "frame-ancestors https://partner.example" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    assert client.get("/").headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("directive", "source", "reason"),
    [
        ("script", "https://a.example", "x"),
        ("script-src", "self", "x"),
        ("script-src", "'nonce-abc'", "x"),
        ("script-src", "https://a.example; object-src *", "x"),
        ("script-src", "https://a.example\r\nx: y", "x"),
        ("script-src", "https://a.example", " "),
        ("script-src", "", "x"),
    ],
)
def test_what_is_no_source_or_has_no_reason_stops_the_start(directive: str, source: str, reason: str) -> None:
    with pytest.raises(DeclarationError):
        App(__name__).csp.allow(directive, source, reason=reason)


@pytest.mark.parametrize("value", ["a\r\nb", "a\nset-cookie: x=1", "a\0b", "é", "a\x7f", "\u2028"])
def test_no_value_breaks_out_of_its_line(serve: "Serve", value: str) -> None:
    app = App(__name__)

    @app.get("/header")
    def header() -> Response:
        return Response("x", headers={"x-value": value})

    @app.get("/tuple")
    def in_tuple() -> object:
        return "x", 200, {"x-value": value}

    @app.get("/type")
    def content_type() -> Response:
        return Response("x", content_type=f"text/plain; {value}")

    @app.get("/name")
    def name() -> Response:
        return Response("x", headers={f"x-{value}": "x"})

    client = serve(app, raise_server_errors=False)
    for path in ("/header", "/tuple", "/type", "/name"):
        response = client.get(path)
        assert response.status == 500
        check(response, DATA_POLICY)
        assert not {"set-cookie", "x-value"} & set(response.headers)


@pytest.mark.parametrize("name", ["transfer-encoding", "content-length"])
def test_no_handler_tells_the_client_where_the_answer_ends(serve: "Serve", name: str) -> None:
    app = App(__name__)

    @app.get("/")
    def show() -> Response:
        return Response("twelve bytes", headers={name: "3"})

    response = serve(app).get("/")
    assert response.text == "twelve bytes"
    assert response.headers.get(name) in (None, "12")


def test_refusals_are_never_kept_by_a_cache(serve: "Serve", any_app: App) -> None:
    client: Client = serve(any_app)
    for path, options in [
        ("/nowhere", {}),
        ("/hello/you", {"x": "y" * 9000}),
        ("/hello/you", {"host": "evil.example"}),
        ("/hello/you?" + "a" * 9000, {}),
    ]:
        assert client.get(path, headers=options).headers["cache-control"] == "no-store"
    assert client.post("/hello/you").headers["cache-control"] == "no-store"


def test_the_type_of_text_is_never_a_page(serve: "Serve") -> None:
    for path in ("/hello/<script>alert(1)</script>", "/hello/%3Cscript%3E"):
        response = serve(five_lines()).get(path)
        if response.status == 200:
            assert response.headers["content-type"] == "text/plain; charset=utf-8"
