"""Define `Extension`, a part that an app takes in with `app.use(...)`, and `Setup`, through which it does so.

Everything is recorded in `Contributions`, anew at each freeze; assembly/extensions.py sorts the extensions and calls
them. Whatever a Module can hold (routes, templates, static files, hooks, commands) an extension includes as a Module.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar, cast

from demijohn.errors import DeclarationError, Problem
from demijohn.module import Inclusion, Module, Recorded
from demijohn.types import Origin, caller_origin

if TYPE_CHECKING:  # loaded when the app freezes
    from demijohn.config import Config
    from demijohn.contracts import RoutePolicy
    from demijohn.errors import HTTPError
    from demijohn.http.request import Request
    from demijohn.pipeline.pipeline import ExtensionCheck
    from demijohn.security.csp import Allowance

__all__ = ["Contributed", "Contributions", "Extension", "Setup"]

_C = TypeVar("_C", bound="Config")
_T = TypeVar("_T")

Mode = Literal["development", "production", "test"]


class Extension:
    """Be the parent of extensions: `class Banner(Extension)`, used with `app.use(Banner())`.

    `name` tells extensions apart; without one it is made from the class. `requires` and `optional` name extension
    classes and contracts that are set up before this one; without a required one the app does not start. `provides`
    names the contracts that `setup` fulfils with `setup.service(...)`. `settings` is a `Config` with the settings that
    the extension reads: they become part of the app's.
    """

    name: str = ""
    requires: ClassVar[tuple[type, ...]] = ()
    optional: ClassVar[tuple[type, ...]] = ()
    provides: ClassVar[tuple[type, ...]] = ()
    settings: ClassVar[type[Config] | None] = None

    def setup(self, setup: Setup) -> None:
        """Contribute to the app. It is called once for each freeze, so it changes nothing but what it is given."""

    @property
    def full_name(self) -> str:
        """Return the name, or the class's own in lower case."""
        return self.name or type(self).__name__.lower()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.full_name}>"


class Contributed(NamedTuple):
    """Pair what an extension gave with the extension's name and the place where that happened."""

    value: Any  # Any: each list and table below holds one kind
    by: str
    origin: Origin

    def __str__(self) -> str:
        return f"{self.by} at {self.origin}"


class Contributions:
    """Hold what the extensions of one freeze gave, and where two of them gave the same."""

    __slots__ = (
        "allowances",
        "checks",
        "guards",
        "inclusions",
        "is_open",
        "middleware",
        "panels",
        "policies",
        "problems",
        "providers",
        "services",
        "shutdown",
        "startup",
        "template_filters",
        "template_globals",
    )

    def __init__(self) -> None:
        self.is_open = True  # until all are set up: what comes later would reach nothing
        self.inclusions: list[Inclusion] = []
        self.middleware: list[Recorded] = []
        self.guards: list[Contributed] = []
        self.policies: list[RoutePolicy] = []
        self.startup: list[Recorded] = []
        self.shutdown: list[Recorded] = []
        self.checks: list[ExtensionCheck] = []
        self.allowances: list[Allowance] = []
        self.providers: dict[type, Contributed] = {}
        self.services: dict[type, Contributed] = {}
        self.template_globals: dict[str, Contributed] = {}
        self.template_filters: dict[str, Contributed] = {}
        self.panels: dict[str, Contributed] = {}
        self.problems: list[Problem] = []


