"""Security policy, sections 9 and 22: the debug page is for the developer's own browser, and takes no orders."""

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

import pytest

from demijohn import App, Cors, Response
from demijohn.security.csp import ContentSecurityPolicy
from demijohn.testing import Client, ClientResponse

if TYPE_CHECKING:
    from .conftest import Serve

Mode = Literal["development", "production", "test"]

SECRET = "s3cret-in-the-message"
FORWARDING = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "x-real-ip", "cf-connecting-ip")


def failing(cors: Cors | None = None) -> App:
    app = App(__name__, cors=cors)

    @app.route("/fails", methods=["GET", "POST"])
    def fails() -> None:
        raise RuntimeError(SECRET)

    @app.get("/fails/async")
    async def fails_async() -> None:
        raise RuntimeError(SECRET)

    return app


def client_of(serve: "Serve", app: App | None = None, *, mode: Mode, base_url: str = "http://localhost") -> Client:
    config = {"allowed_hosts": ["localhost", "notes.example", "localhost.example"]}
    return serve(app or failing(), browser=True, mode=mode, base_url=base_url, config=config, raise_server_errors=False)


def expect_nothing(answer: ClientResponse) -> None:
    assert answer.status == 500
    assert "Something went wrong on our side." in answer.text
    assert SECRET not in answer.text
    assert "RuntimeError" not in answer.text
    assert "raceback" not in answer.text


IN_PRODUCTION = """
import sys

from demijohn import App
from demijohn.testing import Client

app = App(__name__)

@app.get("/fails")
def fails():
    raise RuntimeError("inside")

client = Client(app, mode="production", config={"allowed_hosts": ["localhost"]}, base_url="http://localhost",
    raise_server_errors=False)
assert client.get("/fails").status == 500
print(*(name for name in sys.modules if name.startswith("demijohn.debug")))
"""


def test_in_production_no_line_of_it_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", IN_PRODUCTION], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr


def test_it_is_shown_at_all(serve: "Serve") -> None:
    client = client_of(serve, mode="development")

    for path in ("/fails", "/fails/async"):
        assert SECRET in client.get(path).text
        assert SECRET in client.get(path, headers={"accept": "application/json"}).text


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("mode", ["production", "test"])
def test_no_other_mode_shows_it(serve: "Serve", mode: Literal["production", "test"], accept: str) -> None:
    client = client_of(serve, mode=mode)

    for path in ("/fails", "/fails/async"):
        expect_nothing(client.get(path, headers={"accept": accept}))


@pytest.mark.parametrize("name", FORWARDING)
def test_a_request_through_a_proxy_or_tunnel_is_shown_nothing(serve: "Serve", name: str) -> None:
    expect_nothing(client_of(serve, mode="development").get("/fails", headers={name: "127.0.0.1"}))


@pytest.mark.parametrize("host", ["notes.example", "localhost.example"])
def test_a_name_that_a_name_server_answered_is_shown_nothing(serve: "Serve", host: str) -> None:
    expect_nothing(client_of(serve, mode="development", base_url=f"http://{host}").get("/fails"))


def test_a_script_of_another_site_is_shown_nothing_though_cors_lets_it_read(serve: "Serve") -> None:
    client = client_of(serve, failing(Cors(["https://evil.example"])), mode="development")

    answer = client.get("/fails", headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"})

    assert answer.headers["access-control-allow-origin"] == "https://evil.example"
    expect_nothing(answer)


def test_nothing_in_a_request_becomes_markup(serve: "Serve") -> None:
    app = failing()

    @app.get("/echo/<path:name>")
    def echo(name: str) -> None:
        raise RuntimeError(name)

    evil = "<script>alert(1)</script>"
    answer = client_of(serve, app, mode="development").get(
        "/echo/%3Cscript%3Ealert(1)%3C%2Fscript%3E?q=%3Cimg%3E",
        headers={"user-agent": evil},
    )

    assert "&lt;script&gt;alert(1)" in answer.text
    assert not re.search(r"<(script|img|iframe|link|form|a)\b", answer.text)


def test_there_is_no_console_and_nothing_to_call(serve: "Serve") -> None:
    client = client_of(serve, mode="development")
    page = client.get("/fails").text

    assert not re.search(r"<(script|form|input|button|textarea)\b", page)
    assert client.get("/_demijohn").status == 404
    for query in ("__debugger__=yes&cmd=1", "debug=1"):  # as Werkzeug's and others' are asked
        assert client.get(f"/fails?{query}").status == 500


def test_a_response_of_the_project_is_never_replaced(serve: "Serve") -> None:
    app = failing()

    @app.error_handler(RuntimeError)
    def quiet(error: RuntimeError) -> Response:
        return Response("quiet", 500)

    assert client_of(serve, app, mode="development").get("/fails").text == "quiet"


@pytest.mark.parametrize("mode", ["production", "test"])
def test_reports_of_browsers_are_taken_in_development_only(serve: "Serve", mode: Literal["production", "test"]) -> None:
    client = client_of(serve, mode=mode)
    kind = {"content-type": "application/csp-report"}

    assert client.post("/_demijohn/csp-report", body=b"{}", headers=kind).status == 404
    assert "report-uri" not in client.get("/fails").headers["content-security-policy"]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/csp-report", b"{", 400),
        ("application/csp-report", b"{}", 400),
        ("application/csp-report", b"[" * 10_000, 400),
        ("application/csp-report", b" " * 20_000, 413),
        ("text/plain", b"{}", 415),
        ("application/x-www-form-urlencoded", b"a=b", 415),
    ],
)
def test_a_report_that_is_none_is_refused(serve: "Serve", kind: str, body: bytes, status: int) -> None:
    client = client_of(serve, mode="development")

    assert client.post("/_demijohn/csp-report", body=body, headers={"content-type": kind}).status == status


def test_a_report_writes_no_line_of_its_own(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(serve, mode="development")
    evil = "http://localhost/\\r\\n2026-11-22T00:00:00Z INFO demijohn: forged\\u001b[31m\\u202e"
    report = (
        f'{{"csp-report": {{"document-uri": "{evil}", "effective-directive": "img-src", "blocked-uri": "{evil}"}}}}'
    )

    answer = client.post(
        "/_demijohn/csp-report", body=report.encode(), headers={"content-type": "application/csp-report"}
    )

    assert answer.status == 204
    (line,) = (record.getMessage() for record in caplog.records if record.name == "demijohn.csp")
    assert not re.search("[\r\n\x1b\u202e]", line)


def test_what_the_app_allows_its_pages_does_not_hold_for_this_one(serve: "Serve") -> None:
    app = failing()
    app.csp = ContentSecurityPolicy(report_only=True)
    app.csp.allow("script-src", "'unsafe-inline'", reason="an old page")
    answer = client_of(serve, app, mode="development").get("/fails", headers={"accept": "text/html"})
    assert SECRET in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
