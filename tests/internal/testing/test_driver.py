from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from typing import Any

import pytest

from demijohn.testing import Client, ClientTimeout
from demijohn.testing.driver import Driver


async def twice(value: int) -> int:
    await asyncio.sleep(0)
    return 2 * value


def test_a_coroutine_runs_to_its_result() -> None:
    driver = Driver(1.0)
    assert [driver.run(twice(1)), driver.run(twice(2))] == [2, 4]
    driver.close()
    assert driver.is_closed


def test_what_was_left_running_is_cancelled_on_close() -> None:
    ended: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def leave() -> None:
        task = asyncio.ensure_future(linger())
        await asyncio.sleep(0)
        ended.append("left" if not task.done() else "done")

    driver = Driver(1.0)
    driver.run(leave())
    driver.close()
    assert ended == ["left", "cancelled"]


def test_a_driver_that_nobody_closes_leaves_no_open_loop() -> None:
    driver = Driver(1.0)
    driver.run(twice(1))
    loop = driver._loop
    del driver
    gc.collect()
    assert loop.is_closed()


def test_a_second_thread_is_refused() -> None:
    driver = Driver(1.0)
    raised: list[str] = []

    async def outer() -> None:
        def use() -> None:
            with pytest.raises(RuntimeError) as caught:
                driver.run(twice(1))
            raised.append(str(caught.value))

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()

    driver.run(outer())
    assert raised == ["Two threads use this client at once. Give each its own: Client(app)."]


@pytest.mark.timeout(0)  # pytest-timeout's alarm would be left in charge
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="alarms are POSIX")
@pytest.mark.parametrize("catches", [False, True])
def test_a_handler_that_blocks_the_loop_is_interrupted(pair_app: Any, interface: Any, catches: bool) -> None:
    async def block(_: Any) -> Any:
        while True:
            try:
                time.sleep(60)
            except ClientTimeout:
                if not catches:
                    raise
                return 200, [], b""

    client = Client(pair_app(http=block), interface=interface, timeout=0.05)
    with pytest.raises(ClientTimeout, match=r"blocked for 0\.05 s\. It stands at .*test_driver\.py:\d+ in block"):
        client.get("/")
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_an_alarm_of_someone_else_is_left_alone() -> None:
    previous = signal.signal(signal.SIGALRM, other := lambda *_: None)
    try:
        Driver(1.0).run(twice(1))
        assert signal.getsignal(signal.SIGALRM) is other
    finally:
        signal.signal(signal.SIGALRM, previous)
