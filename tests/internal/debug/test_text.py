"""The traceback as plain text, next to Python's own."""

from __future__ import annotations

from collections.abc import Callable

from demijohn.debug.failure import failure_of
from demijohn.debug.text import plain_traceback, short_traceback, summary

Raised = Callable[[Callable[[], object]], BaseException]

NOTES: dict[str, str] = {}


def test_it_reads_as_pythons_own(raised: Raised) -> None:
    def fail() -> None:
        try:
            NOTES["a"]
        except KeyError as error:
            error.add_note("a note")
            raise ValueError("b") from error

    lines = plain_traceback(failure_of(raised(fail))).split("\n")

    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith('  File "tests/internal/debug/test_text.py", line ')
    assert lines[2] == '    NOTES["a"]'
    assert lines[3:7] == [
        "KeyError: 'a'",
        "a note",
        "",
        "The above exception was the direct cause of the following exception:",
    ]
    assert lines[-1] == "ValueError: b"


def test_what_was_raised_while_handling_says_so(raised: Raised) -> None:
    def fail() -> None:
        try:
            NOTES["a"]
        except KeyError:
            raise ValueError  # noqa: B904  # that is the point

    text = plain_traceback(failure_of(raised(fail)))

    assert "During handling of the above exception, another exception occurred:" in text
    assert text.endswith("\nValueError")


def test_links_of_a_longer_chain_stand_between_their_own_two(raised: Raised) -> None:
    def fail() -> None:
        try:
            try:
                NOTES["a"]
            except KeyError:
                raise ValueError  # noqa: B904  # as above
        except ValueError as error:
            raise TypeError from error

    text = plain_traceback(failure_of(raised(fail)))

    places = [text.index(part) for part in ("KeyError", "During", "\nValueError", "direct cause", "\nTypeError")]
    assert places == sorted(places)


def test_members_of_a_group_are_indented() -> None:
    group = ExceptionGroup("g", [ValueError("one"), KeyError("two")])

    assert plain_traceback(failure_of(group)).split("\n") == [
        "ExceptionGroup: g (2 sub-exceptions)",
        "  +---------------- 1 ----------------",
        "  | ValueError: one",
        "  +---------------- 2 ----------------",
        "  | KeyError: 'two'",
    ]


def test_a_syntax_error_ends_with_its_line(raised: Raised) -> None:
    chain = failure_of(raised(lambda: compile("1 +", "<somewhere>", "exec")))

    assert plain_traceback(chain).split("\n")[-3:] == [
        '  File "<somewhere>", line 1',
        "    1 +",
        "SyntaxError: invalid syntax",
    ]


def test_the_short_form_names_the_innermost_calls(raised: Raised) -> None:
    def down(depth: int) -> None:
        if depth == 0:
            raise ValueError("deep")
        down(depth - 1)

    failure = failure_of(raised(lambda: down(30)))[0]

    assert summary(failure) == "ValueError: deep"
    assert len(short_traceback(failure)) == 12
    assert short_traceback(failure)[-1].startswith("tests/internal/debug/test_text.py:")
    assert short_traceback(failure)[-1].endswith("<locals>.down")
