from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from demijohn.context import unhandled_errors
from demijohn.errors import FieldError, HTTPError, UnsafeRedirect
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.pipeline.errors import (
    DebugAnswers,
    ErrorAnswers,
    ErrorHandlers,
    NeedsLoop,
    log_server_error,
    render_error,
)
from demijohn.pipeline.hooks import Hook

if TYPE_CHECKING:
    from tests.internal.pipeline.conftest import MakeRequest


class OutOfStock(Exception):
    pass


class SoldOut(OutOfStock):
    pass


class Answers:
    """Ask ErrorAnswers in one of the two worlds, and keep what it reports."""

    def __init__(self, world: str, *levels: ErrorHandlers) -> None:
        self._world = world
        self.reported: list[BaseException] = []
        self.answers = ErrorAnswers(levels, report=lambda error, request: self.reported.append(error))

    def __call__(self, error: Exception, request: Request) -> Response:
        if self._world == "worker":
            return self.answers.answer(error, request, hooks_due=True)

        async def in_worker(call: Callable[[], Any]) -> Any:
            return call()

        return asyncio.run(self.answers.aanswer(error, request, in_worker))


def says(text: str) -> Hook:
    return Hook(lambda error, request: (text, error.status if isinstance(error, HTTPError) else 500), False, text)


def raises(error: Exception) -> Hook:
    def hook(*_: object) -> None:
        raise error

    return Hook(hook, False, "raises")


BOTH = pytest.mark.parametrize("world", ["worker", "loop"])


@BOTH
def test_a_status_beats_a_class_and_a_class_its_parents(world: str, make_request: MakeRequest) -> None:
    answer = Answers(
        world,
        {
            404: says("404"),
            HTTPError: says("http"),
            OutOfStock: says("stock"),
            SoldOut: says("sold"),
            Exception: says("any"),
        },
    )
    request = make_request()
    told = [
        answer(error, request).text for error in (HTTPError(404), HTTPError(403), SoldOut(), OutOfStock(), OSError())
    ]
    assert told == ["404", "http", "sold", "stock", "any"]


@BOTH
def test_the_innermost_module_decides(world: str, make_request: MakeRequest) -> None:
    answer = Answers(world, {HTTPError: says("inner")}, {404: says("outer"), OutOfStock: says("outer stock")})
    assert answer(HTTPError(404), make_request()).text == "inner"
    assert answer(OutOfStock(), make_request()).text == "inner", "as the 500 that it becomes there"


@BOTH
@pytest.mark.parametrize("key", [500, HTTPError])
def test_an_unexpected_error_comes_to_the_handler_of_500_as_one_and_is_reported(
    world: str, key: int | type[Exception], make_request: MakeRequest
) -> None:
    seen: list[Exception] = []

    def hook(error: HTTPError, request: Request) -> str:
        seen.append(error)
        return "sorry"

    answer = Answers(world, {key: Hook(hook, False, "hook")})
    error = OutOfStock("secret")
    response = answer(error, make_request())
    assert (response.status, response.text) == (500, "sorry")
    assert isinstance(seen[0], HTTPError)
    assert (seen[0].status, seen[0].__cause__) == (500, error)
    assert answer.reported == [error]


@BOTH
def test_what_a_handler_expects_is_not_reported_but_a_handler_for_anything_expects_nothing(
    world: str, make_request: MakeRequest
) -> None:
    answer = Answers(world, {OutOfStock: says("stock"), Exception: says("any")})
    unexpected = OSError()
    answer(SoldOut(), make_request())
    answer(unexpected, make_request())
    assert answer.reported == [unexpected]


@BOTH
def test_a_handler_may_turn_an_error_into_a_refusal(world: str, make_request: MakeRequest) -> None:
    answer = Answers(
        world, {OutOfStock: raises(HTTPError(409, code="stock.out")), HTTPError: says("shaped"), OSError: says("no")}
    )
    response = answer(OutOfStock(), make_request())
    assert (response.status, response.text) == (409, "shaped")


@BOTH
def test_a_handler_that_fails_is_not_asked_again(world: str, make_request: MakeRequest) -> None:
    mistake = LookupError("in the handler")
    answer = Answers(world, {404: raises(mistake), LookupError: says("never"), 403: raises(HTTPError(403))})
    with pytest.raises(LookupError) as caught:
        answer(HTTPError(404), make_request())
    assert caught.value is mistake
    with pytest.raises(HTTPError):
        answer(HTTPError(403), make_request())


