"""Define `Module`, which records routes, hooks and handlers before any app exists. `App` (app.py) is one, and more.

Recording is all that happens here: nothing is parsed, imported or checked until the app freezes (assembly.py), so the
order of declarations never matters and every mistake is reported together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from demijohn.errors import DeclarationError, Problem
from demijohn.routing.route import Route, RouteKind
from demijohn.types import Origin, caller_origin

if TYPE_CHECKING:  # loaded when the app freezes
    from demijohn.routing.converters import Converter

__all__ = ["ErrorKey", "Inclusion", "Module", "Recorded", "Records"]

_F = TypeVar("_F", bound=Callable[..., Any])  # Any: each kind of hook takes and returns its own
_Handler = TypeVar("_Handler", bound=Callable[..., Any] | type)  # Any: a handler's parameters are its own; or a View

ErrorKey = int | type[Exception]
Csrf = bool | Literal["always"]


class Recorded(NamedTuple):
    """Pair a function that was registered with the place where that happened."""

    function: Callable[..., Any]  # Any: hooks differ in what they take
    origin: Origin


class Inclusion(NamedTuple):
    """Record that a module was included, and under which prefix."""

    module: Module
    prefix: str
    origin: Origin


class Records:
    """Hold what was declared on one module, in the order of declaration."""

    __slots__ = (
        "after",
        "before",
        "commands",
        "converters",
        "error_handlers",
        "inclusions",
        "middleware",
        "routes",
        "shutdown",
        "startup",
        "template_filters",
        "template_globals",
    )

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.inclusions: list[Inclusion] = []
        self.before: list[Recorded] = []
        self.after: list[Recorded] = []
        self.middleware: list[Recorded] = []
        self.error_handlers: list[tuple[ErrorKey, Recorded]] = []
        self.startup: list[Recorded] = []
        self.shutdown: list[Recorded] = []
        self.converters: dict[str, tuple[Converter | type[Converter], Origin]] = {}
        self.commands: list[tuple[str, Recorded]] = []
        self.template_globals: list[tuple[str, Recorded]] = []
        self.template_filters: list[tuple[str, Recorded]] = []


class Module:
    """Collect routes and what belongs to them, to be included in an app: `blog = Module(__name__)`.

    `name` stands before the names of its routes (`blog.show`) and defaults to the last part of `import_name`. `guard`
    stands before every route of the module and of those that it includes: a guard, a decorator such as
    `login_required`, or several.
    """

    def __init__(self, import_name: str, *, name: str | None = None, guard: object | Sequence[object] = ()) -> None:
        self.import_name = import_name
        self.name = name or import_name.rpartition(".")[2]
        self.guards: tuple[object, ...] = tuple(guard) if isinstance(guard, list | tuple) else (guard,)
        self.origin = caller_origin()
        self.records = Records()
        self.frozen = False
        if not self.name.isidentifier():
            remedy = "Pass Module(__name__), or a name of letters, digits and underscores."
            raise DeclarationError([Problem(f"{self.name!r} cannot name a module.", str(self.origin), remedy)])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # Routes

    def route(
        self,
        path: str,
        *,
        methods: Collection[str] = ("GET",),
        name: str | None = None,
        status: int | None = None,
        stream: bool = False,
        csrf: Csrf = True,
        reason: str | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Answer `path` with the decorated handler or `View` class; a class answers the methods it defines.

        `name` is for `url_for` and defaults to the handler's own. `status` is for a returned value that brings none.
        `stream=True` hands over the body unread (`request.stream()`). `csrf=False` takes requests from other sites and
        needs a `reason`; `csrf="always"` asks for evidence even without a cookie, as a login form does.
        """
        return self._recorder(path, methods, name, status, stream, csrf, reason)

    def add_route(
        self,
        path: str,
        handler: Callable[..., Any] | type,  # Any: see _Handler
        *,
        methods: Collection[str] = ("GET",),
        name: str | None = None,
        status: int | None = None,
        stream: bool = False,
        csrf: Csrf = True,
        reason: str | None = None,
    ) -> None:
        """Record a route without a decorator, for a table of all routes in one place. Arguments as for `route`."""
        self._recorder(path, methods, name, status, stream, csrf, reason)(handler)

    def get(self, path: str, *, name: str | None = None, status: int | None = None) -> Callable[[_Handler], _Handler]:
        """Answer GET and HEAD requests for `path`. Arguments as for `route`."""
        return self._recorder(path, ("GET",), name, status)

    def post(
        self,
        path: str,
        *,
        name: str | None = None,
        status: int | None = None,
        stream: bool = False,
        csrf: Csrf = True,
        reason: str | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Answer POST requests for `path`. Arguments as for `route`."""
        return self._recorder(path, ("POST",), name, status, stream, csrf, reason)

    def put(
        self,
        path: str,
        *,
        name: str | None = None,
        status: int | None = None,
        stream: bool = False,
        csrf: Csrf = True,
        reason: str | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Answer PUT requests for `path`. Arguments as for `route`."""
        return self._recorder(path, ("PUT",), name, status, stream, csrf, reason)

    def patch(
        self,
        path: str,
        *,
        name: str | None = None,
        status: int | None = None,
        stream: bool = False,
        csrf: Csrf = True,
        reason: str | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Answer PATCH requests for `path`. Arguments as for `route`."""
        return self._recorder(path, ("PATCH",), name, status, stream, csrf, reason)

    def delete(
        self,
        path: str,
        *,
        name: str | None = None,
        status: int | None = None,
        csrf: Csrf = True,
        reason: str | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Answer DELETE requests for `path`. Arguments as for `route`."""
        return self._recorder(path, ("DELETE",), name, status, False, csrf, reason)

    def websocket(
        self, path: str, *, name: str | None = None, subprotocols: Sequence[str] = ()
    ) -> Callable[[_Handler], _Handler]:
        """Talk over a WebSocket with an `async def` handler that takes a `WebSocket`.

        Guards and parameters refuse with an HTTP status before the handshake. Of the subprotocols that the client
        offers, the first in `subprotocols` is chosen.
        """
        return self._recorder(path, (), name, kind="websocket", subprotocols=tuple(subprotocols))

    def sse(self, path: str, *, name: str | None = None) -> Callable[[_Handler], _Handler]:
        """Stream server-sent events: the handler is a generator, async or plain, that yields `Event` or text."""
        return self._recorder(path, ("GET",), name, kind="sse")

    def _recorder(
        self,
        path: str,
        methods: Collection[str],
        name: str | None,
        status: int | None = None,
        stream: bool = False,
        csrf: Csrf = True,
        reason: str | None = None,
        kind: RouteKind = "http",
        subprotocols: tuple[str, ...] = (),
    ) -> Callable[[_Handler], _Handler]:
        self.check_open()
        origin = caller_origin()
        if not isinstance(path, str):  # @app.get without parentheses would record nothing and say nothing
            message = f"A route has a path, but there is {path!r} in its place."
            raise DeclarationError([Problem(message, str(origin), 'Write @app.get("/path"), with parentheses.')])
        if isinstance(methods, str):  # a collection, too, of letters
            message = f"methods={methods!r} is text, not a list of methods."
            raise DeclarationError([Problem(message, str(origin), f"Write methods=[{methods!r}].")])

        def record(handler: _Handler) -> _Handler:
            route = Route(
                pattern=path,
                methods=frozenset(method.upper() for method in methods),
                handler=handler,
                name=name or str(getattr(handler, "__name__", "")),
                origin=origin,
                status=status,
                kind=kind,
                stream=stream,
                csrf=csrf,
                csrf_reason=reason or "",
                module=self.name,
                subprotocols=subprotocols,
            )
            self.records.routes.append(route)
            return handler

        return record

    def include(self, module: Module, *, prefix: str = "") -> None:
        """Make the routes, hooks and handlers of another module part of this one, its paths behind `prefix`."""
        self.check_open()
        self.records.inclusions.append(Inclusion(module, prefix, caller_origin()))

    # What stands around handlers

    def before_request(self, hook: _F) -> _F:
        """Call `hook(request)` before each handler of this module; what it returns, unless None, is the answer."""
        self.check_open()
        self.records.before.append(Recorded(hook, caller_origin()))
        return hook

    def after_request(self, hook: _F) -> _F:
        """Call `hook(response, request)` after each handler or error of this module; it may return another answer."""
        self.check_open()
        self.records.after.append(Recorded(hook, caller_origin()))
        return hook

    def middleware(self, wrapper: _F) -> _F:
        """Wrap each route of this module in `async def wrapper(request, call_next)`; the first one stands outermost."""
        self.check_open()
        self.records.middleware.append(Recorded(wrapper, caller_origin()))
        return wrapper

    def error_handler(self, *keys: ErrorKey) -> Callable[[_F], _F]:
        """Answer errors with `handler(error, request)`: statuses (`404`), `HTTPError` for all, or exception classes.

        Raises:
            DeclarationError: a key is neither a status from 400 to 599 nor an exception class.
        """
        self.check_open()
        origin = caller_origin()
        for key in keys or ("nothing",):
            is_status = isinstance(key, int) and 400 <= key <= 599
            if not is_status and not (isinstance(key, type) and issubclass(key, Exception)):
                remedy = "Write @app.error_handler(404), (HTTPError) or an exception class of your own."
                raise DeclarationError([Problem(f"An error handler cannot be for {key!r}.", str(origin), remedy)])

        def record(handler: _F) -> _F:
            self.records.error_handlers += [(key, Recorded(handler, origin)) for key in keys]
            return handler

        return record

    def on_startup(self, step: _F) -> _F:
        """Call `step()` once per process before the first request; an error stops the start."""
        self.check_open()
        self.records.startup.append(Recorded(step, caller_origin()))
        return step

    def on_shutdown(self, step: _F) -> _F:
        """Call `step()` once per process after the last request, in the reverse of the order of declaration."""
        self.check_open()
        self.records.shutdown.append(Recorded(step, caller_origin()))
        return step

    def command(self, name: str | None = None) -> Callable[[_F], _F]:
        """Make a function a command of `demijohn`: its parameters become arguments and options."""
        self.check_open()
        origin = caller_origin()
        if callable(name):
            message = f"A command has a name or none, but there is {name!r} in its place."
            raise DeclarationError([Problem(message, str(origin), "Write @app.command(), with parentheses.")])

        def record(function: _F) -> _F:
            default = function.__name__.replace("_", "-")
            self.records.commands.append((name or default, Recorded(function, origin)))
            return function

        return record

    def template_filter(self, name: str | None = None) -> Callable[[_F], _F]:
        """Make a function a filter of all templates of the app, `{{ price|euros }}`, under its own name or another."""
        return self._template_recorder(self.records.template_filters, name, "template_filter")

    def template_global(self, name: str | None = None) -> Callable[[_F], _F]:
        """Let all templates of the app call a function, `{{ version() }}`, under its own name or another."""
        return self._template_recorder(self.records.template_globals, name, "template_global")

    def _template_recorder(
        self, records: list[tuple[str, Recorded]], name: str | None, decorator: str
    ) -> Callable[[_F], _F]:
        self.check_open()
        origin = caller_origin()
        if callable(name):
            message = f"What templates call has a name or none, but there is {name!r} in its place."
            raise DeclarationError([Problem(message, str(origin), f"Write @app.{decorator}(), with parentheses.")])

        def record(function: _F) -> _F:
            records.append((name or function.__name__, Recorded(function, origin)))
            return function

        return record

    def add_converter(self, name: str, converter: Converter | type[Converter]) -> None:
        """Make `<name:value>` mean this converter in the paths of the whole app."""
        self.check_open()
        self.records.converters[name] = (converter, caller_origin())

    def check_open(self) -> None:
        """Refuse a declaration that comes too late.

        Raises:
            DeclarationError: the app has started serving, and what is declared now would never be seen.
        """
        if self.frozen:
            remedy = "Declare it at module level, before the first request, test client or command."
            problem = Problem(f"{self!r} is in use and takes no more declarations.", str(caller_origin()), remedy)
            raise DeclarationError([problem])
