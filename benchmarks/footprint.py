"""Weigh a hello-world: what it installs, what it imports, and the memory of its running server, beside Flask's."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import requires
from statistics import median
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.load import HOST_ONLY, send_requests
from benchmarks.servers import SERVER_CORE, Memory, granian, pinned_to, serving
from benchmarks.spread import Spread

# Runs in a fresh interpreter: the CPU time and the number of modules that importing and building the app added.
IMPORT_PROGRAM: Final = """
import sys, time
before, started = len(sys.modules), time.process_time()
import benchmarks.apps.{module}
print(time.process_time() - started, len(sys.modules) - before)
"""

# uvloop is an extra, so a hello-world runs on asyncio's own loop.
DEMIJOHN_SERVER: Final = granian("benchmarks.apps.demijohn_hello:app", loop="asyncio")
DEMIJOHN_RUN: Final = ["demijohn.cli", "run", "benchmarks.apps.demijohn_hello:app", "--port", "{port}"]
FLASK_SERVER: Final = ["flask", "--app", "benchmarks.apps.flask_hello", "run", "--no-debug", "--port", "{port}"]


@dataclass(frozen=True, slots=True)
class Footprint:
    """Hold what one framework's hello-world takes."""

    distributions: int
    modules: int
    import_milliseconds: float
    memory: Memory


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold both footprints, the paired ratios of their import times, and the memory of `demijohn run` alone."""

    demijohn: Footprint
    flask: Footprint
    import_ratio: Spread
    one_process: Memory


def measure_footprint(rounds: int, seconds: float) -> Comparison:
    """Compare Demijohn under Granian with Flask under its development server."""
    modules = ("demijohn_hello", "flask_hello")
    series: dict[str, list[tuple[float, int]]] = {each: [] for each in modules}
    for module in modules:
        _import_once(module)  # writes the byte code
    order = list(modules)
    for _ in range(rounds):
        for module in order:
            series[module].append(_import_once(module))
        order.reverse()
    demijohn, flask = (series[each] for each in modules)
    return Comparison(
        _footprint("demijohn", demijohn, _memory(DEMIJOHN_SERVER, seconds)),
        _footprint("flask", flask, _memory(FLASK_SERVER, seconds)),
        Spread.of([mine / theirs for (mine, _), (theirs, _) in zip(demijohn, flask, strict=True)]),
        _memory(DEMIJOHN_RUN, seconds),
    )


def distributions_of(name: str) -> set[str]:
    """Return the distributions that installing this one brings along, itself included, read from installed metadata."""
    found: set[str] = set()
    waiting = [canonicalize_name(name)]
    while waiting:
        distribution = waiting.pop()
        if distribution in found:
            continue
        found.add(distribution)
        for line in requires(distribution) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(requirement.name))
    return found


def _import_once(module: str) -> tuple[float, int]:
    with pinned_to(SERVER_CORE):
        command = [sys.executable, "-c", IMPORT_PROGRAM.format(module=module)]
        seconds, modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(modules)


def _memory(command: Sequence[str], seconds: float) -> Memory:
    with serving(command, plain=True) as server:
        send_requests(server.port, seconds, HOST_ONLY)
        return server.memory()


def _footprint(name: str, imports: Sequence[tuple[float, int]], memory: Memory) -> Footprint:
    return Footprint(
        distributions=len(distributions_of(name)),
        modules=imports[0][1],
        import_milliseconds=median(seconds for seconds, _ in imports) * 1000,
        memory=memory,
    )
