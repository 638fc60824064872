"""Define `Response` and its kinds. What handlers may return instead is turned into one in returned.py."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from contextvars import copy_context
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

import msgspec

from demijohn.datastructures import MutableHeaders
from demijohn.http.cookies import SameSite, format_cookie
from demijohn.http.encoding import encode_json

__all__ = ["HTML", "JSON", "TEXT", "FileResponse", "JSONResponse", "PendingCookie", "Response", "Stream", "allows_body"]

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"

ResponseKind = Literal["html", "data", "static", "upload"]
"""What an answer is to the browser; pages are told by their content type, the rest is said by whoever makes it."""

HeaderFields = Mapping[str, str] | Iterable[tuple[str, str]]


class PendingCookie(msgspec.Struct, frozen=True):
    """Keep a cookie until the answer leaves; only then it is known whether the client came over TLS."""

    name: str
    value: str
    max_age: int | None
    expires: datetime | None
    path: str
    domain: str | None
    secure: bool | None
    httponly: bool
    samesite: SameSite
    partitioned: bool

    def format(self, *, request_is_secure: bool) -> str:
        """Return the value of the Set-Cookie field.

        A cookie that browsers take as `Secure` only is always sent so: over http they drop it, which is no mistake of
        the handler's.

        Raises:
            InvalidCookie: a part of it cannot stand in a cookie.
        """
        return format_cookie(
            self.name,
            self.value,
            max_age=self.max_age,
            expires=self.expires,
            path=self.path,
            domain=self.domain,
            secure=request_is_secure or self._needs_tls if self.secure is None else self.secure,
            httponly=self.httponly,
            samesite=self.samesite,
            partitioned=self.partitioned,
        )

    @property
    def _needs_tls(self) -> bool:
        return self.samesite == "None" or self.partitioned or self.name.lower().startswith(("__host-", "__secure-"))


class Response:
    """Answer with a body that is complete: bytes, or text that is sent as UTF-8.

    `content_type` defaults to text/plain for text and application/octet-stream for bytes; HTML is never assumed.

    Raises:
        ValueError: the status is not one of 200 to 599.
        InvalidHeader: a header could break out of its line.
    """

    # What was never touched costs no object: the header fields of a plain answer are one prebuilt list.
    _headers: MutableHeaders | None = None
    pending_cookies: tuple[PendingCookie, ...] = ()
    kind: ResponseKind = "data"
    is_long: bool = False  # more than a body in memory: the gateways send it piece by piece
    is_unmade: bool = False  # its body is made late, by make_body() in a worker: a page
    fields: list[tuple[str, str]] | None = None

    def __init__(
        self,
        body: bytes | str = b"",
        status: int = 200,
        headers: HeaderFields | None = None,
        *,
        content_type: str | None = None,
    ) -> None:
        if status != 200 and not allows_body(status):
            body = b""
        self.status = status
        if isinstance(body, str):
            self.body = body.encode()
            self._content_type = content_type or TEXT
        else:
            self.body = body
            self._content_type = content_type or ("application/octet-stream" if body else "")
        if headers is not None:
            self.headers.merge(headers)

    @property
    def status(self) -> int:
        """Return the status; setting one that is not 200 to 599 raises ValueError: it would end a server's worker."""
        return self._status

    @status.setter
    def status(self, value: int) -> None:
        if value != 200 and not allows_body(value):
            self.body = b""  # a server that sends one all the same breaks the connection over HTTP/2
        self._status = value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status} {self.content_type}>"

    def detached(self) -> Self:
        """Return a copy with header fields and cookies of its own.

        A program may answer many visitors with one object; what is added for one of them must not reach the next.
        """
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__)  # copy.copy() asks how to pickle it, which takes four times as long
        if self._headers is not None:
            new._headers = MutableHeaders(self._headers.multi_items())
        return new

    def make_body(self) -> None:
        """Make the body of an answer that is lazy. It may block, so the pipeline calls it in a worker."""

    @property
    def headers(self) -> MutableHeaders:
        """Return the header fields set so far; the security headers are added when the answer leaves."""
        if self._headers is None:
            self._headers = MutableHeaders([("content-type", self._content_type)] if self._content_type else [])
        return self._headers

    @property
    def is_plain(self) -> bool:
        """Tell that nothing but the content type was said about the header fields."""
        return self._headers is None and not self.pending_cookies

    @property
    def own_headers(self) -> MutableHeaders | None:
        """Return the header fields if something has touched them, else None: only the content type is to be sent."""
        return self._headers

    @property
    def content_type(self) -> str:
        """Return the media type with its parameters, empty where there is none."""
        return self._content_type if self._headers is None else self._headers.get("content-type", "")

    @content_type.setter
    def content_type(self, value: str) -> None:
        self.headers["content-type"] = value

    @property
    def text(self) -> str:
        """Return the body as text, for hooks and tests."""
        return self.body.decode()

    def set_cookie(
        self,
        name: str,
        value: str,
        *,
        max_age: int | None = None,
        expires: datetime | None = None,
        path: str = "/",
        domain: str | None = None,
        secure: bool | None = None,
        httponly: bool = True,
        samesite: SameSite = "Lax",
        partitioned: bool = False,
    ) -> None:
        """Set a cookie: unreadable for scripts, `SameSite=Lax`, and `Secure` wherever the client came over TLS.

        `max_age` is in seconds; without it and `expires` the cookie ends with the browser's session.

        Raises:
            InvalidCookie: the name or value cannot stand in a cookie, it is over 4,096 bytes, or its attributes
                contradict each other (`SameSite=None` without `Secure`, a `__Host-` name with a domain).
        """
        cookie = PendingCookie(name, value, max_age, expires, path, domain, secure, httponly, samesite, partitioned)
        cookie.format(request_is_secure=True)  # a mistake shows here, at the caller's line, not when the answer leaves
        self.pending_cookies = (*(c for c in self.pending_cookies if c.name != name), cookie)

    def delete_cookie(self, name: str, *, path: str = "/", domain: str | None = None) -> None:
        """Make the client forget a cookie; path and domain must be those it was set with."""
        self.set_cookie(name, "", max_age=0, path=path, domain=domain)


