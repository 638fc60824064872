"""Define Config, the parent of every settings class. Names are checked in names.py, values loaded in loading.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, dataclass_transform

import msgspec

from demijohn.config.names import refuse_bad_names
from demijohn.config.secret import Secret

__all__ = ["Config"]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class _Fields:
    """Make a frozen dataclass of each subclass. It stands apart so that type checkers see Config's own fields, too."""

    def __init_subclass__(cls) -> None:
        for name, value in list(vars(cls).items()):
            if not name.startswith("__") and isinstance(value, list | dict | set):
                setattr(cls, name, field(default_factory=value.copy))  # each instance gets its own
        dataclass(frozen=True, kw_only=True)(cls)
        refuse_bad_names(cls)


class Config(_Fields):
    """Be the parent of settings classes: `class Settings(Config): stripe_key: Secret[str]; page_size: int = 20`.

    A field without a default must be set. In the environment and in `.env` it has its upper-case name; lists are
    separated by commas; a Secret may also be read from the file that `<NAME>_FILE` names. Instances are frozen.

    Raises:
        DeclarationError: a field has a name that the system uses, is not lower case, or has no type.
    """

    # What to write where a handler asks for settings that no app was given.
    __demijohn_provided__: ClassVar[str] = "settings = app.configure(Settings)"

    # Signs cookies and tokens; 32 bytes or more. The fallbacks are older keys, whose signatures still count.
    secret_key: Secret[str] | None = None
    secret_key_fallbacks: list[Secret[str]] = field(default_factory=list)
    # Names under which the site may be asked for; ".example.com" takes in its subdomains.
    allowed_hosts: list[str] = field(default_factory=list)
    # Admits every Host. Absolute links then come from site_url alone.
    unsafe_any_host: bool = False
    # Where the site lives for the world, `https://example.com`: absolute links in mail begin with it.
    site_url: str | None = None
    # Origins of other sites that may post here, `https://pay.example.com`.
    trusted_origins: list[str] = field(default_factory=list)
    # Addresses or networks of proxies whose forwarding headers are believed; "unix" for a peer on a Unix socket.
    trusted_proxies: list[str] = field(default_factory=list)
    # The one family of forwarding headers that these proxies send, and whether their word on the Host counts.
    forwarded_headers: Literal["x-forwarded", "forwarded"] = "x-forwarded"
    trust_forwarded_host: bool = False
    # Takes the CSRF check from every route; `check --deploy` calls it an error.
    unsafe_disable_csrf: bool = False
    # Threads for `def` handlers, and how many requests may wait for one before others get a 503.
    worker_threads: Annotated[int, msgspec.Meta(ge=1)] = 16
    worker_queue: Annotated[int, msgspec.Meta(ge=0)] = 256
    # Threads for plain generators that are streamed; each holds one to its end, and others get a 503 meanwhile.
    stream_threads: Annotated[int, msgspec.Meta(ge=1)] = 64
