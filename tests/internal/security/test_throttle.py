"""Check throttle.py: windows, their bounds in memory, and the guard."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from demijohn.contracts import RateStore
from demijohn.errors import DeclarationError, HTTPError
from demijohn.http.request import Request
from demijohn.marks import marks_of
from demijohn.security.throttle import MemoryRateStore, Rate, RateLimit, parse_rate, rate_limit


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryRateStore:
    return MemoryRateStore(max_keys=10, clock=clock)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/m", Rate(10, 60)), ("5/15m", Rate(5, 900)), ("100/hour", Rate(100, 3600)), ("1/s", Rate(1, 1)),
        (" 20 / 2 Hours ", Rate(20, 7200)), ("1000/day", Rate(1000, 86400)), ("3/30seconds", Rate(3, 30)),
    ],
)  # fmt: skip
def test_rates_are_read_as_people_write_them(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "10", "10/", "/m", "0/m", "10/0m", "-1/m", "10/month", "1.5/m", "10/m/m", "٣/m"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="10/m"):
        parse_rate(text)


def test_the_store_fulfils_its_contract(store: MemoryRateStore) -> None:
    assert isinstance(store, RateStore)


def test_a_window_begins_with_the_first_attempt(store: MemoryRateStore, clock: Clock) -> None:
    assert [store.hit("a", 2, 60).allowed for _ in range(3)] == [True, True, False]
    clock.now += 59
    refused = store.hit("a", 2, 60)
    assert (refused.allowed, refused.remaining, refused.retry_after) == (False, 0, 1.0)
    clock.now += 1  # refused attempts do not lengthen the window
    first = store.hit("a", 2, 60)
    assert (first.allowed, first.remaining, first.retry_after) == (True, 1, 60.0)


def test_keys_have_windows_of_their_own(store: MemoryRateStore) -> None:
    assert not [store.hit("a", 1, 60).allowed for _ in range(2)][1]
    assert store.hit("b", 1, 60).allowed


def test_a_reset_forgets_one_key(store: MemoryRateStore) -> None:
    for key in ("a", "b"):
        store.hit(key, 1, 60)
    store.reset("a")
    asyncio.run(store.areset("unknown"))
    assert store.hit("a", 1, 60).allowed
    assert not asyncio.run(store.ahit("b", 1, 60)).allowed


def test_invented_keys_do_not_fill_the_memory(store: MemoryRateStore, clock: Clock) -> None:
    for number in range(9):
        store.hit(f"ended-{number}", 1, 1)
    clock.now += 2
    store.hit("counted", 1, 600)
    for number in range(8):
        store.hit(f"new-{number}", 1, 600)
    assert not store.hit("counted", 1, 600).allowed  # ended windows went first
    for number in range(500):
        store.hit(f"invented-{number}", 1, 600)
    assert len(store._windows) <= 10
    assert not store.hit("invented-499", 1, 600).allowed  # then the oldest


def test_a_window_that_began_anew_is_no_longer_the_oldest(store: MemoryRateStore, clock: Clock) -> None:
    store.hit("again", 1, 1)
    for number in range(7):
        store.hit(f"older-{number}", 1, 600)
    clock.now += 2
    for key in ("again", "x", "y"):
        store.hit(key, 1, 600)
    assert len(store._windows) == 10
    store.hit("z", 1, 600)
    assert "again" in store._windows
    assert "older-0" not in store._windows


def request_from(client: str, store: MemoryRateStore, user: str | None = None) -> Request:
    return cast(Request, SimpleNamespace(client=client, services={RateStore: store}, user=user))


def statuses(guard: RateLimit, *requests: Request) -> list[int]:
    async def count() -> list[int]:
        found = []
        for request in requests:
            try:
                await guard.acheck(request)
                found.append(200)
            except HTTPError as error:
                found.append(error.status)
        return found

    return asyncio.run(count())


def test_the_guard_counts_clients_by_network_and_says_when_to_return(store: MemoryRateStore, clock: Clock) -> None:
    @rate_limit("2/m")
    def view() -> None: ...

    (guard,) = RateLimit.of(marks_of(view))
    near, far = request_from("2001:db8:1:2::1", store), request_from("2001:db8:1:2:ffff::1", store)
    other = request_from("2001:db8:1:3::1", store)
    assert statuses(guard, near, far, near, other) == [200, 200, 429, 200]
    clock.now += 17.5
    with pytest.raises(HTTPError) as caught:
        asyncio.run(guard.acheck(near))
    assert caught.value.code == "rate.limited"
    assert caught.value.headers == {"retry-after": "43"}


def test_a_function_names_who_is_counted_and_none_counts_nobody(store: MemoryRateStore) -> None:
    @rate_limit("1/m", by=lambda request: cast(str | None, getattr(request, "user", None)))
    def view() -> None: ...

    (guard,) = RateLimit.of(marks_of(view))
    ann, bob, nobody = (request_from("1.2.3.4", store, user) for user in ("ann", "bob", None))
    assert statuses(guard, ann, bob, nobody, nobody, ann) == [200, 200, 200, 200, 429]


def test_a_long_key_is_kept_short(store: MemoryRateStore) -> None:
    @rate_limit("1/m", by=lambda request: "x" * 100_000 + "\udc80")
    def view() -> None: ...

    assert statuses(RateLimit.of(marks_of(view))[0], *[request_from("", store)] * 2) == [200, 429]
    assert max(map(len, store._windows)) < 300


def test_each_rate_and_each_route_has_its_own_count(store: MemoryRateStore) -> None:
    @rate_limit("3/h")
    @rate_limit("2/m")
    def view() -> None: ...

    @rate_limit("2/m")
    def other() -> None: ...

    @rate_limit("1/m", name="login")
    def login() -> None: ...

    @rate_limit("1/m", name="login")
    def login_api() -> None: ...

    request = request_from("1.2.3.4", store)
    hourly, minutely = RateLimit.of(marks_of(view))
    assert (hourly.rate, minutely.rate) == (Rate(3, 3600), Rate(2, 60))
    assert statuses(minutely, request, request, request) == [200, 200, 429]
    assert statuses(hourly, request, request, request, request) == [200, 200, 200, 429]
    assert statuses(RateLimit.of(marks_of(other))[0], request) == [200]
    assert statuses(RateLimit.of(marks_of(login))[0], request) == [200]
    assert statuses(RateLimit.of(marks_of(login_api))[0], request) == [429]


def test_a_wrong_rate_stops_the_start_where_it_stands() -> None:
    with pytest.raises(DeclarationError, match=r"test_throttle\.py:\d+: 'often' is not a rate"):
        rate_limit("often")
