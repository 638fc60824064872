"""The Python prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


def test_the_app_its_names_and_its_context_are_there(hello: Project) -> None:
    program = "from demijohn.context import current_scope\nprint(app, hello('ann'), current_scope() is app.pipeline)\n"

    done = hello.call("shell", stdin=program)

    assert done.status == 0
    assert "<App app> Hello, ann! True" in done.output
    assert "Ctrl+D ends it." in done.errors


def test_a_mistake_at_the_prompt_does_not_end_it(hello: Project) -> None:
    done = hello.call("shell", "--plain", stdin="1 / 0\nprint('still here')\n")

    assert "ZeroDivisionError" in done.errors
    assert "still here" in done.output
