"""Files of a form go to disk as they arrive, within bounded memory, and nothing of them is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from tests.live.clients import Exchange
from tests.live.setups import Live
from tests.servers import raw

MEGABYTE = 1024 * 1024
PIECE = bytes(range(256)) * 1024
BOUNDARY = "live-boundary"
FORM = ("content-type", f"multipart/form-data; boundary={BOUNDARY}")
OPENING = (
    f"--{BOUNDARY}\r\n"
    'content-disposition: form-data; name="upload"; filename="../../etc/report.bin"\r\n'
    "content-type: application/octet-stream\r\n\r\n"
).encode()
CLOSING = f"\r\n--{BOUNDARY}--\r\n".encode()


def leftovers(live: Live, pid: int) -> list[str]:
    """Name the temporary files of the server process, those without a name among them."""
    named = [str(path) for path in live.temporary.iterdir() if not path.name.startswith("demijohn-stream-")]
    opened = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except FileNotFoundError:
            continue
        if target.startswith(str(live.temporary)) and "demijohn-stream-" not in target:
            opened.append(target)
    return named + opened


def nothing_left(live: Live, pid: int) -> bool:
    """Wait for the temporary files to go: a worker sends its answer before the loop closes them."""
    deadline = time.monotonic() + 5
    while leftovers(live, pid):
        if time.monotonic() > deadline:
            return False
        live.get("/pause")
    return True


def begin(exchange: Exchange, size: int) -> None:
    exchange.begin("POST", "/files", FORM, ("content-length", str(len(OPENING) + size + len(CLOSING))), ends=False)
    exchange.send(OPENING)


def upload(live: Live, size: int) -> raw.Answer:
    with live.exchange(timeout=30) as exchange:
        begin(exchange, size)
        left = size
        while left:
            part = PIECE[: min(left, len(PIECE))]
            exchange.send(part)
            left -= len(part)
        exchange.send(CLOSING, ends=True)
        return exchange.answer()


def digest(size: int) -> str:
    sha = hashlib.sha256()
    for _ in range(size // len(PIECE)):
        sha.update(PIECE)
    sha.update(PIECE[: size % len(PIECE)])
    return sha.hexdigest()


@pytest.mark.parametrize("size", [0, 1000, 3 * MEGABYTE, 100_000_000])
def test_a_file_arrives_whole_in_bounded_memory_and_is_gone_afterwards(live: Live, size: int) -> None:
    pid, before = live.pid, live.memory
    answer = upload(live, size)
    assert answer.status == 200
    assert json.loads(answer.body) == {"name": "report.bin", "size": size, "sha256": digest(size)}
    assert live.memory - before < 16 * MEGABYTE
    assert nothing_left(live, pid)


def test_an_upload_over_the_limit_is_refused_and_leaves_nothing(live: Live) -> None:
    pid = live.pid
    with live.exchange() as exchange:
        begin(exchange, 301_000_000)
        answer = exchange.answer()
    assert (answer.status, json.loads(answer.body)["code"]) == (413, "body.too_large")
    assert nothing_left(live, pid)


def test_an_upload_that_breaks_off_leaves_nothing(live: Live) -> None:
    pid = live.pid
    with live.exchange() as exchange:
        begin(exchange, 20 * MEGABYTE)
        exchange.send(PIECE * 20)
        live.get("/pause")
        assert leftovers(live, pid)
        exchange.reset()
    assert nothing_left(live, pid)


def test_an_upload_whose_handler_fails_leaves_nothing(live: Live) -> None:
    pid = live.pid
    body = OPENING + PIECE * 8 + CLOSING
    answer = live.ask("POST", "/files/boom", FORM, body=body)
    assert answer.status == 500
    assert nothing_left(live, pid)


def test_a_malformed_upload_leaves_nothing(live: Live) -> None:
    pid = live.pid
    answer = live.ask("POST", "/files", FORM, body=OPENING + PIECE * 8)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, "form.malformed")
    assert nothing_left(live, pid)


def test_files_are_refused_where_none_are_declared(live: Live) -> None:
    answer = live.ask("POST", "/form", FORM, body=OPENING + b"abc" + CLOSING)
    assert (answer.status, json.loads(answer.body)["code"]) == (415, "form.files_refused")


def test_fields_beside_each_other_arrive(live: Live) -> None:
    body = b"a=1&b=%C3%A9&c=x+y"
    answer = live.ask("POST", "/form", ("content-type", "application/x-www-form-urlencoded"), body=body)
    assert json.loads(answer.body) == {"a": "1", "b": "é", "c": "x y"}
