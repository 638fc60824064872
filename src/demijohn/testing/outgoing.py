"""Build the request that a client sends: target, header fields, body. What is done with it is in server.py."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypedDict
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

import msgspec

from demijohn.types import UNDEFINED

__all__ = [
    "BaseURL",
    "HandshakeOptions",
    "Outgoing",
    "RequestOptions",
    "build_handshake",
    "build_request",
    "parse_base_url",
]

Scalar = str | int | float | bool
FormValues = Mapping[str, Scalar | Sequence[Scalar]] | Sequence[tuple[str, Scalar]]
UploadSource = tuple[str, bytes, str]
Kind = Literal["navigate", "fetch", "websocket"]


class RequestOptions(TypedDict, total=False):
    """Name what every request method takes beside the URL.

    `headers` go over those of the browser; None as a value leaves one out, pairs may repeat a name. `query` is added to
    the URL's own. Of `json`, `form` with `files`, and `body` one may be given: `files` maps a field to
    `(filename, bytes, content_type)` or a list of these; a `body` that is no bytes is sent in chunks, without a
    Content-Length.
    """

    headers: Mapping[str, str | None] | Sequence[tuple[str, str]]
    query: FormValues
    json: object
    form: FormValues
    files: Mapping[str, UploadSource | Sequence[UploadSource]]
    body: bytes | Iterable[bytes]


class HandshakeOptions(TypedDict, total=False):
    """Name what opening a WebSocket takes beside the URL, as `RequestOptions` does."""

    headers: Mapping[str, str | None] | Sequence[tuple[str, str]]
    query: FormValues


@dataclass(frozen=True, slots=True)
class BaseURL:
    """Hold where a client's paths are looked up. `host` is in lower case and without the port."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Return what the Host header says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Hold one request as a server would read it from the wire: header names in lower case, the path still encoded."""

    base: BaseURL
    method: str
    raw_path: str
    query_string: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | Iterable[bytes] = b""

    @property
    def path(self) -> str:
        """Return the path percent-decoded, once, as Granian and uvicorn do: what is no UTF-8 becomes U+FFFD."""
        return unquote(self.raw_path)

    @property
    def url(self) -> str:
        """Return the whole URL."""
        return f"{self.base}{self.target}"

    @property
    def target(self) -> str:
        """Return path and query."""
        return f"{self.raw_path}?{self.query_string}" if self.query_string else self.raw_path

    def body_chunks(self) -> Iterator[bytes]:
        """Give out the body as it would come in: the pieces of the caller's iterable, or of 64 KiB. None is empty."""
        if isinstance(self.body, bytes):
            return (self.body[start : start + _CHUNK] for start in range(0, len(self.body), _CHUNK))
        return filter(None, self.body)

    def with_cookies(self, cookie_header: str) -> Outgoing:
        """Return the same request with a Cookie header, unless it has one of its own or there is nothing to send."""
        if not cookie_header or any(name == "cookie" for name, _ in self.headers):
            return self
        return replace(self, headers=(*self.headers, ("cookie", cookie_header)))

    def redirected(self, status: int, location: str) -> Outgoing:
        """Return the request that follows a redirect (RFC 9110, 15.4, and Fetch on what turns into a GET).

        Raises:
            ValueError: a body that came from an iterator is used up, and the redirect asks for it again.
        """
        base, raw_path, query_string = _split_url(urljoin(self.url, location), self.base)
        moved = replace(self, base=base, raw_path=raw_path, query_string=query_string)
        dropped = {"host", "cookie"}
        if (status == 303 and self.method != "HEAD") or (status in (301, 302) and self.method == "POST"):
            moved = replace(moved, method="GET", body=b"")
            dropped |= {"content-type", "content-length", "transfer-encoding", "origin"}
        elif not isinstance(moved.body, bytes):
            raise ValueError(f"{location} wants the body again ({status}), but an iterator gives it once. Send bytes.")
        kept = (field for field in self.headers if field[0] not in dropped)
        return replace(moved, headers=(("host", base.authority), *kept))


_CHUNK = 65_536
_DEFAULT_PORTS = {"http": 80, "https": 443}


def parse_base_url(url: str) -> BaseURL:
    """Read the address that a client pretends to have typed.

    Raises:
        ValueError: it is not http or https, or has more than a host and a port.
    """
    parts = urlsplit(url)
    if (
        parts.scheme not in _DEFAULT_PORTS
        or not parts.hostname
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise ValueError(f"{url!r} is no base URL. Write scheme, host and perhaps a port: 'https://testserver:8443'.")
    return BaseURL(parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme])


def build_request(
    method: str, url: str, base: BaseURL, options: RequestOptions, *, browser: bool, kind: Kind | None = None
) -> Outgoing:
    """Build a request as a browser on the site itself would send it, or with nothing but Host.

    Without `kind`, JSON and methods that no link and no form has are sent as a script's fetch, the rest as navigation.

    Raises:
        ValueError: the URL, the method or a header could not be put on the wire, or there are two bodies.
    """
    if not method.isascii() or not method.replace("-", "").isalpha():
        raise ValueError(f"{method!r} is no HTTP method.")
    target_base, raw_path, query_string = _split_url(url, base)
    if "query" in options:
        query_string = "&".join(filter(None, (query_string, urlencode(_pairs(options["query"])))))
    content, body = _encode_body(method, options)
    if kind is None:
        kind = "fetch" if "json" in options or method not in ("GET", "HEAD", "POST") else "navigate"
    fields = [("host", target_base.authority)]
    if browser:
        fields += _browser_fields(method, str(target_base), kind)
    fields = _override([*fields, *content], options.get("headers", ()))
    return Outgoing(target_base, method, raw_path, query_string, tuple(fields), body)


