"""Serve from this very process: one worker and no supervisor. Several workers are in workers.py.

Measured (Granian 2.8.7, a hello-world): 34 MB resident in all, where a supervisor and its one worker have 59, of which
they share a third; a request costs some 7 % more CPU. Granian's embedded server knows no signals: stopping is ours.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.server.embed import Server

from demijohn.cli.server.granian import common_arguments
from demijohn.cli.server.options import ServerOptions
from demijohn.cli.server.stopping import Served, end_conversations, hear_signals
from demijohn.pipeline.pipeline import Pipeline

__all__ = ["serve_single"]

_log = logging.getLogger("demijohn")


def serve_single(pipeline: Served, options: ServerOptions, interface: Interfaces) -> int:
    """Serve until a signal stops the process; return its exit status."""
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    try:
        import uvloop  # the extra `fast`

        loop_factory = uvloop.new_event_loop
    except ImportError:
        pass
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(_serve(pipeline, options, interface))
    finally:
        if options.uds:
            Path(options.uds).unlink(missing_ok=True)


async def _serve(pipeline: Served, options: ServerOptions, interface: Interfaces) -> int:
    stop = _Stop(pipeline, options)
    try:
        await pipeline.startup()
    except Exception:  # noqa: BLE001  # whatever the project's own step raised
        _log.exception("A start-up step failed, so nothing is served.")
        return 1
    try:
        if not stop.asked.is_set():
            await _serve_until(stop, pipeline, options, interface)
    finally:
        await pipeline.shutdown()
    return 0 if stop.asked.is_set() else 1


async def _serve_until(stop: _Stop, pipeline: Served, options: ServerOptions, interface: Interfaces) -> None:
    stop.server = _Server(pipeline, options, interface)
    serving = asyncio.ensure_future(stop.server.serve())
    asked = asyncio.ensure_future(stop.asked.wait())
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    if asked.done():
        await _let_finish(serving, stop, options.stop_timeout)
    else:
        asked.cancel()
        serving.result()  # raises what ended it


async def _let_finish(serving: asyncio.Future[None], stop: _Stop, seconds: float) -> None:
    """Wait for open requests, but neither longer than agreed nor beyond a second signal."""
    impatient = asyncio.ensure_future(stop.insisted.wait())
    waiting: set[asyncio.Future[Any]] = {serving, impatient}
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        reason = "at the second signal" if impatient.done() else f"after {seconds:g} s"
        _log.warning("Requests were still open %s; they are cut off.", reason)
        # What is cut off complains, to the loop and to Granian's log; the line above has said it all.
        logging.getLogger("_granian").setLevel(logging.CRITICAL + 1)
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        serving.cancel()
        await asyncio.wait({serving})
    impatient.cancel()


class _Server(Server):
    """Be Granian's embedded server, on a socket that is listening already where there is one."""

    def __init__(self, pipeline: Served, options: ServerOptions, interface: Interfaces) -> None:
        # Start-up and shut-down are awaited around this server, so the app's own hooks are left out.
        # What stands in for an app that does not start is served over RSGI alone.
        target = _WithoutHooks(pipeline) if interface == Interfaces.RSGI else cast(Pipeline, pipeline).asgi
        interface = Interfaces.ASGINL if interface == Interfaces.ASGI else interface
        super().__init__(target, **common_arguments(options, interface, quiet=True))
        self._inherited = options.socket

    def _init_shared_socket(self) -> None:
        if self._inherited is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]  # Granian's
        else:
            self._shd = SocketHolder(self._inherited, False, self.backlog)  # type: ignore[call-arg, assignment]  # stubs


class _WithoutHooks:
    """Show Granian the request path alone."""

    def __init__(self, pipeline: Served) -> None:
        self.__rsgi__ = pipeline.rsgi


class _Stop:
    """Hear that the server has to stop, from a signal or from the process that started this one, and pass it on."""

    def __init__(self, pipeline: Served, options: ServerOptions) -> None:
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        self.server: Server | None = None
        self._pipeline = pipeline
        self._options = options
        self._ending: asyncio.Task[None] | None = None  # the loop alone would let go of it
        loop = asyncio.get_running_loop()
        hear_signals(loop, self._ask)
        if options.watch is not None:
            threading.Thread(
                target=self._watch, args=(loop, options.watch), daemon=True, name="demijohn-parent"
            ).start()

    def _watch(self, loop: asyncio.AbstractEventLoop, pipe: int) -> None:
        os.read(pipe, 1)  # returns at the end of the pipe, which comes when the parent is gone, however it ended
        loop.call_soon_threadsafe(self._ask_once)

    def _ask_once(self) -> None:
        if not self.asked.is_set():
            self._ask()

    def _ask(self) -> None:
        """Let open requests finish, and end streams and WebSockets; asked twice, wait no longer."""
        if self.asked.is_set():
            self.insisted.set()
            return
        self.asked.set()
        if self._options.mode == "production":
            _log.info("Stopping; open requests get %g s to finish.", self._options.stop_timeout)
        self._ending = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        await end_conversations(self._pipeline)
        if self.server is not None:
            self.server.stop()  # type: ignore[no-untyped-call]  # Granian's
