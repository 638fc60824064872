"""Security policy, section 22: a mistake of ours tells a client nothing, and no client writes a line of the log."""

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App, HTTPError, Request, Response, Stream, abort
from demijohn.logs import JSONFormatter, TextFormatter

from .apps import five_lines, fuller_app, posting_app

if TYPE_CHECKING:
    from .conftest import Serve

HOSTILE = "a\r\n2026-11-22T00:00:00Z INFO demijohn: forged\x1b[31m\x9b\u2028\u2029\u202e\u0085"


def failing_app() -> App:
    app = App(__name__)

    @app.route("/fails/<name>", methods=["GET", "POST"])
    def fails(name: str) -> None:
        token = "s3cret-token"
        raise RuntimeError(f"no {name} in /srv/app with {token}: SELECT * FROM users")

    @app.get("/fails/async/<name>")
    async def fails_async(name: str) -> None:
        raise RuntimeError(f"no {name} with s3cret-token")

    @app.get("/stream")
    def stream() -> Stream:
        def pieces() -> Iterator[str]:
            raise RuntimeError("s3cret-token before the first piece")
            yield ""

        return Stream(pieces())

    _add_failing_handlers_of_errors(app)
    return app


def _add_failing_handlers_of_errors(app: App) -> None:
    @app.get("/handler/<int:status>")
    def by_handler(status: int) -> None:
        abort(status)

    @app.error_handler(418)
    def fails_again(error: HTTPError) -> None:
        raise LookupError("s3cret-token in the error handler")

    @app.error_handler(451)
    def answers_badly(error: HTTPError) -> object:
        return object()

    @app.error_handler(410)
    def breaks_a_header(error: HTTPError) -> Response:
        return Response("x", headers={"x-a": "1\r\nx-b: 2"})

    @app.get("/hook")
    def hooked() -> str:
        return "x"

    @app.after_request
    def hook(response: Response, request: Request) -> None:
        if request.path == "/hook":
            raise RuntimeError("s3cret-token in a hook")


FAILURES = [
    "/fails/x",
    "/fails/async/x",
    "/fails/<script>",
    "/stream",
    "/handler/418",
    "/handler/451",
    "/handler/410",
    "/hook",
]


@pytest.mark.parametrize("path", FAILURES)
def test_a_mistake_tells_nothing_but_the_number_of_the_request(
    serve: "Serve", path: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(failing_app(), raise_server_errors=False)
    program = client.get(path)
    assert program.status == 500
    problem = program.json()
    request_id = problem.pop("request_id")
    assert re.fullmatch("[0-9a-f]{16}", request_id)
    assert problem == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something went wrong on our side. It has been noted.",
        "code": "http.server_error",
    }
    page = client.get(path, headers={"accept": "text/html"})
    assert (page.status, page.content_type) == (500, "text/html")
    for told in (program.text, page.text):
        for secret in ("s3cret", "Traceback", "RuntimeError", ".py", "SELECT", "/srv", "demijohn", "<script>"):
            assert secret not in told
    assert request_id in caplog.text


def test_each_failure_has_a_number_of_its_own(serve: "Serve") -> None:
    client = serve(failing_app(), raise_server_errors=False)
    assert len({client.get("/fails/x").json()["request_id"] for _ in range(5)}) == 5


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", "/%3Cscript%3E", "/a&lt;b", '/"onload="x'])
def test_not_found_repeats_nothing_of_the_address(serve: "Serve", any_app: App, path: str) -> None:
    client = serve(any_app)
    for accept in ("text/html", "*/*"):
        response = client.get(path, headers={"accept": accept, "referer": "http://evil.example/<b>"})
        assert response.status == 404
        for part in ("script", "onload", "evil", "lt;b"):
            assert part not in response.text


def test_a_validation_error_names_fields_and_no_values(serve: "Serve") -> None:
    client = serve(fuller_app())
    for response in (
        client.post(
            "/shop/orders", json={"title": 5, "day": "s3cret", "colour": "s3cret", "lines": [{"text": "s" * 60}]}
        ),
        client.get("/shop/search?page=s3cret&colour=s3cret&since=s3cret&price=s3cret&id=s3cret&exact=s3cret"),
        client.get("/shop/facts", headers={"cookie": "theme=s3cret"}),
        client.get("/shop/days/s3cret"),
    ):
        assert response.status in (404, 422)
        assert "s3cret" not in response.text
        assert "ssss" not in response.text


