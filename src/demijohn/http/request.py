"""Define `Request`, what a client asked for. Answers are in response.py; the gateways build requests and send answers.

A request is built for each call, so its constructor only stores; everything else is worked out at first use and kept.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

import msgspec

from demijohn.context import Services
from demijohn.contracts import SessionStore
from demijohn.datastructures import FormData, Headers, QueryParams
from demijohn.errors import ConfigError, DemijohnError, HTTPError, Problem
from demijohn.http.cookies import parse_cookie_pairs, parse_cookies
from demijohn.http.form_limits import FormLimits
from demijohn.http.host import Host
from demijohn.http.own_cookies import OwnCookies
from demijohn.http.uploads import Files
from demijohn.lazy import lazy
from demijohn.sessions.session import Session

__all__ = ["FORWARDING_HEADERS", "Answer", "Request", "RequestTransport"]

_T = TypeVar("_T")

_log = logging.getLogger("demijohn.security")
_STRICT = OwnCookies()
_IN_QUERY = "/?[]@!$&'()*+,;=:%~-._\"<>{}|\\^`"  # whatever a client may have left as it is
_UNSENDABLE = re.compile("[^!-~]")
_LONG_NUMBER = re.compile(rb"[0-9]{19}")

Answer = Callable[[int, list[tuple[str, str]], bytes], None]
"""Send a whole answer: status, header fields, body. Callable from any thread."""

# Header fields that proxies set. Until one is trusted they are the client's own words, and handlers do not see them.
FORWARDING_HEADERS = frozenset(
    {
        "cf-connecting-ip",
        "fastly-client-ip",
        "forwarded",
        "true-client-ip",
        "x-client-ip",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-prefix",
        "x-forwarded-proto",
        "x-forwarded-scheme",
        "x-forwarded-server",
        "x-forwarded-ssl",
        "x-original-url",
        "x-real-ip",
        "x-rewrite-url",
    }
)


UNIX_PEER = "unix"
"""What stands for a client's address where the server listens on a Unix socket."""


