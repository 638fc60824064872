"""That a secret is not shown by accident, and that the development key is made once."""

from __future__ import annotations

import copy
import dataclasses
import os
import pickle
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from demijohn.config import MASK, Config, Secret, development_secret, masked
from demijohn.signing import check_secret_key


def test_no_way_of_writing_a_secret_shows_it() -> None:
    secret = Secret("hunter2")

    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", repr([secret])):
        assert "hunter2" not in text
    assert secret.reveal() == "hunter2"


def test_a_config_does_not_show_its_secrets() -> None:
    config = Config(secret_key=Secret("hunter2"), secret_key_fallbacks=[Secret("hunter1")])

    assert "hunter" not in repr(config)
    assert "hunter" not in str(dataclasses.asdict(config))
    with pytest.raises(TypeError):
        msgspec.json.encode(config)


def test_a_secret_is_neither_json_nor_pickle() -> None:
    for encode in (msgspec.json.encode, msgspec.to_builtins, pickle.dumps):
        with pytest.raises(TypeError):
            encode(Secret("hunter2"))


def test_copies_are_the_same_object() -> None:
    secret = Secret("hunter2")

    assert copy.copy(secret) is secret
    assert copy.deepcopy(secret) is secret


def test_secrets_are_equal_by_value_and_type() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("é") != Secret("e")
    assert Secret(b"a") != Secret("a")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")


def test_a_secret_in_a_secret_is_refused() -> None:
    with pytest.raises(TypeError, match="already"):
        Secret(Secret("a"))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("site_url", None, "None"),
        ("site_url", "https://example.com", "https://example.com"),
        ("database_url", "postgresql://ann:hunter2@db/x", f"postgresql://ann:{MASK}@db/x"),
        ("database_url", "redis://:hun@ter2@db/x", f"redis://:{MASK}@db/x"),
        ("mail_password", "hunter2", MASK),
        ("secret_key", None, "None"),
        ("keys", [Secret("hunter2"), Secret("hunter1")], f"{MASK} (2 values)"),
        ("page_size", 20, "20"),
        ("allowed_hosts", ["example.com"], "['example.com']"),
    ],
)
def test_masking_by_type_by_name_and_in_urls(name: str, value: object, shown: str) -> None:
    assert masked(name, value) == shown


def test_the_development_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = development_secret(tmp_path)
    path = tmp_path / ".demijohn" / "secret_key"
    path.chmod(0o644)

    assert development_secret(tmp_path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / ".demijohn" / ".gitignore").read_text() == "*\n"
    assert sorted(entry.name for entry in path.parent.iterdir()) == [".gitignore", "secret_key"]


def test_production_takes_the_development_key_for_weak(tmp_path: Path) -> None:
    assert check_secret_key(development_secret(tmp_path).reveal())


def test_a_damaged_key_is_replaced(tmp_path: Path) -> None:
    development_secret(tmp_path)
    path = tmp_path / ".demijohn" / "secret_key"
    path.write_bytes(b"\xff\x00")

    key = development_secret(tmp_path)

    assert path.read_text().strip() == key.reveal()


def test_without_a_place_to_write_the_key_lasts_for_the_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ".demijohn").write_text("a file where the folder should be")

    assert development_secret(tmp_path) != development_secret(tmp_path)
    assert "sessions end with this process" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="the race is over a hard link")
def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from demijohn.config import development_secret;"
        "sys.stdin.read(1); print(development_secret(Path(sys.argv[1])).reveal())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    keys = {process.communicate("x", timeout=30)[0].strip() for process in processes}

    assert keys == {(tmp_path / ".demijohn" / "secret_key").read_text().strip()}
