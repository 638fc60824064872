"""Hold what a request and a response are made of: headers, query and form values, addresses.

Uploaded files are in http/uploads.py; form bodies are parsed in http/multipart.py, cookies in http/cookies.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Literal, NamedTuple, Self, TypeVar, overload
from urllib.parse import unquote_to_bytes

from demijohn.errors import FieldError, HTTPError, InvalidHeader

__all__ = [
    "SECRET_NAME",
    "Address",
    "FormData",
    "Headers",
    "MissingValue",
    "MultiDict",
    "MutableHeaders",
    "QueryParams",
    "decode_pairs",
]

_T = TypeVar("_T")

SECRET_NAME = re.compile(r"pass|secret|token|key|auth|cookie|session|dsn|card", re.IGNORECASE)
"""Match the names of headers and fields whose values are never shown (security.md 22)."""

_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # token, RFC 9110 section 5.6.2
_BAD_IN_VALUE = re.compile(r"[^\t\x20-\x7e]")


class Address(NamedTuple):
    """Name one end of a connection: an IP address or a host name, and a port."""

    host: str
    port: int


class MultiDict(Mapping[str, str]):
    """Map names to values where a name may come several times: `[]` and `get` give the first, `getlist` all.

    Read-only. The length and the iteration count names, not values; names keep the order in which they came.
    """

    __slots__ = ("_first", "_items")

    def __init__(self, items: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._items = _pairs(items)
        self._first: dict[str, str] | None = None

    @classmethod
    def from_raw(cls, items: list[tuple[str, str]]) -> Self:
        """Take over a list of pairs as it is: no copy, no check, the lookup built at first use."""
        new = cls.__new__(cls)
        new._items = items
        new._first = None
        return new

    def __getitem__(self, name: str) -> str:
        return (self._first or self._index())[name]

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | _T) -> str | _T: ...
    def get(self, name: str, /, default: _T | None = None) -> str | _T | None:
        """Return the first value of `name`, or the default."""
        return (self._first or self._index()).get(name, default)

    def getlist(self, name: str) -> list[str]:
        """Return every value of `name` in the order in which they came; empty where there is none."""
        return [value for key, value in self._items if key == name]

    def multi_items(self) -> list[tuple[str, str]]:
        """Return all pairs in the order in which they came, as a new list."""
        return self._items.copy()

    def __contains__(self, name: object) -> bool:
        return name in (self._first or self._index())

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._items))

    def __len__(self) -> int:
        return len(self._first or self._index())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, MultiDict):
            return self._grouped() == other._grouped()
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]  # as dict: equal by value, so not a key; object's type says otherwise

    def __repr__(self) -> str:
        shown = [(name, "***" if SECRET_NAME.search(name) else value) for name, value in self._items]
        return f"{type(self).__name__}({shown!r})"

    def _index(self) -> dict[str, str]:
        self._first = dict(reversed(self._items))  # reversed: the first value of a name is written last and stays
        return self._first

    def _grouped(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for name, value in self._items:
            groups.setdefault(name, []).append(value)
        return groups


class MissingValue(HTTPError, KeyError):
    """Say that a handler asked for a value that the client has not sent: 422 `validation`, and a KeyError, too."""

    def __init__(self, location: Literal["query", "form"], name: str) -> None:
        missing = FieldError(location, name, "This is missing.", "missing")
        super().__init__(422, "Something that is needed was not sent.", code="validation", errors=[missing])

    __str__ = HTTPError.__str__  # KeyError's shows the repr


def _sent(values: MultiDict, name: str, location: Literal["query", "form"]) -> str:
    value = values.get(name)
    if value is None:
        raise MissingValue(location, name)
    return value


class QueryParams(MultiDict):
    """Hold the decoded pairs of a query string."""

    __slots__ = ()

    @classmethod
    def parse(cls, query_string: str, max_pairs: int = 1000) -> Self:
        """Decode the part of an address after `?`, still percent-encoded and without the `?`.

        Raises:
            HTTPError: 400 `query.too_many` beyond `max_pairs`; 400 `query.malformed` as `decode_pairs` says.
        """
        if not query_string:
            return cls.from_raw([])
        if query_string.count("&") >= max_pairs:
            raise HTTPError(400, f"The address has more than {max_pairs} query parameters.", code="query.too_many")
        try:
            return cls.from_raw(decode_pairs(query_string))
        except ValueError as error:
            raise HTTPError(400, f"The query of the address cannot be read: {error}.", code="query.malformed") from None

    def __getitem__(self, name: str) -> str:
        return _sent(self, name, "query")


class FormData(MultiDict):
    """Hold the decoded text fields of a form body. Its files are in `Files`."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        return _sent(self, name, "form")


