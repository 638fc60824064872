from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demijohn.app import App
from demijohn.assembly import assemble, load_settings, project_folder
from demijohn.config import Config
from demijohn.context import starting_mode
from demijohn.contracts import RateStore, SessionStore, UrlBuilder
from demijohn.errors import ConfigError, DeclarationError
from demijohn.module import Module
from demijohn.pipeline.pipeline import Pipeline
from demijohn.routing.redirects import OwnOrigins
from demijohn.security.csrf import CsrfTokens
from demijohn.security.limits import limits


def frozen(app: App, **config: object) -> Pipeline:
    return assemble(app, app.app_records, "test", config=config)


def problems_of(declare: Callable[[App], object]) -> list[str]:
    app = App("app")
    declare(app)
    with pytest.raises(DeclarationError) as stopped:
        frozen(app)
    return [problem.message for problem in stopped.value.problems]


def test_every_freeze_is_a_pipeline_of_its_own() -> None:
    app = App("app")
    app.add_route("/", lambda: "", name="index")
    first, second = frozen(app), frozen(app)
    assert first is not second
    assert first.pool is not second.pool
    assert first.routes[0].endpoint is not second.routes[0].endpoint


def test_freezing_ends_the_declaring_of_the_app_and_its_modules() -> None:
    app, module = App("app"), Module("shop")
    app.include(module)
    frozen(app)
    assert (app.frozen, module.frozen) == (True, True)


def test_a_freeze_that_fails_leaves_the_app_open() -> None:
    app = App("app")
    app.add_route("/<int:", lambda: "", name="broken")
    with pytest.raises(DeclarationError):
        frozen(app)
    assert not app.frozen


def test_mistakes_of_all_parts_are_told_together() -> None:
    def declare(app: App) -> None:
        app.add_route("/<int:", lambda: "", name="broken")
        app.add_route("/a", lambda: "", name="a")
        app.add_route("/a", lambda: "", name="b")
        app.mount("/site", 3)  # type: ignore[arg-type]  # that is the mistake
        app.on_startup(lambda wants: wants)
        app.before_request(lambda request, more: None)

    found = problems_of(declare)
    assert len(found) == 5
    for part in ("'/<int:'", "/a", "3 cannot be mounted", "startup step", "The hook"):
        assert any(part in message for message in found), part


def test_a_health_path_that_cannot_be_read_is_told_with_the_others() -> None:
    app = App("app", health="up")
    app.add_route("/<int:", lambda: "", name="broken")
    with pytest.raises(DeclarationError) as stopped:
        frozen(app)
    assert len(stopped.value.problems) == 2


def test_steps_of_modules_come_in_the_order_of_inclusion() -> None:
    import asyncio

    app, log = App("app"), list[str]()
    inner, outer = Module("inner"), Module("outer")
    outer.include(inner)
    app.include(outer)
    for module in (inner, app, outer):
        module.on_startup(lambda name=module.name: log.append(name))
    pipeline = frozen(app)
    asyncio.run(pipeline.startup())
    asyncio.run(pipeline.shutdown())
    assert log == ["app", "outer", "inner"]


def test_services_are_there_by_their_contract() -> None:
    app = App("app")
    app.add_route("/notes/<int:number>", lambda number: "", name="show")
    services = frozen(app, site_url="https://example.com").services
    builder, own = services[UrlBuilder], services[OwnOrigins]
    assert isinstance(builder, UrlBuilder)
    assert builder.url_for("show", {"number": 7}, absolute=True) == "https://example.com/notes/7"
    assert isinstance(own, OwnOrigins)
    assert isinstance(services[RateStore], RateStore)
    assert isinstance(services[SessionStore], SessionStore)
    assert services[SessionStore] is services[SessionStore]
    assert isinstance(services[CsrfTokens], CsrfTokens)


def test_without_a_key_there_is_nothing_that_signs() -> None:
    app = App("app")
    services = assemble(app, app.app_records, "production", config={"allowed_hosts": ["example.com"]}).services
    assert SessionStore not in services
    assert CsrfTokens not in services


def test_the_store_of_sessions_never_blocks_the_loop() -> None:
    # For `async def` handlers it is asked on the loop: a store that waits needs another way to it first.
    store = frozen(App("app")).services[SessionStore]
    assert isinstance(store, SessionStore)
    assert not store.blocking


def test_settings_are_a_service_by_every_class_they_are_of() -> None:
    class Settings(Config):
        page_size: int = 20

    app = App("app")
    app.configure(Settings)
    pipeline = frozen(app, page_size=7)
    assert pipeline.services[Settings] is pipeline.services[Config] is pipeline.config


def test_opt_outs_of_policies_and_routes_are_collected() -> None:
    app = App("app", headers={"x-frame-options": None})

    @app.post("/hook", csrf=False, reason="signed")
    @limits(body="50MB")
    def hook() -> str:
        return ""

    codes = {given_up.code for given_up in frozen(app, unsafe_any_host=True).opt_outs}
    assert codes == {"host.any", "headers.removed", "csrf.exempt", "limits.raised"}


def test_serving_some_modules_alone_leaves_mounts_out() -> None:
    async def site(scope: object, receive: object, send: object) -> None: ...

    app, shop = App("app"), Module("shop")
    shop.add_route("/", lambda: "", name="index")
    app.add_route("/app", lambda: "", name="app_route")
    app.include(shop, prefix="/shop")
    app.mount("/old", site)
    assert len(frozen(app).mounts) == 1
    alone = assemble(app, app.app_records, "test", config={}, only=["shop"])
    assert (alone.mounts, [served.name for served in alone.routes]) == ((), ["shop.index"])


def test_the_folder_of_a_project_is_that_of_its_pyproject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").write_text("")
    module = type(sys)("some_app")
    module.__file__ = str(tmp_path / "project" / "src" / "some_app.py")
    monkeypatch.setitem(sys.modules, "some_app", module)
    assert project_folder(App("some_app")) == (tmp_path / "project").resolve()
    assert project_folder(App("never_imported")) == tmp_path.resolve()


def test_settings_before_the_freeze_are_those_of_the_kind_of_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("WORKER_THREADS=3\n")
    app = App("never_imported")
    assert load_settings(app, app.app_records).worker_threads == Config().worker_threads
    token = starting_mode.set("development")
    try:
        assert load_settings(app, app.app_records).worker_threads == 3
    finally:
        starting_mode.reset(token)


def test_settings_alone_that_are_wrong_stay_an_error_of_settings() -> None:
    with pytest.raises(ConfigError):
        frozen(App("app"), worker_threads="many")
