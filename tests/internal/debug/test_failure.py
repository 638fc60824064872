"""Exceptions taken apart: chains, groups, frames, and everything in them that may be broken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from demijohn.debug.failure import Failure, failure_of
from demijohn.errors import ConfigError, DeclarationError, Problem
from demijohn.templating.errors import TemplateError, TemplateSpot

Raised = Callable[[Callable[[], object]], BaseException]

NOTES: dict[str, str] = {}


def test_the_last_exception_comes_first_and_then_what_led_to_it(raised: Raised) -> None:
    def fail() -> None:
        try:
            try:
                NOTES["a"]
            except KeyError:
                raise ValueError("b")  # noqa: B904  # the context, not a cause, is what this is about
        except ValueError as error:
            raise RuntimeError("c") from error

    chain = failure_of(raised(fail))

    assert [(each.kind, each.message) for each in chain] == [
        ("RuntimeError", "c"),
        ("ValueError", "b"),
        ("KeyError", "'a'"),
    ]
    assert [each.link for each in chain] == [
        "",
        "This was the direct cause of it:",
        "It was raised while this one was being handled:",
    ]


def test_a_context_that_was_put_aside_is_not_shown(raised: Raised) -> None:
    def fail() -> None:
        try:
            NOTES["a"]
        except KeyError:
            raise ValueError from None

    assert [each.kind for each in failure_of(raised(fail))] == ["ValueError"]


def test_a_chain_that_is_a_circle_ends() -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__cause__, second.__cause__ = second, first

    assert [each.message for each in failure_of(first)] == ["1", "2"]

    group = ExceptionGroup("g", [first])
    first.__cause__ = group
    assert [member[0].message for member in failure_of(group)[0].members] == ["1"]


def test_a_frame_has_place_function_source_and_variables(raised: Raised) -> None:
    def fail() -> None:
        count, password = 3, "hunter2"
        raise ValueError(count, len(password))

    frame = failure_of(raised(fail))[0].frames[-1]

    assert frame.is_project
    assert frame.function.endswith("test_a_frame_has_place_function_source_and_variables.<locals>.fail")
    assert frame.excerpt.where == "tests/internal/debug/test_failure.py"
    assert "raise ValueError(count" in frame.excerpt.lines[frame.excerpt.line - frame.excerpt.first]
    assert frame.variables == (("count", "3"), ("password", "'********'"))


def test_frames_of_libraries_are_told_from_those_of_the_project(raised: Raised) -> None:
    async def fail() -> None:
        raise ValueError

    frames = failure_of(raised(lambda: asyncio.run(fail())))[0].frames

    assert [frame.is_project for frame in frames if "asyncio" in frame.excerpt.where] == [False] * (len(frames) - 3)
    assert frames[-1].is_project


def test_of_a_recursion_without_end_both_ends_are_shown(raised: Raised) -> None:
    def down(depth: int) -> int:
        return down(depth + 1)

    failure = failure_of(raised(lambda: down(0)))[0]

    assert failure.kind == "RecursionError"
    assert len(failure.frames) == 40
    assert [index for index, frame in enumerate(failure.frames) if frame.left_out] == [19]
    assert failure.frames[19].left_out > 500
    assert dict(failure.frames[5].variables)["depth"] == "3"


def test_groups_hold_their_members_with_their_own_chains(raised: Raised) -> None:
    def fail() -> None:
        inner = ValueError("one")
        inner.__cause__ = KeyError("why")
        raise ExceptionGroup("several", [inner, ExceptionGroup("more", [TypeError("two")])])

    failure = failure_of(raised(fail))[0]

    assert failure.message == "several (2 sub-exceptions)"
    assert [[each.kind for each in member] for member in failure.members] == [
        ["ValueError", "KeyError"],
        ["ExceptionGroup"],
    ]
    assert failure.members[1][0].members[0][0].message == "two"


def test_of_very_many_exceptions_the_first_are_shown() -> None:
    group = ExceptionGroup("g", [ValueError(str(number)) for number in range(1000)])
    deep: Exception = ValueError("end")
    for _ in range(1000):
        deep = ExceptionGroup("g", [deep])

    assert [member[0].message for member in failure_of(group)[0].members] == [str(number) for number in range(49)]
    assert failure_of(deep)[0].members


def test_notes_are_kept() -> None:
    error = ValueError("x")
    error.add_note("first\nsecond \x1b[31m")

    assert failure_of(error)[0].notes == ("first\nsecond \\x1b[31m",)


def test_a_message_that_cannot_be_made_is_told() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert failure_of(Mute())[0].message == "<str of Mute raised RuntimeError>"
    assert len(failure_of(ValueError("x" * 100_000))[0].message) < 5000


def test_a_syntax_error_shows_its_own_file(raised: Raised, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("a = 1\nb = 2\nc = 2 2\n", encoding="utf-8")

    failure = failure_of(raised(lambda: compile(broken.read_text(), str(broken), "exec")))[0]

    assert failure.spot is not None
    assert (failure.spot.where, failure.spot.line) == (str(broken), 3)
    assert failure.spot.lines == ("a = 1", "b = 2", "c = 2 2")
    assert "broken.py" not in failure.message


def test_a_syntax_error_in_no_file_shows_its_line(raised: Raised) -> None:
    failure = failure_of(raised(lambda: compile("1 +", "<somewhere>", "exec")))[0]

    assert failure.spot is not None
    assert failure.spot.lines == ("1 +",)


def test_an_error_of_a_template_shows_the_template_and_what_could_be_used_there() -> None:
    spot = TemplateSpot("page.html", "/x/page.html", 3, ((2, "<p>"), (3, "{{ nme }}\t")), {"name": "str"})

    failure = failure_of(TemplateError("'nme' is undefined.", spot))[0]

    assert failure.spot is not None
    assert (failure.spot.where, failure.spot.line, failure.spot.first) == ("/x/page.html", 3, 2)
    assert failure.spot.lines[0] == "<p>"
    assert failure.spot.note == "What could be used there: name (str)"


def test_the_problems_of_a_start_are_kept_apart() -> None:
    problems = [Problem("One \x1b.", "app.py:3", "Do this."), Problem("Two.")]

    for error in (DeclarationError(problems), ConfigError(problems)):
        assert failure_of(error)[0].problems == (Problem("One \\x1b.", "app.py:3", "Do this."), Problem("Two."))


def test_a_file_that_was_saved_since_is_read_again(tmp_path: Path, raised: Raised) -> None:
    file = tmp_path / "changing.py"

    def run(text: str) -> Failure:
        file.write_text(text, encoding="utf-8")
        return failure_of(raised(lambda: eval(compile(file.read_text(), str(file), "exec"), {})))[0]

    assert run("1 / 0  # first\n").frames[-1].excerpt.lines == ("1 / 0  # first",)
    assert run("1 / 0  # and second\n").frames[-1].excerpt.lines == ("1 / 0  # and second",)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_text_shows_no_lines(content: bytes, tmp_path: Path, raised: Raised) -> None:
    file = tmp_path / "odd.py"
    file.write_bytes(content)

    frame = failure_of(raised(lambda: eval(compile("1 / 0", str(file), "exec"), {})))[0].frames[-1]

    assert frame.excerpt.lines == ()
