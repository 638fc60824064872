"""A site that is mounted is served the same everywhere, and its mistakes stay its own."""

from __future__ import annotations

import pytest

from tests.live.clients import head
from tests.live.setups import Live
from tests.servers import raw


def test_a_mounted_site_answers(live: Live) -> None:
    answer = live.get("/mounted/page?q=1")
    assert (answer.status, answer.body) == (200, b"GET /page?q=1 ")
    assert answer.values("x-site") == ["mounted"]
    assert answer.values("x-content-type-options") == ["nosniff"]
    assert not answer.values("content-security-policy")


@pytest.mark.parametrize("size", [0, 5, 100_000, 5_000_000])
def test_a_mounted_site_reads_its_body_whole(live: Live, size: int) -> None:
    body = b"x" * size
    answer = live.ask("POST", "/mounted/echo", body=body)
    assert answer.body == b"POST /echo? " + body


def test_head_and_204_of_a_mounted_site_have_no_body(live: Live) -> None:
    answer = live.ask("HEAD", "/mounted/page")
    assert (answer.status, answer.body, answer.values("content-length")) == (200, b"", ["12"])
    empty = live.get("/mounted/empty")
    assert (empty.status, empty.body) == (204, b"")


def test_a_mounted_site_that_fails_is_a_server_error(live: Live) -> None:
    answer = live.get("/mounted/boom")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "GET /mounted/boom failed" in live.server.complaints()


def test_a_mounted_site_that_fails_half_way_has_no_good_end(live: Live) -> None:
    if live.is_rsgi:  # collected before anything is sent
        assert live.get("/mounted/boom/late").status == 500
    else:
        with pytest.raises(raw.Closed):
            live.get("/mounted/boom/late")


def test_a_mounted_site_is_told_of_a_body_that_breaks_off(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("POST", "/mounted/echo", ("content-length", "10"), ends=False)
        exchange.send(b"abc")
        live.get("/pause")
        exchange.reset()
        assert live.server.event("mounted site") == "mounted site: client gone"


def test_a_broken_chunk_is_no_end_of_a_body_for_a_mounted_site(live1: Live) -> None:
    with live1.http1() as connection:
        connection.send(head("POST /mounted/echo", "transfer-encoding: chunked") + b"3\r\nabc\r\nzz\r\n")
        assert live1.server.event("mounted site") == "mounted site: client gone"


def test_a_mounted_site_gets_no_field_that_nobody_can_read(live: Live) -> None:
    assert live.get("/mounted/page", ("x-a", "\xe9")).status == 400
