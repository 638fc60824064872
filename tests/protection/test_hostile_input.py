"""Bad input, whatever it is: an answer below 500, the same over both interfaces, with nothing of ours and theirs in it.

hypothesis writes whole requests, past what the test client would let a test send: raw bytes in the query, header fields
that no browser has, bodies that lie about themselves. `pytest -m soak` writes a hundred times as many.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from demijohn.testing.outgoing import BaseURL, Outgoing
from demijohn.testing.reply import Reply
from demijohn.testing.server import InProcessServer

from .apps import fuller_app
from .conftest import INTERFACES, KEY, MODES, Mode

MARK = "Xq7attackerXq7"  # stands in everything that is sent; the answer must not hold it

ECHOES = ("/hello/", "/old/", "/guarded/", "/shop/raw", "/shop/orders")  # where what was sent is the answer

Fields = list[tuple[str, str]]


class Attack(NamedTuple):
    """Hold what one request is made of."""

    method: str
    path: str
    query: str
    fields: Fields
    body: bytes
    cut: int

    def outgoing(self, base: BaseURL) -> Outgoing:
        """Return the request, framed as a server would let it through: with its length, or in chunks."""
        # Granian hides an unreadable field behind a readable one of the same name, so none has company here.
        alone = dict.fromkeys(name for name, value in self.fields if not _is_readable(value))
        kept = [field for field in self.fields if field[0] not in alone or not _is_readable(field[1])]
        framing = [name for name, _ in kept if name in ("content-length", "transfer-encoding")]
        fields = [(name, str(len(self.body)) if name == "content-length" else value) for name, value in kept]
        if "content-length" in framing:
            return Outgoing(base, self.method, self.path, self.query, tuple(fields), self.body)
        if not framing and self.body:
            fields.append(("transfer-encoding", "chunked"))
        pieces = [self.body[: self.cut], self.body[self.cut :]]
        return Outgoing(base, self.method, self.path, self.query, tuple(fields), pieces)


def _is_readable(value: str) -> bool:
    return value.isascii() and value.isprintable()


# Texts: what attackers try, and whatever comes to hypothesis' mind.

SEEDS = [
    "",
    MARK,
    "a",
    "..",
    ".",
    "%2e%2e",
    "%2f",
    "%5c",
    "%00",
    "%0d%0aset-cookie:%20a=b",
    "%ff",
    "%c3%28",
    "%ed%a0%80",
    "%u0041",
    "%",
    "%%",
    "%25%32%65",
    "\\",
    "//",
    ";",
    "<script>",
    "{}",
    "{{7*7}}",
    "' or 1=1 --",
    "caf\u00e9",
    "\u202e",
    "1" * 400,
    "-1",
    "1e999",
    "9223372036854775808",
    "NaN",
    "__proto__",
    "2026-02-30",
    "0000-00-00",
    "true",
    "\u0660",
]
seeds = st.sampled_from(SEEDS)
texts = st.one_of(seeds, st.text(st.characters(codec="utf-8"), max_size=20), st.lists(seeds, max_size=4).map("".join))

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]
STRANGE_METHODS = ["TRACE", "CONNECT", "get", "FOO", "", "G" * 300]
ROUTES = [
    "/",
    "",
    "*",
    "/up",
    "/hello/you",
    "/shop/orders",
    "/shop/orders/blocking",
    "/shop/raw",
    "/shop/search",
    "/shop/items/1/a",
    "/shop/tree/a/b",
    "/shop/days/2026-11-22",
    "/shop/facts",
    "/shop/notes/1",
    "/files",
    "/files/counted",
    "/files/a.txt",
    "/visits/count",
    "/visits/form",
    "/visits/stream",
    "/visits/events",
    "/chat",
    "/old/x",
    "/guarded/x",
]
paths = st.one_of(
    st.sampled_from(ROUTES),
    st.tuples(st.sampled_from(ROUTES), texts).map("/".join),
    st.tuples(st.sampled_from(ROUTES), texts).map("".join),
    st.lists(texts, max_size=4).map(lambda parts: "/" + "/".join(parts)),
)
KEYS = ["q", "page", "tag", "colour", "since", "price", "id", "exact", "next", "name", "csrf_token", "_method", MARK]
pairs = st.lists(st.tuples(st.one_of(st.sampled_from(KEYS), texts), texts), max_size=6)
queries = st.one_of(texts, pairs.map(lambda them: "&".join(f"{name}={value}" for name, value in them)))

# Header fields: latin-1 in a test as on the wire.

values = st.one_of(
    st.sampled_from([seed for seed in SEEDS if seed.isascii()]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
    st.integers(0, 9000).map(lambda size: "x" * size),
)
strange_hosts = st.one_of(st.sampled_from(["evil.example", "a@b", "[::1", "", f"{MARK}.example"]), values)
origins = st.sampled_from(
    ["http://testserver", "https://evil.example", "null", "", "http://testserver@evil", f"http://{MARK}"]
)
sites = st.sampled_from(["same-origin", "none", "cross-site", "same-site", "", "x"])
accepts = st.sampled_from(
    ["text/html", "*/*", "", "text/html;q=x", "," * 600, ";q=1", "text/html;q=0, */*", f"{MARK}/x"]
)
ranges = st.sampled_from(["bytes=0-", "bytes=-5", "bytes=5-1", "bytes=" + "0-1," * 50, "bytes=" + "9" * 400 + "-", "x"])
cookies = st.one_of(
    st.sampled_from(
        [
            "dj_session=x",
            "dj_session=a; dj_session=b",
            "dj_session=eyJhIjoxfQ.AQ.AA; theme=red",
            "theme=" + MARK,
            "pre=x; __Host-pre=y",
            ";;;=;",
            "=__Host-dj_session=x",
            'a="',
        ]
    ),
    values,
)
types = st.sampled_from(
    [
        "application/json",
        "application/json; charset=x",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-7",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 80,
        "multipart/form-data; boundary=b; boundary=c",
        "text/plain",
        "",
        ";",
        MARK + "/x",
    ]
)
OTHERS = [
    "authorization",
    "content-encoding",
    "transfer-encoding",
    "if-none-match",
    "if-match",
    "if-modified-since",
    "x-csrf-token",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x_forwarded_for",
    "access-control-request-method",
    "access-control-request-headers",
    "user-agent",
    "referer",
    "expect",
    "upgrade",
    "connection",
    "x-" + MARK.lower(),
]
usual_fields = st.one_of(
    st.tuples(st.just("origin"), origins),
    st.tuples(st.just("sec-fetch-site"), sites),
    st.tuples(st.just("accept"), accepts),
    st.tuples(st.just("cookie"), cookies),
    st.tuples(st.just("content-type"), types),
    st.tuples(st.sampled_from(["range", "if-range"]), ranges),
    st.tuples(st.just("content-length"), st.just("")),
    st.tuples(st.sampled_from(OTHERS), values),
    st.tuples(st.sampled_from(OTHERS), st.sampled_from(["chunked", "identity", "Bearer x", "Basic x", "https", "*"])),
)
strange_fields = st.one_of(
    st.tuples(st.just("host"), strange_hosts),
    st.tuples(
        st.sampled_from([*OTHERS, "cookie", "host"]), st.text(st.characters(max_codepoint=255, min_codepoint=32))
    ),
)
usual_heads = st.lists(usual_fields, max_size=5, unique_by=lambda field: field[0]).map(
    lambda fields: [("host", "testserver"), *fields]
)
strange_heads = st.tuples(usual_heads, st.lists(strange_fields, max_size=3)).map(lambda both: both[0][1:] + both[1])

# Bodies.

part_heads = st.sampled_from(
    [
        'Content-Disposition: form-data; name="title"',
        'Content-Disposition: form-data; name="doc"; filename="a.png"',
        'Content-Disposition: form-data; name="doc"; filename="../../x"\r\nContent-Type: text/html',
        "Content-Disposition: form-data; name=\"doc\"; filename*=utf-8''x",
        'Content-Disposition: form-data; name="csrf_token"',
        "Content-Disposition: form-data",
        "Content-Transfer-Encoding: base64",
        "X: " + MARK,
        "",
    ]
)
multiparts = st.lists(st.tuples(part_heads, st.binary(max_size=30)), max_size=4).map(
    lambda parts: b"".join(b"--b\r\n%b\r\n\r\n%b\r\n" % (head.encode(), body) for head, body in parts) + b"--b--\r\n"
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(["title", "lines", "text", "amount", "price", "day", MARK]), texts), inner
        ),
    ),
    max_leaves=10,
)


def _as_json(value: object) -> bytes:
    import json

    return json.dumps(value).encode()  # with NaN and lone surrogates, as the strict encoder would not


bodies = st.one_of(
    st.binary(max_size=60),
    json_values.map(_as_json),
    multiparts,
    st.tuples(multiparts, st.integers(0, 80)).map(lambda both: both[0][: both[1]]),
    pairs.map(lambda them: "&".join(f"{name}={value}" for name, value in them).encode()),
    st.sampled_from(
        [b"[" * 20_000, b"9" * 5000, b"{" * 999, b"\xef\xbb\xbf{}", MARK.encode(), b"&" * 1500, b"=" * 3000]
    ),
)

cuts = st.integers(0, 60)

# Most requests are nearly good, for what is refused at the door never sees what lies behind it.
targets = st.sampled_from(
    [
        ("POST", "/shop/orders", "application/json"),
        ("POST", "/shop/orders/blocking", "application/json"),
        ("POST", "/shop/raw", "application/json"),
        ("POST", "/files", "multipart/form-data; boundary=b"),
        ("POST", "/visits/form", "application/x-www-form-urlencoded"),
        ("POST", "/visits/count", "text/plain"),
        ("PUT", "/files/counted", "application/octet-stream"),
        ("QUERY", "/files/counted", "application/octet-stream"),
        ("DELETE", "/shop/notes/1", ""),
        ("POST", "/guarded/x", "multipart/form-data; boundary=b"),
        *(("GET", route, "") for route in ROUTES),
    ]
)


def _nearly_good(target: tuple[str, str, str], query: str, fields: Fields, body: bytes, cut: int) -> Attack:
    method, path, content_type = target
    own = [] if any(name == "content-type" for name, _ in fields) else [("content-type", content_type)]
    return Attack(method, path, query, [*fields, *own], body, cut)


attacks = st.one_of(
    st.builds(_nearly_good, targets, queries, usual_heads, bodies, cuts),
    st.builds(Attack, st.sampled_from(METHODS), paths, queries, usual_heads, bodies, cuts),
    st.builds(Attack, st.sampled_from([*METHODS, *STRANGE_METHODS]), paths, queries, strange_heads, bodies, cuts),
)


class Target:
    """Serve one app over both interfaces on one event loop, and compare what they answer."""

    def __init__(self, mode: Mode) -> None:
        self._loop = asyncio.new_event_loop()
        self._base = BaseURL("http", "testserver", 80)
        config = {"secret_key": KEY, "allowed_hosts": ["testserver"], "trusted_proxies": ["127.0.0.1"]}
        self._servers = [
            InProcessServer(
                fuller_app(), config=config, mode=mode, interface=interface, timeout=10.0, raise_server_errors=True
            )
            for interface in INTERFACES
        ]

    def close(self) -> None:
        """Stop both servers."""
        for server in self._servers:
            self._loop.run_until_complete(server.stop())
        self._loop.close()

    def take(self, attack: Attack) -> None:
        """Send the request to both, and judge the answers."""
        replies = [self._loop.run_until_complete(self._send(server, attack)) for server in self._servers]
        for reply in replies:
            _judge(reply, attack)
        assert replies[0].status == replies[1].status

    async def _send(self, server: InProcessServer, attack: Attack) -> Reply:
        # An exception out of the gateway, an answer that no server could send and a second answer are raised here.
        exchange = await server.open_request(attack.outgoing(self._base))
        await exchange.finish("the answer")
        return exchange.reply


def _judge(reply: Reply, attack: Attack) -> None:
    assert 200 <= reply.status < 500 or reply.status == 501, reply.status
    body = b"".join(reply.chunks)
    assert b"Traceback" not in body
    names = [name for name, _ in reply.headers]
    for name in ("x-content-type-options", "x-frame-options", "referrer-policy"):
        assert names.count(name) == 1
    assert "content-security-policy" in names or attack.path.startswith("/old")
    if not attack.path.startswith(ECHOES):
        assert MARK.encode() not in body or _names_a_key(body)
    if reply.status >= 400:
        assert not any(MARK in value for _, value in reply.headers)


def _names_a_key(body: bytes) -> bool:
    """Tell whether the mark is the name of a key that the sender made up, which a validation error may name."""
    return b'"code":"validation"' in body or b"validation" in body


@pytest.fixture(scope="module", params=MODES)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    mode: Mode = request.param
    target = Target(mode)
    logging.getLogger("demijohn.security").setLevel(logging.CRITICAL)  # or a run writes a line for each refusal
    yield target
    logging.getLogger("demijohn.security").setLevel(logging.NOTSET)
    target.close()


FAST = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LONG = settings(FAST, max_examples=10_000, derandomize=False)

HOST = [("host", "testserver")]


@example(Attack("GET", "/hello", "caf\u00e9\u20ac", HOST, b"", 0))  # raw UTF-8 in the query of a redirect was a 500
@example(Attack("GET", "/old/x", "caf\u00e9\u20ac", HOST, b"", 0))  # and of a mounted site
@example(Attack("POST", "/shop/raw", "", [*HOST, ("content-type", "application/json")], b"99999999999999999999", 0))
@example(
    Attack("POST", "/shop/raw", "", [*HOST, ("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")], b"", 0)
)
@example(Attack("GET", "/hello/you", "", [*HOST, ("authorization", "\x7f")], b"", 0))
@example(Attack("OPTIONS", "*", "", HOST, b"", 0))
@example(Attack("GET", "", "", HOST, b"", 0))
@example(Attack("GET", "/shop/tree/" + "a/" * 4000, "", HOST, b"", 0))
@FAST
@given(attacks)
def test_no_request_is_answered_with_a_mistake_of_ours(target: Target, attack: Attack) -> None:
    target.take(attack)


@FAST
@given(st.sampled_from(ROUTES), types, bodies, cuts)
def test_no_body_is_answered_with_a_mistake_of_ours(
    target: Target, path: str, content_type: str, body: bytes, cut: int
) -> None:
    evidence = [("sec-fetch-site", "same-origin"), ("content-type", content_type)]
    target.take(Attack("POST", path, "", [*HOST, *evidence], body, cut))


@FAST
@given(paths, queries)
def test_no_address_is_answered_with_a_mistake_of_ours(target: Target, path: str, query: str) -> None:
    target.take(Attack("GET", path, query, HOST, b"", 0))


@pytest.mark.soak
@LONG
@given(attacks)
def test_no_request_of_very_many_is_answered_with_a_mistake_of_ours(target: Target, attack: Attack) -> None:
    target.take(attack)
