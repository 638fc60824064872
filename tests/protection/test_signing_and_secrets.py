"""Security policy, section 15: keys are strong where it counts, are shown nowhere, and sign one thing each."""

import logging
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demijohn import App, Config, ConfigError, DemijohnError, Secret, Session, Signer, csrf_token
from demijohn.testing import Client

from .apps import five_lines
from .conftest import KEY

if TYPE_CHECKING:
    from .conftest import Serve

OTHER = KEY[::-1]
HOSTS = {"allowed_hosts": ["testserver"]}


def signing_app() -> App:
    app = App(__name__)

    @app.get("/token")
    def token(session: Session) -> dict[str, str]:
        session["n"] = 1
        return {"csrf": csrf_token(), "id": session.id}

    @app.get("/look")
    def look(session: Session) -> dict[str, object]:
        return {"n": session.get("n")}

    @app.post("/save", csrf="always")
    def save() -> str:
        return "saved"

    return app


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "short",
        "x" * 64,
        "abab" * 16,
        "changeme-changeme-changeme-changeme-1234567890",
        "my-secret-key-0123456789-0123456789-abcdefgh",
        "example-0123456789-abcdefghijklmnopqrstuvwxyz",
        "insecure-development-0123456789abcdefghijklmnopqrstuvwxyz",
    ],
)
def test_production_does_not_start_with_a_weak_key_and_does_not_show_it(weak: str) -> None:
    for settings in ({"secret_key": weak}, {"secret_key": KEY, "secret_key_fallbacks": [weak]}):
        with pytest.raises(ConfigError, match="SECRET_KEY") as refused:
            five_lines().freeze("production", config={**HOSTS, **settings})
        assert not weak or weak not in str(refused.value)
        assert weak == "" or "secrets.token_urlsafe" in str(refused.value)


def test_a_good_key_starts_and_its_value_is_in_no_repr() -> None:
    pipeline = five_lines().freeze("production", config={**HOSTS, "secret_key": KEY, "secret_key_fallbacks": [OTHER]})
    for shown in (repr(pipeline.config), str(pipeline.config), f"{pipeline.config.secret_key}", repr(vars(pipeline))):
        assert KEY not in shown
        assert OTHER not in shown


def test_a_token_for_one_purpose_is_none_for_another(serve: "Serve") -> None:
    client = serve(signing_app(), base_url="https://testserver", browser=True)
    made = client.get("/token").json()
    session = client.cookies["__Host-dj_session"]
    silent = {"sec-fetch-site": None, "origin": None}
    assert client.post("/save", headers={**silent, "x-csrf-token": made["csrf"]}).text == "saved"
    for other in (session, made["id"], Signer([KEY.encode()], "csrf").sign(made["id"].encode())):
        assert client.post("/save", headers={**silent, "x-csrf-token": other}).status == 403
    for forged in (made["csrf"], Signer([KEY.encode()], "reset").dumps([made["id"], 1, {"n": 1}])):
        answer = client.get("/look", headers={"cookie": f"__Host-dj_session={forged}"})
        assert answer.json() == {"n": None}


def test_a_new_key_signs_and_an_old_one_still_counts_until_it_goes(serve: "Serve") -> None:
    old = serve(signing_app(), base_url="https://testserver", browser=True)
    made = old.get("/token").json()
    cookie = old.cookies["__Host-dj_session"]
    rotations: list[tuple[dict[str, object], bool]] = [
        ({"secret_key": OTHER, "secret_key_fallbacks": [KEY]}, True),
        ({"secret_key": KEY, "secret_key_fallbacks": [OTHER]}, True),
        ({"secret_key": OTHER}, False),
    ]
    for settings, counts in rotations:
        client = serve(signing_app(), base_url="https://testserver", config=settings)
        headers = {"cookie": f"__Host-dj_session={cookie}"}
        assert client.get("/look", headers=headers).json() == {"n": 1 if counts else None}
        saved = client.post("/save", headers={**headers, "x-csrf-token": made["csrf"]})
        assert saved.status == (200 if counts else 403)


def test_test_clients_without_a_key_sign_with_one_of_their_own() -> None:
    with Client(signing_app()) as one, Client(signing_app()) as another:
        one.get("/token")
        another.cookies.set("dj_session", one.cookies["dj_session"])
        assert another.get("/look").json() == {"n": None}


def test_the_development_key_is_made_once_for_its_owner_alone_and_production_refuses_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn]\n")
    (tmp_path / "shop.py").write_text(
        textwrap.dedent(
            """
            from demijohn import App, session
            from demijohn.testing import Client

            app = App(__name__)

            @app.get("/")
            def count():
                session["n"] = 1
                return "counted"

            with Client(app, mode="development", base_url="http://localhost") as client:
                assert client.get("/").cookies["dj_session"].value
            """
        )
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SECRET_KEY")}
    keys = set()
    for _ in range(2):
        subprocess.run([sys.executable, "-c", "import shop"], cwd=tmp_path, env=environment, check=True)
        file = tmp_path / ".demijohn" / "secret_key"
        keys.add(file.read_text().strip())
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (tmp_path / ".demijohn" / ".gitignore").read_text() == "*\n"
    assert len(keys) == 1
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        five_lines().freeze("production", config={**HOSTS, "secret_key": keys.pop()})


def test_a_secret_setting_shows_itself_nowhere_but_where_it_is_revealed(
    serve: "Serve", caplog: pytest.LogCaptureFixture
) -> None:
    class Settings(Config):
        api_key: Secret[str]

    app = App(__name__)
    settings = app.configure(Settings)

    @app.get("/shown")
    def shown() -> str:
        return f"{settings.api_key} {settings.api_key!r} {settings} {[settings.api_key]}"

    @app.get("/json")
    def as_json() -> object:
        return {"key": settings.api_key}

    @app.get("/used")
    def used() -> str:
        return str(len(settings.api_key.reveal()))

    @app.get("/logged")
    def logged() -> str:
        logging.getLogger("project").warning("calling with %s", settings.api_key)
        return "logged"

    client = serve(app, config={"api_key": "hunter2-hunter2"}, raise_server_errors=False)
    assert "hunter2" not in client.get("/shown").text
    assert "hunter2" not in client.get("/json").text
    assert client.get("/used").text == "15"
    assert client.get("/logged").text == "logged"
    assert "hunter2" not in caplog.text


def test_signing_needs_a_key_and_a_purpose() -> None:
    for keys, purpose in (([], "x"), ([b""], "x"), ([KEY.encode()], "")):
        with pytest.raises((ValueError, DemijohnError)):
            Signer(keys, purpose)
