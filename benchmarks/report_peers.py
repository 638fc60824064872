"""Write the tables of peers.py as Markdown: one a scenario for docs/benchmarks.md, and a short one for the README."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.markdown import factor, range_of, table
from benchmarks.peers import BASELINES, DEMIJOHN, DEMIJOHN_DEF, PAGE_PROMISE, Program, Series
from benchmarks.scenarios import FORM, JSON, NOTE, PAGE, SCENARIOS, UPLOAD, Scenario

INTRODUCTION: Final = """\
## Beside other frameworks

Each framework's program is written as its documentation would write it (`benchmarks/apps/`), and all are served by the
same Granian over the interface that suits them: RSGI, ASGI, or WSGI with one thread. All answers are checked to say the
same before the run; only Demijohn's and Django's carry security headers, and the bare programs send Demijohn's. Where a
framework has no validation of its own (Flask, Quart, Starlette, Falcon, Emmett55) the note is checked by hand, and
where it has no templates (Falcon, Emmett55) Jinja is called; Django renders with its own. Django has the middleware of
`startproject`; its POST views are exempt from the CSRF check, because the load has no token. Pages and forms are asked
for with a browser's thirteen request headers, the rest with one.

CPU µs are user and system time of the whole server for each answered request. "Times Demijohn" is the program's time
divided by that of Demijohn's `async def` handler: above 1, Demijohn is cheaper. MiB is the resident memory of the
worker by then; a program answers all scenarios from one process, so it grows down the page.

The factors promised for JSON were measured on a slower machine, where Python weighed more beside the kernel. Behind
each stands what the bare server reaches here: no program on that server can be cheaper than it, so a promise above that
number cannot be kept on this machine by anything.
"""

_QUOTED: Final = {JSON: "JSON", NOTE: "checked JSON body", PAGE: "page of 12 rows", FORM: "form post", UPLOAD: "upload"}


def render_peers(series: Sequence[Series]) -> str:
    """Return the section for all scenarios."""
    parts = [INTRODUCTION]
    for scenario in SCENARIOS:
        own = [each for each in series if each.scenario is scenario]
        if own:
            parts.append(f"### {scenario.title}\n\n{_scenario_table(scenario, own)}\n")
    blocking = [each for each in series if each.scenario is JSON and each.program.name.endswith("`def`")]
    if blocking:
        parts.append(_render_blocking(blocking))
    return "\n".join(parts)


def render_quote(series: Sequence[Series]) -> str:
    """Return the table that the README quotes: what the best-known peers take, in Demijohn's costs."""
    by_key = {(each.scenario, each.program): each for each in series}
    scenarios = [each for each in _QUOTED if (each, DEMIJOHN) in by_key]
    programs = dict.fromkeys(each.program for each in series if each.program.promise is not None)
    rows = [
        [
            _plain_name(program),
            *(_multiple(by_key[scenario, program], by_key[scenario, DEMIJOHN]) for scenario in scenarios),
        ]
        for program in programs
    ]
    heads = ["CPU time, Demijohn's `async def` = 1", *(_QUOTED[each] for each in scenarios)]
    return table(heads, rows)


def _scenario_table(scenario: Scenario, series: Sequence[Series]) -> str:
    by_program = {each.program: each for each in series}
    baseline = by_program.get(BASELINES[scenario]) if scenario in BASELINES else None
    ours = by_program.get(DEMIJOHN)
    heads = ["program", "CPU µs", "requests/s", "MiB"]
    heads += ["ratio to bare", "range"] if baseline else []
    heads += ["times Demijohn", "range", "promised"]
    rows = []
    for each in series:
        row = [
            each.program.name,
            f"{median(each.microseconds):.1f}",
            f"{median(each.per_second):.0f}",
            f"{each.memory:.0f}",
        ]
        if baseline:
            row += _compare(each, baseline)
        row += _compare(each, ours) if ours else ["", ""]
        rows.append([*row, _promise(each, ours, baseline)])
    return table(heads, rows)


def _render_blocking(series: Sequence[Series]) -> str:
    ours = next((each for each in series if each.program is DEMIJOHN_DEF), None)
    if ours is None:
        return ""
    rows = [[each.program.name, f"{median(each.microseconds):.1f}", *_compare(each, ours)] for each in series]
    return f"""\
### JSON from `def` handlers alone

The same figures as in the first table, beside Demijohn's `def` handler. Demijohn, Starlette, Litestar, FastAPI and
Quart run it in another thread than the event loop's; Granian runs a WSGI program in a thread of its own.

{table(["program", "CPU µs", "times Demijohn, `def`", "range"], rows)}
"""


def _compare(series: Series, other: Series) -> list[str]:
    if series is other:
        return ["1", ""]
    times = series.times(other)
    return [factor(times.median), range_of(times)]


def _promise(series: Series, ours: Series | None, baseline: Series | None) -> str:
    """Return what was promised of this program in this scenario, and whether the median keeps it."""
    least = series.program.promise
    if series.scenario is JSON and least is not None and ours is not None:
        kept = _kept(series.times(ours).median >= least)
        bound = f" (the bare server: {series.times(baseline).median:.1f})" if baseline is not None else ""
        return f"at least {least:g} times Demijohn: {kept}{bound}"
    if series.scenario is PAGE and series.program in (DEMIJOHN, DEMIJOHN_DEF) and baseline is not None:
        return f"at most {PAGE_PROMISE} times bare: {_kept(series.times(baseline).median <= PAGE_PROMISE)}"
    return ""


def _kept(is_kept: bool) -> str:
    return "kept" if is_kept else "not kept"


def _plain_name(program: Program) -> str:
    return program.name.partition(",")[0]


def _multiple(series: Series, ours: Series) -> str:
    return f"{series.times(ours).median:.1f}"
