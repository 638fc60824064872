"""Keep a guest book in memory: pages, a form, flashed messages, JSON, events and a WebSocket in one file.

`demijohn dev` serves it. The entries live in this process: with several workers each would have its own.
"""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Generic, NoReturn, TypeVar

from msgspec import Meta, Struct

from demijohn import (
    App,
    Event,
    FormField,
    Header,
    HTTPError,
    Page,
    Request,
    Response,
    Session,
    UploadedFile,
    WebSocket,
    WebSocketClosed,
    abort,
    flash,
    rate_limit,
    redirect,
    render,
    url_for,
)

app = App(__name__)

LONGEST = {"name": 60, "message": 1000}
MOST_ENTRIES = 1000
MOST_WAITING = 100
PAGE_SIZE = 10


class NewEntry(Struct):
    """What a program sends."""

    name: Annotated[str, Meta(pattern=r"\S", max_length=LONGEST["name"])]
    message: Annotated[str, Meta(pattern=r"\S", max_length=LONGEST["message"])]


class Entry(Struct):
    """What the book keeps."""

    id: int
    name: str
    message: str
    written: datetime


class Draft(Struct):
    """What a visitor has typed into the form, and what is wrong with it, by field."""

    name: str = ""
    message: str = ""
    mistakes: dict[str, str] = {}


class Sheet(Struct):
    """The entries of one page of the book."""

    entries: list[Entry]
    number: int
    last: int


class BookFull(Exception):
    """No entry can be added before one is deleted."""


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


entries: dict[int, Entry] = {}
numbers = count(1)
new_entries: Channel[Entry] = Channel()
talk: Channel[str | bytes] = Channel()


# The pages


@app.get("/")
async def index(session: Session, page: int = 1) -> Response:
    before = session.get("visits")
    session["visits"] = before + 1 if isinstance(before, int) else 1
    return show_book(page, Draft())


@app.post("/")
async def sign(
    name: Annotated[str, FormField()] = "", message: Annotated[str, FormField()] = ""
) -> Response | tuple[Response, int]:
    draft = Draft(name.strip(), message.replace("\r\n", "\n").strip())
    draft.mistakes = find_mistakes(draft)
    if draft.mistakes:
        return show_book(1, draft), 422
    add_entry(draft.name, draft.message)
    flash(f"Thank you, {draft.name}.")
    return redirect(index)


@app.get("/entries.html")
async def show_entries(page: int = 1) -> Response:
    """Answer with the entries alone, which the script of the page puts in place of those it shows."""
    return render("index.html#entries", sheet=read_sheet(page))


def show_book(number: int, draft: Draft) -> Response:
    return render("index.html", sheet=read_sheet(number), draft=draft, longest=LONGEST)


def read_sheet(number: int) -> Sheet:
    newest = list(entries.values())[::-1]
    last = max(1, -(-len(newest) // PAGE_SIZE))
    if not 1 <= number <= last:
        abort(404, f"There is no page {number} in the book. The last one is {last}.", code="page.missing")
    start = (number - 1) * PAGE_SIZE
    return Sheet(newest[start : start + PAGE_SIZE], number, last)


def find_mistakes(draft: Draft) -> dict[str, str]:
    mistakes = {}
    for field, text in (("name", draft.name), ("message", draft.message)):
        if not text:
            mistakes[field] = f"Please enter your {field}."
        elif len(text) > LONGEST[field]:
            mistakes[field] = f"Your {field} has {len(text)} characters. There is room for {LONGEST[field]}."
    return mistakes


def add_entry(name: str, message: str) -> Entry:
    if len(entries) >= MOST_ENTRIES:
        raise BookFull
    entry = Entry(next(numbers), name, message, datetime.now(UTC))
    entries[entry.id] = entry
    new_entries.publish(entry)
    return entry


@app.error_handler(BookFull)
def refuse_entry() -> NoReturn:
    abort(409, f"The book holds {MOST_ENTRIES} entries. One must be deleted first.", code="book.full")


@app.error_handler(404)
def show_missing(error: HTTPError, request: Request) -> Page | HTTPError:
    return render("404.html", error=error) if request.prefers_html else error


# The same for programs


@app.get("/entries")
async def list_entries(name: str | None = None, limit: Annotated[int, Meta(ge=1, le=100)] = 20) -> list[Entry]:
    found = [entry for entry in entries.values() if name is None or entry.name == name]
    return found[::-1][:limit]


@app.post("/entries")
async def create_entry(new: NewEntry) -> tuple[Entry, int, dict[str, str]]:
    entry = add_entry(new.name, new.message)
    return entry, 201, {"location": url_for(show_entry, number=entry.id)}


@app.get("/entries/<int:number>")
async def show_entry(number: int) -> Entry:
    if number not in entries:
        abort(404, f"There is no entry {number}.", code="entry.missing")
    return entries[number]


@app.get("/entries/<int:number>.txt")
async def show_text(number: int) -> str:
    entry = await show_entry(number)
    return f"{entry.message}\n\n{entry.name}, {entry.written:%Y-%m-%d}\n"


@app.delete("/entries/<int:number>")
async def delete_entry(number: int) -> None:
    await show_entry(number)
    del entries[number]


# What stays open, and the rest


@app.sse("/events")
async def events(last_seen: Annotated[int | None, Header("last-event-id")] = None) -> AsyncIterator[Event]:
    with new_entries.listen() as queue:
        if last_seen is not None:  # a browser that was disconnected says which one it saw last
            for entry in [entry for entry in entries.values() if entry.id > last_seen]:
                yield Event(entry, name="entry", id=str(entry.id))
        while True:
            entry = await queue.get()
            yield Event(entry, name="entry", id=str(entry.id))


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
            talk.queues.discard(queue)  # whoever has left is not counted
            talk.publish(f"{len(talk.queues)} here.")


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


@app.get("/coin")
@rate_limit("3/m")
def toss_coin() -> str:
    return random.choice(("Heads.\n", "Tails.\n"))
