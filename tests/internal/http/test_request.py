from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping

import pytest

from demijohn.contracts import SessionStore
from demijohn.datastructures import FormData
from demijohn.errors import ConfigError, DemijohnError, HTTPError
from demijohn.http.host import Host
from demijohn.http.request import Request, client_address, decode_json, require_json
from demijohn.http.uploads import Files
from demijohn.sessions.cookie_store import CookieSessionStore
from demijohn.signing import Signer

Fields = list[tuple[str, str]]


class Transport:
    """Be a client that sends nothing."""

    async def client_disconnect(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in (b"ab", b"c"):
            yield piece


def make(
    *fields: tuple[str, str],
    method: str = "GET",
    path: str = "/x",
    query_string: str = "",
    scheme: str = "http",
    peer: str = "127.0.0.1:50000",
    body: bytes = b"",
    services: Mapping[type, object] | None = None,
) -> Request:
    request = Request(method, path, query_string, list(fields), dict(fields), scheme, peer, "1.1", Transport(), None)
    request.host = Host("example.com")
    request.services = services or {}
    request.keep_body(body)
    return request


def test_making_a_request_works_nothing_out() -> None:
    stored = {*vars(make())}
    assert not stored & {"headers", "query", "cookies", "json", "form", "session", "client", "id", "state", "nonce"}


@pytest.mark.parametrize(
    ("peer", "client"),
    [("127.0.0.1:50000", "127.0.0.1"), ("[::1]:50000", "::1"), ("::1:50000", "::1"), ("unix", "unix"), ("", "unix")],
)
def test_the_client_is_an_address_without_its_port(peer: str, client: str) -> None:
    assert client_address(peer) == make(peer=peer).client == client


def test_the_addresses_are_built_from_checked_parts() -> None:
    request = make(path="/a b/ü?", query_string="x=%20", scheme="https")
    assert request.url == "https://example.com/a%20b/%C3%BC%3F?x=%20"
    assert (request.origin, request.is_secure) == ("https://example.com", True)


def test_names_with_an_underscore_and_forwarding_fields_are_left_out() -> None:
    request = make(("x-forwarded-for", "1"), ("x_real", "2"), ("x-mine", "3"))
    assert (list(request.headers), len(request.raw_headers)) == (["x-mine"], 3)


def test_forwarding_fields_of_a_trusted_proxy_are_kept() -> None:
    request = make(("x-forwarded-for", "1"), ("forwarded", "2"))
    request.trusted_fields = frozenset({"x-forwarded-for"})
    assert list(request.headers) == ["x-forwarded-for"]


@pytest.mark.parametrize("authorization", ["Bearer x", "bearer x", "BEARER x"])
def test_a_bearer_token_hides_the_cookies(authorization: str) -> None:
    assert make(("cookie", "a=1"), ("authorization", authorization)).cookies == {}
    assert make(("cookie", "a=1"), ("authorization", "Basic x")).cookies == {"a": "1"}


def test_cookies_of_several_fields_are_read_together() -> None:
    assert make(("cookie", "a=1"), ("cookie", "b=2")).cookies == {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("sent", "content_type"),
    [("Text/HTML; charset=utf-8", "text/html"), (" application/json ", "application/json"), ("", ""), (";", "")],
)
def test_the_content_type_is_bare_and_in_lower_case(sent: str, content_type: str) -> None:
    assert make(("content-type", sent)).content_type == content_type


def test_json_needs_its_content_type() -> None:
    for given in ("", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
        with pytest.raises(HTTPError) as caught:
            require_json(given)
        assert (caught.value.status, caught.value.code) == (415, "body.media_type")
    for given in ("application/json", "application/problem+json"):
        require_json(given)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json.malformed"),
        (b"{", "json.malformed"),
        (b"NaN", "json.malformed"),
        (b'"\xff"', "json.malformed"),
        (b"[" * 100_000, "json.too_deep"),
    ],
)
def test_json_that_cannot_be_read_is_a_400(body: bytes, code: str) -> None:
    with pytest.raises(HTTPError) as caught:
        decode_json(body)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_json_is_decoded_once() -> None:
    request = make(("content-type", "application/json"), body=b"[]")
    assert request.json is request.json


def test_a_form_is_empty_for_other_bodies_and_parsed_once() -> None:
    assert make(("content-type", "text/plain"), body=b"a=1").form == FormData()
    request = make(("content-type", "application/x-www-form-urlencoded"), body=b"a=1")
    assert request.form["a"] == "1"
    assert request.form is request.form
    assert request.files == {}


def test_a_form_that_was_parsed_before_is_taken_as_it_is() -> None:
    request = make(("content-type", "multipart/form-data"))
    form, files = FormData([("a", "1")]), Files()
    request.keep_form(form, files)
    assert (request.form, request.files, request.holds_files) == (form, files, False)
    request.close()


def test_a_body_that_streams_is_not_to_be_had_as_a_whole() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"c"

    async def read(request: Request) -> list[bytes]:
        return [piece async for piece in request.stream()]

    request = make(method="POST")
    assert asyncio.run(read(request)) == []
    request.keep_body(b"abc")
    assert asyncio.run(read(request)) == [b"abc"]
    request.stream_from(chunks())
    assert asyncio.run(read(request)) == [b"ab", b"c"]
    with pytest.raises(DemijohnError, match=r"POST /x is handled with stream=True"):
        _ = request.body


def test_head_is_answered_with_the_length_in_place_of_the_body() -> None:
    sent: list[tuple[int, Fields, bytes]] = []
    request = make(method="HEAD")
    request.withhold_body()  # there is no answer to change
    request.answer = lambda status, fields, body: sent.append((status, fields, body))
    request.withhold_body()
    request.withhold_body()
    request.answer(200, [("x-a", "b")], b"hello")
    request.answer(204, [], b"")
    assert sent == [(200, [("x-a", "b"), ("content-length", "5")], b""), (204, [], b"")]


def test_a_nonce_is_random_and_changes_the_answer() -> None:
    request = make()
    assert request.is_plain
    assert len(request.nonce) >= 22
    assert request.nonce == request.nonce != make().nonce
    assert (request.is_plain, request.has_nonce) == (False, True)


def test_a_session_needs_a_store() -> None:
    with pytest.raises(ConfigError, match="SECRET_KEY"):
        _ = make().session


def test_a_session_changes_the_answer_from_its_first_mention() -> None:
    request = make(services={SessionStore: CookieSessionStore(Signer([b"k" * 32], "session"))})
    assert request.loaded_session is None
    session = request.session
    assert (session is request.loaded_session, session.accessed, request.is_plain) == (True, False, False)


def test_two_different_session_cookies_count_as_none(caplog: pytest.LogCaptureFixture) -> None:
    store = CookieSessionStore(Signer([b"k" * 32], "session"))
    first = make(services={SessionStore: store})
    first.session["a"] = 1
    value = first.session.save()
    name = first.session_cookie_name
    known = make(("cookie", f"{name}={value}; {name}={value}"), services={SessionStore: store})
    assert (known.session.get("a"), caplog.records) == (1, [])
    with caplog.at_level(logging.WARNING):
        planted = make(("cookie", f"{name}={value}; {name}=x"), services={SessionStore: store})
        assert planted.session.get("a") is None
    assert "neither counts" in caplog.text
