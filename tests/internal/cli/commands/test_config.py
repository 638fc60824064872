"""The table of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.internal.cli.conftest import Project

APP = """
    from demijohn.app import App
    from demijohn.config import Config, Secret

    class Settings(Config):
        stripe_key: Secret[str]
        page_size: int = 20

    app = App(__name__)
    settings = app.configure(Settings)
"""


def rows(output: str) -> dict[str, list[str]]:
    return {line.split()[0]: line.split()[1:] for line in output.splitlines()}


def test_every_setting_is_shown_with_its_place_and_secrets_are_masked(project: Project) -> None:
    project.write("app.py", APP)
    project.write(".env", "STRIPE_KEY=hunter2\n")
    project.write("pyproject.toml", "[tool.demijohn]\npage_size = 30\n")

    done = project.call("config", SITE_URL="https://example.com")

    table = rows(done.output)
    assert table["STRIPE_KEY"] == ["**********", ".env,", "line", "1"]
    assert table["PAGE_SIZE"] == ["30", "pyproject.toml,", "line", "2"]
    assert table["SITE_URL"] == ["https://example.com", "the", "environment"]
    assert table["SECRET_KEY"] == ["None", "default"]
    assert "hunter2" not in done.output + done.errors


def test_for_production_dotenv_does_not_count(project: Project) -> None:
    project.write("app.py", APP)
    project.write(".env", "STRIPE_KEY=hunter2\n")

    done = project.call("config", "--deploy")

    assert done.status == 1
    assert "The setting STRIPE_KEY is missing." in done.errors
    assert rows(project.call("config", "--deploy", STRIPE_KEY="x").output)["STRIPE_KEY"][1:] == ["the", "environment"]
