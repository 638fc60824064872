"""Load an example as a user's program: imported fresh for each test, or served by the real command."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+")
_SECONDS = 30.0

Load = Callable[[Path], ModuleType]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Import a file under a name of its own, anew for each test, so that none sees what another left."""

    def load_file(path: Path) -> ModuleType:
        name = f"example_{path.parent.name}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load_file


class Served:
    """Run `demijohn` in a folder until the block ends, and know the address that it printed."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "demijohn.cli", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output = ""
        self.address = ""
        self._told = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._told.wait(_SECONDS) or not self.address or not self._accepts():
            self.stop()
            raise AssertionError(f"demijohn {' '.join(arguments)} does not serve:\n{self.output}")

    def _accepts(self) -> bool:
        """Wait until somebody listens: the address is told before the start-up steps of the app run."""
        deadline = time.monotonic() + _SECONDS
        port = int(self.address.rpartition(":")[2])
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return True
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
        return False

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.output += line
                found = _ADDRESS.search(line)
                if found and not self.address:
                    self.address = found[0]
                    self._told.set()
        self._told.set()

    def stop(self) -> int:
        """Ask the process to stop, as a service manager does, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(_SECONDS)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self._reader.join(_SECONDS)


@contextmanager
def serve(folder: Path, *arguments: str) -> Iterator[Served]:
    """Serve for the block; it must end cleanly when asked."""
    served = Served(folder, *arguments)
    try:
        yield served
    finally:
        status = served.stop()
    assert status == 0, served.output


@pytest.fixture
def demo(load: Load) -> ModuleType:
    return load(EXAMPLES / "demo" / "app.py")
