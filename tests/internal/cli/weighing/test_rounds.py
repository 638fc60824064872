"""Rows and sums of what was weighed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from demijohn.cli.weighing.plan import Plan, Stage
from demijohn.cli.weighing.rounds import weigh


def plan(folder: Path, *stages: Stage) -> Plan:
    return Plan(stages, os.pathsep.join([str(folder), *sys.path]), "app")


def test_a_distribution_counts_for_the_first_part_that_imports_it(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import cellar.red")
    (tmp_path / "two.py").write_text("import cellar.white")
    (tmp_path / "cellar").mkdir()
    for name in ("__init__", "red", "white"):
        (tmp_path / "cellar" / f"{name}.py").write_text("")
    stages = (Stage("extension", "one", ("one",)), Stage("extension", "two", ("two",)))

    weight = weigh(plan(tmp_path, *stages), rounds=2, distributions={"cellar": ["wine-cellar"]})

    _, one, two = weight.rows
    assert (one.modules, one.distributions) == (3, ("wine-cellar",))
    assert (two.modules, two.distributions) == (2, ())
    assert weight.distributions == ("wine-cellar",)


def test_what_cannot_be_imported_has_a_reason_in_place_of_figures(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise ValueError('no')")
    stages = (Stage("extra", "broken", ("broken",)), Stage("app", "app", ("app",), "seen before"))

    weight = weigh(plan(tmp_path, *stages), rounds=1, distributions={})

    python, broken, app = weight.rows
    assert python.modules == weight.modules
    assert (broken.cpu_ms, broken.mb, broken.modules, broken.error) == (None, None, None, "ValueError: no")
    assert app.error == "seen before"


def test_the_uncounted_round_and_the_others_each_import_once(tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text(
        "import pathlib\nwith pathlib.Path(__file__).with_name('log').open('a') as f: f.write('x')"
    )
    weigh(plan(tmp_path, Stage("app", "counted", ("counted",))), rounds=3, distributions={})

    assert (tmp_path / "log").read_text() == "xxxx"