class Headers(MultiDict):
    """Hold the fields of a request: any spelling of a name finds them, `getlist` gives repeated ones.

    Read-only. `repr` hides the values of credentials.
    """

    __slots__ = ()

    def __init__(self, items: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._items = [(name.lower(), value) for name, value in _pairs(items)]
        self._first = None

    def __getitem__(self, name: str) -> str:
        return (self._first or self._index())[name.lower()]

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: str | _T) -> str | _T: ...
    def get(self, name: str, /, default: _T | None = None) -> str | _T | None:
        """Return the first field called `name`, or the default."""
        return (self._first or self._index()).get(name.lower(), default)

    def getlist(self, name: str) -> list[str]:
        """Return the values of every field called `name` in the order in which they came."""
        return super().getlist(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in (self._first or self._index())


class MutableHeaders(Headers, MutableMapping[str, str]):
    """Hold the fields of a response. `[]=` replaces every field of that name, `add` keeps the others.

    Names and values are checked when they are set, because a server drops or breaks on a field it cannot send.

    Raises:
        InvalidHeader: a name is not a token, or a value is not visible ASCII, spaces and tabs (RFC 9110 section 5).
    """

    __slots__ = ()

    def __init__(self, items: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._items = [_checked_field(name, value) for name, value in _pairs(items)]
        self._first = None

    def __setitem__(self, name: str, value: str) -> None:
        field = _checked_field(name, value)
        self._items = [item for item in self._items if item[0] != field[0]]
        self._items.append(field)
        self._first = None

    def add(self, name: str, value: str) -> None:
        """Add a field beside those of the same name, as `set-cookie` and `vary` need.

        Raises:
            InvalidHeader: as for `[]=`.
        """
        self._items.append(_checked_field(name, value))
        self._first = None

    def merge(self, items: Mapping[str, str] | Iterable[tuple[str, str]]) -> None:
        """Set several fields: each name given replaces what was there, and keeps all values that it comes with.

        Raises:
            InvalidHeader: as for `[]=`; nothing is set then.
        """
        fields = [_checked_field(name, value) for name, value in _pairs(items)]
        names = {name for name, _ in fields}
        self._items = [item for item in self._items if item[0] not in names] + fields
        self._first = None

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        key = name.lower()
        self._items = [item for item in self._items if item[0] != key]
        self._first = None


def decode_pairs(text: str) -> list[tuple[str, str]]:
    """Decode `a=1&b=two+words` as the WHATWG URL standard does (application/x-www-form-urlencoded, UTF-8).

    Only `&` separates; a pair without `=` has an empty value; empty pairs are skipped; a `%` that no two hexadecimal
    digits follow stands for itself. Unlike there, what is not UTF-8 is refused. The caller bounds length and count.

    Raises:
        ValueError: a NUL, or escapes that do not make UTF-8.
    """
    if "\0" in text or "%00" in text:
        raise ValueError("it contains a NUL character")
    if "\ufffd" in text:  # never in encoded text: a server has already replaced bytes that it could not read
        raise ValueError("it is not valid UTF-8")
    pieces = [piece.partition("=") for piece in text.split("&") if piece]
    if "%" not in text and "+" not in text and text.isascii():
        return [(name, value) for name, _, value in pieces]
    try:
        return [(_decode(name), _decode(value)) for name, _, value in pieces]
    except UnicodeError:
        raise ValueError("it is not valid UTF-8") from None


def _decode(text: str) -> str:
    text = text.replace("+", " ")
    return text if "%" not in text and text.isascii() else unquote_to_bytes(text).decode()


def _pairs(items: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    if isinstance(items, MultiDict):
        return items.multi_items()
    return list(items.items() if isinstance(items, Mapping) else items)


@lru_cache(256)  # a program sets a few dozen names, over and over
def _checked_name(name: str) -> str:
    if not _FIELD_NAME.fullmatch(name):
        raise InvalidHeader(
            f"{name!r} cannot name a header: only letters, digits and !#$%&'*+-.^_`|~ may stand in a name."
        )
    return name.lower()


def _checked_field(name: str, value: str) -> tuple[str, str]:
    key = _checked_name(name)
    if not isinstance(value, str):
        raise InvalidHeader(f"Header {name!r} was given {value!r}: a header's value is text. Write str({value!r}).")
    if not (value.isascii() and value.isprintable()) and (bad := _BAD_IN_VALUE.search(value)):
        raise InvalidHeader(  # the value itself may be a secret, so only the character is shown
            f"The value of header {name!r} has {bad.group()!r} at position {bad.start()}: only visible ASCII, spaces "
            "and tabs can be sent. Encode it, for example with urllib.parse.quote()."
        )
    return key, value.strip(" \t")
