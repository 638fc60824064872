"""Names of Flask and Django, and what is written here in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import demijohn
from demijohn import App, Module, Request, Response, render
from demijohn.debug import habits
from demijohn.debug.habits import habit_line

APP: Any = App("a")  # Any: names are asked for that it does not have; so with those below
MODULE: Any = Module("a")  # Any: see above
RESPONSE: Any = Response("")  # Any: see above
APP_CLASS: Any = App  # Any: see above
RENDER: Any = render  # Any: see above
MODULE_CLASS: Any = Module  # Any: see above

Raised = Callable[[Callable[[], object]], BaseException]


@pytest.mark.parametrize(
    ("write", "line"),
    [
        (lambda: APP.jinja_env, "template_filter"),
        (lambda: MODULE.register_blueprint, "app.include"),
        (lambda: MODULE_CLASS("a", template_folder="t"), "folder templates"),
        (lambda: APP_CLASS("a", static_folder="t"), "folder static"),
        (lambda: APP.include(Module("b"), url_prefix="/b"), 'prefix="/x"'),
        (lambda: APP.route("/", endpoint="x"), "name"),
        (lambda: RENDER("a.html", {"x": 1}), "by name"),
        (lambda: MODULE_CLASS("blog", "app"), "Module(__name__)"),
        (lambda: APP.include(MODULE, "/b"), 'prefix="/x"'),
        (lambda: APP.before_request(), "without parentheses"),
        (lambda: RESPONSE.set_data, "response.body"),
    ],
)
def test_what_flask_has_is_named(raised: Raised, write: Callable[[], object], line: str) -> None:
    assert line in habit_line(raised(write))


def test_an_import_is_told_what_it_is_called_here(raised: Raised) -> None:
    def write() -> None:
        exec("from demijohn import render_template")

    assert "return render(" in habit_line(raised(write))


def test_the_request_of_a_server_is_a_request(raised: Raised, make_request: Callable[[], Any]) -> None:
    assert "request.query" in habit_line(raised(lambda: make_request().args))


def test_other_errors_are_left_alone(raised: Raised) -> None:
    mine: Any = ValueError()  # Any: see above

    assert habit_line(raised(lambda: APP.nonsense)) == ""
    assert habit_line(raised(lambda: mine.config)) == ""
    assert habit_line(AttributeError("by hand")) == ""
    assert habit_line(TypeError("Mine.__init__() got an unexpected keyword argument 'endpoint'")) == ""
    assert habit_line(ImportError("cannot import name 'g' from 'mine'")) == ""


def test_no_name_that_exists_is_called_a_mistake() -> None:
    classes = {"Module": App, "Request": Request, "Response": Response, "Session": demijohn.Session}
    assert not [name for name in habits._IMPORTED if name in demijohn.__all__]
    for kind, names in habits._ATTRIBUTES.items():
        assert not [name for name in names if hasattr(classes[kind], name)]