def build_handshake(
    url: str, base: BaseURL, subprotocols: Sequence[str], options: HandshakeOptions, *, browser: bool
) -> Outgoing:
    """Build the request that opens a WebSocket (RFC 6455, 4.1).

    Raises:
        ValueError: the URL or a header could not be put on the wire.
    """
    if url.startswith(("ws://", "wss://")):
        url = url.replace("ws", "http", 1)
    given: RequestOptions = {"headers": options.get("headers", ()), "query": options.get("query", ())}
    request = build_request("GET", url, base, given, browser=browser, kind="websocket")
    fields = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", b64encode(secrets.token_bytes(16)).decode()),
        ("sec-websocket-version", "13"),
    ]
    if subprotocols:
        fields.append(("sec-websocket-protocol", ", ".join(subprotocols)))
    return replace(request, headers=tuple(_override([*request.headers, *fields], given["headers"])))


def _split_url(url: str, base: BaseURL) -> tuple[BaseURL, str, str]:
    if url.startswith(("http://", "https://")):
        head, slash, rest = url.partition("://")[2].partition("/")
        head, mark, query = head.partition("?")
        base = parse_base_url(f"{url.partition('://')[0]}://{head}")
        url = f"/{rest}" if slash else f"/{mark}{query}"
    if not url.startswith("/"):
        raise ValueError(f"{url!r} is no path. Begin it with a slash, or give a whole http:// or https:// URL.")
    path, _, query_string = url.partition("#")[0].partition("?")
    # What WHATWG's path and query sets encode; percent signs stay, so that a test can send any encoding it likes.
    return (
        base,
        quote(path, safe="/%!$&'()*+,;=:@~-._[]\\^|"),
        quote(query_string, safe="/%!$&'()*+,;=:@~-._[]\\^|?`{}"),
    )


def _browser_fields(method: str, origin: str, kind: Kind) -> list[tuple[str, str]]:
    navigates = kind == "navigate"
    fields = [
        ("user-agent", "Mozilla/5.0 (compatible; Demijohn test client)"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" if navigates else "*/*"),
        ("accept-language", "en-US,en;q=0.5"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", {"navigate": "navigate", "fetch": "cors", "websocket": "websocket"}[kind]),
        ("sec-fetch-dest", "document" if navigates else "empty"),
    ]
    if kind == "websocket" or method not in ("GET", "HEAD"):  # Fetch, "append a request Origin header"
        fields.append(("origin", origin))
    return fields


def _override(
    fields: list[tuple[str, str]], given: Mapping[str, str | None] | Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    own = [(name.lower(), value) for name, value in (given.items() if isinstance(given, Mapping) else given)]
    for name, value in own:
        if value is not None and (not name or not (name + value).isprintable() or max(value, default="") > "\xff"):
            raise ValueError(f"No client can send the header {name!r} with the value {value!r}.")
    replaced = {name for name, _ in own}
    return [field for field in fields if field[0] not in replaced] + [(n, v) for n, v in own if v is not None]


def _encode_body(method: str, options: RequestOptions) -> tuple[list[tuple[str, str]], bytes | Iterable[bytes]]:
    if unknown := options.keys() - RequestOptions.__annotations__.keys():
        names = ", ".join(sorted(unknown))
        raise TypeError(f"A request takes no {names}=. It takes {', '.join(RequestOptions.__annotations__)}.")
    given = [name for name in ("json", "form", "files", "body") if name in options]
    if len(given) > 1 and given != ["form", "files"]:
        raise ValueError(f"A request has one body: give {' or '.join(given)}, not all of them.")
    body = options.get("body", b"")
    if not isinstance(body, bytes | bytearray | memoryview):
        if isinstance(body, str):
            raise ValueError(f"The body is bytes: write {body[:20]!r}.encode(), or use json= or form=.")
        return [("transfer-encoding", "chunked")], body
    content_type = ""
    if (value := options.get("json", UNDEFINED)) is not UNDEFINED:
        content_type, body = "application/json", msgspec.json.encode(value)
    elif "files" in options:
        content_type, body = _encode_multipart(_pairs(options.get("form", ())), options["files"])
    elif "form" in options:
        content_type, body = "application/x-www-form-urlencoded", urlencode(_pairs(options["form"])).encode()
    fields = [("content-type", content_type)] if content_type else []
    if body or method in ("POST", "PUT", "PATCH"):  # RFC 9110, 8.6: methods that anticipate content say 0
        fields.append(("content-length", str(len(body))))
    return fields, bytes(body)


def _pairs(values: FormValues) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in values.items() if isinstance(values, Mapping) else values:
        if isinstance(value, str) or not isinstance(value, Sequence):
            pairs.append((name, _as_text(value)))
        else:
            pairs += [(name, _as_text(item)) for item in value]
    return pairs


def _as_text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encode_multipart(
    fields: list[tuple[str, str]], files: Mapping[str, UploadSource | Sequence[UploadSource]]
) -> tuple[str, bytes]:
    boundary = f"----Demijohn{secrets.token_hex(12)}"
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), _quote_name(name), value.encode())
        for name, value in fields
    ]
    for name, given in files.items():
        for filename, content, content_type in [given] if isinstance(given, tuple) else given:
            parts.append(
                b'--%b\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\nContent-Type: %b\r\n\r\n%b\r\n'
                % (boundary.encode(), _quote_name(name), _quote_name(filename), content_type.encode(), content)
            )
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()


def _quote_name(name: str) -> bytes:
    # HTML standard, "multipart/form-data encoding algorithm": these three are percent-encoded, nothing else
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22").encode()
