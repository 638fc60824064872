"""What a value looks like on the debug page."""

from __future__ import annotations

import pytest

from demijohn.config.secret import Secret
from demijohn.datastructures import QueryParams
from demijohn.debug.masking import MASK, is_secret, shown, shown_text, without_passwords


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWD", "client_secret", "token", "apiKey", "Authorization", "Cookie", "session", "DSN", "card"],
)
def test_the_name_of_a_secret_masks_its_value(name: str) -> None:
    assert is_secret(name)
    assert shown(name, "hunter2") == repr(MASK)
    assert shown_text(name, "hunter2") == MASK
    assert shown(name, None) == "None"


class User:
    def __init__(self, password: str) -> None:
        self.password = password

    def __repr__(self) -> str:
        return f"User(name='ann', password={self.password!r}, age=3)"


@pytest.mark.parametrize(
    "value",
    [
        {"name": "ann", "password": "hunter2"},
        {"name": "ann", b"token": b"hunter2"},
        {"inner": {"api_key": "hunter2"}},
        [{"x-api-token-id": "hunter2 and more"}],
        [("cookie", "hunter2"), ("host", "x")],
        User("hunter2"),
        User('it\'s hunter2, "yes"'),
        Secret("hunter2"),
        QueryParams([("token", "hunter2")]),
        "postgres://ann:hunter2@db.example/notes",
        ["redis://:hunter2@db.example"],
        "https://x.example/?a=1&access_token=hunter2",
        {"db": "host=x password=hunter2 user=y"},
    ],
)
def test_no_secret_shows_within_something_larger(value: object) -> None:
    text = shown("value", value)

    assert "hunter2" not in text
    assert "***" in text


def test_a_secret_that_is_cut_off_shows_no_part_of_itself() -> None:
    assert "hunter" not in shown("value", [{"fill": "x" * 1900, "token": "hunter hunter " * 50}])


def test_what_is_no_secret_is_shown_as_it_is() -> None:
    assert shown("value", {"a": 1, "b": [2]}) == "{'a': 1, 'b': [2]}"
    assert shown("value", "plain") == "'plain'"
    assert shown("value", b"plain") == "b'plain'"
    assert shown_text("q", "a=b") == "a=b"


def test_long_values_are_cut() -> None:
    assert len(shown("value", "x" * 10_000_000)) < 600
    assert len(shown("value", list(range(100_000)))) < 600
    assert len(shown("value", dict.fromkeys(range(100_000), "x" * 100))) < 600
    assert len(shown_text("q", "x" * 10_000)) < 600


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class BrokenKind(dict[str, str]):
    def items(self) -> None:  # type: ignore[override]  # that is the point
        raise LookupError


def test_a_repr_that_raises_is_told() -> None:
    assert shown("value", Broken()) == "<repr of Broken raised RuntimeError>"
    assert shown("value", {"a": Broken()}) == "<repr of dict raised RuntimeError>"
    assert shown("value", BrokenKind()) == "<repr of BrokenKind raised LookupError>"

    circular: list[object] = []
    for _ in range(100_000):
        circular = [circular]
    assert shown("value", circular) == "<repr of list raised RecursionError>"


def test_control_and_direction_characters_are_made_visible() -> None:
    class Colourful:
        def __repr__(self) -> str:
            return "\x1b[31mred\u202e\nnext"

    assert shown("value", Colourful()) == "\\x1b[31mred\\u202e\\x0anext"
    assert shown_text("q", "a\r\nb") == "a\\x0d\\x0ab"


def test_addresses_in_messages_lose_their_passwords() -> None:
    assert without_passwords("no route to postgres://ann:pw@db/x") == f"no route to postgres://ann:{MASK}@db/x"
    assert without_passwords("http://localhost:8000/@x") == "http://localhost:8000/@x"
