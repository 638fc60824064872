"""Check session.py: what counts as a touch, what as a change, and when a cookie is sent."""

from collections.abc import Callable
from datetime import date

import pytest

from demijohn.contracts import SessionRecord, SessionStore
from demijohn.sessions.session import Session

NOW = 1_700_000_000.0


class Store:
    """A store that keeps its records by id, as one in a database does, and notes what it was asked."""

    max_age = 60
    blocking = True
    revocable = True

    def __init__(self) -> None:
        self.records: dict[str, dict[str, object]] = {}
        self.calls: list[str] = []

    def load(self, cookie: str) -> SessionRecord | None:
        self.calls.append("load")
        data = self.records.get(cookie)
        return None if data is None else SessionRecord(cookie, NOW, NOW, dict(data))

    def save(self, record: SessionRecord, *, changed: bool, replaced: str | None = None) -> str | None:
        self.calls.append("save" if changed else "keep")
        if replaced is not None:
            del self.records[replaced]
        self.records[record.id] = dict(record.data)
        return record.id if changed else None

    def delete(self, session_id: str) -> None:
        self.calls.append("delete")
        self.records.pop(session_id, None)


@pytest.fixture
def store() -> Store:
    store = Store()
    store.records["known"] = {"user": 7, "cart": [1, 2]}
    return store


def opened(store: Store, cookie: str | None = "known") -> Session:
    return Session(store, cookie, clock=lambda: NOW + 100)


def test_the_test_store_fulfils_the_contract(store: Store) -> None:
    assert isinstance(store, SessionStore)


TOUCHES: list[Callable[[Session], object]] = [
    lambda session: session["user"],
    lambda session: session.get("missing"),
    lambda session: "user" in session,
    len,
    bool,
    list,
    lambda session: session.id,
    lambda session: session == {},
    lambda session: session.setdefault("user", 1),
    lambda session: session.pop("missing", None),
]


@pytest.mark.parametrize("touch", TOUCHES)
def test_every_look_into_the_session_is_a_touch_but_no_change(store: Store, touch: Callable[[Session], object]) -> None:
    session = opened(store)
    assert not session.accessed  # CVE-2023-30861, GHSA-68rp: `in` and `len`, too
    touch(session)
    assert session.accessed
    assert not session.modified
    assert session.save() is None
    assert store.calls == ["load", "keep"]


@pytest.mark.parametrize("look", [repr, lambda session: session.new, lambda session: session.modified, Session.load])
def test_what_the_framework_asks_is_no_touch(store: Store, look: Callable[[Session], object]) -> None:
    session = opened(store)
    look(session)
    assert not session.accessed
    assert session.save() is None
    assert "keep" not in store.calls


def test_an_untouched_session_is_never_loaded(store: Store) -> None:
    session = opened(store)
    assert session.save() is None
    assert store.calls == []


CHANGES: list[Callable[[Session], object]] = [
    lambda session: session.__setitem__("user", 8),
    lambda session: session.__delitem__("user"),
    lambda session: session.update(name="x"),
    lambda session: session.pop("user"),
    lambda session: session.setdefault("name", "x"),
    lambda session: session.regenerate(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_saved(store: Store, change: Callable[[Session], object]) -> None:
    session = opened(store)
    change(session)
    assert session.accessed
    assert session.modified
    assert session.save() == session.id
    assert store.calls == ["load", "save"]


def test_a_change_inside_a_list_is_noticed(store: Store) -> None:
    session = opened(store)
    cart = session["cart"]
    assert isinstance(cart, list)
    assert not session.modified
    cart.append(3)
    assert session.modified
    assert session.save() == "known"
    assert store.records["known"]["cart"] == [1, 2, 3]


def test_an_unknown_id_is_never_adopted(store: Store) -> None:
    session = opened(store, "chosen-by-a-stranger")
    assert session.new
    session["user"] = 1
    cookie = session.save()
    assert cookie == session.id != "chosen-by-a-stranger"
    assert "chosen-by-a-stranger" not in store.records
    assert len(session.id) >= 43  # 32 random bytes


def test_an_empty_new_session_is_not_saved(store: Store) -> None:
    session = opened(store, None)
    assert not session
    session["a"] = 1
    del session["a"]
    assert session.save() is None
    assert store.calls == []


def test_a_cookie_that_names_nothing_is_deleted_once_touched(store: Store) -> None:
    session = opened(store, "stale")
    assert len(session) == 0
    assert session.save() == ""


def test_clear_deletes_session_and_cookie(store: Store) -> None:
    session = opened(store)
    session.clear()
    assert len(session) == 0
    assert session.save() == ""
    assert store.records == {}


def test_clear_after_regenerate_deletes_the_old_one(store: Store) -> None:
    session = opened(store)
    session.regenerate()
    session.clear()
    assert session.save() == ""
    assert store.records == {}


def test_values_set_after_clear_are_kept(store: Store) -> None:
    session = opened(store)
    session.clear()
    session["theme"] = "dark"
    assert session.save() == "known"
    assert store.records == {"known": {"theme": "dark"}}


def test_regenerate_gives_a_new_id_and_life_and_ends_the_old_id(store: Store) -> None:
    session = opened(store)
    session.regenerate()
    session.regenerate()  # the id in between was never sent
    assert session.load()[0].created == NOW + 100
    assert session["user"] == 7
    cookie = session.save()
    assert cookie not in (None, "", "known")
    assert list(store.records) == [cookie]


def test_regenerate_of_a_new_session_ends_nothing(store: Store) -> None:
    session = opened(store, None)
    session["user"] = 1
    before = session.id
    session.regenerate()
    assert session.id != before
    assert session.save() == session.id
    assert set(store.records) == {"known", session.id}


@pytest.mark.parametrize("value", [None, True, 0, -(2**63), 2**64 - 1, 1.5, "é", [], {}, [1, {"a": [None, "x"]}]])
def test_json_values_are_taken(store: Store, value: object) -> None:
    session = opened(store)
    session["value"] = value
    assert session["value"] == value
    assert session.save()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 1, 1), "date"),
        ((1, 2), "tuple"),
        ({1}, "set"),
        (b"x", "bytes"),
        (object(), "object"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2**64, "64 bits"),
        ({1: 2}, "keys are strings"),
        ([{"a": (1,)}], "tuple"),
    ],
)
def test_what_would_come_back_as_something_else_is_refused_at_once(store: Store, value: object, words: str) -> None:
    session = opened(store)
    with pytest.raises(TypeError, match=words):
        session["value"] = value
    assert "value" not in session


def test_what_gets_into_a_list_later_is_refused_when_saved(store: Store) -> None:
    session = opened(store)
    cart = session["cart"]
    assert isinstance(cart, list)
    cart.append((3, 4))
    with pytest.raises(TypeError, match="tuple"):
        session.save()


def test_names_are_strings(store: Store) -> None:
    with pytest.raises(TypeError, match="int"):
        opened(store)[1] = "x"  # type: ignore[index]  # what a program without type checks may do


def test_a_repr_shows_no_values(store: Store) -> None:
    session = opened(store)
    session["card"] = "4111"
    assert repr(session) == "<Session touched>"
