"""Each server does what docs/server-behaviour.md records: the gateways rest on it. The cases are in cases.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .setups import SETUPS, Servers, Setup
from .table import PAGE, is_long, names, page, recorded, run
from .verdicts import SECTIONS, VERDICTS


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    running = Servers()
    yield running
    running.stop()


def _cases() -> Iterator[object]:
    outcomes = recorded()
    for setup in SETUPS:
        for name in names():
            outcome = outcomes.get(name, ["not recorded"] * len(SETUPS))[SETUPS.index(setup)]
            if outcome != "-":
                marks = [pytest.mark.soak] if is_long(name) else []
                yield pytest.param(name, setup, outcome, id=f"{setup}: {name}", marks=marks)


@pytest.mark.parametrize(("name", "setup", "outcome"), list(_cases()))
def test_server_does_what_is_recorded(name: str, setup: Setup, outcome: str, servers: Servers) -> None:
    assert run(name, setup, servers) == outcome


def test_every_case_is_recorded_and_every_record_has_a_case() -> None:
    assert list(recorded()) == names()


def test_every_verdict_and_section_belongs_to_a_case() -> None:
    assert set(VERDICTS) | set(SECTIONS) <= set(names())


def test_page_shows_the_record() -> None:
    assert PAGE.read_text() == page(), "Run `python -m tests.servers.table --write`."