class RequestTransport(Protocol):
    """Be a gateway's side of one request. Granian's own RSGI protocol fits as it is (see gateway/rsgi.py)."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def client_disconnect(self) -> None:
        """Return when the client has gone."""
        ...


class Request:
    """Hold one HTTP request. Handlers get it as the parameter `request`, or as `from demijohn import request`.

    `path` is percent-decoded, `query_string` is as sent; `scheme`, `host` and `client` are the client's own where a
    trusted proxy stands in between. `client` is an IP address as text, `unix` for a Unix socket.
    """

    # Defaults live on the class: what the constructor does not store costs a request nothing.
    host: Host = Host("")  # until the intake has found a good one
    services: Services
    socket: object = None
    route_name: str = ""
    path_params: Mapping[str, object] = {}  # never mutated: the pipeline assigns a new one
    body_limit: int = 0
    form_limits: FormLimits = FormLimits()
    trusted_fields: frozenset[str] = frozenset()
    # Whether anything of this request adds to the header fields of its answer: a session, a nonce.
    is_plain: bool = True
    has_nonce: bool = False
    holds_files: bool = False
    loaded_session: Session | None = None
    csrf_binding: str | None = None  # what a token was bound to, in place of a session
    _body: bytes = b""
    _withholds_body: bool = False
    _stream: AsyncIterator[bytes] | None = None

    def __init__(
        self,
        method: str,
        path: str,
        query_string: str,
        fields: list[tuple[str, str]],
        fields_by_name: dict[str, str],
        scheme: str,
        peer: str,
        http_version: str,
        transport: RequestTransport,
        answer: Answer | None,
    ) -> None:
        """Take what a gateway read: `fields` with lower-case names in wire order, `fields_by_name` the last of each.

        `answer` is given by gateways whose server lets any thread send the answer.
        """
        self.method = method
        self.path = path
        self.query_string = query_string
        self.fields = fields
        self.fields_by_name = fields_by_name
        self.scheme = scheme
        self.peer = peer
        self.http_version = http_version
        self.transport = transport
        self.answer = answer

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    @lazy
    def headers(self) -> Headers:
        """Return the header fields; names with `_` and, without a trusted proxy, forwarding fields are left out."""
        refused = FORWARDING_HEADERS - self.trusted_fields
        # `X_Forwarded_For` and `X-Forwarded-For` are one name to CGI and WSGI, so no proxy's name may be aped with `_`.
        return Headers.from_raw([field for field in self.fields if field[0] not in refused and "_" not in field[0]])

    @lazy
    def client(self) -> str:
        """Return the address of the client, without its port."""
        return client_address(self.peer)

    @lazy
    def raw_headers(self) -> Headers:
        """Return every header field as it came, forwarding fields of strangers among them."""
        return Headers.from_raw(self.fields)

    @lazy
    def query(self) -> QueryParams:
        """Return the parameters of the query string.

        Raises:
            HTTPError: 400, where it has more than 1,000 pairs or bytes that are no UTF-8.
        """
        return QueryParams.parse(self.query_string)

    @lazy
    def cookies(self) -> Mapping[str, str]:
        """Return the cookies; none at all where an Authorization: Bearer header decides who is asking."""
        if "cookie" not in self.fields_by_name or self.has_bearer:
            return {}
        return parse_cookies([value for name, value in self.fields if name == "cookie"])

    @lazy
    def content_type(self) -> str:
        """Return the media type of the body in lower case, without its parameters; empty where none was sent."""
        return self.fields_by_name.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content_length(self) -> int | None:
        """Return how many bytes of body were announced; None where that is left open, or there is none.

        Raises:
            HTTPError: 400 `header.malformed` for what is no number.
        """
        length = self.fields_by_name.get("content-length")
        if length is None:
            return None
        if not (length.isascii() and length.isdecimal()):
            close = {"connection": "close"}  # nobody knows where the next request would begin
            raise HTTPError(400, "Content-Length is no number.", code="header.malformed", headers=close)
        return int(length) if len(length) < 19 else sys.maxsize  # int() of a long text takes its time, or refuses

    @lazy
    def id(self) -> str:
        """Return a random name of this request for logs and error pages, 16 hexadecimal digits."""
        return os.urandom(8).hex()

    @lazy
    def nonce(self) -> str:
        """Return this answer's CSP nonce; asking for it puts the nonce into the policy."""
        self.is_plain = False
        self.has_nonce = True
        return os.urandom(16).hex()

    @lazy
    def state(self) -> dict[str, object]:
        """Return a dict for whatever hooks and middleware want to hand on within this request."""
        return {}

    @property
    def prefers_html(self) -> bool:
        """Tell whether the client would rather have a page than JSON, as browsers say with Accept."""
        from demijohn.http.negotiation import prefers_html

        return prefers_html(self.fields_by_name.get("accept"))

    @property
    def is_secure(self) -> bool:
        """Tell whether the client came over TLS."""
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        """Return this site's own origin as the client addressed it: `https://example.com`."""
        return self.host.origin(self.scheme)

    @property
    def url(self) -> str:
        """Return the address of the request, built from validated parts; the path is percent-encoded."""
        from urllib.parse import quote

        query = f"?{self.quoted_query}" if self.query_string else ""
        return f"{self.origin}{quote(self.path)}{query}"

    @property
    def quoted_query(self) -> str:
        """Return the query string in visible ASCII: servers let raw UTF-8 through, which no header field can hold."""
        if _UNSENDABLE.search(self.query_string) is None:
            return self.query_string
        from urllib.parse import quote

        return quote(self.query_string, safe=_IN_QUERY)

    @property
    def body(self) -> bytes:
        """Return the whole body, already read and bounded; empty where there was none.

        Raises:
            DemijohnError: the route was declared with `stream=True`; read `request.stream()` there.
        """
        if self._stream is not None:
            raise DemijohnError(
                f"{self.method} {self.path} is handled with stream=True, so its body is not read for you. "
                "Iterate over request.stream(), or take stream=True off the route."
            )
        return self._body

    @lazy
    def json(
        self,
    ) -> Any:  # Any: the shape is the client's; name a Struct or dataclass as a parameter to have it checked
        """Return the body decoded from JSON.

        Raises:
            HTTPError: 415 for another content type, 400 for bytes that are no JSON.
        """
        require_json(self.content_type)
        return decode_json(self.body)

    @lazy
    def form(self) -> FormData:
        """Return the fields of a submitted form, from an urlencoded or a multipart body; empty for other bodies.

        Raises:
            HTTPError: 400, 413 or 415 for a malformed form or one over its limits (`demijohn.limits`).
        """
        self._parse_form()
        return self.form

    @lazy
    def files(self) -> Files:
        """Return the uploaded files by field name. They are closed when the request ends; `save` what is to stay.

        Raises:
            HTTPError: as `form`; 415 where the route declares no `File` parameter.
        """
        self._parse_form()
        return self.files

    def _parse_form(self) -> None:
        from demijohn.http.multipart import parse_form  # most services never see a form

        if self.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
            self.keep_form(FormData(), Files())
            return
        self.keep_form(*parse_form(self.fields_by_name["content-type"], self.body, self.form_limits))

    def keep_form(self, form: FormData, files: Files) -> None:
        """Store a form that was parsed as it arrived. The pipeline calls this for routes that take files."""
        self.form = form
        self.files = files
        self.holds_files = bool(files)

    def close(self) -> None:
        """Close the uploaded files. The gateways call this when the answer has been sent."""
        if self.holds_files:
            self.files.close()

    def withhold_body(self) -> None:
        """Make `answer` send the length of a body in its place, for HEAD: over HTTP/2 the server does not see to it."""
        send = self.answer
        if send is None or self._withholds_body:
            return
        self._withholds_body = True

        def announce(status: int, fields: list[tuple[str, str]], body: bytes) -> None:
            send(status, fields if status in (204, 304) else [*fields, ("content-length", str(len(body)))], b"")

        self.answer = announce

    def incoming(self) -> AsyncIterator[bytes]:
        """Return an iterator over the body as the server gives it: no limits, RuntimeError where it breaks off."""
        return aiter(self.transport)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body as it arrives, on a route with `stream=True`; on others the body that was read.

        Raises:
            HTTPError: 413 past the route's body limit; 408 or 400 where the client is too slow or goes away.
        """
        if self._stream is None:
            if self._body:
                yield self._body
            return
        async for chunk in self._stream:
            yield chunk

    @lazy
    def session(self) -> Session:
        """Return the visitor's session; it is loaded when something is read from it or stored in it.

        Raises:
            ConfigError: no SECRET_KEY, so nothing can be signed.
        """
        if SessionStore not in self.services:
            remedy = "Set SECRET_KEY. This prints one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            raise ConfigError(
                [Problem("A session was asked for, but there is no SECRET_KEY to sign it with.", "", remedy)]
            )
        store = cast(SessionStore, self.services[SessionStore])
        self.is_plain = False
        self.loaded_session = Session(store, self._session_cookie())
        return self.loaded_session

    def _session_cookie(self) -> str | None:
        name = self.session_cookie_name
        value = self.cookies.get(name)
        if value is None:
            return None
        fields = [field for key, field in self.fields if key == "cookie"]
        if any(other != value for key, other in parse_cookie_pairs(fields) if key == name):
            # A neighbouring host has planted one, and nothing tells which.
            _log.warning("Two different session cookies came with one request, so neither counts.")
            return None
        return value

    @property
    def session_cookie_name(self) -> str:
        """Return the name of the session's cookie."""
        return self.own_cookie_name("dj_session")

    def own_cookie_name(self, name: str) -> str:
        """Return the whole name of a cookie that the framework sets for itself."""
        cookies = cast(OwnCookies, self.services.get(OwnCookies, _STRICT))
        return cookies.name(name, is_secure=self.is_secure)

    @lazy
    def has_bearer(self) -> bool:
        """Tell whether an Authorization header names who is asking. Then cookies are not looked at."""
        return self.fields_by_name.get("authorization", "")[:7].lower() == "bearer "

    def keep_body(self, body: bytes) -> None:
        """Store the body. The pipeline calls this before the handler runs."""
        self._body = body

    def stream_from(self, chunks: AsyncIterator[bytes]) -> None:
        """Hand the body over unread, counted and timed by `chunks`. The pipeline calls this for `stream=True`."""
        self._stream = chunks


