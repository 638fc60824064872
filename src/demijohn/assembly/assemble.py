"""Put an app together: settings, policies, routes, router. Each part's own assembly is in the neighbours."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from demijohn.app_records import AppRecords
from demijohn.assembly.extensions import contribute, settings_class_of
from demijohn.assembly.folders import make_templates, static_files, template_paths, template_problems
from demijohn.assembly.mounts import as_mount
from demijohn.assembly.policies import Policies
from demijohn.assembly.routes import RouteAssembler
from demijohn.assembly.streaming import needs_asgi
from demijohn.assembly.template_names import collect_template_names
from demijohn.assembly.tree import Place, import_convention_files, places
from demijohn.config import Config, load_config, project_root
from demijohn.context import ServiceTable, starting_mode
from demijohn.contracts import RateStore, SessionStore, StaticUrls, TemplateRenderer, UrlBuilder
from demijohn.errors import ConfigError, DeclarationError, Problem
from demijohn.extension import Contributions
from demijohn.http.own_cookies import OwnCookies
from demijohn.http.request import Request
from demijohn.http.response import Response
from demijohn.http.websocket import WebSocket
from demijohn.module import Module
from demijohn.pipeline.bodies import BodyReader
from demijohn.pipeline.csrf import CsrfCheck
from demijohn.pipeline.endpoint import AsyncEndpoint, BlockingEndpoint, Endpoint
from demijohn.pipeline.errors import DebugAnswers
from demijohn.pipeline.guards import Guards
from demijohn.pipeline.hooks import Hook, fit_hook
from demijohn.pipeline.lifecycle import Lifecycle
from demijohn.pipeline.pipeline import AppCommand, GatewayCall, Mode, Pipeline, PipelineParts
from demijohn.pipeline.sockets import SocketEndpoint
from demijohn.pipeline.threads import WorkerPool
from demijohn.pipeline.unmatched import HealthEndpoint, Mount, UnmatchedEndpoint
from demijohn.routing.converters import Converter, Converters
from demijohn.routing.parameters import Provider, compile_parameters
from demijohn.routing.pattern import Pattern, parse_pattern
from demijohn.routing.redirects import OwnOrigins
from demijohn.routing.router import Entry, Router
from demijohn.routing.urls import UrlTable
from demijohn.security.csrf import CsrfTokens, route_csrf
from demijohn.sessions.session import Session
from demijohn.types import Origin

if TYPE_CHECKING:
    from demijohn.staticfiles.files import StaticFiles

__all__ = ["assemble", "load_settings", "project_folder"]


def _rsgi(pipeline: Pipeline) -> GatewayCall:
    from demijohn.gateway.rsgi import RSGIGateway  # a process serves over one of the two

    return RSGIGateway(pipeline)


def _asgi(pipeline: Pipeline) -> GatewayCall:
    from demijohn.gateway.asgi import ASGIGateway

    return ASGIGateway(pipeline)


_GATEWAYS = {"rsgi": _rsgi, "asgi": _asgi}


def load_settings(app: Module, records: AppRecords) -> Config:
    """Return the settings of an app before it has frozen.

    Raises:
        ConfigError: settings are missing or wrong.
    """
    return _load(app, records, starting_mode.get(), {})


def _load(app: Module, records: AppRecords, mode: Mode, arguments: Mapping[str, object]) -> Config:
    return load_config(
        settings_class_of(records),
        development=mode == "development",
        root=project_folder(app),
        environ=os.environ,
        arguments=arguments,
    )


def project_folder(app: Module) -> Path:
    """Return the folder whose pyproject.toml and .env belong to an app."""
    file = getattr(sys.modules.get(app.import_name), "__file__", None)
    return project_root(Path(file).parent if file else Path.cwd())


def assemble(
    app: Module, records: AppRecords, mode: Mode, *, config: Mapping[str, object], only: Sequence[str] = ()
) -> Pipeline:
    """Return the frozen app.

    Raises:
        DeclarationError: everything that is wrong with the declarations and the settings.
    """
    import_convention_files(app)  # they may declare, too
    given = Contributions()
    try:
        settings = _load(app, records, mode, config)
        given = contribute(records.extensions, settings, mode)
        found, problems = places(app, only, given.inclusions)
        policies = Policies.of(records, settings, mode, project_folder(app), given.allowances)
    except ConfigError as error:
        problems = given.problems + _problems_beside(error, app, records, only)
        if not problems:  # with nothing else wrong it stays what it is
            raise
        raise DeclarationError([*problems, *error.problems]) from None
    problems = given.problems + problems
    return _Assembly(app, records, mode, settings, policies, found, given, problems).pipeline(everything=not only)


def _problems_beside(error: ConfigError, app: Module, records: AppRecords, only: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the declarations beside the settings, so that nobody has to start twice to learn it."""
    if records.extensions:  # they cannot be set up without their settings, and what they provide would seem missing
        return []
    settings = object.__new__(records.settings_class or Config)  # its defaults: nothing is served with them
    found, problems = places(app, only)
    problems = [*error.problems, *problems]
    try:
        policies = Policies.of(records, Config(), "test", project_folder(app))
        _Assembly(app, records, "test", settings, policies, found, Contributions(), problems).pipeline(
            everything=not only
        )
    except DeclarationError as all_of_them:
        return [problem for problem in all_of_them.problems if problem not in error.problems]
    return []


