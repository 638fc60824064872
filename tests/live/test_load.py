"""Many clients at a time: none gets the answer of another, and what is too much is refused and not queued for ever."""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.clients import Exchange
from tests.live.setups import Live
from tests.servers import raw
from tests.servers.launch import resident_bytes

THREADS, QUEUE = 2, 3  # of the strict server


def test_calls_beyond_the_queue_are_refused_and_those_within_it_are_answered(strict: Live) -> None:
    with ExitStack() as opened:
        working = [opened.enter_context(strict.exchange()) for _ in range(THREADS)]
        for n, exchange in enumerate(working):
            exchange.begin("GET", f"/block/full-{n}")
        for _ in working:
            assert strict.server.event("blocked full")
        waiting = [opened.enter_context(strict.exchange()) for _ in range(QUEUE)]
        for exchange in waiting:
            exchange.begin("GET", "/blocking")
            strict.get("/json")  # answered after the other has come into the queue
        answer = strict.get("/blocking")
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "server.busy")
        assert answer.values("retry-after") == ["1"]
        assert strict.get("/json").status == 200
        assert strict.get("/stream/async/40").status == 200
        assert strict.get("/text/1").status == 503
        for n in range(THREADS):
            strict.release(f"full-{n}")
        assert [exchange.answer().body for exchange in working] == [b"blocked full-0", b"blocked full-1"]
        assert [exchange.answer().status for exchange in waiting] == [200] * QUEUE
    assert strict.get("/blocking").status == 200


def test_files_are_sent_while_all_workers_are_taken(strict: Live) -> None:
    """Only their look-up needs a worker; a download that is under way does not stand in line for each piece."""
    with ExitStack() as opened:
        loading = opened.enter_context(strict.exchange())
        loading.begin("GET", "/file/big.bin")
        loading.more()
        working = [opened.enter_context(strict.exchange()) for _ in range(THREADS)]
        for n, exchange in enumerate(working):
            exchange.begin("GET", f"/block/files-{n}")
            assert strict.server.event(f"blocked files-{n}")
        received = 0
        while received < 5_000_000:
            received += len(loading.more())
        for n in range(THREADS):
            strict.release(f"files-{n}")


@dataclass(frozen=True)
class Call:
    """One request, and what tells its answer from another's."""

    method: str
    path: str
    status: int
    expected: bytes
    body: bytes | None = None
    is_all: bool = True

    def is_answered_by(self, answer: raw.Answer) -> bool:
        fits = answer.body == self.expected if self.is_all else self.expected in answer.body
        return fits and answer.status == self.status


def calls(seed: int, number: int) -> Iterator[Call]:
    """Yield requests of all kinds, in an order of this client's own."""
    chance = random.Random(seed)
    for n in range(number):
        mark = f"{seed}-{n}"
        body = mark.encode() * chance.randrange(1, 2000)
        yield chance.choice(
            [
                Call("GET", f"/number/{n}", 200, b'{"n":%d}' % n),
                Call("GET", f"/text/{n}?q={mark}", 200, f"{n} {mark}".encode()),
                Call("POST", "/echo", 200, body, body),
                Call("POST", "/echo/blocking", 200, body, body),
                Call("POST", "/digest", 200, hashlib.sha256(body).hexdigest().encode(), body, is_all=False),
                Call("GET", f"/hooked/{mark}", 200, b'{"kind":"%s"}' % mark.encode()),
                Call("GET", f"/events/{n % 5 + 1}", 200, b'data: {"n":%d}\n\n' % (n % 5), is_all=False),
                Call("GET", "/stream/def/1", 200, b"0123456789abcdef" * 4096),
                Call("GET", "/nowhere", 404, b"http.not_found", is_all=False),
                Call("GET", "/refused", 409, b"live.refused", is_all=False),
                Call("HEAD", "/json", 200, b""),
                Call("GET", "/file/small.txt", 200, b"a small file\n"),
            ]
        )


def drive(live: Live, seed: int, number: int) -> list[str]:
    """Send requests one after the other on one connection; name those whose answer was not theirs."""
    with live.exchange(timeout=30) as exchange:
        return [
            f"{call.method} {call.path}"
            for call in calls(seed, number)
            if not call.is_answered_by(_ask(exchange, call.method, call.path, call.body))
        ]


def _ask(exchange: Exchange, method: str, path: str, body: bytes | None) -> raw.Answer:
    fields = () if body is None else (("content-length", str(len(body))),)
    exchange.begin(method, path, *fields, ends=body is None)
    if body is not None:
        exchange.send(body, ends=True)
    return exchange.answer()


@pytest.mark.parametrize(
    ("connections", "number"), [(16, 60), pytest.param(64, 500, marks=[pytest.mark.soak, pytest.mark.timeout(300)])]
)
def test_each_of_many_clients_gets_its_own_answers(live: Live, connections: int, number: int) -> None:
    pid, before = live.pid, live.memory
    with ThreadPoolExecutor(connections) as clients:
        wrong = list(clients.map(lambda seed: drive(live, seed, number), range(connections)))
    assert wrong == [[]] * connections
    assert live.pid == pid
    assert live.memory - before < 32 * 1024 * 1024


def test_clients_that_come_and_go_leave_nothing_open(live: Live) -> None:
    pid = live.pid
    for n in range(100):
        with live.exchange() as exchange:
            exchange.begin("GET", f"/hold/passing-{n}" if n % 2 else "/stream/async/50")
    live.get("/pause")
    live.get("/pause")
    before, opened = resident_bytes(pid), descriptors(pid)
    for n in range(200):
        with live.exchange() as exchange:
            exchange.begin("GET", f"/hold/passed-{n}" if n % 2 else "/stream/async/50")
    live.get("/pause")
    live.get("/pause")
    assert resident_bytes(pid) - before < 16 * 1024 * 1024
    deadline = time.monotonic() + 5
    while descriptors(pid) > opened + 10 and time.monotonic() < deadline:
        live.get("/pause")
    assert descriptors(pid) <= opened + 10


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
