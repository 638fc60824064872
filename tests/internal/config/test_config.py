"""What a settings class may say. How it is filled is in test_loading.py."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import ClassVar

import pytest

from demijohn.config import Config, Secret


def test_every_core_setting_has_a_default() -> None:
    config = Config()

    assert config.secret_key is None
    assert config.allowed_hosts == []
    assert config.unsafe_any_host is False


def test_a_required_field_may_follow_one_with_a_default() -> None:
    class Settings(Config):
        page_size: int = 20
        stripe_key: Secret[str]

    settings = Settings(stripe_key=Secret("sk_live"))

    assert (settings.page_size, settings.stripe_key.reveal()) == (20, "sk_live")


def test_instances_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Config().site_url = "https://example.com"  # type: ignore[misc]  # the refusal is what is tested


def test_a_list_as_default_is_not_shared() -> None:
    class Settings(Config):
        features: list[str] = ["search"]  # noqa: RUF012  # what a user writes

    Settings().features.append("chat")

    assert Settings().features == ["search"]


def test_constants_and_methods_are_no_settings() -> None:
    class Settings(Config):
        LIMIT: ClassVar[int] = 3
        page_size: int = 20

        @property
        def half(self) -> int:
            return self.page_size // 2

    assert Settings().half == 10
