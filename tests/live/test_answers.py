"""An answer is the same whatever serves it: values, header fields, framing, errors, sessions, hooks, files."""

from __future__ import annotations

import json

import pytest

from tests.live.clients import head
from tests.live.setups import Live
from tests.servers.raw import Answer

# What belongs to the server or the framing and not to the application.
SERVERS_OWN = {":status", "connection", "content-length", "date", "server", "transfer-encoding"}
SECURITY = [
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
]


def own(answer: Answer) -> list[tuple[str, str]]:
    return sorted(field for field in answer.headers if field[0] not in SERVERS_OWN)


PLAIN = [
    ("GET", "/json", 200, "application/json", '{"world":"async","n":[1,2.5,null,"ä"]}'),
    ("GET", "/blocking", 200, "application/json", '{"world":"def","on_loop_thread":false}'),
    ("GET", "/text/7?q=caf%C3%A9", 200, "text/plain; charset=utf-8", "7 café"),
    ("GET", "/number/7", 200, "application/json", '{"n":7}'),
    ("GET", "/refused", 409, "application/problem+json", None),
    ("GET", "/nowhere", 404, "application/problem+json", None),
    ("GET", "/text/nan", 404, "application/problem+json", None),
    ("POST", "/json", 405, "application/problem+json", None),
    ("GET", "/boom", 500, "application/problem+json", None),
    ("GET", "/boom/blocking", 500, "application/problem+json", None),
    ("GET", "/up", 200, "text/plain; charset=utf-8", "up\n"),
]


@pytest.mark.parametrize(("method", "path", "status", "content_type", "body"), PLAIN)
def test_status_header_fields_and_body_are_the_same_everywhere(
    live: Live, method: str, path: str, status: int, content_type: str, body: str | None
) -> None:
    answer = live.ask(method, path)
    assert answer.status == status
    assert answer.values("content-type") == [content_type]
    assert answer.values("content-length") == [str(len(answer.body))]
    expected = [("content-type", content_type), *SECURITY]
    if status >= 400:
        expected.append(("cache-control", "no-store"))
    if status == 405:
        expected.append(("allow", "GET, HEAD, OPTIONS"))
    assert [field for field in own(answer) if field[0] != "content-security-policy"] == sorted(expected)
    assert len(answer.values("content-security-policy")) == 1
    if body is not None:
        assert answer.body.decode() == body


@pytest.mark.parametrize("path", ["/boom", "/boom/blocking"])
def test_an_unexpected_error_tells_nothing_to_the_client_and_all_to_the_log(live: Live, path: str) -> None:
    answer = live.get(path)
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    request_id = json.loads(answer.body)["request_id"]
    assert f"GET {path} failed, request {request_id}" in live.server.complaints()
    assert live.get(path, ("accept", "text/html")).values("content-type") == ["text/html; charset=utf-8"]


HEADS = ["/json", "/blocking", "/text/1", "/up", "/file/small.txt", "/headers", "/nowhere", "/boom", "/refused"]


@pytest.mark.parametrize("path", HEADS)
def test_head_has_the_header_fields_of_get_and_no_body(live: Live, path: str) -> None:
    get, answer = live.get(path), live.ask("HEAD", path)
    assert (answer.status, answer.body) == (get.status, b"")
    assert answer.values("content-length") == get.values("content-length")
    assert own(answer) == own(get)


@pytest.mark.parametrize("path", ["/stream/async/3", "/stream/def/3", "/events/3"])
def test_head_of_a_stream_has_no_body(live: Live, path: str) -> None:
    answer = live.ask("HEAD", path)
    assert (answer.status, answer.body) == (200, b"")


def test_head_refused_at_the_door_has_no_body(live: Live) -> None:
    assert live.ask("HEAD", "/json", ("x-a", "é")).status == 400


def test_an_answer_to_head_is_not_mistaken_for_the_next(live1: Live) -> None:
    with live1.http1() as connection:
        connection.send(head("HEAD /json") + head("HEAD /nowhere") + head("GET /number/1"))
        assert connection.receive(bodiless=True).status == 200
        assert connection.receive(bodiless=True).status == 404
        assert connection.receive().body == b'{"n":1}'


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/empty", 204),
        ("/not-modified", 304),
        ("/bodied/204", 204),
        ("/bodied/304", 304),
        ("/bodied/blocking/204", 204),
    ],
)
def test_204_and_304_have_neither_body_nor_length(live: Live, path: str, status: int) -> None:
    with live.exchange() as exchange:
        for _ in range(2):  # a body that was sent all the same would garble what follows
            exchange.begin("GET", path)
            answer = exchange.answer()
            assert (answer.status, answer.body) == (status, b"")
            assert answer.values("content-length") in ([], ["0"])
            assert not answer.values("transfer-encoding")


