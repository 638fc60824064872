"""Hold the two samples against three type checkers: one is free of errors, the other has them where it says so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
BIN = Path(sys.executable).parent
COMMANDS = {
    "mypy": [str(BIN / "mypy"), "--config-file", "pyproject.toml", "--no-error-summary", "--no-pretty"],
    "pyright": [str(BIN / "pyright"), "--pythonpath", sys.executable],
    "ty": [str(BIN / "ty"), "check", "--python", sys.prefix, "--output-format", "concise", "--color", "never"],
}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("checker", COMMANDS)
def test_a_checker_reports_the_marked_lines_and_no_others(checker: str) -> None:
    if not (BIN / checker).exists():
        pytest.skip(f"{checker} IS NOT INSTALLED: pip install {checker}. The typing of models was not checked with it.")
    if checker == "pyright" and not starts(COMMANDS["pyright"][0]):
        pytest.skip("pyright DOES NOT START (it needs node). The typing of models was not checked with it.")
    samples = [FOLDER / "sample_good.py", FOLDER / "sample_bad.py"]
    names = [str(path.relative_to(ROOT)) for path in samples]
    done = subprocess.run([*COMMANDS[checker], *names], cwd=ROOT, capture_output=True, text=True, check=False)
    found = {
        (Path(file).name, int(line))
        for file, line in re.findall(r"^\s*(\S+\.py):(\d+):.*?\berror", done.stdout, re.MULTILINE)
    }
    marked = {(path.name, line) for path in samples for line in marked_lines(path, checker)}
    assert len(marked) > 40
    assert found == marked, done.stdout + done.stderr


def starts(program: str) -> bool:
    """Tell whether it says its version; the first time, pyright's wrapper fetches the program itself."""
    if shutil.which("node") is None:
        return False
    return subprocess.run([program, "--version"], cwd=ROOT, capture_output=True, check=False).returncode == 0


def marked_lines(path: Path, checker: str) -> set[int]:
    """Return the lines marked `# error`, or `# error: mypy ty` with this checker among the names."""
    found = set()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        mark = re.search(r"# error(?:: ([a-z ]+))?$", line)
        if mark and (mark[1] is None or checker in mark[1].split()):
            found.add(number)
    return found
