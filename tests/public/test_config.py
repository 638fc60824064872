"""Promise: one typed object holds the settings, every wrong or missing one is listed, and a secret is never shown."""

import importlib
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import pytest

from demijohn import App, Config, ConfigError, DeclarationError, Module, Secret

if TYPE_CHECKING:
    from tests.public.conftest import Serve

Write = Callable[..., ModuleType]

APP = """
from demijohn import App, Config, Secret

class Settings(Config):
    page_size: int = 20
    stripe_key: Secret[str] | None = None

app = App(__name__)
settings = app.configure(Settings)

@app.get("/")
def show():
    return {"page_size": settings.page_size, "has_key": settings.stripe_key is not None}
"""


class Settings(Config):
    page_size: int = 20
    colours: list[str] = ["red"]  # noqa: RUF012  # Config makes a default factory of it
    timeout: timedelta = timedelta(seconds=30)
    level: Literal["low", "high"] = "low"
    stripe_key: Secret[str]


def configured_app() -> tuple[App, Settings]:
    app = App(__name__)
    settings = app.configure(Settings)

    @app.get("/")
    def show(cfg: Settings) -> dict[str, object]:
        return {"page_size": cfg.page_size, "same": settings.page_size, "key": cfg.stripe_key.reveal()}

    return app, settings


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a project of one module with its files around it, and import the module."""

    def write(source: str = APP, *, pyproject: str = "", dotenv: str = "") -> ModuleType:
        (tmp_path / "shop_settings.py").write_text(source)
        (tmp_path / "pyproject.toml").write_text(pyproject)
        (tmp_path / ".env").write_text(dotenv)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "shop_settings", raising=False)
        return importlib.import_module("shop_settings")

    return write


def test_settings_come_from_arguments_first(serve: "Serve", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGE_SIZE", "30")
    monkeypatch.setenv("STRIPE_KEY", "from the environment")
    app, _ = configured_app()
    assert serve(app).get("/").json() == {"page_size": 30, "same": 30, "key": "from the environment"}
    assert serve(app, config={"page_size": 40}).get("/").json()["page_size"] == 40


def test_each_test_client_has_settings_of_its_own(serve: "Serve") -> None:
    app, _ = configured_app()
    one = serve(app, config={"page_size": 1, "stripe_key": "a"})
    two = serve(app, config={"page_size": 2, "stripe_key": "b"})
    assert [client.get("/").json()["same"] for client in (one, two, one)] == [1, 2, 1]


def test_the_environment_beats_dotenv_and_that_beats_pyproject(
    serve: "Serve", project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = project(pyproject="[tool.demijohn]\npage_size = 1\n", dotenv="PAGE_SIZE=2\nSTRIPE_KEY='in the file'\n")
    assert serve(module.app).get("/").json() == {"page_size": 1, "has_key": False}
    development = serve(module.app, mode="development", base_url="http://localhost")
    assert development.get("/").json() == {"page_size": 2, "has_key": True}
    monkeypatch.setenv("PAGE_SIZE", "3")
    assert serve(module.app, config={}).get("/").json()["page_size"] == 3


def test_all_mistakes_are_told_at_once_with_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGE_SIZE", "many")
    monkeypatch.setenv("TIMEOUT", "soon")
    monkeypatch.setenv("LEVEL", "middle")
    app, _ = configured_app()
    with pytest.raises(ConfigError) as caught:
        app.freeze("test")
    text = str(caught.value)
    assert "4 mistakes" in text
    assert "PAGE_SIZE (from the environment)" in text
    assert "'many' is not a whole number" in text
    assert "a duration such as 30s" in text
    assert "one of low, high" in text
    assert "STRIPE_KEY is missing" in text


def test_a_misspelt_setting_is_recognised() -> None:
    app, _ = configured_app()
    with pytest.raises(ConfigError, match=r"Unknown setting 'page_sise' .*Did you mean 'page_size'"):
        app.freeze("test", config={"page_sise": 1, "stripe_key": "x"})


def test_values_are_read_in_the_form_that_people_write(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLOURS": "red, blue", "TIMEOUT": "2h", "LEVEL": "high", "STRIPE_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    _, settings = configured_app()
    assert (settings.colours, settings.timeout, settings.level) == (["red", "blue"], timedelta(hours=2), "high")


def test_a_secret_is_never_shown(serve: "Serve") -> None:
    app, settings = configured_app()

    @app.get("/repr")
    def show_all(cfg: Settings) -> list[str]:
        return [repr(cfg), str(cfg.stripe_key), f"{cfg.stripe_key!r}", repr(settings)]

    told = serve(app, config={"stripe_key": "sk_live_1234"}).get("/repr").text
    assert "sk_live_1234" not in told


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("STRIPE_KEY_FILE", str(tmp_path / "key"))
    _, settings = configured_app()
    assert settings.stripe_key.reveal() == "from a file"


@pytest.mark.parametrize("name", ["PATH", "home", "user", "lang"])
def test_a_name_that_the_system_uses_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match=r"belongs to the system|lower case"):
        type("Wrong", (Config,), {"__annotations__": {name: str}})


def test_an_app_has_one_settings_class() -> None:
    class More(Config):
        other: int = 1

    app, _ = configured_app()
    with pytest.raises(DeclarationError, match=r"configured with Settings already"):
        app.configure(More)


def test_a_handler_may_take_the_settings_by_the_parent_class(serve: "Serve") -> None:
    app, _ = configured_app()

    @app.get("/hosts")
    async def hosts(cfg: Config) -> list[str]:
        return cfg.allowed_hosts

    config = {"stripe_key": "x", "allowed_hosts": ["example.com"]}
    assert serve(app, config=config).get("/hosts").json() == ["example.com"]


def test_a_settings_class_that_is_not_the_apps_stops_the_start() -> None:
    class Strange(Config):
        other: int = 1

    app, _ = configured_app()

    @app.get("/strange")
    def show(cfg: Strange) -> str:
        return ""

    with pytest.raises(DeclarationError, match=r"(?s)`cfg: Strange` of show.*app\.configure\("):
        app.freeze("test", config={"stripe_key": "x"})


def test_modules_reach_the_settings_through_a_parameter(serve: "Serve") -> None:
    blog = Module("blog")

    @blog.get("/")
    def show(cfg: Settings) -> str:
        return str(cfg.page_size)

    app, _ = configured_app()
    app.include(blog, prefix="/blog")
    assert serve(app, config={"stripe_key": "x", "page_size": 5}).get("/blog").text == "5"


def test_settings_are_read_at_first_use_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_KEY", raising=False)
    _, settings = configured_app()  # nothing is missing yet, for nothing was asked for
    monkeypatch.setenv("STRIPE_KEY", "late")
    assert settings.stripe_key.reveal() == "late"


def test_settings_cannot_be_changed(serve: "Serve") -> None:
    app, settings = configured_app()
    app.freeze("test", config={"stripe_key": "x"})
    with pytest.raises(AttributeError):
        settings.page_size = 7  # type: ignore[misc]  # that is the mistake


def test_production_needs_to_know_its_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    app = App(__name__)
    with pytest.raises(ConfigError, match=r"ALLOWED_HOSTS=example\.com"):
        app.freeze("production")
    monkeypatch.setenv("SITE_URL", "https://example.com")
    app.freeze("production")


@pytest.mark.parametrize("key", ["short", "a" * 64, "change-me-change-me-change-me-change-me"])
def test_production_refuses_a_weak_key(key: str) -> None:
    config: dict[str, Any] = {"secret_key": key, "site_url": "https://example.com"}
    with pytest.raises(ConfigError, match=r"(?s)SECRET_KEY.*secrets\.token_urlsafe") as caught:
        App(__name__).freeze("production", config=config)
    assert key not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("WORKER_THREADS", "0"), ("WORKER_QUEUE", "-1")])
def test_a_number_that_would_stop_all_work_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=rf"{name} \(from the environment\): '{value}' is out of bounds"):
        App(__name__).freeze("test")


def test_development_makes_a_key_of_its_own(serve: "Serve", project: Write, tmp_path: Path) -> None:
    source = "from demijohn import App, session\napp = App(__name__)\n@app.get('/')\ndef s():\n    session['a'] = 1\n"
    module = project(source)
    assert serve(module.app, mode="development", base_url="http://localhost").get("/").status == 204
    [path] = tmp_path.glob(".demijohn/secret_key")
    assert path.stat().st_mode & 0o077 == 0
