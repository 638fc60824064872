"""Count how often somebody comes, and refuse beyond a rate. How much one request may bring is in limits.py."""

from __future__ import annotations

import hashlib
import math
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar, cast

import msgspec

from demijohn.contracts import RateHit, RateStore
from demijohn.errors import DeclarationError, HTTPError, Problem
from demijohn.http.request import Request
from demijohn.marks import Mark, add_mark
from demijohn.security.proxies import rate_key
from demijohn.types import Origin, caller_origin

__all__ = ["MemoryRateStore", "Rate", "RateLimit", "parse_rate", "rate_limit"]

_F = TypeVar("_F", bound=Callable[..., object] | type)
_RATE = re.compile(r"([0-9]{1,9})\s*/\s*([0-9]{0,6})\s*(s|m|h|d|second|minute|hour|day)s?")
_MAX_KEY = 64
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

KeyOf = Callable[[Request], str | None]
"""Name who is counted; None counts nobody. Called on the event loop before the body is read: it must not wait."""


class Rate(msgspec.Struct, frozen=True):
    """Allow `limit` attempts in `period` seconds."""

    limit: int
    period: int

    def __str__(self) -> str:
        return f"{self.limit}/{self.period}s"


def parse_rate(text: str) -> Rate:
    """Read a rate: `"10/m"`, `"5/15m"`, `"100/hour"`.

    Raises:
        ValueError: the text is not a rate, or a number in it is zero.
    """
    match = _RATE.fullmatch(str(text).strip().lower())  # str(): @rate_limit without parentheses is given the handler
    if match is not None:
        limit, count, unit = match.groups()
        rate = Rate(int(limit), int(count or 1) * _SECONDS[unit[0]])
        if rate.limit and rate.period:
            return rate
    raise ValueError(f"{text!r} is not a rate. Write '10/m', '5/15m' or '100/hour'.")


class MemoryRateStore:
    """Count attempts in this process. With several workers each counts for itself; a shared store counts for all.

    Keeps at most `max_keys` keys; beyond, ended windows go first, then the oldest.
    """

    __slots__ = ("_clock", "_lock", "_max_keys", "_windows")

    def __init__(self, *, max_keys: int = 50_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_keys = max_keys
        self._clock = clock
        self._lock = threading.Lock()  # workers count, too; no count may be lost between read and write
        self._windows: dict[str, tuple[int, float]] = {}  # key to attempts and the time at which its window ends

    def hit(self, key: str, limit: int, period: float) -> RateHit:
        """Count one attempt; the window is fixed and begins with a key's first attempt."""
        now = self._clock()
        with self._lock:
            count, end = self._windows.get(key, (0, 0.0))
            if now >= end:
                self._windows.pop(key, None)  # goes to the end of the dict: the oldest window stays first
                if len(self._windows) >= self._max_keys:
                    self._make_room(now)
                count, end = 0, now + period
            count += 1
            self._windows[key] = (count, end)
        return RateHit(count <= limit, max(0, limit - count), end - now)

    async def ahit(self, key: str, limit: int, period: float) -> RateHit:
        """Count one attempt from async code."""
        return self.hit(key, limit, period)

    def reset(self, key: str) -> None:
        """Forget the attempts of a key."""
        with self._lock:
            self._windows.pop(key, None)

    async def areset(self, key: str) -> None:
        """Forget the attempts of a key from async code."""
        self.reset(key)

    def _make_room(self, now: float) -> None:
        kept = [(key, window) for key, window in self._windows.items() if window[1] > now]
        room = self._max_keys - max(1, self._max_keys // 10)  # a tenth at once, so that this does not run at every hit
        self._windows = dict(kept[-room:] if room else [])


class RateLimit(msgspec.Struct, frozen=True):
    """Be the guard behind `@rate_limit`. `name` keeps its count apart from those of other routes and rates."""

    rate: Rate
    by: Literal["client"] | KeyOf
    origin: Origin
    name: str = ""

    async def acheck(self, request: Request) -> None:
        """Count this request and refuse it beyond the rate.

        Raises:
            HTTPError: 429 `rate.limited` with Retry-After.
        """
        key = rate_key(request.client) if self.by == "client" else self.by(request)
        if key is None:
            return
        store = cast(RateStore, request.services[RateStore])
        if len(key) > _MAX_KEY:  # a key may be made of what a client sent; it must not fill the store
            key = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        hit = await store.ahit(f"{self.name}:{self.rate}:{key}", self.rate.limit, self.rate.period)
        if not hit.allowed:
            headers = {"retry-after": str(math.ceil(hit.retry_after))}
            raise HTTPError(429, "Too many requests. Try again later.", code="rate.limited", headers=headers)

    @staticmethod
    def of(marks: Sequence[Mark]) -> list[RateLimit]:
        """Return the guards that the marks of a handler ask for, the outermost decorator first."""
        return [mark.value for mark in reversed(marks) if isinstance(mark.value, RateLimit)]


def rate_limit(rate: str, *, by: Literal["client"] | KeyOf = "client", name: str = "") -> Callable[[_F], _F]:
    """Refuse requests beyond a rate: `@rate_limit("10/m")`.

    `by` is "client" (the address; of IPv6 the first 64 bits) or a function from the request to a key. Routes with the
    same `name` share one count; by default each handler has its own. Several decorators count side by side.

    Raises:
        DeclarationError: the rate cannot be read.
    """
    origin = caller_origin()
    try:
        parsed = parse_rate(rate)
    except ValueError as error:
        raise DeclarationError([Problem(str(error), str(origin))]) from None

    def mark(handler: _F) -> _F:
        own = name or f"{handler.__module__}.{handler.__qualname__}"
        return add_mark(handler, RateLimit(parsed, by, origin, own))

    return mark
