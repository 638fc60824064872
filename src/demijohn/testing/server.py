"""Be the server of the in-process clients: freeze the app, start it, and hand it one request after the other."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Literal, Protocol

from demijohn.context import starting_mode
from demijohn.testing import asgi, rsgi
from demijohn.testing.errors import ClientTimeout
from demijohn.testing.exchange import Exchange
from demijohn.testing.link import WebSocketLink
from demijohn.testing.outgoing import Outgoing
from demijohn.testing.reply import Reply

__all__ = ["Application", "FrozenApplication", "InProcessServer", "Interface", "Mode"]

Interface = Literal["rsgi", "asgi"]
Mode = Literal["development", "production", "test"]


class FrozenApplication(Protocol):
    """Be an app that can serve. `inline` asks it to run `def` handlers in the thread of the event loop."""

    inline: bool

    @property
    def rsgi(self) -> rsgi.RSGIApp: ...

    @property
    def asgi(self) -> asgi.ASGIApp: ...

    async def startup(self) -> None: ...

    async def shutdown(self) -> None: ...


class Application(Protocol):
    """Be an app that freezes a copy of itself."""

    def freeze(self, mode: Mode, *, config: Mapping[str, object] | None, private: bool) -> FrozenApplication: ...


class InProcessServer:
    """Serve one frozen app on the running event loop. Start-up runs before the first request, shut-down at `stop`."""

    def __init__(
        self,
        app: Application,
        *,
        config: Mapping[str, object] | None,
        mode: Mode,
        interface: Interface,
        timeout: float,
        raise_server_errors: bool,
    ) -> None:
        if not callable(getattr(app, "freeze", None)):
            raise TypeError(
                f"A client takes a demijohn.App, not {app!r}. Mount another framework's app in an App first."
            )
        if interface not in ("rsgi", "asgi"):
            raise ValueError(f"The interface is 'rsgi' or 'asgi', not {interface!r}.")
        self.timeout = timeout
        self._raises = raise_server_errors
        self._interface = interface
        self._mode: Mode = mode
        self._app = app.freeze(mode, config=config, private=True)
        self._app.inline = True
        self._is_started = False
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Run the start-up hooks, once.

        Raises:
            ClientTimeout: they take too long.
        """
        async with self._starting:
            if not self._is_started:
                await self._within_timeout(self._app.startup(), "start-up")
                self._is_started = True

    async def stop(self) -> None:
        """Run the shut-down hooks, if start-up ran.

        Raises:
            ClientTimeout: they take too long.
        """
        if self._is_started:
            self._is_started = False
            await self._within_timeout(self._app.shutdown(), "shut-down")

    async def open_request(self, outgoing: Outgoing) -> Exchange:
        """Give the app a request."""
        await self.start()
        reply = Reply(outgoing.method, f"{outgoing.method} {outgoing.target}")
        if self._interface == "rsgi":
            call = rsgi.run_http(self._app.rsgi, outgoing, reply)
        else:
            call = asgi.run_http(self._app.asgi, outgoing, reply)
        return self._begin(call, reply)

    async def open_websocket(self, outgoing: Outgoing, offered: Sequence[str]) -> tuple[Exchange, WebSocketLink]:
        """Give the app a WebSocket's opening request."""
        await self.start()
        reply = Reply(outgoing.method, f"WebSocket {outgoing.target}")
        link = WebSocketLink(reply, offered)
        if self._interface == "rsgi":
            call = rsgi.run_websocket(self._app.rsgi, outgoing, link)
        else:
            call = asgi.run_websocket(self._app.asgi, outgoing, link)
        return self._begin(call, reply), link

    def _begin(self, call: Coroutine[Any, Any, None], reply: Reply) -> Exchange:
        """Run the app in a process of the client's mode, as far as it can tell: its task copies the context of now."""
        return contextvars.copy_context().run(self._begin_here, call, reply)

    def _begin_here(self, call: Coroutine[Any, Any, None], reply: Reply) -> Exchange:
        starting_mode.set(self._mode)
        if self._mode == "development":
            from demijohn.debug.reach import listening_on

            listening_on.set("127.0.0.1")  # as `demijohn dev` does: the debug page is for this machine
        return Exchange(call, reply, timeout=self.timeout, raise_server_errors=self._raises)

    async def _within_timeout(self, hooks: Coroutine[Any, Any, None], what: str) -> None:
        limit = asyncio.timeout(self.timeout)
        try:
            async with limit:
                await hooks
        except TimeoutError:
            if limit.expired():
                raise ClientTimeout(f"The app's {what} hooks did not end within {self.timeout:g} s.") from None
            raise
