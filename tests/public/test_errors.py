"""Promise: every error becomes an answer that fits the client, and a project can put its own words in its place."""

import logging
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from demijohn import App, FieldError, HTTPError, Module, Request, Response, Session, abort, html

if TYPE_CHECKING:
    from tests.public.conftest import Serve


class OutOfStockError(Exception):
    pass


class SoldOutError(OutOfStockError):
    pass


def failing_app(error: BaseException, world: str = "async") -> App:
    app = App(__name__)

    if world == "async":

        @app.route("/", methods=["GET", "POST"])
        async def fail_on_the_loop() -> str:
            raise error
    else:

        @app.route("/", methods=["GET", "POST"])
        def fail() -> str:
            raise error

    return app


both_worlds = pytest.mark.parametrize("world", ["def", "async"])


def test_abort_answers_with_problem_json(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/notes/<int:id>")
    def show(id: int) -> str:
        abort(404, "No such note", code="note.missing")

    response = serve(app, browser=False).get("/notes/1")
    assert (response.status, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No such note",
        "code": "note.missing",
    }


def test_a_browser_gets_a_page_with_the_same_words(serve: "Serve") -> None:
    response = serve(failing_app(HTTPError(404, "No <such> note", code="note.missing"))).get("/")
    assert (response.status, response.content_type) == (404, "text/html")
    assert "No &lt;such&gt; note" in response.text
    assert "note.missing" in response.text


def test_a_refusal_has_a_code_of_its_own_by_default(serve: "Serve") -> None:
    def code(status: int) -> str:
        told: str = serve(failing_app(HTTPError(status)), browser=False).get("/").json()["code"]
        return told

    assert [code(404), code(418), code(405)] == ["http.not_found", "http.im_a_teapot", "http.method_not_allowed"]


def test_a_refusal_brings_headers(serve: "Serve") -> None:
    error = HTTPError(503, headers={"Retry-After": "30"})
    assert serve(failing_app(error)).get("/").headers["retry-after"] == "30"


def test_a_refusal_lists_the_fields(serve: "Serve") -> None:
    error = HTTPError(422, errors=[FieldError("body", "title", "Too long.", "max_length")])
    problem = serve(failing_app(error), browser=False).get("/").json()
    assert problem["errors"] == [
        {"location": "body", "field": "title", "message": "Too long.", "code": "max_length"},
    ]


@both_worlds
def test_a_mistake_of_the_program_is_a_500_that_tells_nothing(
    serve: "Serve", world: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = failing_app(RuntimeError("the password is hunter2"), world)
    client = serve(app, browser=False, raise_server_errors=False)
    response = client.get("/")
    problem = response.json()
    assert (response.status, problem["code"]) == (500, "http.server_error")
    assert "hunter2" not in response.text
    assert "RuntimeError" not in response.text
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert problem["request_id"] in record.getMessage()
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1])


def test_the_client_of_a_test_raises_what_no_handler_took(serve: "Serve") -> None:
    with pytest.raises(OutOfStockError):
        serve(failing_app(OutOfStockError())).get("/")


@both_worlds
def test_a_handler_answers_a_status(serve: "Serve", world: str) -> None:
    app = failing_app(HTTPError(404), world)

    @app.error_handler(404)
    def not_found(error: HTTPError, request: Request) -> tuple[dict[str, str], int]:
        return {"nothing": request.path, "code": error.code}, 404

    client = serve(app)
    assert (client.get("/").status, client.get("/").json()) == (404, {"nothing": "/", "code": "http.not_found"})
    assert client.get("/elsewhere").json()["nothing"] == "/elsewhere"


