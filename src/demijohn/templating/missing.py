"""Stand for what a template asks for and does not get. What is said about it is finished in diagnosis.py."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from jinja2 import StrictUndefined
from jinja2.utils import missing

from demijohn.http.current import request, session

__all__ = ["Missing"]


class Missing(StrictUndefined):
    """Be false, undefined, and replaceable by `default`; everything else, printing among it, is a mistake.

    Jinja prints nothing instead, so that a misspelt name is an empty page.
    """

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # there it never returns
        return False

    @property
    def _undefined_message(self) -> str:
        name, owner = self._undefined_name, self._undefined_obj
        if self._undefined_hint or owner is missing or not isinstance(name, str):
            return super()._undefined_message
        if isinstance(owner, Missing):
            return owner._undefined_message
        if owner is session:
            ask = f"{{% if session.{name} %}} and {{{{ session.{name}|default('') }}}} take that"
            return f"session has no {name!r} for this visitor; {ask}"
        kind = "request" if owner is request else type(owner).__name__
        if hasattr(type(owner), name):  # Jinja takes any AttributeError for "there is none"
            return f"{kind}.{name} is there, but reading it raised AttributeError"
        known = owner if isinstance(owner, Mapping) else dir(owner)
        near = difflib.get_close_matches(name, [key for key in known if isinstance(key, str)], n=1)
        hint = f". Did you mean {near[0]!r}?" if near else ""
        return f"{kind} has no {name!r}{hint}"
