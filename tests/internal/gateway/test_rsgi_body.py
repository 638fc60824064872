from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from demijohn.gateway.rsgi_body import RSGIRequest
from demijohn.gateway.rsgi_protocol import RSGIScope
from demijohn.pipeline.bodies import BodyInterrupted
from demijohn.testing.rsgi import RequestHeaders, Scope

EMPTY = b""


class Protocol:
    """Give out the pieces of a body as Granian does; none is asked for that was not needed."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self.asked = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.asked += 1
            yield piece

    async def client_disconnect(self) -> None:
        raise AssertionError("nobody waits for that here")


def body_of(protocol: Protocol, *, length: str | None = None, chunked: bool = False, version: str = "1.1") -> bytes:
    fields = [("content-length", length)] if length is not None else []
    fields += [("transfer-encoding", "chunked")] if chunked else []

    def answer(status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        raise AssertionError("nothing is answered here")

    headers = RequestHeaders([])  # the gateway has read them
    scope = Scope("http", "http", "POST", "/", "", headers, "127.0.0.1:80", http_version=version)
    request = RSGIRequest(cast(RSGIScope, scope), fields, dict(fields), protocol, answer)

    async def main() -> bytes:
        return b"".join([piece async for piece in request.incoming()])

    return asyncio.run(main())


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_a_body_with_its_length_is_whole_when_that_is_there(version: str) -> None:
    protocol = Protocol(b"ab", b"c", EMPTY, EMPTY)
    assert body_of(protocol, length="3", version=version) == b"abc"
    assert protocol.asked == 2, "what comes after the last byte tells nothing"
    assert body_of(Protocol(), length="0", version=version) == b""


@pytest.mark.parametrize("version", ["1.1", "2"])
@pytest.mark.parametrize("end", [(), (EMPTY, EMPTY), (EMPTY,) * 1000])
def test_a_body_that_is_shorter_than_announced_has_broken_off(version: str, end: tuple[bytes, ...]) -> None:
    with pytest.raises(BodyInterrupted):
        body_of(Protocol(b"ab", *end), length="3", version=version)


def test_a_chunked_body_ends_with_one_empty_piece_and_a_broken_one_with_two() -> None:
    assert body_of(Protocol(b"abc", EMPTY), chunked=True) == b"abc"
    with pytest.raises(BodyInterrupted):
        body_of(Protocol(b"abc", EMPTY, EMPTY), chunked=True)


def test_over_http_2_some_empty_pieces_are_good_and_many_are_a_client_that_has_gone() -> None:
    assert body_of(Protocol(b"abc", EMPTY, EMPTY), version="2") == b"abc"
    assert body_of(Protocol(b"a", EMPTY, b"b", EMPTY, b"c", EMPTY), version="2") == b"abc"
    with pytest.raises(BodyInterrupted):
        body_of(Protocol(b"abc", *(EMPTY,) * 1000), version="2")


def test_neither_a_length_nor_chunks_is_no_body() -> None:
    protocol = Protocol(b"abc")
    assert body_of(protocol) == b""
    assert protocol.asked == 0
