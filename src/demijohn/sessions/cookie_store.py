"""Keep sessions in a signed cookie, for apps without a database. What handlers see of one is in session.py.

The visitor can read such a session, but not change it; and nobody can end it before its time, because a copy of the
cookie stays valid. So accounts ask for a store that is `revocable`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from demijohn.contracts import SessionRecord
from demijohn.errors import DemijohnError
from demijohn.signing import BadSignature, Signer

__all__ = ["CookieSessionStore", "SessionTooLarge"]

_DAY = 24 * 3600
_MAX_COOKIE = 3584
_RESENT_AFTER = _DAY


class SessionTooLarge(DemijohnError, ValueError):
    """Refuse to keep a session that browsers would cut off or drop."""


class _Stored(msgspec.Struct, array_like=True):
    """What the cookie says; the time at which it was issued is the signature's."""

    id: str
    created: int
    data: dict[str, Any]  # Any: JSON values, which msgspec does not accept as `object`


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Stored).decode


class CookieSessionStore:
    """Keep a session within its cookie: JSON, at most 3,584 bytes, signed.

    A session ends `idle` seconds after its cookie was last sent, which happens at a change or a day after the last
    time, and `absolute` seconds after it began.
    """

    __slots__ = ("_absolute", "_clock", "_signer", "max_age")

    blocking = False
    revocable = False

    def __init__(
        self,
        signer: Signer,
        *,
        idle: int = 14 * _DAY,
        absolute: int = 30 * _DAY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._signer = signer
        self._absolute = absolute
        self._clock = clock
        self.max_age = idle

    def load(self, cookie: str) -> SessionRecord | None:
        """Return the session in a cookie; None for what is forged, expired or of an older layout."""
        now = self._clock()
        try:
            payload, issued = self._signer.verify_dated(cookie, max_age=self.max_age, now=now)
            stored = _decode(payload)
        except (BadSignature, msgspec.DecodeError):
            return None
        if now - stored.created > self._absolute:
            return None
        return SessionRecord(stored.id, stored.created, issued, stored.data)

    def save(self, record: SessionRecord, *, changed: bool, replaced: str | None = None) -> str | None:
        """Return the cookie's value where the session has changed or was last sent a day ago.

        Raises:
            SessionTooLarge: the value would have more than 3,584 bytes.
        """
        now = self._clock()
        if not changed and now - record.issued < _RESENT_AFTER:
            return None
        stored = _Stored(record.id, int(record.created), record.data)
        cookie = self._signer.sign(_encode(stored), timestamp=now)
        if len(cookie) > _MAX_COOKIE:
            raise SessionTooLarge(
                f"The session would make a cookie of {len(cookie)} bytes; {_MAX_COOKIE} are the most. Its largest "
                f"value is {_largest(record.data)!r}. Keep that elsewhere and its id here, or sessions in a database."
            )
        return cookie

    def delete(self, session_id: str) -> None:
        """Do nothing: the cookie itself is deleted by the answer, and a copy of it cannot be."""


def _largest(data: dict[str, object]) -> str:
    return max(data, key=lambda name: len(_encode(data[name])))
