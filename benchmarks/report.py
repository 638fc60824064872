"""Write the measured figures as Markdown: what `make bench` prints and docs/benchmarks.md holds.

The tables beside other frameworks are in report_peers.py.
"""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from benchmarks.footprint import HELLOS, Comparison
from benchmarks.load import CONNECTIONS, generator
from benchmarks.markdown import factor, range_of, spread_of, table
from benchmarks.overhead import Cost
from benchmarks.peers import Series
from benchmarks.report_peers import render_peers
from benchmarks.spread import Spread

INTRODUCTION: Final = """\
# Benchmarks

`make bench` wrote this page. Times on a shared machine mean little by themselves, so read the ratios: each is the
median of pairs taken in turn in one run, with the smallest and the largest beside it.
"""


def render(costs: Sequence[Cost], series: Sequence[Series], comparison: Comparison | None, rounds: int) -> str:
    """Return the page for whatever was measured."""
    parts = [INTRODUCTION, _conditions(rounds)]
    if costs:
        parts.append(_render_costs(costs))
    if series:
        parts.append(render_peers(series))
    if comparison is not None:
        parts += [_render_hello(comparison), _render_footprints(comparison)]
    return "\n".join(parts)


def _conditions(rounds: int) -> str:
    names = ("granian", "uvloop", "msgspec", "pydantic", "jinja2", *HELLOS)
    packages = table(["package", "version"], [[name, version(name)] for name in names])
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} shared virtual CPUs"
    return f"""\
Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()}
on {machine}; {rounds} pairs each.
The server is Granian with one worker, uvloop and HTTP/1.1 on one core;
{generator()} sends over {CONNECTIONS} connections from the other.

{packages}
"""


def _render_costs(costs: Sequence[Cost]) -> str:
    rows = [
        [
            cost.subject,
            cost.request_headers,
            f"{cost.microseconds:.1f}",
            _ratio(cost.ratio),
            "" if cost.ratio is None else spread_of(cost.ratio),
            "" if cost.promise is None else f"at most {cost.promise}",
        ]
        for cost in costs
    ]
    heads = ["program", "request headers", "CPU µs", "ratio to bare", "range (middle half)", "promised"]
    return f"""\
## A JSON request

CPU time of all threads and processes of the server for each answered request. All programs send the same answer,
security headers included, which is checked before the run. Thirteen headers are what Chromium sends with `fetch()`.

{table(heads, rows)}
"""


def _render_hello(comparison: Comparison) -> str:
    ours, flask = comparison.footprints["demijohn"], comparison.footprints["flask"]
    server, run = comparison.flask_run, comparison.demijohn_run
    rows = [
        ["distributions installed", str(ours.distributions), str(flask.distributions), "", "at most 7"],
        ["modules imported", str(ours.modules), str(flask.modules), "", "at most 200"],
        [
            "CPU ms to import and build the app",
            f"{ours.import_milliseconds:.0f}",
            f"{flask.import_milliseconds:.0f}",
            f"{_ratio(ours.import_ratio)} ({spread_of(ours.import_ratio)})",
            "at most 0.4",
        ],
        _memory_row("MiB of a worker under a supervisor", ours.memory.worker_rss, server.worker_rss, "less than 1"),
        _memory_row("the same, shared pages counted in part", ours.memory.worker_pss, server.worker_pss, ""),
        _memory_row("MiB of supervisor and worker", ours.memory.all_pss, server.all_pss, ""),
        _memory_row("MiB of `demijohn run`, one process", run.worker_rss, server.worker_rss, ""),
    ]
    return f"""\
## A hello-world

The five lines of each first page, from a plain install. Flask is served by its development server, Demijohn by the
servers that the rows name; memory is resident memory after a second of load.

{table(["", "Demijohn", "Flask", "ratio", "promised"], rows)}
"""


def _render_footprints(comparison: Comparison) -> str:
    rows = [
        [
            f"{each.name} {version(each.name)}",
            str(each.distributions),
            str(each.modules),
            f"{each.import_milliseconds:.0f}",
            f"{factor(each.import_ratio.median)} ({range_of(each.import_ratio)})",
            f"{each.memory.worker_rss:.1f}",
        ]
        for each in comparison.footprints.values()
    ]
    heads = ["framework", "distributions", "modules", "CPU ms to import", "ratio to Flask (range)", "MiB of a worker"]
    return f"""\
## The hello-worlds of others

Distributions are what `pip install` of the framework alone brings, a server where it names one. Each is imported as if
nothing else were installed, and served by Granian, on asyncio's own loop, for the memory of a worker after a second of
load.

{table(heads, rows)}
"""


def _memory_row(label: str, ours: float, flask: float, promise: str) -> list[str]:
    return [label, f"{ours:.1f}", f"{flask:.1f}", f"{ours / flask:.2f}", promise]


def _ratio(spread: Spread | None) -> str:
    return "1" if spread is None else factor(spread.median)
