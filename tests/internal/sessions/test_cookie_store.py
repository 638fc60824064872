"""Check cookie_store.py: age, size and forgery of a session that the visitor carries."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.contracts import SessionRecord, SessionStore
from demijohn.sessions.cookie_store import CookieSessionStore, SessionTooLarge
from demijohn.sessions.session import Session
from demijohn.signing import Signer

DAY = 24 * 3600
START = 1_700_000_000.0
SIGNER = Signer([b"k" * 32], "session.cookie")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> CookieSessionStore:
    return CookieSessionStore(SIGNER, clock=clock)


def kept(store: CookieSessionStore, **data: object) -> str:
    cookie = store.save(SessionRecord("id-1", START, START, data), changed=True)
    assert cookie
    return cookie


def test_the_store_fulfils_its_contract(store: CookieSessionStore) -> None:
    assert isinstance(store, SessionStore)
    assert not store.blocking
    assert not store.revocable
    assert store.max_age == 14 * DAY
    assert store.delete("id-1") is None  # type: ignore[func-returns-value]  # nothing to give back is the point


def test_a_session_comes_back(store: CookieSessionStore) -> None:
    record = store.load(kept(store, user=7, cart=[1, "é"]))
    assert record == SessionRecord("id-1", START, START, {"user": 7, "cart": [1, "é"]})


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "é", "W10.AA.AA"])
def test_whatever_is_no_session_is_none(store: CookieSessionStore, cookie: str) -> None:
    assert store.load(cookie) is None


@pytest.mark.parametrize("payload", [b"", b"[]", b'["i",1]', b'["i",1,[]]', b'{"id":1}', b"null", b'["i","x",{}]'])
def test_an_older_layout_is_none(store: CookieSessionStore, payload: bytes) -> None:
    assert store.load(SIGNER.sign(payload, timestamp=START)) is None


def test_a_forged_or_foreign_cookie_is_none(store: CookieSessionStore) -> None:
    payload, stamp, mac = kept(store, admin=False).split(".")
    forged = base64.urlsafe_b64encode(b'["id-1",1700000000,{"admin":true}]').rstrip(b"=").decode()
    assert store.load(f"{forged}.{stamp}.{mac}") is None
    other = CookieSessionStore(Signer([b"k" * 32], "other"), clock=lambda: START)
    assert store.load(kept(other, admin=True)) is None
    assert store.load(f"{payload}.{stamp}.{mac}") is not None


def test_it_ends_when_idle(store: CookieSessionStore, clock: Clock) -> None:
    cookie = kept(store, a=1)
    clock.now = START + 14 * DAY
    assert store.load(cookie) is not None
    clock.now += 1
    assert store.load(cookie) is None


def test_it_ends_for_good_however_busy_it_was(store: CookieSessionStore, clock: Clock) -> None:
    cookie = kept(store, a=1)
    for _ in range(3):
        clock.now += 10 * DAY
        record = store.load(cookie)
        assert record is not None
        cookie = store.save(record, changed=False) or ""
    clock.now += 1
    assert store.load(cookie) is None


def test_an_unchanged_session_is_sent_again_once_a_day(store: CookieSessionStore, clock: Clock) -> None:
    cookie = kept(store, a=1)
    clock.now += DAY - 1
    record = store.load(cookie)
    assert record is not None
    assert store.save(record, changed=False) is None  # CVE-2026-35192
    clock.now += 1
    assert store.save(record, changed=False)


def test_too_much_is_refused_and_the_culprit_named(store: CookieSessionStore) -> None:
    with pytest.raises(SessionTooLarge, match=r"3584.*'cart'"):
        kept(store, user=1, cart="x" * 4000)
    assert len(kept(store, cart="x" * 2500)) <= 3584


def test_a_rotated_key_still_reads_older_sessions(store: CookieSessionStore, clock: Clock) -> None:
    cookie = kept(store, a=1)
    rotated = CookieSessionStore(Signer([b"n" * 32, b"k" * 32], "session.cookie"), clock=clock)
    assert rotated.load(cookie) is not None
    assert store.load(kept(rotated, a=1)) is None


def test_a_session_lives_over_requests(store: CookieSessionStore, clock: Clock) -> None:
    first = Session(store, None, clock=clock)
    first["user"] = 7
    cookie = first.save()
    second = Session(store, cookie, clock=clock)
    assert second["user"] == 7
    assert second.id == first.id
    assert not second.new
    assert second.save() is None
    second.regenerate()
    third = Session(store, second.save(), clock=clock)
    assert third["user"] == 7
    assert third.id != first.id


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100)
@given(st.dictionaries(st.text(max_size=10), _JSON, min_size=1, max_size=3))
def test_whatever_json_goes_in_comes_out(data: dict[str, object]) -> None:
    store = CookieSessionStore(SIGNER, clock=lambda: START)
    session = Session(store, None)
    session.update(data)
    try:
        cookie = session.save()
    except SessionTooLarge:
        return
    assert dict(Session(store, cookie)) == data
