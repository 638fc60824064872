"""Weigh each stage of a plan in several fresh interpreters and make rows of the medians."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from demijohn.cli.weighing.interpreter import run_scale
from demijohn.cli.weighing.plan import Kind, Plan, Stage

__all__ = ["Row", "Weight", "weigh"]

_MB = 2**20


class Row(msgspec.Struct, frozen=True):
    """Hold what one stage adds to those before it. `mb` is None where the system does not tell the memory."""

    kind: Kind
    name: str
    imports: tuple[str, ...]
    cpu_ms: float | None
    mb: float | None
    modules: int | None
    distributions: tuple[str, ...]
    error: str | None


class Weight(msgspec.Struct, frozen=True):
    """Hold all rows, and their sums without those that failed."""

    app: str | None
    rounds: int
    rows: tuple[Row, ...]
    cpu_ms: float
    mb: float | None
    modules: int
    distributions: tuple[str, ...]


class _Added(msgspec.Struct, frozen=True):
    """Hold what scale.py reports of one stage: nanoseconds, bytes, names."""

    cpu: int
    memory: int | None
    modules: tuple[str, ...]
    error: str | None


class _Report(msgspec.Struct, frozen=True):
    stages: tuple[_Added, ...]


def weigh(plan: Plan, *, rounds: int, distributions: Mapping[str, Sequence[str]]) -> Weight:
    """Run the plan once to have everything compiled, then `rounds` times, and return the medians.

    Raises:
        CommandError: a process ended before it could report.
    """
    sound = [stage for stage in plan.stages if stage.error is None]
    arguments = ["weigh", plan.path, *map(_argument, sound)]
    run_scale(*arguments)
    reports = [msgspec.json.decode(run_scale(*arguments), type=_Report).stages for _ in range(rounds)]
    python = Stage("python", f"Python {platform.python_version()}")
    rows: list[Row] = []
    seen: set[str] = set()
    for stage, added in zip((python, *sound), zip(*reports, strict=True), strict=True):
        rows.append(_row(stage, added, distributions, seen))
        seen.update(rows[-1].distributions)
    rows += [_failed(stage, stage.error) for stage in plan.stages if stage.error is not None]
    return _sum(plan, rounds, rows)


def _argument(stage: Stage) -> str:
    action = {"serving": "serve", "app": "app"}.get(stage.kind, "import")
    return f"{action}:{','.join(stage.modules)}"


def _row(stage: Stage, added: Sequence[_Added], distributions: Mapping[str, Sequence[str]], seen: set[str]) -> Row:
    error = next((each.error for each in added if each.error is not None), None)
    if error is not None:
        return _failed(stage, error)
    tops = {name.partition(".")[0] for name in added[0].modules}
    brought = {name for top in tops for name in distributions.get(top, ())}
    memory = [each.memory for each in added if each.memory is not None]
    return Row(
        kind=stage.kind,
        name=stage.name,
        imports=stage.modules,
        cpu_ms=round(median(each.cpu for each in added) / 1e6, 2),
        mb=round(median(memory) / _MB, 2) if memory else None,
        modules=len(added[0].modules),
        distributions=tuple(sorted(brought - seen)),
        error=None,
    )


def _failed(stage: Stage, error: str | None) -> Row:
    return Row(stage.kind, stage.name, stage.modules, None, None, None, (), error)


def _sum(plan: Plan, rounds: int, rows: Sequence[Row]) -> Weight:
    memory = [row.mb for row in rows if row.mb is not None]
    return Weight(
        app=plan.app,
        rounds=rounds,
        rows=tuple(rows),
        cpu_ms=round(sum(row.cpu_ms or 0 for row in rows), 2),
        mb=round(sum(memory), 2) if memory else None,
        modules=sum(row.modules or 0 for row in rows),
        distributions=tuple(sorted({name for row in rows for name in row.distributions})),
    )
