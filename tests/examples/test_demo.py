"""Try the demonstration as programs and try.txt do, in-process over both interfaces.

What a browser is shown is in test_demo_pages.py, the served process in test_demo_served.py.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from demijohn.testing import Client

TRY = Path(__file__).resolve().parents[2] / "examples" / "demo" / "try.txt"
FORM = "application/x-www-form-urlencoded"

Interface = Literal["rsgi", "asgi"]


@pytest.fixture(params=["rsgi", "asgi"])
def client(request: pytest.FixtureRequest, demo: ModuleType) -> Iterator[Client]:
    interface: Interface = request.param
    with Client(demo.app, interface=interface, browser=False) as started:
        yield started


def add(client: Client, name: str, message: str = "Hello!") -> Any:  # Any: JSON
    response = client.post("/entries", json={"name": name, "message": message})
    assert response.status == 201, response.text
    return response.json()


def test_a_new_entry_has_an_address_where_it_is_found(client: Client) -> None:
    response = client.post("/entries", json={"name": "Bob", "message": "Good wine."})
    assert response.status == 201
    assert response.location == "/entries/1"
    shown = client.get("/entries/1").json()
    assert shown == response.json()
    assert (shown["name"], shown["message"]) == ("Bob", "Good wine.")


def test_entries_are_listed_newest_first_and_by_name(client: Client) -> None:
    for name, message in (("Ann", "a"), ("Bob", "b"), ("Ann", "c")):
        add(client, name, message)
    assert [entry["message"] for entry in client.get("/entries").json()] == ["c", "b", "a"]
    assert [entry["message"] for entry in client.get("/entries?name=Ann").json()] == ["c", "a"]
    assert [entry["message"] for entry in client.get("/entries?name=Ann&limit=1").json()] == ["c"]


def test_an_entry_reads_as_text(client: Client) -> None:
    written = add(client, "Bob", "Good wine.")["written"]
    response = client.get("/entries/1.txt")
    assert response.content_type == "text/plain"
    assert response.text == f"Good wine.\n\nBob, {written[:10]}\n"


def test_a_deleted_entry_is_gone(client: Client) -> None:
    add(client, "Ann")
    assert client.delete("/entries/1").status == 204
    assert client.get("/entries/1").json()["code"] == "entry.missing"
    assert client.delete("/entries/1").status == 404
    assert add(client, "Bob")["id"] == 2


def test_all_mistakes_of_an_entry_are_told_at_once(client: Client) -> None:
    response = client.post("/entries", json={"nmae": "Bob", "message": " "})
    assert response.status == 422
    found = {(error["field"], error["code"]) for error in response.json()["errors"]}
    assert found == {("name", "missing"), ("nmae", "unknown_field"), ("message", "pattern")}


def test_a_full_book_takes_no_more(client: Client, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "MOST_ENTRIES", 1)
    add(client, "Ann")
    response = client.post("/entries", json={"name": "Bob", "message": "Too late."})
    assert (response.status, response.content_type) == (409, "application/problem+json")
    assert response.json()["code"] == "book.full"


def test_programs_get_problem_json_where_a_browser_gets_a_page(client: Client) -> None:
    for accept in ({}, {"accept": "*/*"}, {"accept": "application/json"}):
        response = client.get("/nowhere", headers=accept)
        assert (response.status, response.content_type) == (404, "application/problem+json")
        assert response.json()["code"] == "http.not_found"


def test_new_entries_come_as_events(client: Client) -> None:
    add(client, "before anybody listened")
    with client.stream("GET", "/events") as stream:
        add(client, "Ann")
        event = stream.read_event()
    assert event is not None
    assert (event.event, event.id, event.json()["name"]) == ("entry", "2", "Ann")


def test_what_is_signed_on_the_page_comes_as_an_event(client: Client) -> None:
    with client.stream("GET", "/events") as stream:
        assert client.post("/", form={"name": "Ann", "message": "Hello!"}).status == 303
        event = stream.read_event()
    assert event is not None
    assert event.json()["name"] == "Ann"


def test_a_reconnecting_browser_gets_what_it_missed(client: Client) -> None:
    for name in ("a", "b", "c"):
        add(client, name)
    with client.stream("GET", "/events", headers={"last-event-id": "1"}) as stream:
        missed = [stream.read_event(), stream.read_event()]
    assert [event.json()["name"] for event in missed if event] == ["b", "c"]


def test_a_listener_that_does_not_keep_up_misses_the_oldest(
    client: Client, demo: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MOST_WAITING", 2)
    with demo.new_entries.listen() as queue:
        for name in ("a", "b", "c"):
            add(client, name)
        assert [queue.get_nowait().name, queue.get_nowait().name] == ["b", "c"]
    assert not demo.new_entries.queues


def test_everyone_in_the_chat_hears_everyone(client: Client, demo: ModuleType) -> None:
    with client.websocket("/chat") as ann:
        assert ann.receive() == "1 here."
        with client.websocket("/chat") as bob:
            assert (ann.receive(), bob.receive()) == ("2 here.", "2 here.")
            ann.send("Hello!")
            assert (ann.receive(), bob.receive()) == ("Hello!", "Hello!")
            bob.send("Hi!")
            assert (ann.receive(), bob.receive()) == ("Hi!", "Hi!")
        assert ann.receive() == "1 here."
    assert not demo.talk.queues


def test_an_uploaded_file_is_measured(client: Client) -> None:
    response = client.post("/files", files={"file": ("a.txt", b"hello", "text/plain")})
    assert response.json() == {"name": "a.txt", "bytes": 5, "sha256": sha256(b"hello").hexdigest()}


def test_the_fourth_coin_of_a_minute_is_refused(client: Client) -> None:
    answers = [client.get("/coin") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert {answer.text for answer in answers[:3]} <= {"Heads.\n", "Tails.\n"}


def test_try_txt_names_every_address(demo: ModuleType) -> None:
    told = TRY.read_text()
    paths = {served.pattern.text.replace("<int:number>", "1") for served in demo.app.freeze("test").routes}
    assert [path for path in sorted(paths) if not re.search(rf"(?:8000| at ){re.escape(path)}(?!\.?\w)", told)] == []


@pytest.mark.parametrize("line", [line.strip() for line in TRY.read_text().splitlines() if " curl " in f" {line}"])
def test_what_try_txt_says_to_type_is_answered(client: Client, line: str) -> None:
    words = shlex.split(re.sub(r"^for .*; do |; done.*$", "", re.sub(r"   +\S.*$", "", line)))
    target = next(word for word in words if word.startswith("localhost:8000"))
    options = dict(pairwise(words))
    headers = dict([options["-H"].lower().split(": ", 1)]) if "-H" in options else {}
    method = options.get("-X", "POST" if {"--json", "-F", "-d"} & options.keys() else "GET")
    add(client, "Ann")
    path = target.removeprefix("localhost:8000")
    if path == "/events":
        with client.stream("GET", path) as stream:
            assert stream.status == 200
        return
    if "--json" in options:
        headers["content-type"] = "application/json"
        response = client.request(method, path, body=options["--json"].encode(), headers=headers)
    elif "-d" in options:
        headers["content-type"] = FORM
        response = client.request(method, path, body=options["-d"].encode(), headers=headers)
    elif "-F" in options:
        response = client.request(method, path, files={"file": ("app.py", b"x", "text/plain")})
    else:
        response = client.request(method, path, headers=headers)
    expected = {"nmae": 422, "/99": 404, "Host:": 421, "Origin:": 403, "--json": 201, "-d": 303, "DELETE": 204}
    assert response.status == next((status for word, status in expected.items() if word in line), 200), response.text
