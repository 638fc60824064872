from __future__ import annotations

import pytest

from demijohn import Config, Extension, Module, Setup
from demijohn.extension import Contributions


class Banner(Extension):
    """Be an extension without a name of its own."""


class Named(Extension):
    name = "other"


def setup_of(extension: Extension, contributions: Contributions) -> Setup:
    return Setup(extension, contributions, Config(), "test")


def test_an_extension_is_named_after_its_class_or_by_itself() -> None:
    assert (Banner().full_name, repr(Banner())) == ("banner", "<Banner banner>")
    assert (Named().full_name, repr(Named())) == ("other", "<Named other>")


def test_an_extension_contributes_nothing_by_itself() -> None:
    contributions = Contributions()
    Banner().setup(setup_of(Banner(), contributions))
    assert [name for name in Contributions.__slots__ if getattr(contributions, name)] == ["is_open"]


def test_the_first_of_two_stays_and_the_second_is_a_problem_at_its_line() -> None:
    contributions = Contributions()
    setup_of(Banner(), contributions).template_global("now", 1)
    setup_of(Named(), contributions).template_global("now", 2)
    assert contributions.template_globals["now"].value == 1
    (problem,) = contributions.problems
    assert problem.message.startswith("The template name 'now' comes from two extensions: other, and banner at tests/")
    assert problem.where.startswith("tests/internal/test_extension.py:")


def test_filters_panels_and_modules_are_recorded() -> None:
    contributions, module = Contributions(), Module("banner")
    setup = setup_of(Banner(), contributions)
    setup.template_filter("shout", str.upper)
    setup.panel("Banner", lambda request: {"shown": True})
    setup.include(module, prefix="/banner")
    assert contributions.template_filters["shout"].value is str.upper
    assert list(contributions.panels) == ["Banner"]
    ((included, prefix, origin),) = contributions.inclusions
    assert (included, prefix) == (module, "/banner")
    assert str(origin).startswith("tests/internal/test_extension.py:")


def test_settings_of_a_class_that_is_not_named_cannot_be_had() -> None:
    class Mine(Config):
        size: int = 3

    with pytest.raises(TypeError, match="settings = Mine"):
        setup_of(Banner(), Contributions()).settings(Mine)
