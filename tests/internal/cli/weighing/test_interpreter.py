"""Starting the process that is weighed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from demijohn.cli.errors import CommandError
from demijohn.cli.weighing.interpreter import run_scale


def test_what_is_compiled_is_kept_so_that_only_the_first_run_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "bottle.py").write_text("")

    report = json.loads(run_scale("weigh", os.pathsep.join([str(tmp_path), *sys.path]), "import:bottle"))

    assert report["stages"][1]["modules"] == ["bottle"]
    assert list((tmp_path / "__pycache__").glob("bottle.*.pyc"))


def test_a_process_that_ends_too_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "rude.py").write_text("import os\nos.write(2, b'last words')\nos._exit(3)\n")

    with pytest.raises(CommandError) as caught:
        run_scale("weigh", os.pathsep.join([str(tmp_path), *sys.path]), "import:rude")

    assert "ended with status 3" in caught.value.message
    assert caught.value.detail == "last words"
