from __future__ import annotations

from typing import Any

import pytest

from demijohn.testing import Client


def answering(pair_app: Any, interface: Any, *answer: Any) -> Client:
    async def http(_: Any) -> Any:
        return answer

    return Client(pair_app(http=http), interface=interface)


@pytest.mark.parametrize("status", [0, 100, 101, 199, 600, 4001, "200", None, True])
def test_a_status_that_no_server_sends_is_named(pair_app: Any, interface: Any, status: Any) -> None:
    with pytest.raises(AssertionError, match=rf"GET /x: the app answered with the status {status!r}"):
        answering(pair_app, interface, status, [], b"").get("/x")


@pytest.mark.parametrize("value", ["a\r\nset-cookie: x=1", "a\n", "\0", "é", " a", "a ", "\x7f"])
def test_a_header_value_that_cannot_be_sent_is_named(pair_app: Any, interface: Any, value: str) -> None:
    with pytest.raises(AssertionError, match="sent the header 'x-name' with the value"):
        answering(pair_app, interface, 200, [("x-name", value)], b"").get("/")


@pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\n"])
def test_a_header_name_that_cannot_be_sent_is_named(pair_app: Any, interface: Any, name: str) -> None:
    with pytest.raises(AssertionError, match="sent a header named"):
        answering(pair_app, interface, 200, [(name, "1")], b"").get("/")


def test_a_tab_inside_a_value_and_an_empty_value_may_be_sent(pair_app: Any, interface: Any) -> None:
    response = answering(pair_app, interface, 200, [("a", "b\t c"), ("d", "")], b"").get("/")
    assert (response.headers["a"], response.headers["d"]) == ("b\t c", "")


@pytest.mark.parametrize("length", ["4", "6", "five"])
def test_a_length_that_is_not_kept_is_told(pair_app: Any, interface: Any, length: str) -> None:
    with pytest.raises(AssertionError, match=f"promised Content-Length {length} and sent 5 bytes"):
        answering(pair_app, interface, 200, [("content-length", length)], b"hello").get("/")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_drops_it(pair_app: Any, interface: Any, status: int) -> None:
    assert answering(pair_app, interface, status, [("content-length", "5")], b"hello").get("/").body == b""


def test_no_answer_at_all_is_told(pair_app: Any, interface: Any) -> None:
    async def silent(*_: Any) -> None:
        return

    with pytest.raises(AssertionError, match="GET /x: the app returned without an answer"):
        Client(pair_app(rsgi_call=silent, asgi_call=silent), interface=interface).get("/x")


def test_two_answers_are_told_even_if_the_app_catches_the_error(pair_app: Any) -> None:
    async def twice(_: Any, protocol: Any) -> None:
        protocol.response_empty(200, [])
        for _ in range(2):
            try:
                protocol.response_empty(404, [])
            except AssertionError:
                continue

    with pytest.raises(AssertionError, match="answered twice, first with 200, then with 404"):
        Client(pair_app(rsgi_call=twice)).get("/")
