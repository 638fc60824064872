"""Hold every context variable of Demijohn. What runs (a request, a command, a task, a test) is a `Scope`.

The typed doors to it are `demijohn.request` and `demijohn.session` (http/current.py), and the services of batteries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, Protocol, TypeVar, cast

from demijohn.errors import DemijohnError

__all__ = [
    "NoContextError",
    "Scope",
    "ServiceTable",
    "Services",
    "current_scope",
    "enter_scope",
    "scope_variable",
    "service",
    "starting_mode",
    "unhandled_errors",
]

_T = TypeVar("_T")

Services = Mapping[type, object]
"""What fulfils each contract: the contract's class to the object, the same for all requests of one frozen app."""


class ServiceTable(dict[type, object]):
    """Hold services; what `makers` can make is made at its first use, since most requests need none of it."""

    def __init__(self, services: Services, makers: Mapping[type, Callable[[], object]]) -> None:
        super().__init__(services)
        self._makers = dict(makers)
        self._making = threading.RLock()  # making one may ask for another

    def __missing__(self, contract: type) -> object:
        with self._making:
            if not super().__contains__(contract):  # another thread may have made it meanwhile
                self[contract] = self._makers[contract]()
        return self[contract]

    def __contains__(self, contract: object) -> bool:
        return super().__contains__(contract) or contract in self._makers


class Scope(Protocol):
    """Be what code runs for: a request, a command, a task or a test."""

    @property
    def services(self) -> Services: ...


class NoContextError(DemijohnError, RuntimeError):
    """Say that something of the current request was asked for where no request is being handled."""


# The pipeline sets this once per request; the task of a request has a context of its own, so nothing need be reset.
scope_variable: ContextVar[Scope] = ContextVar("demijohn.scope")


def current_scope(wanted: str = "the current request") -> Scope:
    """Return what runs now. `wanted` names, for the error, what the caller was looking for.

    Raises:
        NoContextError: nothing runs: module level, a thread of your own, a script without the app's context.
    """
    try:
        return scope_variable.get()
    except LookupError:
        raise NoContextError(
            f"There is no request here, so {wanted} cannot be had. Use it inside a handler, a hook or a command, "
            "or enter the app's own: `with app.context():`. A thread started by hand has no request unless it runs in "
            "`contextvars.copy_context()`."
        ) from None


# What kind of process this is. Only `demijohn dev` and the test kit set it, before the project is imported, so an app
# that any other server loads is in production.
starting_mode: ContextVar[Literal["development", "production", "test"]] = ContextVar(
    "demijohn.starting_mode", default="production"
)

# The test kit puts a list here for each request: an exception that would only be logged is then raised in the test.
unhandled_errors: ContextVar[list[BaseException] | None] = ContextVar("demijohn.unhandled_errors", default=None)


@contextmanager
def enter_scope(scope: Scope) -> Iterator[Scope]:
    """Make `scope` the current one for the block."""
    token = scope_variable.set(scope)
    try:
        yield scope
    finally:
        scope_variable.reset(token)


def service(contract: Callable[..., _T]) -> _T:
    """Return what fulfils a contract in the current scope: `service(Mailer).send(...)`.

    Raises:
        NoContextError: nothing runs here.
        DemijohnError: no installed battery fulfils the contract.
    """
    # A contract is a class; asked for as a callable, since type checkers refuse `type[...]` for protocols.
    name = getattr(contract, "__name__", repr(contract))
    services = current_scope(f"the service {name}").services
    try:
        return cast(_T, services[cast(type, contract)])
    except KeyError:
        raise DemijohnError(
            f"Nothing in this app fulfils {name}. Install a battery that does with app.use(...)."
        ) from None
