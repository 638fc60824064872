from __future__ import annotations

import pickle

import pytest

from demijohn import errors
from demijohn.errors import ConfigError, DeclarationError, DemijohnError, FieldError, HTTPError, Problem, abort


def test_every_error_descends_from_one() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(found) >= 6
    assert all(issubclass(error, DemijohnError) for error in found)


@pytest.mark.parametrize(
    ("status", "title", "code"),
    [
        (404, "Not Found", "http.not_found"),
        (418, "I'm a Teapot", "http.im_a_teapot"),
        (499, "Error", "http.error"),
    ],
)
def test_a_refusal_has_a_title_and_a_code_from_its_status(status: int, title: str, code: str) -> None:
    error = HTTPError(status)
    assert (error.title, error.detail, error.code, str(error)) == (title, title, code, f"{status} {title}")


@pytest.mark.parametrize("status", [0, 200, 302, 399, 600])
def test_a_refusal_has_a_status_of_refusal(status: int) -> None:
    with pytest.raises(ValueError, match=f"not {status}"):
        HTTPError(status)


def test_a_refusal_copies_what_it_is_given() -> None:
    headers, listed = {"retry-after": "1"}, [FieldError("body", "a", "Too long.")]
    error = HTTPError(503, "", headers=headers, errors=listed)
    headers.clear()
    listed.clear()
    assert (error.detail, error.headers, len(error.errors)) == ("", {"retry-after": "1"}, 1)


def test_abort_raises_what_it_says() -> None:
    with pytest.raises(HTTPError) as caught:
        abort(404, "No such note", code="note.missing", headers={"x-a": "b"})
    error = caught.value
    assert (error.status, error.detail, error.code, error.headers) == (
        404,
        "No such note",
        "note.missing",
        {"x-a": "b"},
    )


def test_a_problem_reads_as_a_line_and_its_remedy() -> None:
    assert str(Problem("It is wrong.")) == "It is wrong."
    assert str(Problem("It is wrong.", "app.py:3", "Write it right.")) == "app.py:3: It is wrong.\n    Write it right."


def test_one_mistake_is_told_alone_and_several_are_counted() -> None:
    assert str(DeclarationError("It is wrong.")) == "It is wrong."
    several = DeclarationError([Problem("One."), Problem("Two.", "app.py:3")])
    assert str(several) == "2 mistakes stop the start:\n- One.\n- app.py:3: Two."
    assert [problem.message for problem in several.problems] == ["One.", "Two."]
    assert issubclass(ConfigError, DeclarationError)


def test_a_field_error_can_be_compared_and_sent_to_another_process() -> None:
    error = FieldError("query", "page", "Must be a whole number.", "type")
    assert pickle.loads(pickle.dumps(error)) == error
