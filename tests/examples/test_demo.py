"""Try the demonstration as try.txt tells people to, in-process over both interfaces. Served: test_demo_served.py."""

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

Interface = Literal["rsgi", "asgi"]


@pytest.fixture(params=["rsgi", "asgi"])
def client(request: pytest.FixtureRequest, demo: ModuleType) -> Iterator[Client]:
    interface: Interface = request.param
    with Client(demo.app, interface=interface, browser=False) as started:
        yield started


def add(client: Client, title: str, **more: object) -> Any:  # Any: JSON
    response = client.post("/notes", json={"title": title, **more})
    assert response.status == 201, response.text
    return response.json()


def test_a_new_note_has_an_address_where_it_is_found(client: Client) -> None:
    response = client.post("/notes", json={"title": "Buy milk", "body": "Two litres.", "tags": ["shop"]})
    assert response.status == 201
    assert response.location == "/notes/1"
    shown = client.get("/notes/1").json()
    assert shown == response.json()
    assert (shown["title"], shown["body"], shown["tags"]) == ("Buy milk", "Two litres.", ["shop"])


def test_notes_are_listed_newest_first_and_by_tag(client: Client) -> None:
    for title, tags in (("a", []), ("b", ["x"]), ("c", ["x", "y"])):
        add(client, title, tags=tags)
    titles = [note["title"] for note in client.get("/notes").json()]
    assert titles == ["c", "b", "a"]
    assert [note["title"] for note in client.get("/notes?tag=x&limit=1").json()] == ["c"]


def test_a_note_reads_as_text(client: Client) -> None:
    add(client, "Milk", body="Two litres.")
    response = client.get("/notes/1.txt")
    assert response.content_type == "text/plain"
    assert response.text == "Milk\n====\n\nTwo litres.\n"


def test_a_deleted_note_is_gone(client: Client) -> None:
    add(client, "Milk")
    assert client.delete("/notes/1").status == 204
    assert client.get("/notes/1").json()["code"] == "note.missing"
    assert client.delete("/notes/1").status == 404
    assert add(client, "Bread")["id"] == 2


def test_all_mistakes_of_a_note_are_told_at_once(client: Client) -> None:
    response = client.post("/notes", json={"titel": "Milk", "tags": ["No spaces"]})
    assert response.status == 422
    found = {(error["field"], error["code"]) for error in response.json()["errors"]}
    assert found == {("title", "missing"), ("titel", "unknown_field"), ("tags.0", "pattern")}


def test_a_full_board_takes_no_more(client: Client, demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "MOST_NOTES", 1)
    add(client, "one")
    response = client.post("/notes", json={"title": "two"})
    assert response.status == 409
    assert response.json()["code"] == "board.full"


def test_new_notes_come_as_events(client: Client) -> None:
    add(client, "before anybody listened")
    with client.stream("GET", "/events") as stream:
        add(client, "Milk")
        event = stream.read_event()
    assert event is not None
    assert (event.event, event.id, event.json()["title"]) == ("note", "2", "Milk")


def test_a_reconnecting_browser_gets_what_it_missed(client: Client) -> None:
    for title in ("a", "b", "c"):
        add(client, title)
    with client.stream("GET", "/events", headers={"last-event-id": "1"}) as stream:
        missed = [stream.read_event(), stream.read_event()]
    assert [event.json()["title"] for event in missed if event] == ["b", "c"]


def test_a_listener_that_does_not_keep_up_misses_the_oldest(
    client: Client, demo: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MOST_WAITING", 2)
    with demo.new_notes.listen() as queue:
        for title in ("a", "b", "c"):
            add(client, title)
        assert [queue.get_nowait().title, queue.get_nowait().title] == ["b", "c"]
    assert not demo.new_notes.queues


def test_everyone_in_the_chat_hears_everyone(client: Client, demo: ModuleType) -> None:
    with client.websocket("/chat") as ann:
        assert ann.receive() == "1 here."
        with client.websocket("/chat") as bob:
            assert (ann.receive(), bob.receive()) == ("2 here.", "2 here.")
            ann.send("Hello!")
            assert (ann.receive(), bob.receive()) == ("Hello!", "Hello!")
            bob.send("Hi!")
            assert (ann.receive(), bob.receive()) == ("Hi!", "Hi!")
    assert not demo.talk.queues


def test_an_uploaded_file_is_measured(client: Client) -> None:
    response = client.post("/files", files={"file": ("a.txt", b"hello", "text/plain")})
    assert response.json() == {"name": "a.txt", "bytes": 5, "sha256": sha256(b"hello").hexdigest()}


def test_visits_are_counted_for_each_visitor(demo: ModuleType) -> None:
    ann, bob = Client(demo.app), Client(demo.app)
    assert [ann.get("/visits").json()["visits"] for _ in range(3)] == [1, 2, 3]
    assert bob.get("/visits").json()["visits"] == 1


def test_the_fourth_coin_of_a_minute_is_refused(client: Client) -> None:
    answers = [client.get("/coin") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert {answer.text for answer in answers[:3]} <= {"Heads.\n", "Tails.\n"}


def test_the_page_runs_its_script_and_no_other(client: Client) -> None:
    response = client.get("/live")
    nonce = re.search(r'<script nonce="([^"]+)">', response.text)
    assert nonce is not None
    assert f"script-src 'self' 'nonce-{nonce[1]}'" in response.headers["content-security-policy"]
    assert "{nonce}" not in response.text


def test_the_index_names_every_address(client: Client, demo: ModuleType) -> None:
    index = client.get("/").text
    for served in demo.app.freeze("test").routes:
        path = served.pattern.text.replace("<int:number>", "1")
        assert path == "/" or f" {path}" in index, path


@pytest.mark.parametrize("line", [line.strip() for line in TRY.read_text().splitlines() if " curl " in f" {line}"])
def test_what_try_txt_says_to_type_is_answered(client: Client, line: str) -> None:
    words = shlex.split(re.sub(r"^for .*; do |; done.*$", "", re.sub(r"   +\S.*$", "", line)))
    target = next(word for word in words if word.startswith("localhost:8000"))
    options = dict(pairwise(words))
    fields = [word.split(": ") for word in words if ": " in word and "{" not in word]
    headers = {name.lower(): value for name, value in fields}
    method = options.get("-X", "POST" if {"--json", "-F"} & options.keys() else "GET")
    add(client, "Milk")
    path = target.removeprefix("localhost:8000")
    if path == "/events":
        with client.stream("GET", path) as stream:
            assert stream.status == 200
        return
    if "--json" in options:
        headers["content-type"] = "application/json"
        response = client.request(method, path, body=options["--json"].encode(), headers=headers)
    elif "-F" in options:
        response = client.request(method, path, files={"file": ("app.py", b"x", "text/plain")})
    else:
        response = client.request(method, path, headers=headers)
    expected = {"titel": 422, "/99": 404, "Host:": 421, "Origin:": 403, "--json": 201}
    assert response.status == next((status for word, status in expected.items() if word in line), 200), response.text
