from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demijohn.app import App
from demijohn.config import Config
from demijohn.context import NoContextError, service
from demijohn.contracts import UrlBuilder
from demijohn.errors import ConfigError, DeclarationError, DemijohnError
from demijohn.testing import Client


class Settings(Config):
    page_size: int = 20


@pytest.fixture(autouse=True)
def production_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "SITE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALLOWED_HOSTS", "example.com")
    monkeypatch.chdir(tmp_path)


def test_declaring_an_app_loads_nothing_of_the_request_path() -> None:
    program = (
        "import sys; from demijohn.app import App; app = App('x'); app.get('/')(lambda: ''); app.settings\n"
        "loaded = [name for name in sys.modules if name.startswith(('demijohn.gateway', 'demijohn.testing'))]\n"
        "print(*loaded)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_an_app_is_frozen_once_for_serving_and_anew_for_each_test() -> None:
    app = App("app")
    served = app.freeze("production")
    assert app.freeze("production") is served
    assert app.pipeline is served
    assert app.freeze("test") is not served
    assert app.pipeline is served


def test_an_app_that_nobody_has_frozen_is_in_production() -> None:
    app = App("app")
    assert app.pipeline.mode == "production"


def test_what_a_server_calls_is_that_of_the_one_pipeline() -> None:
    app = App("app")
    assert app.__rsgi__ is app.pipeline.rsgi


def test_granian_starts_and_stops_the_app_on_its_loop() -> None:
    app, log = App("app"), list[str]()
    app.on_startup(lambda: log.append("start"))
    app.on_shutdown(lambda: log.append("stop"))
    loop = asyncio.new_event_loop()
    try:
        app.__rsgi_init__(loop)
        app.__rsgi_del__(loop)
    finally:
        loop.close()
    assert log == ["start", "stop"]


def test_an_embedded_granian_is_told_that_it_cannot_wait_for_start_up() -> None:
    async def main() -> None:
        with pytest.raises(DemijohnError, match=r"Interfaces\.ASGI"):
            App("app").__rsgi_init__(asyncio.get_running_loop())

    asyncio.run(main())


def test_any_asgi_server_can_call_the_app() -> None:
    app, sent = App("app"), list[dict[str, Any]]()
    app.add_route("/", lambda: "body", name="index")

    async def main() -> None:
        async def receive() -> dict[str, Any]:
            return await asyncio.Event().wait()  # type: ignore[return-value]  # it never returns

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http"}
        await app(
            {**scope, "headers": [(b"host", b"example.com")], "client": None, "http_version": "1.1"}, receive, send
        )
        await app.pipeline.pool.close()

    asyncio.run(main())
    assert (sent[0]["status"], sent[1]["body"]) == (200, b"body")


def test_settings_stand_for_their_values_where_the_app_is_declared() -> None:
    app = App("app")
    settings = app.configure(Settings)
    assert settings.page_size == 20
    assert repr(settings).startswith("Settings(")
    app.freeze("production", config={"page_size": 7})
    assert (settings.page_size, app.settings) == (7, app.pipeline.config)


def test_within_a_test_settings_are_those_of_its_private_copy() -> None:
    app = App("app")
    settings = app.configure(Settings)
    app.add_route("/", lambda: str(settings.page_size), name="index")
    assert [Client(app, config={"page_size": size}).get("/").text for size in (1, 2)] == ["1", "2"]


def test_settings_that_are_wrong_say_so_at_their_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGE_SIZE", "many")
    app = App("app")
    settings = app.configure(Settings)
    with pytest.raises(ConfigError, match="PAGE_SIZE"):
        _ = settings.page_size


def test_a_second_settings_class_is_refused_where_it_stands() -> None:
    app = App("app")
    app.configure(Settings)
    with pytest.raises(DeclarationError) as refused:
        app.configure(Config)
    (problem,) = refused.value.problems
    assert ("test_app.py:" in problem.where, "class Config(Settings)" in problem.remedy) == (True, True)


def test_a_script_has_the_services_of_the_app_within_its_context() -> None:
    app = App("app")
    app.add_route("/notes", lambda: "", name="list")
    with pytest.raises(NoContextError):
        service(UrlBuilder)
    with app.context():
        assert service(UrlBuilder).url_for("list", {}) == "/notes"


@pytest.mark.parametrize("prefix", ["", "old", "*"])
def test_a_mount_without_a_leading_slash_is_refused(prefix: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        App("app").mount(prefix, len)
    assert "test_app.py:" in refused.value.problems[0].where


def test_a_mount_keeps_its_prefix_without_the_closing_slash() -> None:
    app = App("app")
    for prefix in ("/", "/old", "/new/"):
        app.mount(prefix, len)
    assert [record.prefix for record in app.app_records.mounts] == ["", "/old", "/new"]


@pytest.mark.parametrize(
    "declare",
    [
        lambda app: app.configure(Settings),
        lambda app: app.mount("/", len),
        lambda app: setattr(app, "csp", app.csp),
        lambda app: app.csp.allow("img-src", "https:", reason="late"),
        lambda app: app.get("/"),
    ],
)
def test_a_frozen_app_takes_no_more_declarations(declare: Callable[[App], object]) -> None:
    app = App("app")
    app.freeze("test")
    with pytest.raises(DeclarationError):
        declare(app)


def test_the_policy_of_an_app_is_made_once() -> None:
    app = App("app")
    assert app.csp is app.csp
