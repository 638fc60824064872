from __future__ import annotations

from typing import ClassVar

import pytest

from demijohn import App, Config, DeclarationError, Extension
from demijohn.assembly.extensions import contribute, settings_class_of
from demijohn.contracts import SessionStore, UrlBuilder
from demijohn.extension import Setup


class SizeSettings(Config):
    size: int = 3


class WideSettings(SizeSettings):
    width: int = 4


class Sized(Extension):
    settings = SizeSettings


class Wide(Extension):
    settings = WideSettings


def app_with(*extensions: Extension, own: type[Config] | None = None) -> App:
    app = App("app")
    for extension in extensions:
        app.use(extension)
    app.app_records.settings_class = own
    return app


def test_without_extensions_the_settings_class_stays_what_it_is() -> None:
    class Own(Config):
        title: str = ""

    assert settings_class_of(app_with().app_records) is Config
    assert settings_class_of(app_with(own=Own).app_records) is Own


def test_the_settings_of_all_are_one_class_without_what_another_has_already() -> None:
    class Own(Config):
        title: str = ""

    made = settings_class_of(app_with(Sized(), Wide(), own=Own).app_records)
    assert made.__name__ == "Own"
    assert made.__bases__ == (Own, WideSettings)
    instance = made()
    assert [getattr(instance, name) for name in ("title", "size", "width")] == ["", 3, 4]


def test_a_settings_class_of_the_project_may_derive_from_an_extensions() -> None:
    class Own(SizeSettings):
        title: str = ""

    assert settings_class_of(app_with(Sized(), own=Own).app_records) is Own


def test_the_same_setting_with_the_same_type_is_no_clash_and_another_type_is() -> None:
    class Same(Config):
        size: int = 5

    class Differs(Config):
        size: str = "5"

    same = settings_class_of(app_with(Sized(), own=Same).app_records)
    assert getattr(same(), "size") == 5  # noqa: B009  # the class is made here, so no type checker knows its fields
    with pytest.raises(DeclarationError, match="both have the setting SIZE"):
        settings_class_of(app_with(Sized(), own=Differs).app_records)


def test_extensions_keep_the_order_of_their_use_where_nothing_is_required() -> None:
    order: list[str] = []

    class Recorded(Extension):
        needs: ClassVar[tuple[type, ...]] = ()

        def __init__(self, name: str) -> None:
            self.name = name

        def setup(self, setup: Setup) -> None:
            order.append(self.name)

    class Last(Recorded):
        optional = (Recorded,)

    uses = app_with(Recorded("a"), Recorded("b"), Recorded("c")).app_records.extensions
    assert contribute(uses, Config(), "test").problems == []
    assert order == ["a", "b", "c"]


def test_what_the_core_fulfils_by_itself_is_never_missing() -> None:
    class Needy(Extension):
        requires = (SessionStore, UrlBuilder)

    assert contribute(app_with(Needy()).app_records.extensions, Config(), "test").problems == []


def test_the_addresses_of_routes_are_the_cores_own() -> None:
    class Bold(Extension):
        provides = (UrlBuilder,)

        def setup(self, setup: Setup) -> None:
            setup.service(UrlBuilder, lambda: pytest.fail("never made"))

    (problem,) = contribute(app_with(Bold()).app_records.extensions, Config(), "test").problems
    assert problem.message == "bold fulfils UrlBuilder, which is the core's own to fulfil."
