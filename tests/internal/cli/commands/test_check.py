"""What `demijohn check` shows and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project


def test_nothing_found_is_said_and_ends_well(hello: Project) -> None:
    done = hello.call("check")

    assert (done.status, done.output) == (0, "Nothing found.\n")


def test_warnings_are_listed_and_end_well(project: Project) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App

        app = App(__name__)

        @app.post("/hook", csrf=False, reason="signed by the sender")
        def hook():
            return ""
        """,
    )
    done = project.call("check")

    assert done.status == 0
    assert done.output.startswith("W app.py:5: ")
    assert "signed by the sender [csrf.exempt]" in done.output
    assert done.output.endswith("0 errors, 1 warning.\n")


def test_errors_end_with_status_1(hello: Project) -> None:
    done = hello.call("check", "--deploy")

    assert done.status == 1
    assert done.output.startswith("E ")
    assert "    Name the hosts" in done.output
    assert done.output.splitlines()[-1].startswith("1 error, ")


def test_a_mistake_in_a_declaration_is_an_error(project: Project) -> None:
    project.write("app.py", "from demijohn.app import App\napp = App(__name__)\n@app.get('x')\ndef x(): ...\n")

    done = project.call("check")

    assert done.status == 1
    assert done.output.startswith("E app.py:3: ")
    assert "[declaration]" in done.output
