"""Which names a setting may not have."""

from __future__ import annotations

import pytest

from demijohn.config import Config, Secret
from demijohn.config.names import environment_name
from demijohn.errors import DeclarationError


def test_the_environment_has_the_name_in_upper_case() -> None:
    assert environment_name("site_url") == "SITE_URL"


@pytest.mark.parametrize("name", ["path", "home", "user", "lang", "pythonpath", "lc_all", "ld_preload", "http_proxy"])
def test_a_name_of_the_system_is_refused_with_another_one(name: str) -> None:
    with pytest.raises(DeclarationError) as refusal:
        type("Settings", (Config,), {"__annotations__": {name: str}})

    problem = refusal.value.problems[0]
    assert name.upper() in problem.message
    assert "test_names.py:" in problem.where
    assert problem.remedy in (f"Give it a name of its own: 'app_{name}'.", f"Give it a name of its own: 'site_{name}'.")


def test_all_mistakes_of_a_class_are_told_together() -> None:
    with pytest.raises(DeclarationError) as refusal:

        class Settings(Config):
            home: str
            PageSize: int = 20
            api_key: Secret[str]
            api_key_file: str = ""
            timeout = 30
            site_url = "https://example.com"

    text = str(refusal.value)
    assert "5 mistakes" in text
    assert "would read HOME" in text
    assert "Write 'pagesize'" in text
    assert "API_KEY_FILE is both the setting" in text
    assert "Settings.timeout has no type" in text
    assert "Settings.site_url has no type" in text  # an inherited field, whose new default would be lost
