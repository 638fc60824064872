"""Keep cookies as a browser does (RFC 6265bis). What the server reads and writes is in http/cookies.py.

One difference: a browser drops a cookie that breaks the rules without a word; here `SetCookie.refused` says why.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from demijohn.http.dates import parse_http_date

__all__ = ["CookieJar", "SetCookie"]

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SetCookie:
    """Hold one cookie as it was set.

    `domain` and `path` are those it is sent back to; `host_only` leaves subdomains out. `expires` is in seconds since
    the epoch, None until the browser is closed. `refused` says why a browser would not keep it, empty where it does.
    """

    name: str
    value: str
    domain: str = ""
    path: str = "/"
    host_only: bool = True
    secure: bool = False
    httponly: bool = False
    samesite: str = ""
    max_age: int | None = None
    expires: float | None = None
    refused: str = ""

    def applies_to(self, host: str, path: str, *, secure: bool) -> bool:
        """Return whether the cookie goes with a request."""
        if self.secure and not secure:
            return False
        if host != self.domain and (self.host_only or not host.endswith("." + self.domain)):
            return False
        return path == self.path or path.startswith(self.path if self.path.endswith("/") else self.path + "/")

    def is_expired(self, now: float) -> bool:
        """Return whether the time that the server gave is over."""
        return self.expires is not None and self.expires <= now


class CookieJar:
    """Hold the cookies of one client. Reading by name gives the value that a request to any path would find first."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._cookies: dict[_Key, SetCookie] = {}

    def __iter__(self) -> Iterator[SetCookie]:
        now = time.time()
        return iter([cookie for cookie in self._cookies.values() if not cookie.is_expired(now)])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(cookie.name == name for cookie in self)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            kept = ", ".join(repr(cookie.name) for cookie in self) or "none"
            raise KeyError(f"No cookie {name!r} is kept. Kept are: {kept}.")
        return value

    def __repr__(self) -> str:
        return f"<CookieJar {', '.join(f'{c.name} for {c.domain}{c.path}' for c in self) or 'empty'}>"

    def get(self, name: str) -> str | None:
        """Return the value of a cookie, or None."""
        return next((cookie.value for cookie in self._sorted() if cookie.name == name), None)

    def set(self, name: str, value: str, *, domain: str = "", path: str = "/") -> None:
        """Put a cookie in by hand; without `domain` it goes to the host of the client's `base_url` alone."""
        self._keep(SetCookie(name, value, domain=domain or self._host, path=path, host_only=not domain))

    def delete(self, name: str) -> None:
        """Forget every cookie of this name."""
        self._cookies = {key: cookie for key, cookie in self._cookies.items() if key[0] != name}

    def clear(self) -> None:
        """Forget all cookies."""
        self._cookies.clear()

    def receive(self, fields: Sequence[str], *, host: str, path: str, secure: bool) -> dict[str, SetCookie]:
        """Keep what the Set-Cookie fields of an answer set, and return them by name, refused ones included."""
        cookies: dict[str, SetCookie] = {}
        for field in fields:
            cookie = parse_set_cookie(field, host=host, path=path, secure=secure)
            cookies[cookie.name] = cookie
            if not cookie.refused:
                self._keep(cookie)
        return cookies

    def header_for(self, *, host: str, path: str, secure: bool) -> str:
        """Return the Cookie header of a request, empty where nothing applies."""
        fitting = [cookie for cookie in self._sorted() if cookie.applies_to(host, path, secure=secure)]
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in fitting)

    def _keep(self, cookie: SetCookie) -> None:
        key = (cookie.name, cookie.domain, cookie.path)
        if cookie.is_expired(time.time()):
            self._cookies.pop(key, None)
        else:
            self._cookies[key] = cookie  # one that was there keeps its place: the order is by creation

    def _sorted(self) -> list[SetCookie]:
        return sorted(self, key=lambda cookie: -len(cookie.path))  # RFC 6265bis, 5.8.3: longer paths first, then age


def parse_set_cookie(field: str, *, host: str, path: str, secure: bool) -> SetCookie:
    """Read one Set-Cookie field of an answer to a request for `host` and `path` (RFC 6265bis, 5.6)."""
    pair, *attributes = field.split(";")
    name, _, value = pair.partition("=") if "=" in pair else ("", "", pair)
    given = {key.strip().lower(): text.strip() for key, _, text in (item.partition("=") for item in attributes)}
    domain = given.get("domain", "").lower().removeprefix(".")
    cookie = SetCookie(
        name=name.strip(),
        value=value.strip(),
        domain=domain or host,
        path=given["path"] if given.get("path", "").startswith("/") else _default_path(path),
        host_only=not domain,
        secure="secure" in given,
        httponly="httponly" in given,
        samesite=given.get("samesite", "").capitalize(),
        max_age=_parse_max_age(given.get("max-age", "")),
        expires=_expiry(given),
    )
    return replace(cookie, refused=_reason_to_refuse(cookie, host=host, secure=secure))


def _default_path(path: str) -> str:
    return path[: path.rfind("/")] or "/"


def _parse_max_age(text: str) -> int | None:
    return int(text) if text.removeprefix("-").isdecimal() else None


def _expiry(given: dict[str, str]) -> float | None:
    max_age = _parse_max_age(given.get("max-age", ""))
    if max_age is not None:
        return time.time() + max_age if max_age > 0 else 0.0
    return parse_http_date(given["expires"]) if "expires" in given else None


def _reason_to_refuse(cookie: SetCookie, *, host: str, secure: bool) -> str:
    prefix = cookie.name.lower()
    if not cookie.name:
        return "it has no name"
    if len(cookie.name) + len(cookie.value) > 4096:
        return "name and value are over 4,096 bytes"
    if not cookie.host_only and host != cookie.domain and not host.endswith("." + cookie.domain):
        return f"its domain {cookie.domain} is not one of the host {host}"
    if cookie.secure and not secure:
        return "Secure cookies are kept over https only"
    if cookie.samesite == "None" and not cookie.secure:
        return "SameSite=None needs Secure"
    if prefix.startswith("__secure-") and not cookie.secure:
        return "a __Secure- name needs Secure"
    if prefix.startswith("__host-") and not (cookie.secure and cookie.host_only and cookie.path == "/"):
        return "a __Host- name needs Secure, Path=/ and no Domain"
    return ""
