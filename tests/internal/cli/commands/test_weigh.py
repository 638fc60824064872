"""The table of what the parts of an app cost, on real projects. Nothing here looks at how long anything took."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

ONCE = ("--rounds", "1")
APP = "from demijohn.app import App\n\napp = App(__name__)\n"


def rows_of(project: Project, *arguments: str) -> dict[str, Any]:  # Any: rows of JSON
    done = project.call("weigh", *ONCE, "--json", *arguments)
    assert done.status == 0, done.errors
    return {row["name"]: row for row in json.loads(done.output)["rows"]}


def test_a_table_shows_the_parts_in_the_order_of_their_import(hello: Project) -> None:
    done = hello.call("weigh", *ONCE)

    assert (done.status, done.errors) == (0, "")
    headings, *lines, sentence = done.output.splitlines()
    assert headings.split() == ["PART", "CPU", "MS", "MB", "MODULES", "DISTRIBUTIONS"]
    assert [line.split("  ")[0].split(" 3.")[0] for line in lines] == [
        "Python",
        "demijohn",
        "serving a request",
        "app",
        "total",
    ]
    assert " % of the time on top of bare Python; " in sentence


def test_programs_get_json_with_sums(hello: Project) -> None:
    weight = json.loads(hello.call("weigh", *ONCE, "--json").output)

    assert (weight["app"], weight["rounds"]) == ("app", 1)
    assert [row["kind"] for row in weight["rows"]] == ["python", "core", "serving", "app"]
    assert weight["modules"] == sum(row["modules"] for row in weight["rows"])
    assert "demijohn" in weight["distributions"]
    assert weight["rows"][2]["modules"] > 10


def test_what_an_app_imports_counts_for_the_app(project: Project) -> None:
    project.write("light.py", APP)
    project.write("heavy.py", "import flask\n" + APP)

    light, heavy = rows_of(project, "light")["light"], rows_of(project, "heavy")["heavy"]

    assert (light["modules"], light["distributions"]) == (1, [])
    assert heavy["modules"] > 20
    assert {"Flask", "Werkzeug"} <= {name.capitalize() for name in heavy["distributions"]}


def test_an_extension_and_templates_have_rows_of_their_own(project: Project) -> None:
    project.write(
        "banner.py",
        """
        import sqlite3

        from demijohn.extension import Extension

        class Banner(Extension):
            pass
        """,
    )
    project.write("app.py", "from banner import Banner\n" + APP + "app.use(Banner())\n")
    project.write("templates/index.html", "")

    rows = rows_of(project)

    assert list(rows)[3:] == ["banner", "templates", "app"]
    assert rows["banner"]["imports"] == ["banner"]
    assert rows["banner"]["modules"] >= 3
    assert [name.lower() for name in rows["templates"]["distributions"]] == ["jinja2", "markupsafe"]
    assert rows["templates"]["modules"] > 10
    assert rows["app"]["modules"] == 1


def test_a_broken_app_is_told_beside_what_could_be_weighed(project: Project) -> None:
    project.write("app.py", "1 / 0\n")

    done = project.call("weigh", *ONCE)
    assert done.status == 1
    assert "serving a request" in done.output
    assert "app failed: app.py, line 1: ZeroDivisionError: division by zero\n" in done.output
    assert "Traceback" not in done.output + done.errors

    rows = json.loads(project.call("weigh", *ONCE, "--json").output)["rows"]
    assert rows[-1]["modules"] is None
    assert "division by zero" in rows[-1]["error"]


def test_a_folder_without_an_app_has_the_core_weighed_and_the_extras(project: Project) -> None:
    done = project.call("weigh", *ONCE)

    assert done.status == 0
    assert "\ndemijohn " in done.output
    assert "\ndemijohn[mount] " in done.output  # a2wsgi is there for the tests
    assert "There is no app here" in done.output


def test_an_app_that_is_named_but_not_there_is_a_wrong_call(project: Project) -> None:
    done = project.call("weigh", "nowhere:app", *ONCE)

    assert (done.status, done.output) == (2, "")
    assert done.errors.startswith("Error: There is no module 'nowhere'.")


def test_the_app_is_imported_and_not_frozen(project: Project) -> None:
    project.write(
        "app.py",
        APP
        + """
@app.on_startup
def start():
    open("started", "w").close()

@app.get("/<int:id>")
def mistake(nr: int):
    return ""
""",
    )
    assert rows_of(project)["app"]["error"] is None
    assert not (project.folder / "started").exists()


def test_what_the_app_prints_does_not_mix_with_the_report(project: Project) -> None:
    project.write("app.py", "import os\nprint('from the app')\nos.write(1, b'and below')\n" + APP)

    assert rows_of(project)["app"]["error"] is None


def test_settings_of_development_are_there_while_the_app_is_imported(project: Project) -> None:
    project.write(".env", "BOTTLES=3\n")
    project.write(
        "app.py",
        "from demijohn.config import Config\n"
        + APP
        + "class Settings(Config):\n    bottles: int\n\nassert app.configure(Settings).bottles == 3\n",
    )
    done = project.call("weigh", *ONCE)
    assert done.status == 0, done.output


def test_help_explains_how_it_is_weighed(project: Project) -> None:
    done = project.call("weigh", "--help")

    assert done.status == 0
    assert "--rounds" in done.output
    assert "fresh interpreters" in done.output