def test_an_unknown_key_is_named_in_a_form_that_runs_nowhere(serve: "Serve") -> None:
    client = serve(fuller_app())
    body = {"title": "x", "<script>alert(1)</script>" + "x" * 5000: 1}
    for accept in ("text/html", "*/*"):
        response = client.post("/shop/orders", json=body, headers={"accept": accept})
        assert response.status == 422
        assert len(response.body) < 1500
        assert response.content_type == "application/problem+json" or "<script" not in response.text


def test_a_hint_is_for_the_developer_alone(serve: "Serve", setup: Any) -> None:
    stranger = {"sec-fetch-site": "cross-site"}
    client = serve(posting_app())
    assert ("hint" in client.post("/", headers=stranger).json()) == (setup.mode == "development")
    page = client.post("/", headers={**stranger, "accept": "text/html"}).text
    assert ("TRUSTED_ORIGINS" in page) == (setup.mode == "development")


@pytest.mark.parametrize("accept", ["text/html;q=0", "text/html" + ",x/y" * 5000, ",;=q", "*", "", "text/html;q=nan"])
def test_whatever_is_accepted_there_is_an_answer(serve: "Serve", accept: str) -> None:
    response = serve(five_lines()).get("/nowhere", headers={"accept": accept})
    assert response.status in (404, 431)
    assert response.content_type in ("application/problem+json", "text/html")


@pytest.fixture(params=[TextFormatter(), JSONFormatter()], ids=["text", "json"])
def lines(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Collect the log as `demijohn run` writes it."""
    written: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    collector = Collector()
    collector.setFormatter(request.param)
    logger = logging.getLogger()
    level = logger.level
    logger.addHandler(collector)
    logger.setLevel(logging.DEBUG)
    yield written
    logger.removeHandler(collector)
    logger.setLevel(level)


def test_what_a_client_sends_writes_no_line_and_drives_no_terminal(serve: "Serve", lines: list[str]) -> None:
    app = failing_app()

    @app.post("/logged")
    def log(request: Request) -> str:
        logging.getLogger("project").warning("form %s from %s", request.form, request.headers.get("user-agent"))
        logging.getLogger("project").warning(request.form["name"])
        try:
            raise ValueError(request.form["name"])
        except ValueError:
            logging.getLogger("project").exception("with a traceback")
        return "logged"

    client = serve(app, raise_server_errors=False)
    assert client.post("/logged", form={"name": HOSTILE}).status == 200
    client.get(f"/fails/{HOSTILE}".replace("\r", "%0d").replace("\n", "%0a").replace("\x1b", "%1b"))
    client.get("/fails/%1b%5b31m")
    client.get("/fails/\u202eab")
    client.post("/fails/\u2028x", headers={"sec-fetch-site": "cross-site"})
    client.get("/x", headers={"host": "evil.example"})
    assert len(lines) >= 6
    for line in lines:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", line)
        for part in line.split("\n")[1:]:
            assert part.startswith("  ")  # a line of a traceback, which no record begins like
        assert not re.search(r"^2026-11-22T00:00:00Z", line)


def test_refusals_by_protections_are_written_on_one_logger_without_what_was_sent(
    serve: "Serve", lines: list[str]
) -> None:
    client = serve(posting_app())
    client.get("/x", headers={"host": "evil.example"})
    client.post("/", headers={"sec-fetch-site": "cross-site", "cookie": "dj_session=s3cret"}, body=b"s3cret")
    text = "\n".join(line for line in lines if "demijohn.security" in line)
    assert "host.unknown: GET /x from 127.0.0.1" in text
    assert "csrf.cross_site: POST / from 127.0.0.1" in text
    assert "s3cret" not in text
    assert "evil.example" not in text


def test_ordinary_refusals_write_no_line(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    client = serve(fuller_app())
    with caplog.at_level(logging.INFO):
        client.get("/nowhere")
        client.post("/hello/you")
        client.post("/shop/orders", json={"title": 5})
        client.get("/hello/" + "a" * 9000)
    assert [record for record in caplog.records if record.name.startswith("demijohn")] == []
