"""Make an endpoint of each declared route: its whole path, its parameters, and everything that stands around it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import msgspec

from demijohn.assembly.policies import Policies
from demijohn.assembly.tree import Place
from demijohn.errors import DeclarationError, Problem
from demijohn.extension import Contributions
from demijohn.http.events import EventStream
from demijohn.http.view import View
from demijohn.http.websocket import WebSocket
from demijohn.marks import Mark, marks_of
from demijohn.module import ErrorKey, Module, Recorded
from demijohn.pipeline.bodies import BodyReader
from demijohn.pipeline.csrf import CsrfCheck
from demijohn.pipeline.endpoint import AsyncEndpoint, BlockingEndpoint, Endpoint, Middleware
from demijohn.pipeline.errors import ErrorAnswers, log_server_error
from demijohn.pipeline.guards import AnyGuard, Guards, is_guard
from demijohn.pipeline.hooks import Hook, fit_hook, is_async_callable
from demijohn.pipeline.intake import METHODS
from demijohn.pipeline.pipeline import ServedRoute
from demijohn.pipeline.sockets import SocketEndpoint
from demijohn.pipeline.threads import WorkerPool
from demijohn.routing.converters import Converters
from demijohn.routing.parameters import ParameterPlan, Provider, compile_parameters
from demijohn.routing.pattern import parse_pattern
from demijohn.routing.route import Route
from demijohn.routing.router import WEBSOCKET, Entry
from demijohn.security.csrf import RouteCsrf, route_csrf
from demijohn.security.limits import Limits, RouteLimits
from demijohn.security.optouts import OptOut
from demijohn.types import Origin, origin_of

__all__ = ["Around", "RouteAssembler"]


_GUARDED = ("", "the whole app")  # what a rate that an extension sets for every route counts under


class Around(msgspec.Struct, frozen=True):
    """Hold what stands around the handlers of one place: hooks, middleware, error handlers, guards."""

    before: tuple[Hook, ...]
    after: tuple[Hook, ...]
    middleware: tuple[Middleware, ...]
    errors: ErrorAnswers
    guards: tuple[AnyGuard, ...]


class _Handling(msgspec.Struct, frozen=True):
    """Hold one callable that answers some methods of a route; a View gives several."""

    call: Callable[..., Any]  # Any: see returned.py
    declared: Callable[..., Any]  # Any: as above; the function whose signature counts
    methods: frozenset[str]
    is_async: bool


class RouteAssembler:
    """Assemble the routes of one app; collects problems and opt-outs on the way."""

    def __init__(
        self,
        policies: Policies,
        pool: WorkerPool,
        converters: Converters,
        providers: Mapping[type, Provider],
        open_sockets: set[WebSocket],
        given: Contributions,
    ) -> None:
        self.problems: list[Problem] = []
        self.opt_outs: list[OptOut] = []
        self.entries: list[Entry[Endpoint | SocketEndpoint]] = []
        self.served: list[ServedRoute] = []
        self._policies = policies
        self._pool = pool
        self._converters = converters
        self._providers = providers
        self.provided = frozenset(providers)
        self._open_sockets = open_sockets
        self._given = given
        self._named: dict[str, tuple[Route, str]] = {}

    def around(self, ancestors: Sequence[Module]) -> Around:
        """Return what stands around the handlers of a module that stands within `ancestors`, itself the last."""
        outside_in = [module.records for module in ancestors]
        before = [self._hook(it, ("request",), "The hook") for records in outside_in for it in records.before]
        after = [
            self._hook(it, ("response", "request"), "The hook")
            for records in reversed(outside_in)
            for it in records.after
        ]
        levels = [self._error_handlers(records.error_handlers) for records in reversed(outside_in)]
        return Around(
            before=tuple(hook for hook in before if hook is not None),
            after=tuple(hook for hook in after if hook is not None),
            middleware=tuple(
                self._middleware(it)
                for recorded in (self._given.middleware, *(records.middleware for records in outside_in))
                for it in recorded
            ),
            errors=ErrorAnswers(levels, report=log_server_error),
            guards=(
                *(guard for it in self._given.guards for guard in self._guards(it.value, it.origin, _GUARDED)),
                *(
                    guard
                    for module in ancestors
                    for given in module.guards
                    for guard in self._guards(given, module.origin, (module.import_name, module.name))
                ),
            ),
        )

    def add(self, place: Place) -> None:
        """Assemble every route of a module."""
        around = self.around(place.ancestors)
        for route in place.module.records.routes:
            try:
                self._add_route(route, place, around)
            except DeclarationError as error:
                self.problems += error.problems

    def _add_route(self, route: Route, place: Place, around: Around) -> None:
        origin = route.origin
        path = _joined(place.prefix, route.pattern)
        if not route.name.isidentifier():
            message = f"The handler of {path} has no name that url_for could use."
            self.problems.append(Problem(message, str(origin), 'Give the route one: name="...".'))
        self._check_name(route, place.full_name(route), path)
        if route.status is not None and not 200 <= route.status <= 599:
            message = f"The status {route.status} of {path} is none of an answer."
            self.problems.append(Problem(message, str(origin), "Write one from 200 to 599."))
        pattern = parse_pattern(path, self._converters, origin=origin)
        csrf = route_csrf(route.csrf, route.csrf_reason or None, origin)
        for handling in self._handlings(route):
            plan = compile_parameters(
                handling.declared,
                path_params=pattern.params,
                methods=handling.methods,
                providers=self._providers_for(route),
                kind=route.kind,
            )
            bound = pattern.bind(_bindable(plan, self._converters))
            endpoint = self._endpoint(route, handling, plan, csrf, place, around)
            methods = handling.methods or {WEBSOCKET}
            self.entries.append(Entry(bound, methods, endpoint, origin))
            self.served.append(ServedRoute(route, bound, place.full_name(route), frozenset(methods), plan, endpoint))

    def _check_name(self, route: Route, name: str, path: str) -> None:
        """Refuse one name for two handlers at different paths: which of them would url_for mean?"""
        first, first_path = self._named.setdefault(name, (route, path))
        if first.handler is not route.handler and first_path != path:
            message = f"Two handlers are named {name!r}: of {path}, and of {first_path} at {first.origin}."
            self.problems.append(Problem(message, str(route.origin), 'Give one of the routes another: name="...".'))

    def _handlings(self, route: Route) -> list[_Handling]:
        handler = route.handler
        if isinstance(handler, type):
            if not issubclass(handler, View):
                self._refuse(route, f"{handler.__name__} is a class, but no View.", f"class {handler.__name__}(View):")
                return []
            return self._view_handlings(route, handler)
        if not route.methods and route.kind != "websocket":
            self._refuse(route, f"The route of {route.name} has no methods.", 'Name at least one: methods=["GET"].')
        for method in route.methods - METHODS:
            self._refuse(route, f"{method!r} is no method that is answered here.", f"Known are {sorted(METHODS)}.")
        if route.kind == "sse":
            return self._sse_handling(route)
        if route.kind == "websocket" and not inspect.iscoroutinefunction(handler):
            self._refuse(route, f"{route.name} handles a WebSocket but is no `async def`.", "Write `async def`.")
            return []
        if inspect.isgeneratorfunction(handler) or inspect.isasyncgenfunction(handler):
            remedy = f"Return Stream(generator()), or register {route.name} with @app.sse for events."
            self._refuse(route, f"{route.name} is a generator, which answers nothing by itself.", remedy)
            return []
        return [_Handling(handler, handler, route.methods, is_async_callable(handler))]

    def _view_handlings(self, route: Route, view: type[View]) -> list[_Handling]:
        methods = view.http_methods()
        if not methods:
            message = f"The view {view.__name__} has no method that answers."
            self._refuse(route, message, "Write `def get(self): ...`, or post, put, patch, delete.")
        try:
            inspect.signature(view).bind()
        except TypeError:
            message = f"The view {view.__name__} is made without arguments for each request, but wants some."
            self._refuse(route, message, "Take them out of __init__, or give them defaults.")
        return [_view_handling(view, method) for method in methods]

    def _sse_handling(self, route: Route) -> list[_Handling]:
        handler = route.handler
        if inspect.isasyncgenfunction(handler):

            async def start(**arguments: object) -> EventStream:
                return EventStream(handler(**arguments))

            return [_Handling(start, handler, route.methods, is_async=True)]
        if inspect.isgeneratorfunction(handler):

            def start_in_worker(**arguments: object) -> EventStream:
                return EventStream(handler(**arguments))

            return [_Handling(start_in_worker, handler, route.methods, is_async=False)]
        self._refuse(route, f"{route.name} streams events but yields none.", "Use `yield Event(...)` in it.")
        return []

    def _refuse(self, route: Route, message: str, remedy: str) -> None:
        self.problems.append(Problem(message, str(origin_of(route.handler) or route.origin), remedy))

    def _providers_for(self, route: Route) -> Mapping[type, Provider]:
        if route.kind != "websocket":
            return self._providers
        return {**self._providers, WebSocket: Provider(load=lambda request: request.socket)}

    def _endpoint(
        self,
        route: Route,
        handling: _Handling,
        plan: ParameterPlan,
        csrf: RouteCsrf,
        place: Place,
        around: Around,
    ) -> Endpoint | SocketEndpoint:
        own_marks = (*route.marks, *_marks(route.handler, handling.declared))
        limits = self._limits_for(own_marks)
        self.opt_outs += [out for value in (csrf, *(mark.value for mark in own_marks)) for out in _opt_outs_of(value)]
        guards = Guards([*around.guards, *self._own_guards(route, handling, place, own_marks)], self._pool)
        if route.kind == "websocket":
            return SocketEndpoint(
                place.full_name(route),
                handling.call,
                plan=plan,
                guards=guards,
                csrf=self._policies.csrf,
                limits=limits,
                subprotocols=route.subprotocols,
                open_sockets=self._open_sockets,
            )
        return (AsyncEndpoint if handling.is_async else BlockingEndpoint)(
            place.full_name(route),
            handling.call,
            plan=plan,
            status=route.status or 200,
            csrf=CsrfCheck(self._policies.csrf, csrf),
            guards=guards,
            bodies=BodyReader(limits, takes_files=plan.file_parts or _asks_for_files(own_marks), pool=self._pool),
            streams_body=route.stream,
            before=around.before,
            after=around.after,
            errors=around.errors,
            finisher=self._policies.finisher.with_security(self._policies.security.for_route(own_marks)),
            middleware=around.middleware,
            pool=self._pool,
        )

    def _limits_for(self, own_marks: Sequence[Mark]) -> Limits:
        limits = self._policies.limits
        changed = RouteLimits.of(own_marks)
        if changed is None:
            return limits
        self.opt_outs += changed.opt_outs(limits)
        return changed.applied_to(limits)

    def _hook(self, recorded: Recorded, takes: Sequence[str], what: str) -> Hook | None:
        return fit_hook(recorded.function, takes, recorded.origin, self.problems, what=what)

    def _middleware(self, recorded: Recorded) -> Middleware:
        if not is_async_callable(recorded.function):
            name = getattr(recorded.function, "__name__", "middleware")
            remedy = f"Write `async def {name}(request, call_next): return await call_next(request)`."
            self.problems.append(Problem(f"The middleware {name} is no `async def`.", str(recorded.origin), remedy))
        return recorded.function

    def _error_handlers(self, recorded: Sequence[tuple[ErrorKey, Recorded]]) -> dict[ErrorKey, Hook]:
        handlers: dict[ErrorKey, Hook] = {}
        places: dict[ErrorKey, Recorded] = {}
        for key, it in recorded:
            if key in handlers:
                named = key if isinstance(key, int) else key.__name__
                message = f"Two error handlers for {named}, the other at {places[key].origin}."
                self.problems.append(Problem(message, str(it.origin), "Take one of them out."))
            hook = self._hook(it, ("error", "request"), "The error handler")
            if hook is not None:
                handlers[key], places[key] = hook, it
        return handlers

    def _guards(self, given: object, origin: Origin, named: tuple[str, str]) -> list[AnyGuard]:
        """Return the guards that stand before every route of a module or app: a guard, or what a decorator marks."""
        found = [cast(AnyGuard, given)] if is_guard(given) else _guards_of_decorator(given, named)
        if not found:
            remedy = "Pass a guard such as login_required, or an object with `check(request)`."
            self.problems.append(Problem(f"{given!r} guards nothing.", str(origin), remedy))
        return found

    def _own_guards(self, route: Route, handling: _Handling, place: Place, marks: Sequence[Mark]) -> Iterator[AnyGuard]:
        """Yield what policies want before one route, then what its own decorators say."""
        for policy in self._given.policies:
            for guard in policy.guards_for(place.full_name(route), sorted(handling.methods), marks):
                yield cast(AnyGuard, guard)
        for mark in marks:
            if is_guard(mark.value):
                yield cast(AnyGuard, mark.value)


def _asks_for_files(own_marks: Sequence[Mark]) -> bool:
    """Tell whether `@limits(files=...)` lets files in for a handler that reads `request.files` itself."""
    changed = RouteLimits.of(own_marks)
    return changed is not None and changed.form_files is not None


def _guards_of_decorator(
    decorator: object, named: tuple[str, str]
) -> list[Any]:  # Any: AnyGuard is a union of protocols
    """Return the guards that a decorator puts on a handler, by letting it mark one."""
    if not callable(decorator):
        return []

    def marked() -> None:
        """Be marked."""

    marked.__module__, marked.__qualname__ = named  # a rate counts under the handler's name
    return [mark.value for mark in marks_of(decorator(marked)) if is_guard(mark.value)]


def _view_handling(view: type[View], method: str) -> _Handling:
    name = method.lower()
    declared = getattr(object.__new__(view), name)  # bound, so that `self` is left out; __init__ is for requests alone

    @functools.wraps(declared)
    def call(**arguments: object) -> object:
        return getattr(view(), name)(**arguments)

    return _Handling(call, declared, frozenset({method}), is_async_callable(declared))


def _marks(handler: object, declared: object) -> tuple[Any, ...]:  # Any: marks hold values of many kinds
    return marks_of(handler) if handler is declared else (*marks_of(handler), *marks_of(declared))


def _opt_outs_of(value: object) -> list[OptOut]:
    list_them = getattr(value, "opt_outs", None)
    return list_them() if list_them is not None and not isinstance(value, RouteLimits) else []


def _bindable(plan: ParameterPlan, converters: Converters) -> dict[str, Any]:  # Any: Converter is a protocol
    found = {name: converters.for_type(kind) for name, kind in plan.path_converters.items()}
    return {name: converter for name, converter in found.items() if converter is not None}


def _joined(prefix: str, pattern: str) -> str:
    """Put a prefix before a path: the module's own "/" is the prefix itself, as in Flask and Starlette."""
    if prefix and pattern == "/":
        return prefix
    return prefix + pattern
