"""Measure the CPU time of a request on one core, as ratios to the bare server in the same round.

All servers run side by side with the same options; an idle one costs nothing. Each round asks every one of them in
turn, and the next round in the opposite order, so that a busy minute of the machine falls on all.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.load import CHROMIUM, HOST_ONLY, Request, send_requests
from benchmarks.servers import RunningServer, granian, serving
from benchmarks.spread import Spread

WARM_UP_SECONDS: Final = 1.0
HEADER_SETS: Final = (("one", HOST_ONLY), ("thirteen", CHROMIUM))


@dataclass(frozen=True, slots=True)
class Subject:
    """Name a program under test, and the ratios to the bare server that were promised for one and thirteen headers."""

    name: str
    module: str
    promises: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Cost:
    """Hold what a request to one subject costs. `ratio` is None for the bare server itself."""

    subject: str
    request_headers: str
    microseconds: float
    ratio: Spread | None
    promise: float | None


BARE: Final = Subject("bare RSGI", "bare")
SUBJECTS: Final = (
    BARE,
    Subject("bare RSGI, answered by a worker thread made by hand", "bare_thread"),
    Subject("Demijohn, `async def`", "demijohn_async", (1.3, 1.5)),
    Subject("Demijohn, `def`", "demijohn_def", (1.9, None)),
)


def measure_overhead(rounds: int, seconds: float, subjects: Sequence[Subject] = SUBJECTS) -> list[Cost]:
    """Measure every subject with one and with thirteen request headers.

    Raises:
        RuntimeError: two subjects do not send the same answer, so that there is nothing to compare.
    """
    with ExitStack() as stack:
        servers = {
            each: stack.enter_context(serving(granian(f"benchmarks.apps.{each.module}:app"))) for each in subjects
        }
        _refuse_different_answers(servers)
        costs: list[Cost] = []
        for position, (label, headers) in enumerate(HEADER_SETS):
            for server in servers.values():
                send_requests(server.port, WARM_UP_SECONDS, Request(headers=headers))
            series = _interleave(servers, rounds, seconds, headers)
            costs += [_summarise(each, label, series[each], series[BARE], each.promises[position]) for each in subjects]
        return costs


def _refuse_different_answers(servers: dict[Subject, RunningServer]) -> None:
    expected = servers[BARE].fetch()
    for subject, server in servers.items():
        answer = server.fetch()
        if answer != expected:
            raise RuntimeError(f"{subject.name} and {BARE.name} answer differently:\n  {answer}\n  {expected}")


def _interleave(
    servers: dict[Subject, RunningServer], rounds: int, seconds: float, headers: Mapping[str, str]
) -> dict[Subject, list[float]]:
    series: dict[Subject, list[float]] = {each: [] for each in servers}
    order = list(servers)
    for _ in range(rounds):
        for subject in order:
            server = servers[subject]
            before = server.cpu_seconds()
            answered = send_requests(server.port, seconds, Request(headers=headers))
            series[subject].append((server.cpu_seconds() - before) / answered.count * 1e6)
        order.reverse()
    return series


def _summarise(
    subject: Subject, label: str, series: Sequence[float], bare: Sequence[float], promise: float | None
) -> Cost:
    ratio = None
    if subject is not BARE:
        ratio = Spread.of([mine / theirs for mine, theirs in zip(series, bare, strict=True)])
    return Cost(subject.name, label, median(series), ratio, promise)
