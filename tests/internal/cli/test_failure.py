"""How an expected error looks in the terminal."""

from __future__ import annotations

import pytest

from demijohn.cli.errors import CommandError
from demijohn.cli.failure import report_failure
from demijohn.errors import ConfigError, DeclarationError, DemijohnError, Problem


def test_a_command_error_has_its_line_detail_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    status = report_failure(CommandError("It broke.", "Mend it.", detail="    a = 1", status=2))

    assert status == 2
    assert capsys.readouterr().err == "Error: It broke.\n      a = 1\n  Mend it.\n"


def test_all_problems_are_listed_with_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem("One.", "app.py:3", "Do this."), Problem("Two.")]

    assert report_failure(DeclarationError(problems)) == 1
    assert capsys.readouterr().err == (
        "Error: 2 mistakes stop the start:\n  - app.py:3: One.\n      Do this.\n  - Two.\n"
    )

    report_failure(ConfigError(problems))
    assert "2 settings stop the start" in capsys.readouterr().err


def test_an_error_cannot_write_to_the_terminal_what_it_likes(capsys: pytest.CaptureFixture[str]) -> None:
    report_failure(DemijohnError("\x1b[2Jgone"))

    assert "\x1b" not in capsys.readouterr().err


def test_the_traceback_comes_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise DemijohnError("here")
    except DemijohnError as error:
        report_failure(error, with_traceback=True)

    assert "Traceback" in capsys.readouterr().err


def test_errors_that_nobody_expected_are_not_hidden() -> None:
    with pytest.raises(KeyError):
        report_failure(KeyError("x"))