def allows_body(status: int) -> bool:
    """Tell whether an answer may have a body; 204 and 304 have none (RFC 9110), and over HTTP/2 nobody would drop it.

    Raises:
        ValueError: the status is not one of 200 to 599; others would end the server's worker.
    """
    if not 200 <= status <= 599:
        raise ValueError(f"A response takes a status from 200 to 599, not {status}.")
    return status not in (204, 304)


class JSONResponse(Response):
    """Answer with a value encoded as JSON: dicts, lists, dataclasses, Structs, dates, UUIDs, Decimals, Enums.

    Raises:
        TypeError: the value holds something that has no JSON form.
    """

    def __init__(self, value: object, status: int = 200, headers: HeaderFields | None = None) -> None:
        if status == 200 and headers is None:  # most answers of an API: one call less
            self._status, self.body, self._content_type = 200, encode_json(value), JSON
        else:
            super().__init__(encode_json(value), status, headers, content_type=JSON)


class Stream(Response):
    """Answer piece by piece, in bounded memory: `Stream(rows(), content_type="text/csv", filename="rows.csv")`.

    An async generator runs on the event loop; a plain one stays on one worker thread until it ends. Text is sent as
    UTF-8. `filename` makes it a download. When the client leaves, the generator is closed: its `finally` runs.
    """

    is_long = True

    def __init__(
        self,
        content: Iterable[bytes] | Iterable[str] | AsyncIterable[bytes] | AsyncIterable[str],
        status: int = 200,
        headers: HeaderFields | None = None,
        *,
        content_type: str = "application/octet-stream",
        filename: str | None = None,
    ) -> None:
        super().__init__(b"", status, headers, content_type=content_type)
        self.content = content
        self.context = copy_context()  # a plain generator sees the context variables of the handler that made it
        if filename is not None:
            from demijohn.http.disposition import content_disposition  # it brings a table of all of Unicode

            self.headers["content-disposition"] = content_disposition(filename)


class FileResponse(Response):
    """Answer with `length` bytes of a file on disk from `start` on. `send_file` makes one; it checks the path."""

    is_long = True

    def __init__(
        self,
        path: Path,
        *,
        start: int = 0,
        length: int,
        status: int = 200,
        headers: HeaderFields | None = None,
        content_type: str = "application/octet-stream",
    ) -> None:
        super().__init__(b"", status, headers, content_type=content_type)
        self.path = path
        self.start = start
        self.length = length
        self.headers["content-length"] = str(length)
