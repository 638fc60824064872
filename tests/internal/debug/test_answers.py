"""The answer itself: to whom, in which form, and what happens where the page fails."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest

from demijohn.debug import answers
from demijohn.debug.answers import DebugPages
from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.pipeline.errors import DebugAnswers, render_error, server_error

if TYPE_CHECKING:
    from tests.internal.debug.conftest import MakeRequest

NOTES: dict[str, str] = {}
BROWSER = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")


@pytest.fixture
def error(raised: Callable[[Callable[[], object]], BaseException]) -> BaseException:
    return raised(lambda: NOTES["no such note"])


def test_a_browser_gets_the_page(error: BaseException, make_request: MakeRequest) -> None:
    request = make_request(headers=[BROWSER])

    response = DebugPages({"SQL": lambda request: {"1": "select 1"}}).answer(error, request)

    assert response is not None
    assert response.status == 500
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert "<h1>KeyError</h1>" in response.text
    assert "select 1" in response.text
    assert f'nonce="{request.nonce}"' in response.text
    assert request.has_nonce
    assert request.id in response.text


def test_a_program_gets_problem_json_with_the_way_there(error: BaseException, make_request: MakeRequest) -> None:
    request = make_request(headers=[("accept", "application/json")])

    response = DebugPages({}).answer(error, request)

    assert response is not None
    assert response.content_type == "application/problem+json"
    problem = msgspec.json.decode(response.body)
    assert problem["detail"] == "KeyError: 'no such note'"
    assert problem["code"] == "http.server_error"
    assert problem["request_id"] == request.id
    assert problem["traceback"][-1].startswith("tests/internal/debug/test_answers.py:")


def test_whoever_may_not_see_it_gets_nothing_of_it(error: BaseException, make_request: MakeRequest) -> None:
    assert DebugPages({}).answer(error, make_request(headers=[BROWSER], peer="192.168.1.5:1")) is None


def test_where_the_page_fails_the_log_says_so(
    error: BaseException, make_request: MakeRequest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("the page is broken")

    monkeypatch.setattr(answers, "failure_of", broken)

    assert DebugPages({}).answer(error, make_request(headers=[BROWSER])) is None
    assert "the page is broken" in caplog.text
    assert caplog.records[0].levelno == logging.ERROR


def with_pages(request: Request) -> Request:
    request.services = {DebugAnswers: DebugPages({})}
    return request


def test_only_an_unexpected_exception_is_shown(error: BaseException, make_request: MakeRequest) -> None:
    unexpected = server_error()
    unexpected.__cause__ = error

    assert "<h1>KeyError</h1>" in render_error(unexpected, with_pages(make_request(headers=[BROWSER]))).text
    for refusal in (HTTPError(500, "Ours."), HTTPError(404), HTTPError(503)):
        if refusal.status != 500:
            refusal.__cause__ = error
        assert "KeyError" not in render_error(refusal, with_pages(make_request(headers=[BROWSER]))).text


def test_without_the_service_the_answer_is_the_constant(error: BaseException, make_request: MakeRequest) -> None:
    unexpected = server_error()
    unexpected.__cause__ = error

    for accept in (BROWSER, ("accept", "*/*")):
        text = render_error(unexpected, make_request(headers=[accept])).text
        assert "Something went wrong on our side." in text
        assert "KeyError" not in text
        far = with_pages(make_request(headers=[accept], peer="192.168.1.5:1"))
        assert "KeyError" not in render_error(unexpected, far).text


def test_a_request_that_failed_before_it_had_services_is_answered(
    error: BaseException, make_request: MakeRequest
) -> None:
    request = make_request()
    del request.services
    unexpected = server_error()
    unexpected.__cause__ = error

    assert render_error(unexpected, request).status == 500


def test_the_page_has_a_policy_that_lets_nothing_but_its_style_in(
    error: BaseException, make_request: MakeRequest
) -> None:
    request = make_request(headers=[BROWSER])

    response = DebugPages({}).answer(error, request)

    assert response is not None
    policy = response.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'nonce-{request.nonce}'; ")
    assert "'self'" not in policy
    assert "unsafe" not in policy
