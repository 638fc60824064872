from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demijohn.checks import Finding, run_checks

if TYPE_CHECKING:
    from tests.internal.checks.conftest import ProjectFolder

HELLO = """
    from demijohn.app import App

    app = App(__name__)

    @app.get("/hello/<name>")
    def hello(name: str):
        return f"Hello, {name}!"
"""

GIVEN_UP = """
    from demijohn.app import App
    from demijohn.security.cors import Cors
    from demijohn.security.limits import limits

    app = App(__name__, cors=Cors(["https://a.example"]), headers={"x-frame-options": None})
    app.csp.allow("img-src", "https:", reason="maps")

    @app.post("/hook", csrf=False, reason="signed by the payment provider")
    @limits(body="50MB")
    def hook():
        return ""
"""

KEY = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF"


def by_code(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings}


def test_an_app_without_opt_outs_gives_no_finding(project: ProjectFolder) -> None:
    assert run_checks(project.app(HELLO), deploy=False) == []


def test_every_opt_out_is_listed_with_its_place_and_reason(project: ProjectFolder) -> None:
    found = run_checks(project.app(GIVEN_UP), deploy=False)
    assert {finding.code for finding in found} == {
        "cors",
        "csp.allow",
        "csrf.exempt",
        "csrf.trusted",
        "headers.removed",
        "limits.raised",
    }
    assert {finding.level for finding in found} == {"W"}
    exempt, raised = by_code(found)["csrf.exempt"], by_code(found)["limits.raised"]
    assert (exempt.where, raised.where) == ("checked_app.py:8", "checked_app.py:9")
    assert "because: signed by the payment provider" in exempt.message
    assert "x-frame-options" in by_code(found)["headers.removed"].message


def test_one_opt_out_of_a_view_with_several_methods_is_listed_once(project: ProjectFolder) -> None:
    app = project.app(
        """
        from demijohn.app import App
        from demijohn.http.view import View

        app = App(__name__)

        @app.route("/hook", csrf=False, reason="signed")
        class Hook(View):
            def post(self):
                return ""

            def put(self):
                return ""
        """
    )
    assert [finding.code for finding in run_checks(app, deploy=False)] == ["csrf.exempt"]


@pytest.mark.parametrize("deploy", [False, True])
def test_a_grave_opt_out_is_an_error_of_a_deployment_alone(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch, deploy: bool
) -> None:
    monkeypatch.setenv("UNSAFE_ANY_HOST", "true")
    monkeypatch.setenv("UNSAFE_DISABLE_CSRF", "true")
    monkeypatch.setenv("TRUSTED_PROXIES", "0.0.0.0/0")
    found = by_code(run_checks(project.app(HELLO), deploy=deploy))
    expected = "E" if deploy else "W"
    assert {found[code].level for code in ("host.any", "csrf.disabled", "proxies.any")} == {expected}


def test_all_mistakes_in_declarations_are_findings(project: ProjectFolder) -> None:
    app = project.app(
        """
        from demijohn.app import App

        app = App(__name__)

        @app.get("/a/<int:id>")
        def a():
            return ""

        @app.get("/b")
        def b(unknown: object):
            return ""
        """
    )
    found = run_checks(app, deploy=False)
    assert [finding.level for finding in found] == ["E", "E"]
    assert {finding.code for finding in found} == {"declaration"}
    assert [finding.where.partition(":")[0] for finding in found] == ["checked_app.py", "checked_app.py"]
    assert all(finding.remedy for finding in found)


def test_what_production_lacks_is_told_all_at_once_and_hides_no_opt_out(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "short")
    found = run_checks(project.app(GIVEN_UP), deploy=True)
    settings = [finding.message for finding in found if finding.code == "settings"]
    assert any("ALLOWED_HOSTS" in message for message in settings)
    assert any("SECRET_KEY has 5 bytes" in message for message in settings)
    assert not any("short" in finding.message for finding in found)
    assert "csrf.exempt" in by_code(found)


def test_the_key_of_development_is_refused_in_production(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = project.app(HELLO)
    app.freeze("development")
    key = (project.folder / ".demijohn" / "secret_key").read_text().strip()
    monkeypatch.setenv("SECRET_KEY", key)
    monkeypatch.setenv("SITE_URL", "https://example.com")
    found = run_checks(project.app(HELLO, "another_app"), deploy=True)
    assert [(finding.level, finding.code) for finding in found] == [("E", "settings")]
    assert key not in found[0].message


def test_a_sound_deployment_gives_no_finding(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("SITE_URL", "https://example.com")
    assert run_checks(project.app(HELLO), deploy=True) == []


def test_errors_come_first_then_files_and_lines_in_their_order(project: ProjectFolder) -> None:
    app = project.app(
        """
        from demijohn.app import App

        app = App(__name__)
        """
        + "\n" * 8
        + """
        @app.post("/late", csrf=False, reason="late")
        def late():
            return eval("''")

        @app.post("/later", csrf=False, reason="later")
        def later():
            return ""
        """
    )
    found = run_checks(app, deploy=True)
    assert [finding.level for finding in found] == sorted(finding.level for finding in found)
    exempt = [int(finding.where.partition(":")[2]) for finding in found if finding.code == "csrf.exempt"]
    assert exempt == sorted(exempt)
    assert "source.eval" in {finding.code for finding in found if finding.level == "E"}


def test_templates_of_the_project_are_looked_into_and_those_of_installed_packages_are_not(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(project.folder / "site-packages"))
    project.write(
        "site-packages/elsewhere/__init__.py", "from demijohn.module import Module\nmodule = Module(__name__)\n"
    )
    project.write("site-packages/elsewhere/templates/elsewhere/page.html", "{{ x|safe }}")
    project.write("blog/__init__.py", "from demijohn.module import Module\nmodule = Module(__name__)\n")
    project.write("blog/templates/blog/page.html", "{% extends 'base.html' %}{% block js %}{{ x }}{% endblock %}")
    project.write("templates/base.html", "<script>{% block js %}{% endblock %}</script>\n<p title={{ x }}>")
    app = project.app(
        """
        from demijohn.app import App
        import blog
        import elsewhere

        app = App(__name__)
        app.include(blog.module)
        app.include(elsewhere.module)
        """
    )
    assert [(it.level, it.code, it.where) for it in run_checks(app, deploy=True) if it.code.startswith("template")] == [
        ("W", "template.script", "blog/templates/blog/page.html:1"),
        ("W", "template.unquoted", "templates/base.html:2"),
    ]
