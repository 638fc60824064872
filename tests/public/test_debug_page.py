"""Promise: in development, a browser on this machine is shown what went wrong, and where, with secrets masked."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, HTTPError, Request, Session
from demijohn.testing import Client

if TYPE_CHECKING:
    from tests.public.conftest import Serve

STOCK: dict[str, int] = {}


def shop() -> App:
    app = App(__name__)

    @app.get("/blocking/<name>", name="blocking")
    def blocking(name: str, session: Session) -> str:
        session["basket"] = ["milk"]
        return buy(name, password="hunter2")

    @app.get("/async/<name>")
    async def asynchronous(name: str) -> str:
        return buy(name, password="hunter2")

    @app.post("/form")
    def form(request: Request) -> str:
        return buy(request.form["name"], password=request.form["password"])

    @app.get("/handled")
    def handled() -> None:
        raise HTTPError(500, "As the project says it.")

    return app


def buy(name: str, *, password: str) -> str:
    try:
        return f"{STOCK[name]} for {len(password)}"
    except KeyError as error:
        error.add_note("The shop is closed.")
        raise ValueError(f"no {name} for postgres://shop:hunter2@db/shop") from error


def developing(serve: "Serve", *, browser: bool = True) -> Client:
    return serve(shop(), browser=browser, mode="development", base_url="http://localhost", raise_server_errors=False)


@pytest.mark.parametrize("world", ["blocking", "async"])
def test_the_page_tells_what_and_where(serve: "Serve", world: str) -> None:
    answer = developing(serve).get(f"/{world}/milk")

    assert answer.status == 500
    assert answer.content_type == "text/html"
    assert "<h1>ValueError</h1>" in answer.text
    assert "no milk for postgres://shop:********@db/shop" in answer.text
    assert "This was the direct cause of it:" in answer.text
    assert "The shop is closed." in answer.text
    assert "tests/public/test_debug_page.py:" in answer.text
    assert "raise ValueError(f&#34;no {name}" in answer.text  # the source around
    assert "&#39;milk&#39;" in answer.text  # a local variable


def test_secrets_are_masked(serve: "Serve") -> None:
    client = developing(serve)
    headers = {"cookie": "theme=dark; token=hunter2", "x-api-key": "hunter2"}

    for answer in (
        client.get("/async/milk?api_key=hunter2&colour=red", headers=headers),
        client.post("/form", form={"name": "milk", "password": "hunter2"}),
    ):
        shown = answer.text.replace("password=&#34;hunter2&#34;", "").replace("shop:hunter2@db", "")  # our own source
        assert "hunter2" not in shown
        assert "********" in shown


def test_the_request_is_shown(serve: "Serve") -> None:
    client = developing(serve)

    page = client.get("/blocking/milk?colour=red").text
    for name, value in [("Method", "GET"), ("Path", "/blocking/milk"), ("Route", "blocking"), ("colour", "red")]:
        assert f'<th scope="row">{name}</th><td>{value}</td>' in page
    assert '<th scope="row">basket</th><td>[&#39;milk&#39;]</td>' in page
    assert (
        '<th scope="row">name</th><td>bread</td>' in client.post("/form", form={"name": "bread", "password": "x"}).text
    )


def test_the_page_keeps_the_policy_of_pages(serve: "Serve") -> None:
    answer = developing(serve).get("/blocking/milk")

    nonce = answer.text.partition('<style nonce="')[2].partition('"')[0]
    assert f"'nonce-{nonce}'" in answer.headers["content-security-policy"]
    assert len(nonce) == 32
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_program_gets_the_calls_as_a_list(serve: "Serve") -> None:
    problem = developing(serve, browser=False).get("/async/milk").json()

    assert problem["status"] == 500
    assert problem["code"] == "http.server_error"
    assert problem["detail"] == "ValueError: no milk for postgres://shop:********@db/shop"
    assert problem["traceback"][-1].startswith("tests/public/test_debug_page.py:")
    assert problem["traceback"][-1].endswith(" in buy")


def test_what_the_project_answers_itself_stays_what_it_is(serve: "Serve") -> None:
    answer = developing(serve).get("/handled")

    assert "As the project says it." in answer.text
    assert "Traceback" not in answer.text


def test_an_error_handler_that_fails_is_shown_with_what_it_handled(serve: "Serve") -> None:
    app = shop()

    @app.error_handler(ValueError)
    def broken(error: ValueError) -> None:
        raise LookupError("in the handler")

    client = serve(app, mode="development", base_url="http://localhost", raise_server_errors=False)
    page = client.get("/blocking/milk").text

    assert "<h1>LookupError</h1>" in page
    assert "It was raised while this one was being handled:" in page
    assert "no milk" in page


def test_a_blocked_source_is_told_with_the_line_that_allows_it(
    serve: "Serve", caplog: pytest.LogCaptureFixture
) -> None:
    client = developing(serve)
    policy = client.get("/handled").headers["content-security-policy"]
    address = policy.partition("report-uri ")[2].partition(";")[0]
    report = {
        "document-uri": "http://localhost/map",
        "effective-directive": "img-src",
        "blocked-uri": "https://tiles.example/1.png",
    }

    for _ in range(2):
        kind = {"content-type": "application/csp-report"}
        answer = client.post(address, body=json.dumps({"csp-report": report}).encode(), headers=kind)
        assert answer.status == 204

    lines = [record.getMessage() for record in caplog.records if record.name == "demijohn.csp"]
    assert lines == [
        "blocked image from https://tiles.example on /map — "
        'allow with app.csp.allow("img-src", "https://tiles.example", reason="...")'
    ]


def test_an_address_for_reports_of_the_projects_own_stays(serve: "Serve") -> None:
    app = shop()
    app.csp.report_to = "https://reports.example/csp"
    client = serve(app, mode="development", base_url="http://localhost", raise_server_errors=False)

    policy = client.get("/handled").headers["content-security-policy"]

    assert "report-uri https://reports.example/csp; report-to csp" in policy


@pytest.mark.parametrize("key", [500, HTTPError, Exception])
def test_a_page_of_the_sites_own_does_not_hide_it_from_the_developer(serve: "Serve", key: Any) -> None:
    app = shop()

    @app.error_handler(key)
    def own(error: Exception) -> str:
        return "Sorry."

    for path in ("/blocking/milk", "/async/milk"):
        answer = serve(app, mode="development", base_url="http://localhost", raise_server_errors=False).get(path)
        assert "<h1>ValueError</h1>" in answer.text
    live = serve(
        app,
        mode="production",
        config={"allowed_hosts": ["localhost"]},
        base_url="http://localhost",
        raise_server_errors=False,
    )
    shown = live.get("/async/milk")
    assert (shown.status, shown.text) == (500, "Sorry.")
