"""Define what batteries promise each other, so that none imports another. Whoever implements a contract lives above.

A battery asks for a contract by its class (`request.services[RateStore]`) and gets whatever the app installed. No
contract names Request: what a store, a mailer or a policy needs is passed as plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

import msgspec

from demijohn.marks import Mark

__all__ = [
    "Cache",
    "CommitScope",
    "Mailer",
    "Permission",
    "Principal",
    "RateHit",
    "RateStore",
    "RoutePolicy",
    "SessionRecord",
    "SessionStore",
    "StaticUrls",
    "TemplateRenderer",
    "Trace",
    "UrlBuilder",
    "after_commit",
    "commit_scope",
]


@dataclass(slots=True)
class SessionRecord:
    """Hold what a store keeps of one session.

    `id` is random and never shown to the page; `data` holds JSON values only. `created` and `issued` are Unix times in
    seconds: of the first save, and of the last time the cookie was sent to the client.
    """

    id: str
    created: float
    issued: float
    data: dict[str, object] = field(default_factory=dict, repr=False)


@runtime_checkable
class SessionStore(Protocol):
    """Keep sessions between requests. The cookie's value is the store's own: the data itself, or a key to it."""

    @property
    def max_age(self) -> int:
        """Return how many seconds a client may keep the cookie."""
        ...

    @property
    def blocking(self) -> bool:
        """Say whether load, save and delete wait for something, and therefore must not run on the event loop."""
        ...

    @property
    def revocable(self) -> bool:
        """Say whether `delete` ends a session for good, which accounts need: logging out must mean something."""
        ...

    def load(self, cookie: str) -> SessionRecord | None:
        """Return the session that a cookie names; None for what is unknown, forged or expired. Never raises for it."""
        ...

    def save(self, record: SessionRecord, *, changed: bool, replaced: str | None = None) -> str | None:
        """Keep a session and return the value for its cookie, or None where the client's cookie may stay.

        `changed` says that the data differ from what was loaded; otherwise only its age is looked at. `replaced` is the
        id that this session had before `regenerate()`; it must stop working.
        """
        ...

    def delete(self, session_id: str) -> None:
        """Forget a session; nothing happens for an unknown id."""
        ...


class RateHit(msgspec.Struct, frozen=True):
    """Answer a counted attempt: whether it is within the limit, how many are left, seconds until the window ends."""

    allowed: bool
    remaining: int
    retry_after: float


@runtime_checkable
class RateStore(Protocol):
    """Count attempts a key within a window that starts with the key's first attempt."""

    def hit(self, key: str, limit: int, period: float) -> RateHit:
        """Count one attempt; `period` is in seconds. Refused attempts count, but do not lengthen the window."""
        ...

    async def ahit(self, key: str, limit: int, period: float) -> RateHit:
        """Count one attempt from async code."""
        ...

    def reset(self, key: str) -> None:
        """Forget the attempts of a key, as after a login that succeeded."""
        ...

    async def areset(self, key: str) -> None:
        """Forget the attempts of a key from async code."""
        ...


@runtime_checkable
class Cache(Protocol):
    """Keep JSON values for a while. A value may vanish at any time; what must not be lost belongs in a database."""

    def get(self, key: str, default: object = None) -> object:
        """Return the value kept under a key, or the default."""
        ...

    def set(self, key: str, value: object, *, seconds: float | None = None) -> None:
        """Keep a value; without `seconds` for as long as there is room."""
        ...

    def add(self, key: str, value: object, *, seconds: float | None = None) -> bool:
        """Keep a value only where there is none, and say whether it was kept."""
        ...

    def delete(self, key: str) -> None:
        """Forget a value; nothing happens for an unknown key."""
        ...

    async def aget(self, key: str, default: object = None) -> object:
        """Return the value kept under a key from async code."""
        ...

    async def aset(self, key: str, value: object, *, seconds: float | None = None) -> None:
        """Keep a value from async code."""
        ...

    async def aadd(self, key: str, value: object, *, seconds: float | None = None) -> bool:
        """Keep a value only where there is none, from async code."""
        ...

    async def adelete(self, key: str) -> None:
        """Forget a value from async code."""
        ...


@runtime_checkable
class Mailer(Protocol):
    """Send one mail. Blocks until the mail server has taken it; call it from a worker or through `after_commit`."""

    def send(
        self, to: Sequence[str], subject: str, *, text: str, html: str | None = None, sender: str | None = None
    ) -> None:
        """Send a mail to addresses that were checked; subject and addresses with line breaks are refused."""
        ...


@runtime_checkable
class Principal(Protocol):
    """Be whoever acts in a request: a user, the owner of a token, a service."""

    @property
    def principal_id(self) -> str:
        """Return what names this principal for ever, unique among all principals of the app."""
        ...

    @property
    def is_authenticated(self) -> bool:
        """Say whether somebody proved to be this principal; False for the anonymous one."""
        ...

    def has_permission(self, name: str, on: object = None) -> bool:
        """Say whether a permission (`post.publish`) is granted, for everything or for one object."""
        ...


@runtime_checkable
class Permission(Protocol):
    """Decide one question about a principal, for everything or for one object."""

    @property
    def name(self) -> str:
        """Return the permission's name, `<model>.<verb>`."""
        ...

    def allows(self, principal: Principal, on: object = None) -> bool:
        """Say whether the principal may."""
        ...


@runtime_checkable
class RoutePolicy(Protocol):
    """Turn what a route says of itself into guards, once, when the app freezes."""

    def guards_for(self, name: str, methods: Sequence[str], marks: Sequence[Mark]) -> Sequence[object]:
        """Return the guards that a route needs, by its name, methods and marks; none leaves it public."""
        ...


@runtime_checkable
class UrlBuilder(Protocol):
    """Build addresses of this app from the names of its routes."""

    def url_for(self, endpoint: str, values: Mapping[str, object], *, absolute: bool = False) -> str:
        """Return the path of a route, or the whole address from SITE_URL; values it does not name become the query."""
        ...


@runtime_checkable
class TemplateRenderer(Protocol):
    """Make text of a template. Blocks: templates may follow relations; call it in a worker."""

    def render(self, name: str, context: Mapping[str, object]) -> str:
        """Render a template, or one block of it: `notes.html#list`. Raises where there is none of that name."""
        ...


@runtime_checkable
class StaticUrls(Protocol):
    """Know the addresses of the project's own files."""

    def url(self, name: str) -> str:
        """Return the address of a static file, which changes with its content. Raises where there is none."""
        ...


@runtime_checkable
class Trace(Protocol):
    """Take note of what happens within a request, for the debug page and for tracing."""

    def span(self, kind: str, text: str) -> AbstractContextManager[None]:
        """Measure what runs inside, such as `span("sql", statement)`."""
        ...


class CommitScope(Protocol):
    """Be an open transaction that can call back once it is committed."""

    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call back after the outermost commit; never after a rollback."""
        ...


# The one context variable outside `demijohn.context`: that module stands above this one, and a database must be able to
# enter its transaction here without knowing Request.
commit_scope: ContextVar[CommitScope | None] = ContextVar("demijohn_commit_scope", default=None)

_C = TypeVar("_C", bound=Callable[[], object])


def after_commit(callback: _C) -> _C:
    """Call a function once the current transaction is committed, at once where there is none; not after a rollback.

    Works as a decorator, too.
    """
    scope = commit_scope.get()
    if scope is None:
        callback()
    else:
        scope.on_commit(callback)
    return callback
