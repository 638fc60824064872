from __future__ import annotations

from demijohn import App, Extension, Module, Setup
from demijohn.assembly.extensions import contribute
from demijohn.assembly.template_names import TemplateNames, collect_template_names
from demijohn.assembly.tree import places
from demijohn.config import Config


def names_of(app: App) -> TemplateNames:
    given = contribute(app.app_records.extensions, Config(), "test")
    return collect_template_names(places(app, (), given.inclusions)[0], given)


class Money(Extension):
    """Give templates a value and a filter."""

    def setup(self, setup: Setup) -> None:
        setup.template_global("currency", "EUR")
        setup.template_filter("euros", str)


def test_names_of_app_modules_and_extensions_come_together() -> None:
    app, shop = App("app"), Module("shop")
    app.include(shop, prefix="/a")
    app.include(shop, prefix="/b")
    app.use(Money())
    app.template_global()(names_of)
    shop.template_filter("loud")(str.upper)
    found = names_of(app)
    assert found.globals == {"names_of": names_of, "currency": "EUR"}
    assert found.filters == {"loud": str.upper, "euros": str}
    assert found.problems == []


def test_one_name_for_two_things_is_a_problem_with_both_places() -> None:
    app = App("app")
    app.use(Money())
    app.template_filter("euros")(repr)
    (problem,) = names_of(app).problems
    assert problem.message.startswith("Two things have the template filter 'euros', the other at ")
    assert "test_template_names.py:" in problem.message
    assert "test_template_names.py:" in problem.where


def test_what_every_template_has_cannot_be_replaced() -> None:
    app = App("app")
    app.template_global("session")(repr)
    (problem,) = names_of(app).problems
    assert problem.message == "Every template has the name 'session' already."
