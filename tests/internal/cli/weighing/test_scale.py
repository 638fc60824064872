"""The process that is weighed, run as it is run: a script in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from demijohn.cli.weighing import scale

SCRIPT = Path(scale.__file__)


def run(*arguments: str, folder: Path, **environment: str) -> dict[str, Any]:  # Any: JSON
    action, *rest = arguments
    path = os.pathsep.join([str(folder), *sys.path])
    done = subprocess.run(
        [sys.executable, "-P", str(SCRIPT), action, path, *rest],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
        env={**os.environ, **environment},
        cwd=folder,
    )
    report: dict[str, Any] = json.loads(done.stdout)  # Any: as above
    return report


def test_nothing_of_demijohn_is_loaded_before_the_scales_are_at_zero(tmp_path: Path) -> None:
    python, core = run("weigh", "import:demijohn.app", folder=tmp_path)["stages"]

    assert not [name for name in python["modules"] if name.startswith(("demijohn", "typing", "json"))]
    assert {"demijohn", "demijohn.app"} <= set(core["modules"])


def test_a_stage_counts_what_those_before_it_did_not_import(tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("")
    (tmp_path / "one.py").write_text("import shared")
    (tmp_path / "two.py").write_text("import shared")

    _, first, second = run("weigh", "import:one", "import:two", folder=tmp_path)["stages"]

    assert sorted(first["modules"]) == ["one", "shared"]
    assert second["modules"] == ["two"]


def test_memory_that_a_module_holds_is_weighed(tmp_path: Path) -> None:
    (tmp_path / "hoard.py").write_text("hoard = b'x' * 20_000_000")

    python, stage = run("weigh", "import:hoard", folder=tmp_path)["stages"]

    assert python["memory"] > 0
    assert stage["memory"] > 15_000_000


def test_serving_answers_a_request_and_leaves_the_event_loop_policy_alone(tmp_path: Path) -> None:
    (tmp_path / "looper.py").write_text("import asyncio\nasyncio.set_event_loop(asyncio.new_event_loop())")

    _, serving, looper = run("weigh", "serve:", "import:looper", folder=tmp_path)["stages"]

    assert (serving["error"], looper["error"]) == (None, None)
    assert "demijohn.pipeline.pipeline" in serving["modules"]
    assert "jinja2" not in serving["modules"]


def test_serving_does_not_depend_on_the_hosts_of_the_environment(tmp_path: Path) -> None:
    _, serving = run("weigh", "serve:", folder=tmp_path, SITE_URL="https://notes.example", WORKER_THREADS="2")["stages"]

    assert serving["error"] is None


def test_serving_does_not_read_the_settings_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.demijohn]\nbottles = 3\n")
    (tmp_path / "where.py").write_text("import os, pathlib\nassert pathlib.Path('pyproject.toml').is_file()")

    _, serving, where = run("weigh", "serve:", "import:where", folder=tmp_path)["stages"]

    assert (serving["error"], where["error"]) == (None, None)


def test_a_stage_that_fails_says_why_and_does_not_stop_the_next(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise SystemExit('enough')")

    _, broken, after = run("weigh", "import:broken", "import:decimal", folder=tmp_path)["stages"]

    assert broken["error"] == "SystemExit: enough"
    assert "decimal" in after["modules"]


def test_a_thread_that_the_app_leaves_running_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text("import threading\nthreading.Thread(target=threading.Event().wait).start()")

    _, busy = run("weigh", "import:busy", folder=tmp_path)["stages"]

    assert busy["error"] is None


def test_the_scout_tells_what_an_app_uses(tmp_path: Path) -> None:
    (tmp_path / "banner.py").write_text("from demijohn.extension import Extension\nclass Banner(Extension): pass\n")
    (tmp_path / "shop.py").write_text(
        "from banner import Banner\nfrom demijohn.app import App\napp = App(__name__)\napp.use(Banner())\n"
    )
    found = run("scout", "shop", "app", str(tmp_path), folder=tmp_path)
    assert (found["error"], found["extensions"], found["has_templates"]) == (None, [["banner", "banner"]], False)

    (tmp_path / "templates").mkdir()
    assert run("scout", "shop", "", str(tmp_path), folder=tmp_path)["has_templates"]


def test_the_scout_finds_templates_of_an_included_module(tmp_path: Path) -> None:
    (tmp_path / "blog" / "templates").mkdir(parents=True)
    (tmp_path / "blog" / "__init__.py").write_text("from demijohn.module import Module\nblog = Module(__name__)\n")
    (tmp_path / "shop.py").write_text(
        "from blog import blog\nfrom demijohn.app import App\napp = App(__name__)\napp.include(blog, prefix='/blog')\n"
    )
    assert run("scout", "shop", "app", str(tmp_path), folder=tmp_path)["has_templates"]


def test_the_scout_tells_a_broken_app_from_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("1 / 0\n")

    broken = run("scout", "shop", "", str(tmp_path), folder=tmp_path)
    assert (broken["status"], "shop.py, line 1: ZeroDivisionError" in broken["error"]) == (1, True)
    assert run("scout", "shopp", "", str(tmp_path), folder=tmp_path)["status"] == 2