def require_json(content_type: str) -> None:
    """Refuse a body that is not declared as JSON: other types can be sent across sites without a preflight.

    Raises:
        HTTPError: 415 `body.media_type`.
    """
    if content_type != "application/json" and not content_type.endswith("+json"):
        raise HTTPError(415, "Send this as JSON, with Content-Type: application/json.", code="body.media_type")


def decode_json(body: bytes) -> Any:  # Any: see Request.json
    """Decode JSON strictly (RFC 8259: no NaN, no byte-order mark, valid UTF-8).

    Raises:
        HTTPError: 400 `json.malformed` or `json.too_deep`.
    """
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise HTTPError(400, "The JSON is nested too deeply.", code="json.too_deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HTTPError(400, "The body is not valid JSON.", code="json.malformed") from None
    if _LONG_NUMBER.search(body) is not None and not _fits_64_bits(value):
        raise HTTPError(400, "The JSON holds an integer beyond 64 bits.", code="json.malformed")
    return value


def _fits_64_bits(value: object) -> bool:
    """Tell whether every integer could be written back as JSON, or go into a database."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as mapping:
                waiting += mapping.values()
            case list() as items:
                waiting += items
            case int() as number if not -(2**63) <= number < 2**63:
                return False
    return True


def client_address(peer: str) -> str:
    """Return the address in `127.0.0.1:50000` or `[::1]:50000`; a Unix socket has none and gives `unix`."""
    host, _, port = peer.rpartition(":")
    if not host or not port.isdecimal():  # over ASGI Granian gives ("", "0")
        return UNIX_PEER
    return host.removeprefix("[").removesuffix("]")
