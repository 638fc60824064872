"""Define `Session`, what a handler sees of a visitor's session. Stores keep it: cookie_store.py is one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, MutableMapping

import msgspec

from demijohn.contracts import SessionRecord, SessionStore

__all__ = ["Session"]

_encode = msgspec.json.Encoder(order="sorted").encode


class Session(MutableMapping[str, object]):
    """Hold JSON values of one visitor, by name. Nothing is loaded before the first touch.

    Every touch (`in`, `len` and `bool` among them) makes the answer private: caches must not keep what depends on a
    session (CVE-2023-30861). Changes inside a list or dict are noticed, too.
    """

    __slots__ = ("_clock", "_cookie", "_loaded_record", "_replaced", "_snapshot", "_store", "_touched", "_written")

    def __init__(self, store: SessionStore, cookie: str | None, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._cookie = cookie
        self._clock = clock
        self._loaded_record: tuple[SessionRecord, bool] | None = None
        self._replaced: str | None = None
        self._snapshot: bytes | None = None
        self._touched = False
        self._written = False

    def __repr__(self) -> str:
        return f"<Session {'touched' if self._touched else 'untouched'}>"

    def __getitem__(self, key: str) -> object:
        data = self._touch().data
        value = data[key]
        if self._snapshot is None and isinstance(value, (list, dict)):
            self._snapshot = _encode(data)  # it may be changed in place from here on
        return value

    def __setitem__(self, key: str, value: object) -> None:
        if not isinstance(key, str):
            raise TypeError(f"A session's names are strings, not {type(key).__name__}.")
        _require_json(value, key)
        self._touch().data[key] = value
        self._written = True

    def __delitem__(self, key: str) -> None:
        del self._touch().data[key]
        self._written = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._touch().data)

    def __len__(self) -> int:
        return len(self._touch().data)

    def __contains__(self, key: object) -> bool:
        return key in self._touch().data

    def clear(self) -> None:
        """Forget all values. A session that stays empty is deleted, and so is its cookie."""
        self._touch().data.clear()
        self._written = True

    def regenerate(self) -> None:
        """Give the session a new id and a new life, and end the old id; the values stay.

        Call it when somebody has proved who they are (login, second factor) or when their rights change: an id that was
        known before must not be worth more afterwards.
        """
        record = self._touch()
        if self._replaced is None and not self.new:
            self._replaced = record.id
        record.id = _new_id()
        record.created = self._clock()
        self._written = True

    @property
    def max_age(self) -> int:
        """Return for how many seconds a browser may keep the cookie."""
        return self._store.max_age

    @property
    def id(self) -> str:
        """Return the session's random id, to bind other things to it; never to be shown."""
        return self._touch().id

    @property
    def new(self) -> bool:
        """Say whether this session was not known before this request."""
        return self.load()[1]

    @property
    def accessed(self) -> bool:
        """Say whether anything has looked into the session."""
        return self._touched

    @property
    def modified(self) -> bool:
        """Say whether the session differs from what was loaded."""
        if self._written:
            return True
        return self._snapshot is not None and self._snapshot != _encode(self.load()[0].data)

    def load(self) -> tuple[SessionRecord, bool]:
        """Load the session if that has not happened, and return its record and whether it is new.

        May wait where the store does (`SessionStore.blocking`). Does not count as a touch.
        """
        if self._loaded_record is None:
            record = None if self._cookie is None else self._store.load(self._cookie)
            now = self._clock()
            self._loaded_record = (SessionRecord(_new_id(), now, now), True) if record is None else (record, False)
        return self._loaded_record

    def save(self) -> str | None:
        """Keep the session, and return the new value of its cookie: None to leave it, empty to delete it.

        Raises:
            TypeError: a value that is no JSON got into a list or dict of the session.
            SessionTooLarge: the store's cookie cannot hold so much.
        """
        if not self._touched:
            return None
        record, new = self.load()
        if record.data:
            changed = self.modified
            if changed:
                _require_json(record.data, "session")
            return self._store.save(record, changed=changed, replaced=self._replaced)
        if not new:
            self._store.delete(self._replaced or record.id)
        return None if self._cookie is None else ""

    def _touch(self) -> SessionRecord:
        self._touched = True
        return self.load()[0]


def _new_id() -> str:
    import secrets  # with the first session that is made

    return secrets.token_urlsafe(32)


def _require_json(value: object, where: str) -> None:
    """Refuse what would come back as something else: msgspec writes dates and tuples, but reads strings and lists."""
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return
    if kind is int and isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise TypeError(f"session[{where!r}] holds an integer above 64 bits. Store it as a string.")
    elif kind is float and isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError(f"session[{where!r}] holds {value}, which JSON cannot say.")
    elif kind is list and isinstance(value, list):
        for item in value:
            _require_json(item, where)
    elif kind is dict and isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(f"session[{where!r}] holds a dict with {key!r} as a key. JSON keys are strings.")
            _require_json(item, where)
    else:
        raise TypeError(
            f"session[{where!r}] holds a {kind.__name__}. A session keeps JSON: None, bool, int, float, str, list and "
            "dict. Store an id, isoformat() of a date, or list(...) of a tuple."
        )
