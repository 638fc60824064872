"""Define `Event` and the stream of them (server-sent events, HTML standard section 9.2). Sending is in the pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass

from demijohn.http.encoding import encode_json
from demijohn.http.response import Stream

__all__ = ["Event", "EventStream"]

_HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one event: `data` is text or becomes JSON; `name` is what `addEventListener` waits for.

    `id` comes back as the header Last-Event-ID after a reconnect; `retry` is the client's pause before it, in
    milliseconds.

    Raises:
        ValueError: `name` or `id` holds a line break or NUL, which would end the field.
    """

    data: object = ""
    name: str | None = None
    id: str | None = None
    retry: int | None = None

    def __post_init__(self) -> None:
        for field in (self.name, self.id):
            if field is not None and any(bad in field for bad in "\r\n\0"):
                raise ValueError(f"An event's name and id stand on one line; {field!r} does not.")

    def encode(self) -> bytes:
        """Return the event as it goes over the wire."""
        lines = []
        if self.name is not None:
            lines.append(f"event: {self.name}")
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {int(self.retry)}")
        text = self.data if isinstance(self.data, str) else encode_json(self.data).decode()
        # CR, LF and CRLF all end a line there; each line of the data is a field of its own.
        lines += [f"data: {line}" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        return ("\n".join(lines) + "\n\n").encode()


class EventStream(Stream):
    """Answer with events as they happen. `@app.sse` makes one of what its handler yields: Events, text, JSON values."""

    def __init__(
        self, events: AsyncIterable[object] | Iterable[object], *, heartbeat: float = _HEARTBEAT_SECONDS
    ) -> None:
        content = _encode_async(events) if isinstance(events, AsyncIterable) else _encode(events)
        super().__init__(content, headers={"cache-control": "no-store"}, content_type="text/event-stream")
        self.headers["x-accel-buffering"] = "no"  # nginx holds back what it proxies, unless told
        self.heartbeat = heartbeat


def _as_event(value: object) -> bytes:
    return value.encode() if isinstance(value, Event) else Event(value).encode()


async def _encode_async(events: AsyncIterable[object]) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            yield _as_event(event)
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def _encode(events: Iterable[object]) -> Iterator[bytes]:
    try:
        for event in events:
            yield _as_event(event)
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
