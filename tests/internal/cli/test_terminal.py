"""Writing to what is a terminal and to what is none."""

from __future__ import annotations

import io

import pytest

from demijohn.cli.terminal import Terminal


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_file_gets_plain_text() -> None:
    stream = io.StringIO()
    Terminal(stream).parts(("E", "bold red"), (" [broken]", ""))

    assert stream.getvalue() == "E [broken]\n"


def test_a_terminal_gets_colour_and_what_looks_like_markup_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Screen()
    Terminal(screen).parts(("E", "bold red"), (" [broken]", ""))

    assert "\x1b[" in screen.getvalue()
    assert " [broken]" in screen.getvalue()


def test_without_rich_a_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    screen = Screen()
    Terminal(screen).line("E", "bold red")

    assert screen.getvalue() == "E\n"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    stream = io.StringIO()
    Terminal(stream).table(("NAME", "PATH"), [("a", "/"), ("longer", "/x")])

    assert stream.getvalue() == "NAME    PATH\na       /\nlonger  /x\n"