class Setup:
    """Take what an extension contributes beyond what a Module holds. Each freeze makes one for each extension."""

    __slots__ = ("_all", "_extension", "_settings", "mode")

    def __init__(self, extension: Extension, contributions: Contributions, settings: Config, mode: Mode) -> None:
        self._extension = extension
        self._all = contributions
        self._settings = settings
        self.mode: Mode = mode

    @property
    def _contributions(self) -> Contributions:
        if not self._all.is_open:
            name = type(self._extension).__name__
            remedy = "Contribute within setup(); at run time use what setup() has put in place."
            problem = Problem(
                f"The setup of {name} is over, and its Setup was used again.", str(caller_origin()), remedy
            )
            raise DeclarationError([problem])
        return self._all

    def _refuse(self, message: str, remedy: str) -> None:
        self._contributions.problems.append(Problem(message, str(caller_origin()), remedy))

    def include(self, module: Module, *, prefix: str = "") -> None:
        """Make a Module part of the app, as `app.include` does; its templates are found after those of the app."""
        if isinstance(module, Module):
            self._contributions.inclusions.append(Inclusion(module, prefix, caller_origin()))
        else:
            self._refuse(f"{module!r} is no Module and cannot be included.", "Write setup.include(Module(__name__)).")

    def settings(self, cls: type[_C]) -> _C:
        """Return the app's settings, typed as the class that the extension names in `settings`.

        Raises:
            TypeError: the extension does not name that class.
        """
        if not isinstance(self._settings, cls):
            name = type(self._extension).__name__
            raise TypeError(f"{name} does not read {cls.__name__}. Write `settings = {cls.__name__}` in class {name}.")
        return self._settings

    def middleware(self, wrapper: Callable[..., Any]) -> None:  # Any: as for App.middleware
        """Wrap every route of the app in `async def wrapper(request, call_next)`, outside the app's own middleware."""
        self._contributions.middleware.append(Recorded(wrapper, caller_origin()))

    def guard(self, guard: object) -> None:
        """Put a guard before every route of the app, those of extensions included."""
        self._contributions.guards.append(Contributed(guard, self._extension.full_name, caller_origin()))

    def route_policy(self, policy: RoutePolicy) -> None:
        """Let a policy decide for each route which guards it needs, by its name, methods and marks."""
        if callable(getattr(policy, "guards_for", None)):
            self._contributions.policies.append(policy)
        else:
            self._refuse(f"{policy!r} is no route policy.", "Give it a method guards_for(name, methods, marks).")

    def provide(
        self,
        kind: type[_T],
        load: Callable[[Request], _T | None],
        aload: Callable[[Request], Awaitable[_T | None]] | None = None,
        *,
        absent: Callable[[Request], HTTPError] | None = None,
    ) -> None:
        """Supply handler parameters of a type: `setup.provide(User, load_user)`.

        `load` runs in the worker of a `def` handler. For an `async def` one `aload` is awaited; without it `load` is
        called on the event loop and must not block. Where either returns None and the handler does not take None, the
        request is refused with what `absent` makes.
        """
        from demijohn.http.request import Request
        from demijohn.routing.sources import Provider

        given: object = kind  # type checkers know that it is a class, and not everybody uses one
        if not isinstance(given, type) or given.__module__ == "builtins" or issubclass(given, Request):
            remedy = "Supply a class of your own, and let it hold what you have."
            self._refuse(f"Handler parameters of the type {kind!r} have a meaning of their own.", remedy)
            return
        provider = Provider(load=load, aload=aload, absent=absent)
        self._add(self._contributions.providers, kind, provider, f"Handler parameters of the type {kind.__name__}")

    def service(self, contract: Callable[..., _T], make: Callable[[], _T]) -> None:
        """Fulfil a contract; `make()` is called when it is first asked for. It must stand in `provides`.

        What the core fulfils by itself (SessionStore, RateStore) is replaced.
        """
        kind = cast(type, contract)  # asked for as a callable, since type checkers refuse `type[...]` for protocols
        if kind not in self._extension.provides:
            name = type(self._extension).__name__
            message = f"{name} fulfils {kind.__name__} but does not say so, so nothing can be set up after it."
            self._refuse(message, f"Write `provides = ({kind.__name__},)` in class {name}.")
        self._add(self._contributions.services, kind, make, f"The contract {kind.__name__}")

    def template_global(self, name: str, value: object) -> None:
        """Make a value or function known to all templates under a name."""
        self._add(self._contributions.template_globals, name, value, f"The template name {name!r}")

    def template_filter(self, name: str, function: Callable[..., object]) -> None:
        """Make a filter known to all templates: `{{ value|name }}`."""
        self._add(self._contributions.template_filters, name, function, f"The template filter {name!r}")

    def on_startup(self, step: Callable[[], object]) -> None:
        """Call `step()` once per process before the app's own start-up steps; it may be async."""
        self._contributions.startup.append(Recorded(step, caller_origin()))

    def on_shutdown(self, step: Callable[[], object]) -> None:
        """Call `step()` once per process after the app's own shut-down steps; it may be async."""
        self._contributions.shutdown.append(Recorded(step, caller_origin()))

    def check(self, find: Callable[[], Iterable[Problem]], *, deploy: bool = False) -> None:
        """Let `demijohn check` report what `find()` returns; with `deploy` for production only, and as errors."""
        from demijohn.pipeline.pipeline import ExtensionCheck

        if not callable(find):
            self._refuse(f"{find!r} cannot be called.", "Write setup.check(function), without parentheses.")
            return
        self._contributions.checks.append(ExtensionCheck(self._extension.full_name, find, deploy))

    def panel(self, title: str, rows: Callable[[Request], Mapping[str, object]]) -> None:
        """Show a part of its own on the debug page: `rows(request)` returns names and values."""
        self._add(self._contributions.panels, title, rows, f"The panel {title!r} of the debug page")

    def allow_csp(self, directive: str, sources: Sequence[str], *, reason: str) -> None:
        """Let pages load or run more than the default: `setup.allow_csp("img-src", ["https://tiles.example"], ...)`.

        Raises:
            DeclarationError: no such directive, a source that is none, or no reason.
        """
        from demijohn.security.csp import Allowance

        self._contributions.allowances.append(Allowance.checked(directive, sources, reason))

    def _add(
        self, table: dict[Any, Contributed], key: object, value: object, what: str
    ) -> None:  # Any: see Contributed
        given = Contributed(value, self._extension.full_name, caller_origin())
        first = table.setdefault(key, given)
        if first is not given:
            self._refuse(f"{what} comes from two extensions: {given.by}, and {first}.", "Use one of the two.")
