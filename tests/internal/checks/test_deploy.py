from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from demijohn.checks import Finding, run_checks
from demijohn.checks.deploy import _python

if TYPE_CHECKING:
    from tests.internal.checks.conftest import ProjectFolder

KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF"
HELLO = """
    from demijohn.app import App

    app = App(__name__)

    @app.get("/")
    def index():
        return ""
"""


@pytest.fixture(autouse=True)
def sound_settings(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("SITE_URL", "https://example.com")


def deployed(project: ProjectFolder, text: str = HELLO) -> dict[str, Finding]:
    return {finding.code: finding for finding in run_checks(project.app(text), deploy=True)}


def test_a_site_url_without_tls_is_an_error(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "http://example.com")
    finding = deployed(project)["site_url.insecure"]
    assert (finding.level, finding.where) == ("E", "the environment")


def test_a_missing_site_url_is_a_warning(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITE_URL")
    monkeypatch.setenv("ALLOWED_HOSTS", "example.com")
    assert deployed(project)["site_url.missing"].level == "W"


def test_a_service_without_sessions_may_lack_a_key(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    assert deployed(project)["secret_key.missing"].level == "W"


@pytest.mark.parametrize(
    "text",
    [
        """
        from demijohn.app import App
        from demijohn.sessions.session import Session

        app = App(__name__)

        @app.get("/")
        def index(session: Session):
            return ""
        """,
        """
        from demijohn.app import App

        app = App(__name__)

        @app.get("/")
        def index():
            from demijohn import session
            return session.get("name", "")
        """,
    ],
)
def test_an_app_with_sessions_needs_a_key(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.delenv("SECRET_KEY")
    finding = deployed(project, text)["secret_key.missing"]
    assert finding.level == "E"
    assert finding.where.startswith("checked_app.py:")


def test_origins_that_anybody_can_take_on_are_warnings(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_ORIGINS", "http://partner.example,https://good.example")
    found = run_checks(
        project.app(
            """
            from demijohn.app import App
            from demijohn.security.cors import Cors

            app = App(__name__, cors=Cors(["http://localhost:3000", "https://also-good.example"]))
            """
        ),
        deploy=True,
    )
    told = [(finding.code, finding.where) for finding in found if finding.code.startswith("origin.")]
    assert sorted(told) == [("origin.insecure", "the environment"), ("origin.loopback", "checked_app.py:4")]


def test_rates_in_memory_are_a_warning_where_a_route_limits_them(project: ProjectFolder) -> None:
    text = """
        from demijohn.app import App
        from demijohn.module import Module
        from demijohn.security.throttle import rate_limit

        app = App(__name__)
        api = Module("api", guard=rate_limit("10/m"))

        @api.get("/")
        def index():
            return ""

        app.include(api, prefix="/api")
    """
    assert deployed(project, text)["rate_limit.memory"].level == "W"
    assert "rate_limit.memory" not in {finding.code for finding in run_checks(project.app(HELLO, "plain"), deploy=True)}


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX matter")
def test_secret_files_that_others_can_read_are_warnings(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY")
    dotenv, key = project.write(".env", "A=1\n"), project.write("key", KEY)
    monkeypatch.setenv("SECRET_KEY_FILE", str(key))
    dotenv.chmod(0o640)
    key.chmod(0o604)
    told = [finding for finding in run_checks(project.app(HELLO), deploy=True) if finding.code == "file.readable"]
    assert {finding.where for finding in told} == {str(dotenv), str(key)}
    assert {finding.level for finding in told} == {"W"}
    dotenv.chmod(0o600)
    key.chmod(0o600)
    assert run_checks(project.app(HELLO, "again"), deploy=True) == []


def test_an_old_or_unfinished_python_is_a_warning() -> None:
    assert not list(_python((3, 11), "final", "2027-10"))
    assert [finding.code for finding in _python((3, 11), "final", "2027-11")] == ["python.unsupported"]
    assert [finding.code for finding in _python((3, 15), "beta", "2026-11")] == ["python.unsupported"]
    assert not list(_python((3, 99), "final", "2050-01")), "of a Python from the future nothing is known"
