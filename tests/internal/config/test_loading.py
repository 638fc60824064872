"""Which source wins, what is refused, and what a refusal says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from demijohn.config import MASK, Config, Secret, load_config, trace_config
from demijohn.errors import ConfigError


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(msgspec.Struct):
    x: int


class Settings(Config):
    page_size: int = 20
    stripe_key: Secret[str] | None = None
    ratio: float = 0.5
    debug_sql: bool = False
    session_age: timedelta = timedelta(days=14)
    colour: Colour = Colour.RED
    level: Literal["info", "debug"] = "info"
    ports: tuple[int, ...] = ()
    folder: Path | None = None
    workers: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    origin: Point | None = None
    title: str = ""


def load(
    root: Path, environ: Mapping[str, str] | None = None, *, development: bool = True, **arguments: object
) -> Settings:
    return load_config(Settings, development=development, root=root, environ=environ or {}, arguments=arguments)


def refusal(root: Path, environ: Mapping[str, str] | None = None, cls: type[Config] = Settings, **more: object) -> str:
    development = bool(more.pop("development", True))
    with pytest.raises(ConfigError) as caught:
        load_config(cls, development=development, root=root, environ=environ or {}, arguments=more)
    return str(caught.value)


def test_each_source_wins_over_the_one_before(tmp_path: Path) -> None:
    found = [load(tmp_path).page_size]
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn]\npage_size = 1\n")
    found.append(load(tmp_path).page_size)
    (tmp_path / ".env").write_text("PAGE_SIZE=2\n")
    found.append(load(tmp_path).page_size)
    found.append(load(tmp_path, {"PAGE_SIZE": "3"}).page_size)
    found.append(load(tmp_path, {"PAGE_SIZE": "3"}, page_size=4).page_size)

    assert found == [20, 1, 2, 3, 4]


def test_dotenv_counts_in_development_only(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PAGE_SIZE=2\nnot a line\n")

    assert load(tmp_path, development=False).page_size == 20


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("PAGE_SIZE", "ten", "'ten' is not a whole number."),
        ("PAGE_SIZE", "", "the value is empty."),
        ("WORKERS", "9", "'9' is out of bounds: expected `int` <= 8."),
        ("SITE_URL", "example.com", "'example.com' is not an address such as https://example.com."),
        ("SITE_URL", "https://example.com/blog", "has more than scheme, host and port"),
        ("SITE_URL", "https://[::1", "is not an address"),
        ("SITE_URL", "https://ann:hunter2@example.com", "has more than scheme, host and port"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_name_and_place(
    tmp_path: Path, variable: str, text: str, says: str
) -> None:
    message = refusal(tmp_path, {variable: text})

    assert message.startswith(f"{variable} (from the environment): ")
    assert says in message
    assert "hunter2" not in message


def test_site_url_loses_its_last_slash(tmp_path: Path) -> None:
    assert load(tmp_path, {"SITE_URL": "https://Example.com:8443/"}).site_url == "https://example.com:8443"
    assert load(tmp_path, {"SITE_URL": ""}).site_url is None


def test_toml_and_arguments_must_have_the_right_type_already(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[project]\npage_size = 1\n[tool.demijohn]\napp = 'shop:app'\npage_size = '7'\nsession_age = '2h'\n"
    )

    message = refusal(tmp_path, workers="3")

    assert "PAGE_SIZE (from pyproject.toml, line 5): '7' is not a whole number." in message
    assert "WORKERS (from an argument): '3' is not a whole number." in message
    assert load(tmp_path, {"PAGE_SIZE": "1"}).session_age == timedelta(hours=2)


def test_arguments_may_be_finished_objects(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        colour=Colour.BLUE,
        folder=Path("/x"),
        session_age=timedelta(1),
        origin=Point(1),
        ports=(1,),
        stripe_key="sk",
        secret_key=Secret("key"),
        site_url=None,
    )

    assert (settings.colour, settings.folder, settings.session_age) == (Colour.BLUE, Path("/x"), timedelta(1))
    assert (settings.origin, settings.ports, settings.site_url) == (Point(1), (1,), None)
    assert settings.stripe_key == Secret("sk")


def test_everything_wrong_is_told_at_once_and_no_secret_is_shown(tmp_path: Path) -> None:
    class Shop(Config):
        stripe_key: Secret[str]
        limit: Secret[int] = Secret(1)
        mail_password: int = 0
        page_size: int = 20

    (tmp_path / ".env").write_text("\nPAGE_SIZE=x\nLIMIT=hunter2\nPAGE_SZIE=3\nMAIL_PASSWORD=hunter3\nnonsense\n")

    message = refusal(tmp_path, {"STRIPE_KYE": "hunter4", "SITE_URL": "nowhere"}, Shop)

    assert "6 mistakes" in message
    assert "PAGE_SIZE (from .env, line 2): 'x' is not a whole number." in message
    assert "LIMIT (from .env, line 3): the value is not a whole number." in message
    assert "MAIL_PASSWORD (from .env, line 5): the value is not a whole number." in message
    assert ".env, line 6: This is not NAME=value" in message
    assert "The setting STRIPE_KEY is missing. There is 'STRIPE_KYE': did you mean that?" in message
    assert "SITE_URL (from the environment): 'nowhere'" in message
    assert "hunter" not in message


def test_a_missing_value_says_what_to_do(tmp_path: Path) -> None:
    class Shop(Config):
        stripe_key: Secret[str]

    assert "Add STRIPE_KEY=... to the file .env" in refusal(tmp_path, cls=Shop)
    assert "STRIPE_KEY_FILE to the path" in refusal(tmp_path, cls=Shop, development=False)
    assert "STRIPE_KEY (from the environment): the value is empty." in refusal(tmp_path, {"STRIPE_KEY": ""}, Shop)


def test_unknown_names_in_files_are_refused_with_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn]\npage_sise = 1\nzzz = 2\n")
    (tmp_path / ".env").write_text("SITE_URLS=https://example.com\nPOSTGRES_USER=compose\n")

    message = refusal(tmp_path, {"PAGE_SIZ": "1"}, page_zise=1)

    assert "Unknown setting 'page_sise' (from pyproject.toml, line 2). Did you mean 'page_size'?" in message
    assert "Unknown setting 'zzz' (from pyproject.toml, line 3)." in message
    assert "Unknown setting 'SITE_URLS' (from .env, line 1). Did you mean 'SITE_URL'?" in message
    assert "Unknown setting 'page_zise' (from an argument). Did you mean 'page_size'?" in message
    assert "POSTGRES_USER" not in message
    assert "PAGE_SIZ'" not in message


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk_live\r\n")

    assert load(tmp_path, {"STRIPE_KEY_FILE": str(tmp_path / "key")}).stripe_key == Secret("sk_live")
    assert load(tmp_path, {"TITLE_FILE": str(tmp_path / "key")}).title == ""  # only secrets do


def test_the_stronger_source_wins_whichever_way_it_names_the_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from file")
    (tmp_path / ".env").write_text("STRIPE_KEY=from dotenv\n")

    assert load(tmp_path, {"STRIPE_KEY_FILE": str(tmp_path / "key")}).stripe_key == Secret("from file")


@pytest.mark.parametrize("content", [None, b"\xff", b"x" * 70_000])
def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    message = refusal(tmp_path, {"STRIPE_KEY_FILE": str(tmp_path / "key")})

    assert message.startswith("STRIPE_KEY_FILE (from the environment): The file ")
    assert "cannot be read" in message


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    assert "STRIPE_KEY and STRIPE_KEY_FILE are both set" in refusal(
        tmp_path, {"STRIPE_KEY": "a", "STRIPE_KEY_FILE": "b"}
    )


def test_a_secret_does_not_belong_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn]\nstripe_key = 'hunter2'\n")

    message = refusal(tmp_path)

    assert "STRIPE_KEY (from pyproject.toml, line 2): A secret does not belong in pyproject.toml" in message
    assert "hunter2" not in message


def test_what_a_post_init_refuses_is_a_config_error(tmp_path: Path) -> None:
    class Shop(Config):
        page_size: int = 20

        def __post_init__(self) -> None:
            if self.page_size > 100:
                raise ValueError("page_size is at most 100")

    assert "Shop refuses these settings: page_size is at most 100" in refusal(tmp_path, {"PAGE_SIZE": "101"}, Shop)


def test_the_trace_names_every_setting_its_place_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STRIPE_KEY=hunter2\n")

    trace = trace_config(
        Settings, development=True, root=tmp_path, environ={"PAGE_SIZE": "3"}, arguments={"title": "x"}
    )

    by_name = {setting.name: (setting.value, setting.place) for setting in trace}
    assert by_name["PAGE_SIZE"] == ("3", "the environment")
    assert by_name["STRIPE_KEY"] == (MASK, ".env, line 1")
    assert by_name["TITLE"] == ("x", "an argument")
    assert by_name["SITE_URL"] == ("None", "default")
    assert len(trace) == len(by_name)
