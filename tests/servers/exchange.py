"""Send one exchange to a server and put what came back into one line. The rows are in cases.py."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from . import raw
from .setups import Running

PING = b"GET /ping HTTP/1.1\r\nhost: localhost\r\n\r\n"
SILENCE = 0.3  # seconds, where silence is what one of the set-ups answers
PATIENCE = 5.0  # seconds otherwise
Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange: `send` over HTTP/1, `fields` and `body` over HTTP/2; without the one it is skipped there.

    `show` names what is recorded beside the status: a fact of the echo ("path"), all values of a request header
    ("h:name"), Granian's get of it ("g:name"), how often keys() has it ("k:name"), an answer header ("r:name"), an
    event that begins so ("e:body"), the length of the answer's body ("bytes").
    """

    name: str
    send: bytes = b""
    fields: Fields | None = None
    body: bytes | None = None
    show: tuple[str, ...] = ()
    answers: int = 1
    bodiless: bool = False
    probe: bool = True
    end: bool = True
    risky: bool = False
    silent: bool = False  # some set-up does not answer: do not wait for long


def head(line: str, *headers: str, host: str | None = "localhost") -> bytes:
    hosts = [] if host is None else [f"host: {host}"]
    return "\r\n".join([f"{line} HTTP/1.1", *hosts, *headers, "", ""]).encode("latin-1")


def fields(path: str, *extra: tuple[str, str], method: str = "GET", authority: str | None = "localhost") -> Fields:
    pairs = [(":method", method), (":scheme", "http"), (":path", path)]
    if authority is not None:
        pairs.append((":authority", authority))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in [*pairs, *extra]]


def get(name: str, path: str, *headers: tuple[str, str], **more: object) -> Exchange:
    """The same GET over HTTP/1 and HTTP/2."""
    lines = [f"{key}: {value}" for key, value in headers]
    lowered = [(key.lower(), value) for key, value in headers]
    return Exchange(name, head(f"GET {path}", *lines), fields(path, *lowered), **more)  # type: ignore[arg-type]  # a shorthand for the rows below


def post(name: str, path: str, payload: bytes, *headers: str, **more: object) -> Exchange:
    """A POST over HTTP/1 alone, with its framing headers as given."""
    return Exchange(name, head(f"POST {path}", *headers) + payload, **more)  # type: ignore[arg-type]  # a shorthand for the rows below


def observe(case: Exchange, running: Running) -> str:
    """Send the case to a running server and describe what came back in one line."""
    over_h2 = running.setup == "h2"
    if over_h2 and case.fields is None:
        return "-"
    if not over_h2 and not case.send:
        return "-"
    running.server.events()
    parts = _over_h2(case, running) if over_h2 else _over_h1(case, running)
    parts += [running.server.event(key[2:]) or "no event" for key in case.show if key.startswith("e:")]
    if case.risky and not running.answers():
        parts.append("the server is dead")
    return " ".join(parts)


def _over_h1(case: Exchange, running: Running) -> list[str]:
    parts: list[str] = []
    with raw.Http1(running.server.address, timeout=SILENCE if case.silent else PATIENCE) as connection:
        connection.send(case.send)
        try:
            for _ in range(case.answers):
                parts += [_describe(connection.receive(bodiless=case.bodiless), case)]
            if case.answers > 2:
                parts = [f"{parts.count(parts[0])} times {parts[0]}"]
            if case.probe:
                connection.send(PING)
                answer = connection.receive()
                parts.append("keeps" if b"/ping" in answer.body else f"then {answer.status}")
        except raw.Silence:
            parts.append("silence")
        except raw.Closed as closed:
            parts.append("garbled" if "not an answer" in str(closed) else "closes")
    return parts


def _over_h2(case: Exchange, running: Running) -> list[str]:
    assert case.fields is not None
    with raw.Http2(running.server.address, timeout=SILENCE if case.silent else PATIENCE) as connection:
        try:
            stream = connection.request(case.fields, case.body, end=case.end)
            parts = [_describe(connection.receive(stream), case)]
            pong = connection.receive(connection.request(fields("/ping")))
            parts.append("keeps" if pong.status == 200 else "lost")
            return parts
        except raw.Silence:
            return ["silence"]
        except raw.Closed as closed:
            return [str(closed)]


def _describe(answer: raw.Answer, case: Exchange) -> str:
    parts = [str(answer.status)]
    facts: dict[str, object] = {}
    if answer.body.startswith(b"{"):
        facts = json.loads(answer.body)
    for key in case.show:
        kind, _, name = key.partition(":")
        value: object
        if kind in "hkg" and not facts:
            continue
        if kind == "h":
            value = [pair[1] for pair in _pairs(facts.get("headers")) if pair[0] == name]
        elif kind == "k":
            keys = facts.get("keys")
            value = keys.count(name) if isinstance(keys, list) else None
        elif kind == "g":
            got = facts.get("get")
            value = got.get(name, "-") if isinstance(got, dict) else None
        elif kind == "r":
            value = answer.values(name)
        elif kind == "e":
            continue
        elif kind == "bytes":
            value = len(answer.body)
        else:
            if key not in facts:
                continue
            value = facts[key]
        parts.append(f"{key}={_steady(json.dumps(value, ensure_ascii=True))}")
    return " ".join(parts)


def _pairs(value: object) -> list[tuple[str, str]]:
    return [(str(pair[0]), str(pair[1])) for pair in value] if isinstance(value, list) else []


def _steady(text: str) -> str:
    """Replace what changes from run to run: port numbers; and shorten what is long."""
    text = re.sub(r"(127\.0\.0\.1)(:|\", \"?)\d+", r"\1\2PORT", text)
    return text if len(text) <= 70 else f"{text[:30]}...{len(text)} characters"