@pytest.mark.parametrize("status", [0, 99, 199, 600, 1000, 70000])
def test_a_status_that_no_server_can_send_is_an_error_of_ours(live: Live, status: int) -> None:
    pid = live.pid
    assert live.get(f"/status/{status}").status == 500
    assert live.get(f"/status/response/{status}").status == 500
    assert live.pid == pid


def test_options_lists_the_methods(live: Live) -> None:
    answer = live.ask("OPTIONS", "/mirror")
    assert answer.status == 204
    assert answer.values("allow") == ["DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"]


def test_header_fields_and_cookies_of_a_handler_arrive(live: Live) -> None:
    answer = live.get("/headers")
    assert (answer.status, answer.body) == (201, b"headers")
    assert answer.values("x-one") == ["1"]
    assert answer.values("x-two") == ["tab\tin it"]
    assert answer.values("vary") == ["accept"]
    assert answer.values("set-cookie") == ["a=1; Path=/; HttpOnly; SameSite=Lax", "b=2; Path=/; HttpOnly; SameSite=Lax"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_handler_sees_the_same_request(live: Live, method: str) -> None:
    body = None if method == "GET" else b"four"
    fields = (("x-a", "1"), ("X-A", "2"), ("x_b", "3"), ("cookie", "a=1; b=2"), ("x-forwarded-for", "203.0.113.9"))
    lowered = [(name.lower(), value) for name, value in fields] if live.is_http2 else fields
    seen = json.loads(live.ask(method, "/mirror?q=%C3%A9&b=1", *lowered, body=body).body)
    fields_seen = [tuple(field) for field in seen.pop("headers") if field[0] not in ("content-length", "host")]
    assert fields_seen == [("x-a", "1"), ("x-a", "2"), ("cookie", "a=1; b=2"), ("x-forwarded-for", "203.0.113.9")]
    assert seen == {
        "method": method,
        "path": "/mirror",
        "query": "q=%C3%A9&b=1",
        "host": "localhost",
        "scheme": "http",
        "client": "203.0.113.9",
        "version": "2" if live.is_http2 else "1.1",
        "cookies": {"a": "1", "b": "2"},
        "length": len(body or b""),
    }


def test_cookies_in_several_fields_are_all_there(live: Live) -> None:
    seen = json.loads(live.get("/mirror", ("cookie", "a=1"), ("cookie", "b=2")).body)
    assert seen["cookies"] == {"a": "1", "b": "2"}


def test_a_session_goes_from_answer_to_request(live: Live) -> None:
    over_tls = ("x-forwarded-proto", "https")
    first = live.get("/count", over_tls)
    assert json.loads(first.body) == {"seen": 1}
    cookie = first.values("set-cookie")[0]
    assert cookie.startswith("__Host-dj_session=")
    assert "Secure" in cookie
    second = live.get("/count", over_tls, ("cookie", cookie.partition(";")[0]))
    assert json.loads(second.body) == {"seen": 2}


def test_a_session_is_not_sent_over_plain_http(live: Live) -> None:
    assert live.get("/count").values("set-cookie") == []


@pytest.mark.parametrize(
    ("kind", "status", "body"), [("a", 200, {"kind": "a"}), ("refused", 418, {"refused": "live.teapot"})]
)
def test_hooks_and_error_handlers_stand_around_a_handler(
    live: Live, kind: str, status: int, body: dict[str, str]
) -> None:
    answer = live.get(f"/hooked/{kind}")
    assert (answer.status, json.loads(answer.body)) == (status, body)
    assert answer.values("x-hooked") == ["before and after"]


def test_a_cross_site_post_is_refused(live: Live) -> None:
    answer = live.ask("POST", "/echo", ("sec-fetch-site", "cross-site"), ("origin", "https://evil.test"), body=b"x")
    assert (answer.status, json.loads(answer.body)["code"]) == (403, "csrf.cross_site")


def test_a_file_is_sent_whole_in_part_and_not_at_all(live: Live) -> None:
    whole = live.get("/file/small.txt")
    assert (whole.status, whole.body) == (200, b"a small file\n")
    part = live.get("/file/small.txt", ("range", "bytes=2-6"))
    assert (part.status, part.body) == (206, b"small")
    assert part.values("content-range") == ["bytes 2-6/13"]
    assert part.values("content-length") == ["5"]
    unchanged = live.get("/file/small.txt", ("if-none-match", whole.values("etag")[0]))
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert live.get("/file/missing.txt").status == 404
    assert live.get("/file/..%2flife").status == 404
    assert live.get("/file/small.txt", ("range", "bytes=90-")).status == 416
