"""Write the measured figures as Markdown: what `make bench` prints and docs/benchmarks.md holds."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from benchmarks.footprint import Comparison
from benchmarks.load import CONNECTIONS, generator
from benchmarks.overhead import Cost
from benchmarks.spread import Spread

INTRODUCTION: Final = """\
# Benchmarks

`make bench` wrote this page. Times on a shared machine mean little by themselves, so read the ratios: each is the
median of pairs taken in turn in one run, with the smallest and the largest beside it.
"""


def render(costs: Sequence[Cost], comparison: Comparison | None, rounds: int) -> str:
    """Return the page for whatever was measured."""
    parts = [INTRODUCTION, _conditions(rounds)]
    if costs:
        parts.append(_render_costs(costs))
    if comparison is not None:
        parts.append(_render_footprint(comparison))
    return "\n".join(parts)


def _conditions(rounds: int) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("demijohn", "granian", "uvloop", "msgspec", "flask"))
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} shared virtual CPUs"
    return f"""\
Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}, {packages}
on {machine}; {rounds} pairs each.
The server has one worker, uvloop and HTTP/1.1 on one core;
{generator()} sends over {CONNECTIONS} connections from the other.
"""


def _render_costs(costs: Sequence[Cost]) -> str:
    rows = [
        [
            cost.subject,
            cost.request_headers,
            f"{cost.microseconds:.1f}",
            _ratio(cost.ratio),
            _range(cost.ratio),
            _limit(cost.promise),
        ]
        for cost in costs
    ]
    heads = ["program", "request headers", "CPU µs", "ratio to bare", "range (middle half)", "promised"]
    return f"""\
## A JSON request

CPU time of all threads and processes of the server for each answered request. All programs send the same answer,
security headers included, which is checked before the run. Thirteen headers are what Chromium sends with `fetch()`.

{_table(heads, rows)}
"""


def _render_footprint(comparison: Comparison) -> str:
    ours, flask = comparison.demijohn, comparison.flask
    spread = comparison.import_ratio
    rows = [
        ["distributions installed", str(ours.distributions), str(flask.distributions), "", "at most 7"],
        ["modules imported", str(ours.modules), str(flask.modules), "", "at most 200"],
        [
            "CPU ms to import and build the app",
            f"{ours.import_milliseconds:.0f}",
            f"{flask.import_milliseconds:.0f}",
            f"{_ratio(spread)} ({_range(spread)})",
            "at most 0.4",
        ],
        _memory_row(
            "MiB of a worker under a supervisor", ours.memory.worker_rss, flask.memory.worker_rss, "less than 1"
        ),
        _memory_row("the same, shared pages counted in part", ours.memory.worker_pss, flask.memory.worker_pss, ""),
        _memory_row("MiB of supervisor and worker", ours.memory.all_pss, flask.memory.all_pss, ""),
        _memory_row(
            "MiB of `demijohn run`, one process", comparison.one_process.worker_rss, flask.memory.worker_rss, ""
        ),
    ]
    return f"""\
## A hello-world

The five lines of each first page, from a plain install. Flask is served by its development server, Demijohn by the
servers that the rows name; memory is resident memory after a second of load.

{_table(["", "Demijohn", "Flask", "ratio", "promised"], rows)}
"""


def _memory_row(label: str, ours: float, flask: float, promise: str) -> list[str]:
    return [label, f"{ours:.1f}", f"{flask:.1f}", f"{ours / flask:.2f}", promise]


def _ratio(spread: Spread | None) -> str:
    return "1" if spread is None else f"**{spread.median:.2f}**"


def _range(spread: Spread | None) -> str:
    if spread is None:
        return ""
    return f"{spread.low:.2f} to {spread.high:.2f} ({spread.first_quartile:.2f} to {spread.third_quartile:.2f})"


def _limit(promise: float | None) -> str:
    return "" if promise is None else f"at most {promise}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