class _Assembly:
    """Hold what one freeze is made of while it happens."""

    def __init__(
        self,
        app: Module,
        records: AppRecords,
        mode: Mode,
        settings: Config,
        policies: Policies,
        found: Sequence[Place],
        given: Contributions,
        problems: list[Problem],
    ) -> None:
        self._app = app
        self._records = records
        self._mode = mode
        self._settings = settings
        self._policies = policies
        self._places = found
        # A module that is served alone, without the app's own routes, may extend the templates of others.
        is_whole = any(place.is_root for place in found)
        self._everywhere = found if is_whole else places(app, (), given.inclusions)[0]
        self._given = given
        self._problems = problems
        self._pool = WorkerPool(settings.worker_threads, settings.worker_queue)
        self._open_sockets: set[WebSocket] = set()
        self._template_names = collect_template_names(self._everywhere, given)
        self._static = static_files(app, self._everywhere, records.static, reload=mode == "development")
        self._routes = RouteAssembler(
            policies, self._pool, self._converters(), self._providers(), self._open_sockets, given
        )

    def pipeline(self, *, everything: bool) -> Pipeline:
        """Assemble all parts; `everything` is False where only some modules are served, and no mounts."""
        for place in self._places:
            self._routes.add(place)
        self._problems += self._routes.problems
        self._problems += [*template_problems(self._app, self._everywhere), *self._template_names.problems]
        self._problems += self._unsigned()
        unmatched, health = self._own_endpoints()
        mounts = self._mounts() if everything else []
        router = self._router(health)
        lifecycle = Lifecycle(*(self._steps(name) for name in ("startup", "shutdown")))
        if self._problems or router is None:
            raise DeclarationError(self._problems)
        unmatched.attach(router, mounts, answers_preflights=self._records.cors is not None)
        pipeline = Pipeline(self._parts(router, unmatched, health, mounts, lifecycle))
        for place in self._places:
            place.module.frozen = True
        self._app.frozen = True
        return pipeline

    def _parts(
        self,
        router: Router[Endpoint | SocketEndpoint],
        unmatched: UnmatchedEndpoint,
        health: HealthEndpoint,
        mounts: Sequence[Mount],
        lifecycle: Lifecycle,
    ) -> PipelineParts:
        return PipelineParts(
            mode=self._mode,
            config=self._settings,
            services=self._services(),
            routes=tuple(self._routes.served),
            router=router,
            unmatched=unmatched,
            health=health,
            health_path=self._records.health,
            intake=self._policies.intake,
            finisher=self._policies.finisher,
            security=self._policies.security,
            mounts=tuple(mounts),
            pool=self._pool,
            open_sockets=self._open_sockets,
            lifecycle=lifecycle,
            opt_outs=(*self._policies.opt_outs, *self._routes.opt_outs),
            commands=tuple(self._commands()),
            checks=tuple(self._given.checks),
            template_folders=template_paths(self._app, self._everywhere),
            needs_asgi=bool(mounts) or any(needs_asgi(served) for served in self._routes.served),
            gateways=_GATEWAYS,
        )

    def _converters(self) -> Converters:
        custom: dict[str, Converter | type[Converter]] = {}
        for place in self._places:
            custom |= {name: converter for name, (converter, _) in place.module.records.converters.items()}
        try:
            return Converters(custom)
        except DeclarationError as error:
            self._problems += error.problems
            return Converters()

    def _providers(self) -> dict[type, Provider]:
        settings = self._settings
        providers: dict[type, Provider] = {Session: Provider(load=lambda request: request.session)}
        for cls in type(settings).__mro__:
            if issubclass(cls, Config):
                providers[cls] = Provider(load=lambda request: settings)
        for kind, given in self._given.providers.items():
            if kind in providers:
                message = f"{given.by} supplies parameters of the type {kind.__name__}, which the core does."
                self._problems.append(Problem(message, str(given.origin), "Give it a type of its own."))
            providers[kind] = given.value
        return providers

    def _own_endpoints(self) -> tuple[UnmatchedEndpoint, HealthEndpoint]:
        around = self._routes.around([self._app])
        parts = {**self._bare_parts(_answer_nothing), "after": around.after, "middleware": around.middleware}
        return UnmatchedEndpoint("", _answer_nothing, **parts), HealthEndpoint("", _answer_nothing, **parts)

    def _static_entry(self, files: StaticFiles) -> Entry[Endpoint | SocketEndpoint]:
        """Serve the static files beside all hooks and guards: a page that asks for a login has its style sheet."""

        def serve(request: Request, name: str) -> Response:
            return files.respond(request, name)

        pattern = parse_pattern(f"{self._records.static.rstrip('/')}/<path:name>", origin=self._app.origin)
        parts = self._bare_parts(serve, pattern)
        return Entry(pattern, {"GET"}, BlockingEndpoint("static", serve, **parts), self._app.origin)

    def _csp_reports_entry(self) -> Entry[Endpoint | SocketEndpoint]:
        """Take what browsers report of the policy; they send it without cookies and without evidence."""
        from demijohn.debug.csp_reports import MAX_BYTES, PATH, CSPReports

        receive, origin = CSPReports().receive, self._app.origin
        limits = msgspec.structs.replace(self._policies.limits, body=MAX_BYTES)
        exempt = CsrfCheck(self._policies.csrf, route_csrf(False, "browsers' reports, in development", origin))
        bodies = BodyReader(limits, takes_files=False, pool=self._pool)
        parts = {**self._bare_parts(receive), "csrf": exempt, "bodies": bodies}
        return Entry(parse_pattern(PATH, origin=origin), {"POST"}, AsyncEndpoint("", receive, **parts), origin)

    def _bare_parts(
        self, handler: Callable[..., object], pattern: Pattern | None = None
    ) -> dict[str, Any]:  # Any: the keyword arguments of one constructor
        """Return what an endpoint of our own is made of: no hooks, no guards, but the app's error handlers."""
        params = {} if pattern is None else pattern.params
        return {
            "plan": compile_parameters(handler, path_params=params, methods=("GET",), providers={}),
            "status": 200,
            "csrf": CsrfCheck(self._policies.csrf, "auto"),
            "guards": Guards((), self._pool),
            "bodies": BodyReader(self._policies.limits, takes_files=False, pool=self._pool),
            "streams_body": False,
            "before": (),
            "after": (),
            "errors": self._routes.around([self._app]).errors,
            "finisher": self._policies.finisher,
            "middleware": (),
            "pool": self._pool,
        }

    def _unsigned(self) -> list[Problem]:
        """Return which extensions need something signed where there is no key to sign it."""
        if self._policies.keys or SessionStore in self._given.services:
            return []
        needing = [use for use in self._records.extensions if SessionStore in use.extension.requires]
        remedy = "Set SECRET_KEY. This prints one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        return [
            Problem(f"{use.extension.full_name} needs sessions, and SECRET_KEY is not set.", str(use.origin), remedy)
            for use in needing
        ]

    def _commands(self) -> Iterator[AppCommand]:
        for place in self._places:
            for name, recorded in place.module.records.commands:
                yield AppCommand(name, recorded.function, recorded.origin)

    def _router(self, health: HealthEndpoint) -> Router[Endpoint | SocketEndpoint] | None:
        entries = list(self._routes.entries)
        path, origin = self._records.health, self._app.origin
        try:
            if not any(entry.pattern.text == path for entry in entries):
                entries.append(Entry(parse_pattern(path, origin=origin), {"GET"}, health, origin))
            if self._static is not None:
                entries.append(self._static_entry(self._static))
            if self._mode == "development":
                entries.append(self._csp_reports_entry())
            return Router(entries)
        except DeclarationError as error:
            self._problems += error.problems
            return None

    def _mounts(self) -> list[Mount]:
        mounts = []
        places: dict[str, Origin] = {}
        for record in self._records.mounts:
            if (first := places.setdefault(record.prefix, record.origin)) is not record.origin:
                message = f"Two sites are mounted at {record.prefix or '/'!r}, the other at {first}."
                self._problems.append(Problem(message, str(record.origin), "Give one of them another prefix."))
            try:
                mounts.append(as_mount(record))
            except DeclarationError as error:
                self._problems += error.problems
        return mounts

    def _steps(self, kind: str) -> list[Hook]:
        steps = []
        sources = [getattr(self._given, kind), *(getattr(place.module.records, kind) for place in self._places)]
        for recorded_steps in sources:
            for recorded in recorded_steps:
                hook = fit_hook(recorded.function, (), recorded.origin, self._problems, what=f"The {kind} step")
                if hook is not None:
                    steps.append(hook)
        return steps

    def _services(self) -> ServiceTable:
        classes = (cls for cls in type(self._settings).__mro__ if issubclass(cls, Config))
        makers: dict[type, Callable[[], object]] = {UrlBuilder: self._urls, RateStore: _memory_rate_store}
        own = OwnOrigins(self._policies.own_origins, any_host=self._settings.unsafe_any_host)
        if self._policies.keys:
            makers |= {SessionStore: self._policies.session_store, CsrfTokens: self._policies.csrf_tokens}
        services: dict[type, object] = {OwnOrigins: own, OwnCookies: self._policies.cookies}
        services |= dict.fromkeys(classes, self._settings)
        if self._static is not None:
            services[StaticUrls] = self._static
        makers[TemplateRenderer] = make_templates(
            self._app, self._everywhere, self._template_names, reload=self._mode == "development"
        )
        if self._mode == "development":
            makers[DebugAnswers] = self._debug_pages
        makers |= {contract: given.value for contract, given in self._given.services.items()}
        return ServiceTable(services, makers)

    def _debug_pages(self) -> DebugAnswers:
        from demijohn.debug.answers import DebugPages

        return DebugPages({title: given.value for title, given in self._given.panels.items()})

    def _urls(self) -> UrlTable:
        patterns: dict[str, list[Pattern]] = {}
        names: dict[object, str] = {}
        for served in self._routes.served:
            patterns.setdefault(served.name, []).append(served.pattern)
            names.setdefault(served.route.handler, served.name)
        return UrlTable(patterns, names, site_url=self._settings.site_url)


def _memory_rate_store() -> object:
    from demijohn.security.throttle import MemoryRateStore  # for apps that limit rates

    return MemoryRateStore()


async def _answer_nothing() -> None:
    """Stand for a handler where the endpoint answers by itself."""