@BOTH
def test_the_headers_of_a_refusal_go_with_the_handlers_answer_unless_it_has_its_own(
    world: str, make_request: MakeRequest
) -> None:
    def hook(error: HTTPError, request: Request) -> Response:
        return Response("wait", error.status, {"retry-after": "9"})

    answer = Answers(world, {429: Hook(hook, False, "hook")})
    response = answer(HTTPError(429, headers={"retry-after": "1", "x-left": "0"}), make_request())
    assert (response.headers["retry-after"], response.headers["x-left"]) == ("9", "0")


def test_a_worker_hands_over_what_an_async_handler_is_in_charge_of(make_request: MakeRequest) -> None:
    async def hook(error: OutOfStock, request: Request) -> tuple[str, int]:
        return "from the loop", 409

    levels: ErrorHandlers = {OutOfStock: Hook(hook, True, "hook"), 404: says("blocking")}
    error = SoldOut()
    with pytest.raises(NeedsLoop) as handed:
        Answers("worker", levels)(error, make_request())
    assert (handed.value.error, handed.value.hooks_due) == (error, True)
    assert Answers("worker", levels)(HTTPError(404), make_request()).text == "blocking"
    assert Answers("loop", levels)(error, make_request()).text == "from the loop"


@BOTH
def test_an_unsafe_redirect_is_a_400_with_a_line_in_the_log(
    world: str, make_request: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Answers(world)
    response = answer(UnsafeRedirect("'//evil\n.example' leads elsewhere"), make_request())
    assert response.status == 400
    assert msgspec.json.decode(response.body)["code"] == "redirect.unsafe"
    assert answer.reported == []
    assert "\n" not in caplog.text.strip()


@BOTH
def test_a_refusal_of_ours_is_reported_where_something_caused_it(world: str, make_request: MakeRequest) -> None:
    error = HTTPError(503)
    error.__cause__ = OSError("the database is gone")
    answer = Answers(world)
    assert answer(error, make_request()).status == 503
    assert answer(HTTPError(503), make_request()).status == 503
    assert answer.reported == [error]


class Telling:
    """Answer as the debug page does: with the error, to those who may see it."""

    def __init__(self, *, may_see: bool = True) -> None:
        self._may_see = may_see

    def answer(self, error: BaseException, request: Request) -> Response | None:
        return Response(repr(error), 500) if self._may_see else None


@BOTH
def test_in_development_an_unexpected_exception_is_shown(world: str, make_request: MakeRequest) -> None:
    request = make_request()
    request.services = {DebugAnswers: Telling()}
    answer, error = Answers(world), LookupError("mine")

    assert answer(error, request).text == "LookupError('mine')"
    assert answer.reported == [error]
    assert "mine" not in answer(HTTPError(500), request).text

    handled = Answers(world, {LookupError: says("handled")})
    assert handled(error, request).text == "handled"

    request.services = {DebugAnswers: Telling(may_see=False)}
    assert "mine" not in answer(error, request).text


def test_programs_get_problem_json_and_browsers_a_page(make_request: MakeRequest) -> None:
    error = HTTPError(422, "No <b>.", code="form.bad", errors=[FieldError("form", "a<b", "Must be <c>.")])
    problem = render_error(error, make_request())
    assert problem.content_type == "application/problem+json"
    told = msgspec.json.decode(problem.body)
    assert (told["status"], told["code"], told["detail"]) == (422, "form.bad", "No <b>.")
    assert told["errors"] == [{"location": "form", "field": "a<b", "message": "Must be <c>.", "code": "invalid"}]
    page = render_error(error, make_request(headers=[("accept", "text/html")]))
    assert page.content_type.startswith("text/html")
    assert "No &lt;b&gt;." in page.text
    assert "<b>a&lt;b</b>: Must be &lt;c&gt;." in page.text


def test_an_error_of_ours_names_the_request_so_that_the_log_can_be_searched(make_request: MakeRequest) -> None:
    request = make_request()
    assert msgspec.json.decode(render_error(HTTPError(500), request).body)["request_id"] == request.id
    assert "request_id" not in msgspec.json.decode(render_error(HTTPError(404), request).body)


def test_the_log_holds_the_traceback_and_the_request(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    request = make_request(path="/a\nb")
    log_server_error(LookupError("mine"), request)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"GET /a\\x0ab failed, request {request.id}"
    assert record.exc_info is not None
    assert record.exc_info[1].__class__ is LookupError


def test_a_test_client_gets_the_error_instead_of_the_log(
    make_request: MakeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    error, taken = LookupError("mine"), list[BaseException]()
    token = unhandled_errors.set(taken)
    try:
        log_server_error(error, make_request())
    finally:
        unhandled_errors.reset(token)
    assert (taken, caplog.records) == ([error], [])