@both_worlds
@pytest.mark.parametrize("handler_world", ["def", "async"])
def test_a_handler_answers_an_exception_of_the_project(
    serve: "Serve", world: str, handler_world: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = failing_app(SoldOutError("tea"), world)

    if handler_world == "async":

        @app.error_handler(OutOfStockError)
        async def sold_out_async(error: OutOfStockError, request: Request) -> tuple[str, int]:
            return f"{error} is sold out", 409
    else:

        @app.error_handler(OutOfStockError)
        def sold_out(error: OutOfStockError, request: Request) -> tuple[str, int]:
            return f"{error} is sold out", 409

    response = serve(app).get("/")
    assert (response.status, response.text) == (409, "tea is sold out")
    assert not caplog.records


def test_a_handler_for_the_nearest_class_wins(serve: "Serve") -> None:
    app = failing_app(SoldOutError())

    @app.error_handler(Exception)
    def anything(error: Exception) -> tuple[str, int]:
        return "anything", 500

    @app.error_handler(SoldOutError)
    def sold_out(error: SoldOutError) -> tuple[str, int]:
        return "sold out", 409

    @app.error_handler(OutOfStockError)
    def out_of_stock(error: OutOfStockError) -> tuple[str, int]:
        return "out of stock", 409

    assert serve(app).get("/").text == "sold out"


def test_one_handler_gives_every_refusal_the_shape_of_the_api(serve: "Serve") -> None:
    class Note(msgspec.Struct):
        title: str

    app = App(__name__)

    @app.post("/notes")
    def create(note: Note) -> str:
        return note.title

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError

    @app.error_handler(HTTPError)
    def shape(error: HTTPError, request: Request) -> dict[str, Any]:
        return {"error": error.code, "fields": [field.field for field in error.errors]}

    client = serve(app, raise_server_errors=False)
    cross_site = {"sec-fetch-site": "cross-site"}
    told = [
        client.get("/nowhere"),
        client.get("/notes"),
        client.post("/notes", json={"title": 1}),
        client.post("/notes", body=b"{", headers={"content-type": "application/json"}),
        client.post("/notes", json={"title": "x"}, headers=cross_site),
        client.get("/crash"),
    ]
    assert [(response.status, response.json()["error"]) for response in told] == [
        (404, "http.not_found"),
        (405, "http.method_not_allowed"),
        (422, "validation"),
        (400, "json.malformed"),
        (403, "csrf.cross_site"),
        (500, "http.server_error"),
    ]
    assert told[2].json()["fields"] == ["title"]
    assert told[1].headers["allow"] == "OPTIONS, POST"


def test_the_answer_of_a_handler_has_the_status_of_the_error_unless_it_says_otherwise(serve: "Serve") -> None:
    app = failing_app(HTTPError(404))

    @app.error_handler(404)
    def not_found() -> str:
        return "nothing here"

    assert serve(app).get("/").status == 404


def test_an_error_handler_for_500_gets_the_error_and_its_cause(
    serve: "Serve", caplog: pytest.LogCaptureFixture
) -> None:
    app = failing_app(OutOfStockError("tea"))

    @app.error_handler(500)
    def sorry(error: HTTPError) -> str:
        return f"sorry: {error.status}, {error.__cause__!r}"

    response = serve(app, raise_server_errors=False).get("/")
    assert (response.status, response.text) == (500, "sorry: 500, OutOfStockError('tea')")
    assert len(caplog.records) == 1


def test_the_handler_of_a_module_comes_before_the_apps(serve: "Serve") -> None:
    def fail() -> str:
        raise OutOfStockError

    shop = Module("shop")
    shop.add_route("/buy", fail)

    @shop.error_handler(OutOfStockError)
    def in_the_shop() -> tuple[str, int]:
        return "shop", 409

    app = App(__name__)
    app.include(shop, prefix="/shop")
    app.add_route("/buy", fail, name="buy")

    @app.error_handler(OutOfStockError)
    def anywhere() -> tuple[str, int]:
        return "app", 409

    client = serve(app)
    assert [client.get("/shop/buy").text, client.get("/buy").text] == ["shop", "app"]


def test_a_mistake_in_an_error_handler_is_a_500(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    app = failing_app(HTTPError(404))

    @app.error_handler(404)
    def broken() -> str:
        raise RuntimeError("also broken")

    response = serve(app, raise_server_errors=False).get("/")
    assert response.status == 500
    assert "also broken" not in response.text
    assert caplog.records


def test_several_keys_share_one_handler(serve: "Serve") -> None:
    app = failing_app(HTTPError(410))

    @app.error_handler(404, 410)
    def gone() -> str:
        return "gone"

    client = serve(app)
    assert [client.get("/").text, client.get("/x").text] == ["gone", "gone"]


def test_refusals_before_the_match_are_answered_in_the_format_of_the_client(serve: "Serve") -> None:
    app = App(__name__)
    assert serve(app, base_url="http://stranger.example").get("/").content_type == "text/html"
    problem = serve(app, base_url="http://stranger.example", browser=False).get("/").json()
    assert (problem["status"], problem["code"]) == (421, "host.unknown")


def test_errors_carry_the_security_headers(serve: "Serve") -> None:
    client = serve(failing_app(RuntimeError()), raise_server_errors=False)
    for response in (client.get("/"), client.get("/nowhere"), client.delete("/")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"


def test_a_head_request_gets_the_status_of_the_error_without_a_body(serve: "Serve") -> None:
    response = serve(failing_app(HTTPError(410))).head("/")
    assert (response.status, response.body) == (410, b"")


def test_what_a_client_sent_writes_no_line_of_the_log(serve: "Serve", caplog: pytest.LogCaptureFixture) -> None:
    app = App(__name__)

    @app.get("/<path:rest>")
    def fail(rest: str) -> str:
        raise RuntimeError

    serve(app, raise_server_errors=False).get("/a%E2%80%A8b\u202ec")
    [record] = caplog.records
    assert "\\u2028" in record.getMessage()
    assert "\u202e" not in record.getMessage()


def test_an_http_error_takes_a_status_of_refusal_only() -> None:
    with pytest.raises(ValueError, match="To answer 302, return it"):
        HTTPError(302)


def test_a_handler_may_leave_an_error_to_the_framework_and_hooks_and_session_stay(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/count")
    def count(session: Session) -> dict[str, object]:
        return {"seen": session.get("seen", 0)}

    @app.error_handler(404)
    def missing(error: HTTPError, request: Request) -> Response | HTTPError:
        request.session["seen"] = 1
        if request.prefers_html:
            return html("<h1>Not here</h1>", error.status)
        return error

    @app.after_request
    def mark(response: Response) -> None:
        response.headers["x-marked"] = "yes"

    client = serve(app)
    page = client.get("/nowhere", headers={"accept": "text/html"})
    assert (page.status, page.text) == (404, "<h1>Not here</h1>")
    problem = client.get("/nowhere", headers={"accept": "application/json"})
    assert (problem.status, problem.json()["code"]) == (404, "http.not_found")
    assert problem.headers["x-marked"] == "yes"
    assert client.get("/count").json() == {"seen": 1}
