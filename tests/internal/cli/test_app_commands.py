"""Commands that an app declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

APP = """
    import asyncio
    import enum
    from pathlib import Path
    from typing import Literal

    from demijohn.app import App
    from demijohn.context import current_scope
    from demijohn.module import Module

    class Colour(enum.Enum):
        RED = "red"
        BLUE = "blue"

    app = App(__name__)
    blog = Module("blog")
    app.include(blog, prefix="/blog")

    @app.on_startup
    async def up():
        print("up")

    @app.on_shutdown
    def down():
        print("down")

    @app.command()
    def seed_notes(count: int, *, colour: Colour = Colour.RED, dry_run: bool = False, tags: list[str] = []):
        "Put notes into the database."
        print(count, colour, dry_run, tags, current_scope() is app.pipeline)

    @blog.command("export")
    async def write(folder: Path, kind: Literal["json", "csv"] = "json", limit: int | None = None):
        await asyncio.sleep(0)
        print(type(folder).__name__, folder.name, kind, limit, current_scope() is app.pipeline)

    @app.command()
    def describe(it: App):
        print(it)

    @app.command()
    def fail():
        raise SystemExit(3)
"""


@pytest.fixture
def commanded(project: Project) -> Project:
    project.write("app.py", APP)
    return project


def test_parameters_become_arguments_and_options(commanded: Project) -> None:
    done = commanded.call("seed-notes", "3")
    assert done.output == "up\n3 Colour.RED False [] True\ndown\n"

    done = commanded.call("seed-notes", "3", "--colour", "blue", "--dry-run", "--tags", "a", "--tags", "b")
    assert done.output == "up\n3 Colour.BLUE True ['a', 'b'] True\ndown\n"


def test_a_module_has_commands_too_and_they_may_be_async(commanded: Project) -> None:
    done = commanded.call("export", "some/out", "--kind", "csv", "--limit", "2")

    assert done.output.splitlines()[1].endswith("out csv 2 True")


def test_the_app_itself_is_given_to_who_asks(commanded: Project) -> None:
    assert "<App app>" in commanded.call("describe").output


def test_the_docstring_is_the_help(commanded: Project) -> None:
    done = commanded.call("seed-notes", "--help")

    assert "Put notes into the database." in done.output
    assert "--colour [red|blue]" in done.output.lower()
    assert "--dry-run / --no-dry-run" in done.output


def test_what_does_not_fit_is_a_wrong_call(commanded: Project) -> None:
    assert commanded.call("seed-notes", "three").status == 2
    assert commanded.call("seed-notes").status == 2
    assert commanded.call("seed-notes", "3", "--colour", "green").status == 2


def test_shut_down_comes_whatever_the_command_did(commanded: Project) -> None:
    done = commanded.call("fail")

    assert done.status == 3
    assert done.output == "up\ndown\n"


def test_a_type_that_no_text_becomes_is_told(project: Project) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App

        app = App(__name__)

        @app.command()
        def odd(what: complex):
            pass
        """,
    )
    done = project.call("odd", "1")

    assert done.status == 1
    assert "app.py:5: The command 'odd' takes 'what' as complex" in done.errors


def test_two_commands_of_one_name_are_told_with_both_places(project: Project) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App

        app = App(__name__)

        @app.command("same")
        def one(): ...

        @app.command("same")
        def two(): ...
        """,
    )
    done = project.call("same")

    assert done.status == 1
    assert "app.py:8: Two commands are named 'same', the other at app.py:5." in done.errors


def test_a_command_runs_as_development_has_it_or_as_production(project: Project) -> None:
    project.write(
        "app.py",
        """
        from demijohn.app import App
        from demijohn.config import Config
        from demijohn.context import starting_mode

        app = App(__name__)

        @app.command()
        def mode(cfg: Config):
            print(starting_mode.get(), cfg.site_url)
        """,
    )
    project.write(".env", "SITE_URL=https://from-dotenv.example\n")
    assert project.call("mode").output.split() == ["development", "https://from-dotenv.example"]
    refused = project.call("--deploy", "mode")
    assert refused.status != 0
    assert "ALLOWED_HOSTS" in refused.errors
    served = project.call("--deploy", "mode", ALLOWED_HOSTS="site.example")
    assert served.output.split() == ["production", "None"]
    wrong = project.call("--deploy", "routes")
    assert wrong.status == 2
    assert "for commands of your app" in wrong.errors
