"""Define `App`, a module that can be served. Declaring records (module.py); freezing builds the Pipeline (assembly.py).

Nothing of the request path is imported here: a program that only imports its app, as commands and tools do, pays for
the declarations alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from demijohn.app_records import AppRecords, MountRecord, Use
from demijohn.errors import DeclarationError, DemijohnError, Problem
from demijohn.extension import Extension
from demijohn.module import Module
from demijohn.types import caller_origin

if TYPE_CHECKING:  # loaded when the app freezes
    import asyncio

    from demijohn.config import Config
    from demijohn.context import Scope
    from demijohn.pipeline.pipeline import Mode, Pipeline
    from demijohn.security.cors import Cors
    from demijohn.security.csp import ContentSecurityPolicy
    from demijohn.security.limits import Limits

__all__ = ["App"]

_C = TypeVar("_C", bound="Config")
_E = TypeVar("_E", bound=Extension)


class App(Module):
    """Be one web application: `app = App(__name__)`.

    `health` is the path that answers any Host, for load balancers. `limits` bounds what requests may bring, `cors` lets
    other origins read answers, `headers` replaces or (with None) removes security headers for the whole app. `static`
    is the path below which the files of the folders `static` are served.
    """

    def __init__(
        self,
        import_name: str,
        *,
        guard: object | Sequence[object] = (),
        health: str = "/up",
        static: str = "/static",
        limits: Limits | None = None,
        cors: Cors | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(import_name, name="app", guard=guard)
        self.app_records = AppRecords(health=health, static=static, limits=limits, cors=cors, headers=headers or {})
        self._pipeline: Pipeline | None = None

    # Declaring

    def configure(self, settings_class: type[_C]) -> _C:
        """Use this settings class, and return its values, read at freeze or at their first use.

        Raises:
            DeclarationError: the app has one already; derive one class from the other.
        """
        self.check_open()
        earlier = self.app_records.settings_class
        if earlier is not None:
            remedy = f"Make one class of them: class {settings_class.__name__}({earlier.__name__})."
            message = f"The app is configured with {earlier.__name__} already."
            raise DeclarationError([Problem(message, str(caller_origin()), remedy)])
        self.app_records.settings_class = settings_class
        return cast(_C, _SettingsStandIn(self))

    def use(self, extension: _E) -> _E:
        """Take in an extension and return it: `auth = app.use(Auth(User))`. The order does not matter.

        Raises:
            DeclarationError: it is none.
        """
        self.check_open()
        origin = caller_origin()
        if not isinstance(extension, Extension):
            name = getattr(extension, "__name__", None)
            is_class = isinstance(extension, type) and issubclass(extension, Extension)
            remedy = f"Write app.use({name}()), with parentheses." if is_class else "Derive its class from Extension."
            raise DeclarationError([Problem(f"{extension!r} is no extension.", str(origin), remedy)])
        self.app_records.extensions.append(Use(extension, origin))
        return extension

    def mount(
        self,
        prefix: str,
        site: Callable[..., Any],  # Any: see MountRecord
        *,
        guard: Literal["plain", "full"] = "plain",
    ) -> None:
        """Hand requests under `prefix` that no route answers to an ASGI or WSGI site: `app.mount("/", old_site)`.

        It gets the Host, proxy and header checks and the plain security headers, and its body unread; `guard="full"`
        adds the CSRF check and the Content-Security-Policy. WSGI needs `pip install demijohn[mount]`.
        """
        self.check_open()
        origin = caller_origin()
        if not prefix.startswith("/"):
            message = f"A mount's prefix begins with '/', not {prefix!r}."
            raise DeclarationError([Problem(message, str(origin), f"Write app.mount({'/' + prefix!r}, ...).")])
        self.app_records.mounts.append(MountRecord(prefix.rstrip("/"), site, guard, origin))

    @property
    def csp(self) -> ContentSecurityPolicy:
        """Return the Content-Security-Policy, to allow more: `app.csp.allow("img-src", "https:", reason="maps")`."""
        if self.app_records.csp is None:
            self.check_open()
            from demijohn.security.csp import ContentSecurityPolicy

            self.app_records.csp = ContentSecurityPolicy()
        return self.app_records.csp

    @csp.setter
    def csp(self, policy: ContentSecurityPolicy) -> None:
        self.check_open()
        self.app_records.csp = policy

    # Serving

    def freeze(
        self,
        mode: Mode = "production",
        *,
        config: Mapping[str, object] | None = None,
        only: Sequence[str] = (),
        private: bool = False,
    ) -> Pipeline:
        """End declaring and return the app as it is served.

        The first call makes the app's own, which later calls return; with `private`, and in mode "test", each makes a
        copy. `config` are settings that win over all others. `only` names the modules to serve, all where it is empty.

        Raises:
            DeclarationError: everything that is wrong with the declarations, with file and line.
            ConfigError: settings are missing or wrong.
        """
        from demijohn.assembly import assemble

        if private or mode == "test":
            return assemble(self, self.app_records, mode, config=config or {}, only=only)
        if self._pipeline is None:
            self._pipeline = assemble(self, self.app_records, mode, config=config or {}, only=only)
        return self._pipeline

    @property
    def pipeline(self) -> Pipeline:
        """Return the app as it is served; freezes it for production where nothing has frozen it before."""
        return self._pipeline if self._pipeline is not None else self.freeze()

    def context(self) -> AbstractContextManager[Scope]:
        """Make the app's services available in a script or a shell: `with app.context(): ...`."""
        from demijohn.context import enter_scope

        return enter_scope(self.pipeline)

    @property
    def settings(self) -> Config:
        """Return the settings of what runs now: of a test's private copy within that test, else the app's own.

        Raises:
            ConfigError: settings are missing or wrong.
        """
        from demijohn.assembly import load_settings
        from demijohn.config import Config
        from demijohn.context import scope_variable

        scope = scope_variable.get(None)
        values = None if scope is None else scope.services.get(self.app_records.settings_class or Config)
        if isinstance(values, Config):
            return values
        if self._pipeline is not None:
            return self._pipeline.config
        return load_settings(self, self.app_records)

    @property
    def __rsgi__(self) -> Callable[..., Awaitable[None]]:
        """Return what Granian calls; it asks once."""
        return self.pipeline.rsgi

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the start-up steps before Granian accepts connections.

        Raises:
            DemijohnError: Granian is embedded in a program of its own loop, where nobody could wait for the steps.
        """
        if loop.is_running():
            raise DemijohnError(
                "Granian's embedded server does not wait for start-up and shut-down steps over RSGI. Embed with "
                "Server(app, interface=Interfaces.ASGI), or serve with `demijohn run`, which is one process as well."
            )
        loop.run_until_complete(self.pipeline.startup())

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the shut-down steps after Granian has let the last request finish."""
        loop.run_until_complete(self.pipeline.shutdown())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's messages are untyped dicts
        """Serve as an ASGI 3 application."""
        await self.pipeline.asgi(scope, receive, send)


class _SettingsStandIn:
    """Stand for the settings where the app is declared, before there are values."""

    __slots__ = ("_app",)

    def __init__(self, app: App) -> None:
        self._app = app

    def __getattr__(self, name: str) -> object:
        return getattr(self._app.settings, name)

    def __repr__(self) -> str:
        return repr(self._app.settings)
