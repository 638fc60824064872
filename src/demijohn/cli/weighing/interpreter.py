"""Start a fresh interpreter that runs scale.py, and return its report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from demijohn.cli.errors import CommandError

__all__ = ["run_scale"]

_SCALE = Path(__file__).with_name("scale.py")


def run_scale(*arguments: str) -> bytes:
    """Run scale.py to its end and return the JSON that it wrote.

    Raises:
        CommandError: the process ended before it could report.
    """
    # With this variable nothing that is compiled is kept, and each run would weigh the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(  # noqa: S603  # our own interpreter and our own file
        [sys.executable, "-P", str(_SCALE), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        message = f"The process that imports the app ended with status {done.returncode} before it was done."
        told = done.stderr.decode(errors="replace").strip().splitlines()[-5:]
        raise CommandError(message, "Look for what ends a process while it is imported.", detail="\n".join(told))
    return done.stdout
