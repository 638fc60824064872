from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from demijohn.context import NoContextError, enter_scope
from demijohn.contracts import TemplateRenderer
from demijohn.errors import DemijohnError
from demijohn.http.returned import to_response
from demijohn.templating.environment import Templates
from demijohn.templating.page import Page, render, render_text


class Scope:
    """Be a command: something runs, and it is no request."""

    def __init__(self, renderer: object) -> None:
        self.services: dict[type, object] = {TemplateRenderer: renderer}


class Recorder:
    """Render a template to its name and its values."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def render(self, name: str, context: Mapping[str, object]) -> str:
        self.calls.append(name)
        return f"{name} {sorted(context)} ä"


class Form:
    def __init__(self, status: Any) -> None:
        self.response_status = status


def test_a_page_is_rendered_when_its_body_is_asked_for_and_only_once() -> None:
    recorder = Recorder()
    page = render("a.html", x=1)
    assert (page.is_unmade, page.body, page.template, page.context) == (True, b"", "a.html", {"x": 1})
    assert page.content_type == "text/html; charset=utf-8"
    assert recorder.calls == []
    with enter_scope(Scope(recorder)):
        page.make_body()
    assert (page.is_unmade, page.text, recorder.calls) == (False, "a.html ['x'] ä", ["a.html"])
    assert Page.is_unmade
    assert repr(page) == "<Page 200 a.html>"


def test_what_a_hook_changes_is_rendered() -> None:
    page = render("a.html", x=1)
    page.template = "b.html"
    page.context["y"] = 2
    with enter_scope(Scope(Recorder())):
        page.make_body()
    assert page.text == "b.html ['x', 'y'] ä"


def test_values_may_have_any_name() -> None:
    page = render("a.html", name=1, status=2, context=3, template=4, self=5)
    assert (page.status, page.context) == (200, {"name": 1, "status": 2, "context": 3, "template": 4, "self": 5})


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [([422], 422), ([200, 422, 409], 422), ([200], 200), ([], 200), ([True, "404", None, 404.0], 200)],
)
def test_the_first_value_with_a_status_decides(statuses: list[object], expected: int) -> None:
    page = render("a.html", other="x", **{f"form{number}": Form(status) for number, status in enumerate(statuses)})
    assert page.status == expected


def test_a_status_of_the_handler_wins() -> None:
    assert to_response((render("a.html", form=Form(422)), 404)).status == 404
    page = render("a.html", form=Form(422))
    page.status = 200
    assert to_response(page).status == 200


def test_an_answer_that_may_have_no_body_is_not_rendered() -> None:
    recorder = Recorder()
    page = to_response((render("a.html"), 204))
    with enter_scope(Scope(recorder)):
        page.make_body()
    assert (page.body, page.is_unmade, recorder.calls) == (b"", False, [])


def test_a_page_takes_headers_like_any_answer() -> None:
    page = to_response((render("a.html"), 404, {"x-a": "1"}))
    assert (page.status, page.headers["x-a"], page.headers["content-type"]) == (404, "1", "text/html; charset=utf-8")


def test_text_is_rendered_at_once_wherever_an_app_is(write: Callable[[str, str], Path], templates: Templates) -> None:
    write("a.txt", "Hello, {{ name }}!")
    with enter_scope(Scope(templates)):
        assert render_text("a.txt", name="<Ann>") == "Hello, &lt;Ann&gt;!"


def test_without_an_app_it_says_what_to_do() -> None:
    with pytest.raises(NoContextError, match=r"with app\.context\(\)"):
        render_text("a.html")
    with enter_scope(Scope(Recorder())) as scope:
        scope.services.clear()  # type: ignore[attr-defined]  # a dict of the test's own
        with pytest.raises(DemijohnError, match="TemplateRenderer"):
            render_text("a.html")


@pytest.mark.parametrize("make", [render, render_text])
def test_the_name_comes_first_and_is_text(make: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match=r"takes the template's name first, not dict.*notes=notes"):
        make({"a": 1})


def test_declaring_pages_does_not_import_jinja() -> None:
    code = "import sys; import demijohn.templating.page, demijohn.templating.folders; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
