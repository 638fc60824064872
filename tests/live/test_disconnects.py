"""A client that leaves cancels an `async def` handler and nothing else; others notice nothing of it."""

from __future__ import annotations

import pytest

from tests.live.setups import Live
from tests.servers import raw


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("pause", [False, True], ids=["at once", "later"])
def test_an_async_handler_is_cancelled(live: Live, how: str, pause: bool) -> None:
    key = f"gone-{how}-{pause}"
    before = live.server.complaints()
    with live.exchange() as exchange:
        exchange.begin("GET", f"/hold/{key}")
        assert live.server.event(f"held {key}")
        if pause:
            live.get("/pause")
        exchange.reset() if how == "reset" else exchange.close()
        assert live.server.event("cancelled", "finished") == f"cancelled {key}"
    assert live.get("/json").status == 200
    assert live.server.complaints() == before


def test_a_handler_that_waits_with_its_client_is_not_cancelled(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("GET", "/hold/patient")
        assert live.server.event("held patient")
        live.get("/pause")
        live.release("patient")
        assert exchange.answer().body == b"held patient"
    assert live.server.event("cancelled", "finished") == "finished patient"


def test_a_handler_may_refuse_to_be_cancelled(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("GET", "/hold/stubborn/on")
        assert live.server.event("held on")
        exchange.close()
        assert live.server.event("went on") == "went on on"
    assert live.get("/json").status == 200


def test_a_blocking_handler_runs_to_its_end(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("GET", "/block/alone")
        assert live.server.event("blocked alone")
        exchange.reset()
    live.get("/pause")
    live.release("alone")
    assert live.server.event("unblocked") == "unblocked alone"


def test_only_the_stream_that_was_reset_is_cancelled(live_h2: Live) -> None:
    with live_h2.exchange() as exchange:
        exchange.begin("GET", "/hold/reset-one")
        assert live_h2.server.event("held reset-one")
        exchange.reset()
        assert live_h2.server.event("cancelled") == "cancelled reset-one"
        exchange.begin("GET", "/number/3")
        assert exchange.answer().body == b'{"n":3}'


def test_a_thousand_streams_that_are_reset_at_once_cost_nothing_more(live_h2: Live) -> None:
    """This is the rapid reset of CVE-2023-44487; the server may end the connection, and lives on."""
    pid = live_h2.pid
    for path in ("/hold/rapid", "/number/1"):
        try:
            with live_h2.exchange() as exchange:
                for _ in range(500):
                    exchange.begin("GET", path)
                    exchange.reset()
        except (raw.Closed, OSError):
            continue
    assert live_h2.pid == pid


def test_a_half_closed_connection_counts_as_left(live1: Live) -> None:
    """Each of the servers takes the end of what a client sends for the end of the client, so no answer can arrive."""
    with live1.http1() as connection:
        connection.send(b"GET /hold/half HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert live1.server.event("held half")
        connection.half_close()
        assert live1.server.event("cancelled", "finished") == "cancelled half"
        with pytest.raises(raw.Closed):
            connection.receive()


def test_middleware_and_hooks_see_the_cancellation(live: Live) -> None:
    with live.exchange() as exchange:
        exchange.begin("GET", "/wrapped/hold")
        assert live.server.event("held wrapped")
        exchange.close()
        assert live.server.event("middleware") == "middleware left"


def test_many_that_leave_take_nobody_with_them(live: Live) -> None:
    for n in range(50):
        with live.exchange() as exchange:
            exchange.begin("GET", f"/hold/crowd-{n}")
    for n in range(20):
        assert live.get(f"/number/{n}").body == b'{"n":%d}' % n
