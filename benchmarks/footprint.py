"""Weigh a hello-world: what it installs, what it imports, and the memory of its running server, beside its peers'.

Each runs as if it alone were installed: hidden/sitecustomize.py hides what belongs to the others.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from statistics import median
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.load import Request, send_requests
from benchmarks.servers import SERVER_CORE, Memory, granian, pinned_to, serving
from benchmarks.spread import Spread

HIDDEN: Final = Path(__file__).parent / "hidden"

# Runs in a fresh interpreter: the CPU time and the number of modules that importing and building the app added.
IMPORT_PROGRAM: Final = """
import sys, time
before, started = len(sys.modules), time.process_time()
import benchmarks.apps.{name}_hello
print(time.process_time() - started, len(sys.modules) - before)
"""

DEMIJOHN_RUN: Final = ["demijohn.cli", "run", "benchmarks.apps.demijohn_hello:app", "--port", "{port}"]
FLASK_RUN: Final = ["flask", "--app", "benchmarks.apps.flask_hello", "run", "--no-debug", "--port", "{port}"]

# The distribution and package of each, and the interface over which Granian serves it.
HELLOS: Final = {
    "demijohn": "rsgi",
    "flask": "wsgi",
    "django": "wsgi",
    "fastapi": "asgi",
    "starlette": "asgi",
    "litestar": "asgi",
    "blacksheep": "asgi",
    "falcon": "wsgi",
    "quart": "asgi",
    "emmett55": "rsgi",
}


@dataclass(frozen=True, slots=True)
class Footprint:
    """Hold what one framework's hello-world takes. `import_ratio` is to Flask's, paired by round."""

    name: str
    distributions: int
    modules: int
    import_milliseconds: float
    import_ratio: Spread
    memory: Memory


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold all footprints, served by Granian, and the memory of the servers that two frameworks bring themselves."""

    footprints: dict[str, Footprint]
    demijohn_run: Memory
    flask_run: Memory


def measure_footprint(rounds: int, seconds: float) -> Comparison:
    """Compare the hello-worlds: their imports in turn, then the memory of each after some load."""
    series: dict[str, list[tuple[float, int]]] = {each: [] for each in HELLOS}
    for name in HELLOS:
        _import_once(name)  # writes the byte code
    order = list(HELLOS)
    for _ in range(rounds):
        for name in order:
            series[name].append(_import_once(name))
        order.reverse()
    return Comparison(
        {name: _footprint(name, series[name], series["flask"], seconds) for name in HELLOS},
        _memory(DEMIJOHN_RUN, "demijohn", seconds),
        _memory(FLASK_RUN, "flask", seconds),
    )


def distributions_of(name: str) -> set[str]:
    """Return the distributions that installing this one brings along, itself included, read from installed metadata."""
    found: set[tuple[str, str]] = set()
    waiting = [(str(canonicalize_name(name)), "")]
    while waiting:
        distribution, extra = waiting.pop()
        if (distribution, extra) in found:
            continue
        found.add((distribution, extra))
        for line in requires(distribution) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                wanted = canonicalize_name(requirement.name)
                waiting += [(wanted, each) for each in ("", *requirement.extras)]
    return {distribution for distribution, _ in found}


def plain_install(name: str) -> dict[str, str]:
    """Return the environment variables that hide what installing this framework, and Granian, does not bring."""
    visible = distributions_of(name) | distributions_of("granian")
    homes = packages_distributions().items()
    hidden = [module for module, owners in homes if visible.isdisjoint(map(canonicalize_name, owners))]
    return {"PYTHONPATH": str(HIDDEN), "HIDDEN_MODULES": ",".join(hidden)}


def _import_once(name: str) -> tuple[float, int]:
    command = [sys.executable, "-c", IMPORT_PROGRAM.format(name=name)]
    with pinned_to(SERVER_CORE):
        environment = os.environ | plain_install(name)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The hello-world of {name} failed:\n{done.stderr}")
    seconds, modules = done.stdout.split()
    return float(seconds), int(modules)


def _footprint(
    name: str, imports: Sequence[tuple[float, int]], flask: Sequence[tuple[float, int]], seconds: float
) -> Footprint:
    # uvloop is an extra, so a hello-world runs on asyncio's own loop.
    server = granian(f"benchmarks.apps.{name}_hello:app", interface=HELLOS[name], loop="asyncio")
    return Footprint(
        name=name,
        distributions=len(distributions_of(name)),
        modules=imports[0][1],
        import_milliseconds=median(taken for taken, _ in imports) * 1000,
        import_ratio=Spread.of([mine / theirs for (mine, _), (theirs, _) in zip(imports, flask, strict=True)]),
        memory=_memory(server, name, seconds),
    )


def _memory(command: Sequence[str], name: str, seconds: float) -> Memory:
    with serving(command, environment=plain_install(name)) as server:
        send_requests(server.port, seconds, Request())
        return server.memory()
