"""Measure the same requests on Demijohn and its peers, side by side, each served by Granian on one core.

What is asked is in scenarios.py and what a hello-world weighs in footprint.py. Each round asks all programs in turn,
and the next round in the opposite order, so that a busy minute of the machine falls on all.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from benchmarks.load import Request, send_requests
from benchmarks.scenarios import JSON, JSON_BROWSER, NOTE, PAGE, SCENARIOS, Scenario
from benchmarks.servers import Answer, RunningServer, granian, serving
from benchmarks.spread import Spread

WARM_UP_SECONDS: Final = 1.0
# Neither is sent by all servers, and a length follows from the body.
_UNCOMPARED: Final = ("content-length", "transfer-encoding")


@dataclass(frozen=True, slots=True, eq=False)  # each is one of a kind, and a key
class Program:
    """Name a program under test. `paths` replaces the path of a scenario; `only` names the scenarios that it answers.

    `promises` says how many times Demijohn's cost its JSON was promised to be at least.
    """

    name: str
    module: str
    interface: str
    only: Collection[str] = tuple(each.key for each in SCENARIOS)
    paths: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    promise: float | None = None


def _in_threads(program: Program) -> Program:
    """Return the same program, asked for its JSON from a `def` handler."""
    name = program.name.removesuffix(", `async def`") + ", `def`"
    return dataclasses.replace(program, name=name, only=("json",), paths={"json": "/def"}, promise=None)


BARE: Final = Program("bare RSGI", "bare", "rsgi", ("json", "json-browser"))
BARE_PAGE: Final = Program("bare RSGI and Jinja", "bare_page", "rsgi", ("page",))
BARE_NOTE: Final = Program("bare RSGI and msgspec", "bare_note", "rsgi", ("note",))
DEMIJOHN: Final = Program("Demijohn, `async def`", "demijohn_full", "rsgi")
DEMIJOHN_DEF: Final = dataclasses.replace(
    DEMIJOHN, name="Demijohn, `def`", only=("json", "page"), paths={"json": "/def", "page": "/page-def"}
)
_BLACKSHEEP: Final = Program(
    "BlackSheep, `async def`", "blacksheep_app", "asgi", environment={"APP_JINJA_EXTENSION": ".html"}, promise=1.6
)
_STARLETTE: Final = Program("Starlette, `async def`", "starlette_app", "asgi", promise=2.2)
_LITESTAR: Final = Program("Litestar, `async def`", "litestar_app", "asgi", promise=3.5)
_FASTAPI: Final = Program("FastAPI, `async def`", "fastapi_app", "asgi", promise=6)
_QUART: Final = Program("Quart, `async def`", "quart_app", "asgi")
_EMMETT55: Final = Program("Emmett55, `async def`", "emmett55_app", "rsgi")
_FALCON: Final = Program("Falcon, `def`", "falcon_app", "wsgi")
_FLASK: Final = Program("Flask, `def`", "flask_app", "wsgi", promise=7)
_DJANGO: Final = Program("Django, `def`", "django_app", "wsgi", promise=14)

PROGRAMS: Final = (
    BARE,
    Program("bare ASGI", "bare_asgi", "asgi", ("json",)),
    Program("bare WSGI", "bare_wsgi", "wsgi", ("json",)),
    BARE_PAGE,
    BARE_NOTE,
    DEMIJOHN,
    DEMIJOHN_DEF,
    _EMMETT55,
    _BLACKSHEEP,
    _STARLETTE,
    _in_threads(_STARLETTE),
    _LITESTAR,
    _in_threads(_LITESTAR),
    _FASTAPI,
    _in_threads(_FASTAPI),
    _QUART,
    _in_threads(_QUART),
    _FALCON,
    _FLASK,
    _DJANGO,
)
# What Demijohn's figure is divided by, and at most how many times that was promised.
BASELINES: Final = {JSON: BARE, JSON_BROWSER: BARE, PAGE: BARE_PAGE, NOTE: BARE_NOTE}
PAGE_PROMISE: Final = 1.35


@dataclass(frozen=True, slots=True)
class Series:
    """Hold what one program took for one scenario, a round at a time, and the memory of its worker in MiB after it."""

    scenario: Scenario
    program: Program
    microseconds: list[float]
    per_second: list[float]
    memory: float

    def times(self, other: "Series") -> Spread:
        """Return how many times the other's cost this is, paired by round."""
        return Spread.of([mine / theirs for mine, theirs in zip(self.microseconds, other.microseconds, strict=True)])


def measure_peers(rounds: int, seconds: float, programs: Iterable[Program] = PROGRAMS) -> list[Series]:
    """Measure every program with every scenario that it answers.

    Raises:
        RuntimeError: a program did not answer as the others do, so that there is nothing to compare.
    """
    with ExitStack() as stack:
        running: dict[str, RunningServer] = {}
        for each in programs:
            if each.module not in running:
                command = granian(f"benchmarks.apps.{each.module}:app", interface=each.interface)
                running[each.module] = stack.enter_context(serving(command, environment=each.environment))
        servers = {each: running[each.module] for each in programs}
        for scenario in SCENARIOS:
            refuse_different_answers(scenario, servers)
        for program, server in servers.items():
            first = next(each for each in SCENARIOS if program in _answering(each, servers))
            send_requests(server.port, WARM_UP_SECONDS, request_of(first, program))
        return [series for scenario in SCENARIOS for series in _interleave(scenario, servers, rounds, seconds)]


def request_of(scenario: Scenario, program: Program) -> Request:
    """Return the request of a scenario as this program is to be asked."""
    path = program.paths.get(scenario.key, scenario.request.path)
    return dataclasses.replace(scenario.request, path=path)


def refuse_different_answers(scenario: Scenario, servers: Mapping[Program, RunningServer]) -> None:
    """Send the request of a scenario once to each program that answers it, and compare what comes.

    Raises:
        RuntimeError: the status, or what the body says, is not what is expected; or Demijohn sends other headers than
            the bare program that it is compared with.
    """
    heads: dict[Program, object] = {}
    for program in _answering(scenario, servers):
        request = request_of(scenario, program)
        answer = servers[program].fetch(request.path, method=request.method, headers=request.headers, body=request.body)
        if answer.status != 200 or scenario.read(answer) != scenario.expected:
            raise RuntimeError(f"{program.name} answers {request.method} {request.path} with {answer}")
        heads[program] = _head(answer)
    baseline = BASELINES.get(scenario)
    if baseline in heads and DEMIJOHN in heads and heads[baseline] != heads[DEMIJOHN]:
        raise RuntimeError(f"{baseline.name} sends {heads[baseline]}, {DEMIJOHN.name} sends {heads[DEMIJOHN]}")


def _answering(scenario: Scenario, servers: Mapping[Program, RunningServer]) -> list[Program]:
    return [each for each in servers if scenario.key in each.only]


def _head(answer: Answer) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers if name not in _UNCOMPARED]


def _interleave(
    scenario: Scenario, servers: Mapping[Program, RunningServer], rounds: int, seconds: float
) -> list[Series]:
    order = _answering(scenario, servers)
    found = {each: Series(scenario, each, [], [], 0.0) for each in order}
    for _ in range(rounds):
        for program in order:
            server, series = servers[program], found[program]
            before = server.cpu_seconds()
            answered = send_requests(server.port, seconds, request_of(scenario, program))
            series.microseconds.append((server.cpu_seconds() - before) / answered.count * 1e6)
            series.per_second.append(answered.count / answered.seconds)
        order.reverse()
    return [dataclasses.replace(each, memory=servers[program].memory().worker_rss) for program, each in found.items()]
