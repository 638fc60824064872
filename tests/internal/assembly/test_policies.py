from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from demijohn.app_records import AppRecords
from demijohn.assembly.policies import Policies
from demijohn.config import Config
from demijohn.config.secret import Secret
from demijohn.errors import ConfigError, HTTPError
from demijohn.http.request import Request
from demijohn.pipeline.pipeline import Mode
from demijohn.security.cors import Cors
from demijohn.security.limits import Limits

KEY = Secret("0123456789abcdefghijklmnopqrstuvwxyzABCDEF")


def records(**changes: Any) -> AppRecords:
    return AppRecords(**{"health": "/up", "static": "/static", "limits": None, "cors": None, "headers": {}, **changes})


def policies(mode: Mode = "test", *, root: Path = Path(), of: AppRecords | None = None, **settings: Any) -> Policies:
    return Policies.of(of or records(), Config(**settings), mode, root)


def admits(made: Policies, host: str) -> bool:
    fields = [("host", host)]
    request = Request("GET", "/", "", fields, dict(fields), "http", "127.0.0.1:1", "1.1", None, None)  # type: ignore[arg-type]  # no body is read
    try:
        made.intake.admit(request, None)
    except HTTPError:
        return False
    return True


@pytest.mark.parametrize(
    ("mode", "admitted", "refused"),
    [
        ("test", ("testserver", "localhost", "127.0.0.1", "example.com"), ("evil.example",)),
        ("development", ("localhost", "app.localhost", "127.0.0.7", "[::1]", "example.com"), ("evil.example",)),
        ("production", ("example.com", "www.example.com"), ("localhost", "127.0.0.1", "testserver", "evil.example")),
    ],
)
def test_each_kind_of_process_has_its_hosts(mode: Mode, admitted: tuple[str, ...], refused: tuple[str, ...]) -> None:
    made = policies(mode, allowed_hosts=["www.example.com"], site_url="https://example.com", secret_key=KEY)
    assert [host for host in admitted if not admits(made, host)] == []
    assert [host for host in refused if admits(made, host)] == []


def test_production_without_a_host_is_refused_with_the_line_to_add() -> None:
    with pytest.raises(ConfigError) as refused:
        policies("production")
    assert "ALLOWED_HOSTS=example.com" in refused.value.problems[0].remedy


def test_everything_that_is_wrong_with_the_settings_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as refused:
        policies(
            "production",
            secret_key=Secret("short"),
            secret_key_fallbacks=[KEY, Secret("also short")],
            trusted_proxies=["nowhere"],
            trusted_origins=["no origin"],
        )
    told = [problem.message for problem in refused.value.problems]
    for part in ("ALLOWED_HOSTS", "SECRET_KEY has 5", "SECRET_KEY_FALLBACKS, entry 2, has 10", "nowhere", "no origin"):
        assert any(part in message for message in told), part
    assert not any(message.endswith("..") for message in told)


def test_keys_are_made_for_tests_kept_for_development_and_demanded_of_nobody(tmp_path: Path) -> None:
    assert policies("test").keys != policies("test").keys
    development = policies("development", root=tmp_path)
    assert development.keys == policies("development", root=tmp_path).keys
    assert (tmp_path / ".demijohn" / "secret_key").exists()
    assert policies("production", allowed_hosts=["example.com"]).keys == ()


def test_the_newest_key_comes_first() -> None:
    older = Secret(KEY.reveal()[::-1])
    made = policies("production", allowed_hosts=["example.com"], secret_key=KEY, secret_key_fallbacks=[older])
    assert made.keys == (KEY.reveal().encode(), older.reveal().encode())


def test_a_weak_key_is_good_enough_outside_of_production() -> None:
    assert policies("test", secret_key=Secret("short")).keys == (b"short",)


def test_the_origin_of_the_site_is_our_own_in_one_spelling() -> None:
    assert policies(site_url="https://Example.com:443").own_origins == {"https://example.com"}
    assert policies().own_origins == frozenset()


def test_limits_of_the_app_hold_for_the_intake() -> None:
    made = policies(of=records(limits=Limits(header_total=20, header_field=20)))
    assert made.limits.header_total == 20
    assert not admits(made, "localhost" + "." + "x" * 8000)


def test_origins_of_cors_may_post_and_are_told() -> None:
    made = policies(of=records(cors=Cors(["https://a.example"])))
    assert {given_up.code for given_up in made.opt_outs} == {"cors", "csrf.trusted"}


def test_only_production_asks_browsers_to_insist_on_tls() -> None:
    names = {
        mode: {name for name, _ in policies(mode, allowed_hosts=["example.com"]).security.for_response("html", True)}
        for mode in ("test", "development", "production")
    }
    assert [mode for mode, found in names.items() if "strict-transport-security" in found] == ["production"]
