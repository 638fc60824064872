from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import Protocol

import pytest

from demijohn.context import (
    NoContextError,
    Services,
    ServiceTable,
    current_scope,
    enter_scope,
    scope_variable,
    service,
)
from demijohn.errors import DemijohnError


class Mailer(Protocol):
    def send(self, text: str) -> str: ...


class Post:
    def send(self, text: str) -> str:
        return f"sent {text}"


class Scope:
    def __init__(self, **services: object) -> None:
        self.services: Services = {Mailer: services["mailer"]} if services else {}


@pytest.fixture(autouse=True)
def no_scope() -> Iterator[None]:
    """Keep the scope of one test from the next."""
    before = scope_variable.get(None)
    yield
    assert scope_variable.get(None) is before


def test_without_a_scope_the_message_says_how_to_get_one() -> None:
    with pytest.raises(NoContextError, match=r"`request` cannot be had.*app\.context\(\).*copy_context"):
        Context().run(current_scope, "`request`")


def test_the_innermost_scope_is_the_current_one() -> None:
    outer, inner = Scope(), Scope()
    with enter_scope(outer):
        with enter_scope(inner):
            assert current_scope() is inner
        assert current_scope() is outer


def test_a_scope_ends_with_an_error_too() -> None:
    with pytest.raises(ValueError, match="x"), enter_scope(Scope()):
        raise ValueError("x")


def test_a_thread_of_ones_own_has_the_scope_in_a_copied_context_alone() -> None:
    found: list[object] = []

    def look() -> None:
        found.append(scope_variable.get(None))

    with enter_scope(Scope()) as scope:
        for thread in (threading.Thread(target=look), threading.Thread(target=copy_context().run, args=(look,))):
            thread.start()
            thread.join()
    assert found == [None, scope]


def test_a_service_is_found_by_its_contract() -> None:
    with enter_scope(Scope(mailer=Post())):
        assert service(Mailer).send("x") == "sent x"


def test_a_service_that_nothing_fulfils_is_named() -> None:
    with enter_scope(Scope()), pytest.raises(DemijohnError, match="fulfils Mailer"):
        service(Mailer)
    with pytest.raises(NoContextError, match="the service Mailer"):
        Context().run(service, Mailer)


def test_a_service_is_made_at_its_first_use_and_once() -> None:
    made: list[Post] = []

    def make() -> Post:
        made.append(Post())
        return made[-1]

    table = ServiceTable({str: "given"}, {Mailer: make})
    assert Mailer in table
    assert int not in table
    assert not made
    assert table[Mailer] is table[Mailer]
    assert (table[str], len(made)) == ("given", 1)
    with pytest.raises(KeyError):
        table[int]


def test_threads_that_ask_for_a_service_at_once_get_the_same() -> None:
    made: list[object] = []
    together = threading.Barrier(8)

    def make() -> object:
        made.append(object())
        time.sleep(0.01)  # long enough for all to have asked
        return made[-1]

    table = ServiceTable({}, {Mailer: make})

    def ask() -> object:
        together.wait()
        return table[Mailer]

    with ThreadPoolExecutor(8) as threads:
        found = {id(each.result()) for each in [threads.submit(ask) for _ in range(8)]}
    assert len(found) == len(made) == 1
