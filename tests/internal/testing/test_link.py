from __future__ import annotations

import pytest

from demijohn.testing.link import Closing, WebSocketLink
from demijohn.testing.reply import Reply


async def make_link(*offered: str) -> WebSocketLink:
    return WebSocketLink(Reply("GET", "WebSocket /"), offered)


async def test_messages_and_the_goodbye_come_in_order() -> None:
    link = await make_link()
    link.accept()
    link.to_app("a")
    link.to_app(b"b")
    link.close(Closing(1000, "done"))
    assert [await link.next_for_app() for _ in range(3)] == ["a", b"b", Closing(1000, "done")]


async def test_the_first_goodbye_counts() -> None:
    link = await make_link()
    link.accept()
    link.close(Closing(4000, "first"))
    link.close(Closing(4001, "second"))
    assert link.closing == Closing(4000, "first")
    assert not link.is_open


async def test_only_an_offered_subprotocol_can_be_chosen() -> None:
    link = await make_link("v1", "v2")
    with pytest.raises(AssertionError, match="chose the subprotocol 'v3'; the client offered v1, v2"):
        link.accept("v3")
    link.accept("v2")
    assert (link.subprotocol, link.is_open) == ("v2", True)


async def test_a_refused_websocket_cannot_be_accepted() -> None:
    link = await make_link()
    link.reply.start(403, [])
    with pytest.raises(AssertionError, match="accepted the WebSocket after it had answered"):
        link.accept()


def test_a_break_is_told_from_a_goodbye() -> None:
    assert Closing(1006, "").is_abrupt
    assert not Closing(1005, "").is_abrupt
