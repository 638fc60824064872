"""Run every case on every set-up, and write down what came: outcomes.py and docs/server-behaviour.md.

`python -m tests.servers.table` prints what differs from the record; with `--write` it becomes the record. Run it with a
new release of a server, read the differences, and let the gateways follow.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from .cases import EXCHANGES
from .exchange import observe
from .outcomes import OUTCOMES
from .scenarios import SCENARIOS
from .setups import ROOT, SETUPS, TITLES, Running, Servers, Setup
from .shutdown import PROCESS_CASES
from .verdicts import INTRODUCTION, SECTIONS, VERDICTS

PAGE = ROOT / "docs" / "server-behaviour.md"
RECORD = Path(__file__).with_name("outcomes.py")
_EXCHANGES = {case.name: case for case in EXCHANGES}


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
    section = ""
    for name in names():
        if name in SECTIONS:
            section = SECTIONS[name]
            yield f"\n## {section}\n"
            yield f"| case | {' | '.join(TITLES[setup] for setup in SETUPS)} | so Demijohn |"
            yield "|---" * (len(SETUPS) + 2) + "|"
        cells = [name, *OUTCOMES[name], VERDICTS.get(name, "")]
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*") or " "


def _record(seen: dict[str, tuple[str, ...]]) -> str:
    lines = [
        '"""What each set-up did with each case, in the order rsgi, asgi, h2, uvicorn. table.py writes this file."""',
        "",
        f"# granian {version('granian')}, uvicorn {version('uvicorn')}",
        "# ruff: noqa: E501",
        "from __future__ import annotations",
        "",
        "OUTCOMES: dict[str, tuple[str, str, str, str]] = {",
    ]
    for name, outcomes in seen.items():
        lines += [f"    {_quoted(name)}: (", *(f"        {_quoted(outcome)}," for outcome in outcomes), "    ),"]
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return json.dumps(text) if "'" in text or '"' not in text else repr(text)


def main(arguments: list[str]) -> int:
    seen: dict[str, tuple[str, ...]] = {}
    servers = Servers()
    differences = 0
    try:
        for name in names():
            seen[name] = tuple(run(name, setup, servers) for setup in SETUPS)
            for setup, now, before in zip(SETUPS, seen[name], OUTCOMES.get(name, ("",) * 4), strict=True):
                if now != before:
                    differences += 1
                    sys.stdout.write(f"{name} [{setup}]\n    was {before}\n    now {now}\n")
    finally:
        servers.stop()
    if "--write" in arguments:
        RECORD.write_text(_record(seen))
        OUTCOMES.clear()
        OUTCOMES.update({name: (a, b, c, d) for name, (a, b, c, d) in seen.items()})
        PAGE.write_text(page())
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
