from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demijohn.errors import InvalidHeader
from demijohn.http.request import Request
from demijohn.http.response import FileResponse, JSONResponse, Response, Stream
from demijohn.pipeline.finish import Finisher, HeaderFields
from demijohn.pipeline.session_cookie import SessionCookie
from demijohn.security.cors import Cors
from demijohn.security.csp import ContentSecurityPolicy
from demijohn.security.headers import SecurityHeaders

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import MakeRequest

SECURITY = SecurityHeaders(ContentSecurityPolicy(), https_hsts=True)
SESSIONS = SessionCookie(allows_http=True)
CORS = Cors(["https://a.example"])


def finisher(cors: Cors | None = None) -> Finisher:
    return Finisher(SECURITY, cors=cors, sessions=SESSIONS)


def values(fields: HeaderFields, name: str) -> list[str]:
    return [value for field, value in fields if field == name]


def policy_of(fields: HeaderFields) -> str:
    (policy,) = values(fields, "content-security-policy")
    return policy.partition(";")[0] + ("; sandbox" if "sandbox" in policy else "")


def test_plain_answers_of_one_type_share_a_list(make_request: MakeRequest) -> None:
    finish = finisher()
    first = finish.fields(make_request(), Response("a"))
    assert finish.fields(make_request(), Response("b")) is first
    assert finish.fields(make_request(), JSONResponse({})) is not first
    secure = make_request()
    secure.scheme = "https"
    over_tls = finish.fields(secure, Response("a"))
    assert over_tls is not first
    assert values(over_tls, "strict-transport-security") == ["max-age=31536000"]
    assert values(first, "strict-transport-security") == []


def test_what_is_said_of_one_answer_stays_out_of_the_shared_list(make_request: MakeRequest) -> None:
    finish = finisher()
    shared = finish.fields(make_request(), Response("a"))
    before = list(shared)
    special = Response("a", headers={"x-frame-options": "SAMEORIGIN"})
    special.set_cookie("theme", "dark")
    fields = finish.fields(make_request(), special)
    assert values(fields, "x-frame-options") == ["SAMEORIGIN"]
    assert len(values(fields, "set-cookie")) == 1
    with_nonce = make_request()
    assert with_nonce.nonce in str(finish.fields(with_nonce, Response("<p>", content_type="text/html")))
    assert finish.fields(make_request(), Response("a")) is shared
    assert shared == before


def test_a_content_type_made_of_input_fills_no_memory_and_breaks_no_line(make_request: MakeRequest) -> None:
    finish = finisher()
    for number in range(1000):
        fields = finish.fields(make_request(), Response("a", content_type=f"text/x-{number}"))
        assert values(fields, "content-type") == [f"text/x-{number}"]
    assert len(finish._plain) <= 256
    for content_type in ("text/html\r\nx-evil: 1", "text/\u00e9", "text/plain\0"):
        with pytest.raises(InvalidHeader):
            finish.fields(make_request(), Response("a", content_type=content_type))
        assert ("a" if not finish._plain else content_type, "http") not in finish._plain


@pytest.mark.parametrize(
    ("content_type", "kind", "policy"),
    [
        ("text/html; charset=utf-8", "data", "default-src 'self'"),
        ("text/plain", "data", "default-src 'none'"),
        ("application/json", "data", "default-src 'none'"),
        ("text/html", "upload", "default-src 'none'; sandbox"),
        ("image/svg+xml", "upload", "default-src 'none'; sandbox"),
    ],
)
def test_the_policy_is_that_of_a_page_for_our_own_pages_alone(
    make_request: MakeRequest, content_type: str, kind: str, policy: str
) -> None:
    response = Response("x", headers={"x-a": "1"}, content_type=content_type)
    response.kind = kind  # type: ignore[assignment]  # one of the literals, from the table
    assert policy_of(finisher().fields(make_request(), response)) == policy


def test_nothing_tells_where_the_body_ends_but_the_server(make_request: MakeRequest, tmp_path: Path) -> None:
    headers = {"content-length": "3", "transfer-encoding": "chunked"}
    fields = finisher().fields(make_request(), Response("twelve bytes", headers=headers))
    assert not {"content-length", "transfer-encoding"} & {name for name, _ in fields}
    for long in (
        FileResponse(tmp_path, length=7, headers={"transfer-encoding": "chunked"}),
        Stream([b"x"], headers=headers),
    ):
        fields = finisher().fields(make_request(), long)
        assert values(fields, "transfer-encoding") == []
        assert len(values(fields, "content-length")) == 1


def test_an_answer_without_a_body_needs_no_type(make_request: MakeRequest) -> None:
    assert values(finisher().fields(make_request(), Response(b"", 204)), "content-type") == []


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://a.example", ["https://a.example"]), ("https://b.example", []), (None, [])]
)
def test_cors_is_said_once_and_varies_by_origin(
    make_request: MakeRequest, origin: str | None, allowed: list[str]
) -> None:
    request = make_request(headers=[] if origin is None else [("origin", origin)])
    for response in (Response("x"), Response("x", headers={"vary": "accept, Origin"})):
        fields = finisher(CORS).fields(request, response)
        assert values(fields, "access-control-allow-origin") == allowed
        (vary,) = values(fields, "vary")
        assert sorted(vary.split(", ")) in (["origin"], ["accept", "origin"])


def test_the_answer_to_a_preflight_has_each_permission_once(make_request: MakeRequest) -> None:
    asked = [("origin", "https://a.example"), ("access-control-request-method", "POST")]
    fields = finisher(CORS).fields(make_request("OPTIONS", headers=asked), Response(b"", 204))
    for name in ("access-control-allow-origin", "access-control-allow-methods", "vary"):
        assert len(values(fields, name)) == 1


def test_a_route_with_headers_of_its_own_has_its_own_lists(make_request: MakeRequest) -> None:
    shared = finisher()
    assert shared.with_security(SECURITY) is shared
    own = shared.with_security(SecurityHeaders(ContentSecurityPolicy(), https_hsts=False, overrides={"x-a": "1"}))
    assert values(own.fields(make_request(), Response("a")), "x-a") == ["1"]
    assert values(shared.fields(make_request(), Response("a")), "x-a") == []


def test_a_refused_request_has_no_host_and_is_finished_all_the_same() -> None:
    request = Request("GET", "/", "", [], {}, "http", "", "1.1", None, None)  # type: ignore[arg-type]  # never read
    assert values(finisher(CORS).fields(request, Response("x", 400)), "x-content-type-options") == ["nosniff"]


def test_a_304_keeps_the_policy_of_the_page_that_the_browser_has(make_request: MakeRequest) -> None:
    sent = finisher().fields(make_request(), Response(b"", 304, {"etag": '"a"'}))
    assert values(sent, "content-security-policy") == []
    assert values(sent, "x-content-type-options") == ["nosniff"]
    typed = finisher().fields(make_request(), Response(b"", 304, {"etag": '"a"', "content-type": "text/html"}))
    assert len(values(typed, "content-security-policy")) == 1
