"""Run every case on every set-up, and write down what came: outcomes.json and docs/server-behaviour.md.

`python -m tests.servers.table` prints what differs from the record; with `--write` it becomes the record. Run it with a
new release of a server, read the differences, and let the gateways follow.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import msgspec

from .cases import EXCHANGES
from .exchange import observe
from .scenarios import SCENARIOS
from .setups import ROOT, SETUPS, TITLES, Running, Servers, Setup
from .shutdown import PROCESS_CASES
from .verdicts import INTRODUCTION, SECTIONS, VERDICTS

PAGE = ROOT / "docs" / "server-behaviour.md"
RECORD = Path(__file__).with_name("outcomes.json")


class _Record(msgspec.Struct):
    servers: dict[str, str]
    outcomes: dict[str, list[str]]


_EXCHANGES = {case.name: case for case in EXCHANGES}


def recorded() -> dict[str, list[str]]:
    """Return what each set-up did with each case, in the order of SETUPS."""
    return msgspec.json.decode(RECORD.read_bytes(), type=_Record).outcomes


def names() -> list[str]:
    return [*_EXCHANGES, *SCENARIOS, *PROCESS_CASES]


def is_long(name: str) -> bool:
    return SCENARIOS[name][1] if name in SCENARIOS else name in PROCESS_CASES and PROCESS_CASES[name][1]


def run(name: str, setup: Setup, servers: Servers) -> str:
    """Run one case on one set-up and describe what came in one line."""
    if name in PROCESS_CASES:
        return PROCESS_CASES[name][0](setup)
    running: Running = servers.get(setup)
    return observe(_EXCHANGES[name], running) if name in _EXCHANGES else SCENARIOS[name][0](running)


def page() -> str:
    """Return the text of the page, made from the record alone."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield INTRODUCTION.strip()
    outcomes = recorded()
    for name in names():
        if name in SECTIONS:
            yield f"\n## {SECTIONS[name]}\n"
            yield f"| case | {' | '.join(TITLES[setup] for setup in SETUPS)} | so Demijohn |"
            yield "|---" * (len(SETUPS) + 2) + "|"
        cells = [name, *outcomes[name], VERDICTS.get(name, "")]
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") or " "


def main(arguments: list[str]) -> int:
    seen: dict[str, list[str]] = {}
    before = recorded()
    servers = Servers()
    differences = 0
    try:
        for name in names():
            seen[name] = [run(name, setup, servers) for setup in SETUPS]
            for setup, now, was in zip(SETUPS, seen[name], before.get(name, [""] * 4), strict=True):
                if now != was:
                    differences += 1
                    sys.stdout.write(f"{name} [{setup}]\n    was {was}\n    now {now}\n")
    finally:
        servers.stop()
    if "--write" in arguments:
        record = _Record({name: version(name) for name in ("granian", "uvicorn")}, seen)
        RECORD.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
        PAGE.write_text(page())
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
