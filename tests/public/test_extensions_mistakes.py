"""Promise: what an extension cannot do is told at the start, with its place, and not found out by visitors."""

import pytest

from demijohn import App, Config, DeclarationError, Extension, Request, Setup
from demijohn.testing import Client

from .test_extensions import Visitors, problems_of


def test_names_that_every_template_has_cannot_be_given_again() -> None:
    class Bold(Extension):
        def setup(self, setup: Setup) -> None:
            setup.template_global("request", 1)

    app = App(__name__)
    app.use(Bold())
    assert problems_of(app) == ["Every template has the name 'request' already."]


def test_a_setting_of_two_extensions_is_told_even_where_the_types_agree() -> None:
    class OtherSettings(Config):
        visitor_header: str = "x-other"

    class Other(Extension):
        settings = OtherSettings

    app = App(__name__)
    app.use(Visitors())
    app.use(Other())
    assert problems_of(app) == ["VisitorSettings and OtherSettings both have the setting VISITOR_HEADER."]


def test_what_cannot_be_contributed_is_told_with_the_others() -> None:
    class Wrong(Extension):
        def setup(self, setup: Setup) -> None:
            setup.provide(int, lambda asked: 1)
            setup.provide(Request, lambda asked: asked)
            setup.provide("User", lambda asked: None)  # type: ignore[arg-type]  # the mistake under test
            setup.route_policy(4)  # type: ignore[arg-type]  # as above
            setup.include(3)  # type: ignore[arg-type]  # as above
            setup.check(3)  # type: ignore[arg-type]  # as above

    app = App(__name__)
    app.use(Wrong())
    with pytest.raises(DeclarationError) as caught:
        Client(app)
    assert len(caught.value.problems) == 6
    assert all(
        problem.where.startswith("tests/public/test_extensions_mistakes.py:") for problem in caught.value.problems
    )
    assert all(problem.remedy for problem in caught.value.problems)


def test_a_setup_that_is_over_takes_nothing() -> None:
    kept: list[Setup] = []

    class Late(Extension):
        def setup(self, setup: Setup) -> None:
            kept.append(setup)

    app = App(__name__)
    app.use(Late())
    Client(app)
    with pytest.raises(DeclarationError, match="The setup of Late is over"):
        kept[0].template_global("late", 1)


def test_an_error_in_a_setup_says_whose_it_is() -> None:
    class Broken(Extension):
        def setup(self, setup: Setup) -> None:
            raise ValueError("no")

    app = App(__name__)
    app.use(Broken())
    with pytest.raises(ValueError, match="no") as caught:
        Client(app)
    assert (
        "while broken was set up, which is used at tests/public/test_extensions_mistakes.py:"
        in caught.value.__notes__[0]
    )


def test_a_setup_that_cannot_be_called_is_told() -> None:
    class Old(Extension):
        def init_app(self, app: App) -> None: ...

    class Empty(Extension):
        def setup(self) -> None:  # type: ignore[override]  # the mistake under test
            ...

    app = App(__name__)
    app.use(Old())
    app.use(Empty())
    assert problems_of(app) == [
        "Old has no method setup, which is called in place of init_app.",
        "The setup of Empty does not take a Setup.",
    ]
