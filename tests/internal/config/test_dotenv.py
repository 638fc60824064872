"""The grammar of `.env`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.config.dotenv import parse_dotenv


def read(text: str) -> dict[str, str]:
    lines, errors = parse_dotenv(text)
    assert errors == []
    return {line.name: line.value for line in lines}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("A = b ", "b"),
        ("export A=b", "b"),
        ("\ufeffA=b", "b"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A=b # comment", "b"),
        ("A=b#c", "b#c"),
        ("A=b=c", "b=c"),
        ("A=it's", "it's"),
        ("A='b # c'  # comment", "b # c"),
        ("A='b\\n'", "b\\n"),
        ('A="b\\n\\"c\\" \\$d \\\\ \\x"', 'b\n"c" $d \\ \\x'),
        ('A="b\nc"', "b\nc"),
        ("A='b\nc'", "b\nc"),
        ("A=$HOME/${B}", "$HOME/${B}"),
        ("A=b\r\n", "b"),
        ('A=""', ""),
    ],
)
def test_one_value(text: str, value: str) -> None:
    assert read(text) == {"A": value}


def test_lines_are_counted_over_comments_and_long_values() -> None:
    text = '# first\n\nA=1\nB="two\nlines"  # here\n  # indented\nexport C=3\n'

    lines, errors = parse_dotenv(text)

    assert [(line.name, line.line) for line in lines] == [("A", 3), ("B", 4), ("C", 7)]
    assert errors == []


def test_errors_name_the_line_and_never_the_value() -> None:
    text = "A=1\nhunter2\nB='hunter2' hunter2\n1C=hunter2\nD=4\nE=\"hunter2\n"

    lines, errors = parse_dotenv(text)

    assert [line.name for line in lines] == ["A", "D"]
    assert [error.line for error in errors] == [2, 3, 4, 6]
    assert not any("hunter2" in error.message for error in errors)


@given(st.text(max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    lines, errors = parse_dotenv(text)

    numbers = [line.line for line in lines] + [error.line for error in errors]
    assert all(1 <= number <= text.count("\n") + 1 for number in numbers)


@given(st.text(st.characters(codec="utf-8", exclude_characters="'\r\0"), max_size=50))
def test_what_is_quoted_comes_back(value: str) -> None:
    assert read(f"A='{value}'") == {"A": value}
