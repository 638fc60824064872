"""Start-up and shut-down steps run once in each process, and a stop lets requests finish and tells the rest."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.live.setups import RUN, SETUPS, Live, Setup
from tests.servers import launch, raw

if TYPE_CHECKING:
    from tests.live.conftest import Start

STEPS = Counter({"startup": 1, "startup-def": 1, "shutdown": 1})
WAYS = [("rsgi", "1"), ("asgi", "1"), ("rsgi", "2"), ("asgi", "2")]


def steps_by_process(live: Live) -> dict[str, Counter[str]]:
    steps: dict[str, Counter[str]] = {}
    for line in live.life:
        step, process = line.split()
        steps.setdefault(process, Counter())[step] += 1
    return steps


def is_running(process: str) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    return False


def stop(live: Live) -> int | None:
    live.server.terminate()
    return live.server.wait(15)


def test_requests_in_flight_are_answered_and_steps_run_once(setup: Setup, start: Start) -> None:
    live = start(setup)
    with live.exchange() as first, live.exchange() as second:
        for exchange, path in [(first, "/linger"), (second, "/linger/def")]:
            exchange.begin("GET", path)
            assert live.server.event("lingers")
        live.server.terminate()
        assert first.answer().body == second.answer().body == b"lingered"
    assert live.server.wait(15) is not None
    assert list(steps_by_process(live).values()) == [STEPS]


@pytest.mark.parametrize("setup", ["rsgi", "asgi"])
def test_steps_run_once_in_each_worker(setup: Setup, start: Start) -> None:
    live = start(setup, "--workers", "2")
    answering = set[int]()
    while len(answering) < 2:  # one that does not serve yet would lose the signal (Granian 2.8)
        answering.add(live.pid)
    assert stop(live) is not None
    steps = steps_by_process(live)
    assert list(steps.values()) == [STEPS, STEPS]
    assert not any(is_running(process) for process in steps)


@pytest.mark.parametrize("setup", [*SETUPS, "run"])
def test_a_step_that_fails_stops_the_start_and_says_why(setup: str, start: Start) -> None:
    command = RUN if setup == "run" else ()
    with pytest.raises(launch.ServerFailed) as failed:
        start("asgi" if setup == "run" else setup, command=command, LIVE_LIFE="/nowhere/life")
    if setup not in ("asgi", "h2-asgi"):  # where Granian's own log is off, and lifespan has no other way
        assert "in record" in str(failed.value)
        assert "/nowhere/life" in str(failed.value)


@pytest.mark.parametrize(("interface", "workers"), WAYS)
def test_run_lets_requests_finish_and_tells_streams_and_conversations(
    interface: Setup, workers: str, start: Start
) -> None:
    live = start(interface, "--interface", interface, "--workers", workers, command=RUN)
    with ExitStack() as opened:
        lingering = [opened.enter_context(live.exchange()) for _ in range(2)]
        for exchange, path in zip(lingering, ["/linger", "/linger/def"], strict=True):
            exchange.begin("GET", path)
            assert live.server.event("lingers")
        stream = opened.enter_context(live.exchange())
        stream.begin("GET", "/events/hold/run")
        assert live.server.event("open run")
        socket = opened.enter_context(connect(f"{live.url}/ws/echo", proxy=None, close_timeout=1))
        assert live.server.event("ws open")
        live.server.terminate()
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == (1005 if interface == "rsgi" else 1001)
        assert stream.answer().body == b"data: open\n\n"
        assert [exchange.answer().body for exchange in lingering] == [b"lingered", b"lingered"]
    assert live.server.wait(15) == 0
    events = live.server.events()
    assert "ws closed 1001" in events
    assert "closed run" in events
    steps = steps_by_process(live)
    assert list(steps.values()) == [STEPS] * int(workers)
    assert not any(is_running(process) for process in steps)


@pytest.mark.parametrize("interface", ["rsgi", "asgi"] * 2)
def test_a_stop_that_comes_while_workers_start_is_heard(interface: Setup, start: Start) -> None:
    live = start(interface, "--interface", interface, "--workers", "2", command=RUN)
    live.server.terminate()  # one of them accepts; the other may still load
    assert live.server.wait(15) == 0
    assert all(steps["shutdown"] == steps["startup"] for steps in steps_by_process(live).values())


@pytest.mark.parametrize("interface", ["rsgi", "asgi"])
def test_run_cuts_off_what_does_not_end_in_time(interface: Setup, start: Start) -> None:
    live = start(interface, "--interface", interface, "--stop-timeout", "0.3", command=RUN)
    with live.exchange() as exchange:
        exchange.begin("GET", "/hold/for-ever")
        assert live.server.event("held for-ever")
        live.server.terminate()
        answer = exchange.answer()
        assert (answer.status, json.loads(answer.body)["code"]) == (503, "server.stopping")
        assert answer.values("retry-after") == ["1"]
    assert live.server.wait(15) is not None
    assert list(steps_by_process(live).values()) == [STEPS]


def test_run_takes_no_new_request_while_it_stops(start: Start) -> None:
    live = start("asgi", command=RUN)
    with live.exchange() as exchange:
        exchange.begin("GET", "/linger")
        assert live.server.event("lingers")
        live.server.terminate()
        assert exchange.answer().body == b"lingered"
    assert live.server.wait(15) == 0
    with pytest.raises(OSError, match="refused"):
        live.exchange()


@pytest.mark.parametrize("interface", ["asgi", "asginl"])
def test_granian_may_be_embedded_over_asgi(interface: str, start: Start) -> None:
    command = (sys.executable, "-m", "tests.live.embedded", interface, "{port}")
    live = start("asgi", command=command)
    with live.exchange() as exchange:
        exchange.begin("GET", "/linger")
        assert live.server.event("lingers")
        live.server.terminate()
        assert exchange.answer().body == b"lingered"
    assert live.server.wait(15) is not None  # Granian's threads may outlive the interpreter, and abort it then
    if interface == "asgi":  # the other is the one without lifespan
        assert list(steps_by_process(live).values()) == [STEPS]


def test_embedding_over_rsgi_is_refused_with_the_remedy(start: Start) -> None:
    with pytest.raises(launch.ServerFailed, match=r"Embed with Server\(app, interface=Interfaces\.ASGI\)"):
        start("rsgi", command=(sys.executable, "-m", "tests.live.embedded", "rsgi", "{port}"))


@pytest.mark.parametrize("setup", ["rsgi", "h2"])
def test_spooled_streams_are_gone_when_the_process_is(setup: Setup, start: Start) -> None:
    live = start(setup)
    live.get("/stream/async/40")
    assert list(live.temporary.glob("demijohn-stream-*"))
    assert stop(live) is not None
    assert not list(live.temporary.iterdir())


def test_a_worker_that_dies_is_replaced_and_its_steps_run_anew(start: Start) -> None:
    live = start("asgi", "--respawn-failed-workers")
    first = live.pid
    os.kill(first, 9)
    second = first
    while second == first:
        with suppress(raw.Closed, raw.Silence, OSError):
            second = live.pid
    assert stop(live) is not None
    steps = steps_by_process(live)
    assert steps[str(first)] == STEPS - Counter({"shutdown": 1})
    assert steps[str(second)] == STEPS
