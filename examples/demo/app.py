"""Keep notes in memory and tell everyone who listens: JSON, text, events and a WebSocket in one file.

`demijohn dev` serves it. The notes live in this process: with several workers each would have its own.
"""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from demijohn import (
    App,
    Event,
    Header,
    Request,
    Response,
    Session,
    UploadedFile,
    WebSocket,
    WebSocketClosed,
    abort,
    html,
    rate_limit,
    url_for,
)

app = App(__name__)

Title = Annotated[str, Meta(min_length=1, max_length=100)]
Tag = Annotated[str, Meta(pattern="^[a-z0-9-]{1,30}$")]

MOST_NOTES = 1000
MOST_WAITING = 100


class NewNote(Struct):
    """What a client sends."""

    title: Title
    body: Annotated[str, Meta(max_length=10_000)] = ""
    tags: Annotated[list[Tag], Meta(max_length=10)] = []


class Note(Struct):
    """What the service keeps and answers with."""

    id: int
    title: str
    body: str
    tags: list[str]
    written: datetime


class BoardFull(Exception):
    """No note can be added before one is deleted."""


T = TypeVar("T")


class Channel(Generic[T]):
    """Pass what is published to everyone who listens, each through a queue, so that nobody waits for the slowest.

    Only `async def` handlers use it, so only the event loop does, and nothing need be locked.
    """

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[T]] = set()

    def publish(self, value: T) -> None:
        for queue in self.queues:
            if queue.full():  # this one does not keep up and misses the oldest
                queue.get_nowait()
            queue.put_nowait(value)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[T]]:
        queue: asyncio.Queue[T] = asyncio.Queue(MOST_WAITING)
        self.queues.add(queue)
        try:
            yield queue
        finally:
            self.queues.discard(queue)


notes: dict[int, Note] = {}
numbers = count(1)
new_notes: Channel[Note] = Channel()
talk: Channel[str | bytes] = Channel()


@app.get("/")
def index() -> str:
    return (
        "Notes in memory.\n\n"
        "GET    /notes?tag=x&limit=10   the newest notes\n"
        "POST   /notes                  a new one, as JSON: title, body, tags\n"
        "GET    /notes/1                one, as JSON\n"
        "GET    /notes/1.txt            one, as text\n"
        "DELETE /notes/1                gone\n"
        "GET    /events                 new notes as they come (server-sent events)\n"
        "WS     /chat                   talk with everyone who is there\n"
        "POST   /files                  the size and SHA-256 of the file in the form field `file`\n"
        "GET    /visits                 how often you were here\n"
        "GET    /coin                   three tosses a minute\n"
        "GET    /live                   a page that shows notes and chat\n"
    )


@app.get("/notes")
async def list_notes(tag: str | None = None, limit: Annotated[int, Meta(ge=1, le=100)] = 20) -> list[Note]:
    found = [note for note in notes.values() if tag is None or tag in note.tags]
    return found[::-1][:limit]


@app.post("/notes")
async def create_note(new: NewNote) -> tuple[Note, int, dict[str, str]]:
    if len(notes) >= MOST_NOTES:
        raise BoardFull
    note = Note(next(numbers), new.title, new.body, new.tags, datetime.now(UTC))
    notes[note.id] = note
    new_notes.publish(note)
    return note, 201, {"location": url_for(show_note, number=note.id)}


@app.get("/notes/<int:number>")
async def show_note(number: int) -> Note:
    if number not in notes:
        abort(404, f"There is no note {number}.", code="note.missing")
    return notes[number]


@app.get("/notes/<int:number>.txt")
async def show_text(number: int) -> str:
    note = await show_note(number)
    return f"{note.title}\n{'=' * len(note.title)}\n\n{note.body}\n"


@app.delete("/notes/<int:number>")
async def delete_note(number: int) -> None:
    await show_note(number)
    del notes[number]


@app.error_handler(BoardFull)
def refuse_note() -> tuple[dict[str, str], int]:
    return {"code": "board.full", "detail": f"The board holds {MOST_NOTES} notes. Delete one first."}, 409


@app.sse("/events")
async def events(last_seen: Annotated[int | None, Header("last-event-id")] = None) -> AsyncIterator[Event]:
    with new_notes.listen() as queue:
        if last_seen is not None:  # a browser that was disconnected says which one it saw last
            for note in [note for note in notes.values() if note.id > last_seen]:
                yield Event(note, name="note", id=str(note.id))
        while True:
            note = await queue.get()
            yield Event(note, name="note", id=str(note.id))


@app.websocket("/chat")
async def chat(ws: WebSocket) -> None:
    with talk.listen() as queue:
        passing = asyncio.create_task(pass_on(queue, ws))
        try:
            talk.publish(f"{len(talk.queues)} here.")
            async for message in ws:
                talk.publish(message)
        finally:
            passing.cancel()


async def pass_on(queue: asyncio.Queue[str | bytes], ws: WebSocket) -> None:
    with suppress(WebSocketClosed):
        while True:
            await ws.send(await queue.get())


@app.post("/files")
def measure_file(file: UploadedFile) -> dict[str, str | int]:
    digest = hashlib.sha256()
    while chunk := file.read(65_536):
        digest.update(chunk)
    return {"name": file.filename, "bytes": file.size, "sha256": digest.hexdigest()}


@app.get("/visits")
def count_visit(session: Session) -> dict[str, int]:
    before = session.get("visits")
    session["visits"] = visits = before + 1 if isinstance(before, int) else 1
    return {"visits": visits}


@app.get("/coin")
@rate_limit("3/m")
def toss_coin() -> str:
    return random.choice(("Heads.\n", "Tails.\n"))


@app.get("/live")
def live(request: Request) -> Response:
    return html(
        """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Notes, live</title>
<h1>Notes, live</h1>
<form id="write"><label>New note <input name="title" required maxlength="100"></label> <button>Add</button></form>
<ul id="notes" aria-live="polite"></ul>
<h2>Chat</h2>
<form id="say"><label>Say <input name="text" required maxlength="500"></label> <button>Send</button></form>
<ul id="talk" aria-live="polite"></ul>
<script nonce="{nonce}">
const show = (list, text) =>
    document.getElementById(list).prepend(Object.assign(document.createElement("li"), { textContent: text }));
new EventSource("/events").addEventListener("note", event => show("notes", JSON.parse(event.data).title));
const chat = new WebSocket(location.origin.replace("http", "ws") + "/chat");
chat.onmessage = event => show("talk", event.data);
document.getElementById("write").onsubmit = event => {
    event.preventDefault();
    const body = JSON.stringify({ title: event.target.title.value });
    fetch("/notes", { method: "POST", headers: { "content-type": "application/json" }, body: body });
    event.target.reset();
};
document.getElementById("say").onsubmit = event => {
    event.preventDefault();
    chat.send(event.target.text.value);
    event.target.reset();
};
</script>
</html>
""",
        nonce=request.nonce,
    )
