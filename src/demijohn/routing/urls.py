"""Build addresses from the names of routes: `url_for("blog.show", id=1)`. One path alone is built in reverse.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from demijohn.context import current_scope, service
from demijohn.contracts import UrlBuilder
from demijohn.routing.pattern import Pattern
from demijohn.routing.reverse import BuildError, build_path

__all__ = ["UrlTable", "url_for"]


# They would silently become part of the query.
_FLASK_ARGUMENTS = {
    "_external": "Write absolute=True.",
    "_scheme": "The scheme is the one of SITE_URL: write absolute=True.",
    "_anchor": 'Put it behind: url_for(...) + "#part".',
    "_method": "Name the route that has this method.",
}


class UrlTable:
    """Know the pattern of every named route of one app. Fulfils the contract `UrlBuilder`.

    `patterns` gives each full name its patterns in the order of declaration: of those whose values are all given, the
    one with the most of them serves, the first of equals. `names` finds a route by its handler.
    """

    def __init__(
        self, patterns: Mapping[str, Sequence[Pattern]], names: Mapping[object, str], *, site_url: str | None
    ) -> None:
        self._patterns = patterns
        self._names = names
        self._site_url = site_url

    def name_of(self, handler: object) -> str:
        """Return the full name of the route of a handler.

        Raises:
            BuildError: it handles no route of this app.
        """
        try:
            return self._names[handler]
        except (KeyError, TypeError):
            raise BuildError(f"{handler!r} handles no route of this app, so there is no address for it.") from None

    def url_for(self, endpoint: str, values: Mapping[str, object], *, absolute: bool = False) -> str:
        """Return the address of a route; values that its path does not name become the query.

        Raises:
            BuildError: no such route, a value is missing or unfit, or `absolute` without SITE_URL.
        """
        patterns = self._patterns.get(endpoint)
        if patterns is None:
            import difflib  # a third of a megabyte, for a mistake

            near = difflib.get_close_matches(endpoint, self._patterns, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            if endpoint == "static":
                hint = " The address of a static file is static('style.css')."
            raise BuildError(f"There is no route named {endpoint!r}.{hint} `demijohn routes` lists all.")
        fitting = [pattern for pattern in patterns if pattern.params.keys() <= values.keys()]
        pattern = max(fitting, key=lambda each: len(each.params), default=patterns[0])
        inside = {name: value for name, value in values.items() if name in pattern.params}
        query = {name: value for name, value in values.items() if name not in pattern.params}
        path = build_path(pattern, inside, query)
        if not absolute:
            return path
        if self._site_url is None:
            raise BuildError("An absolute address needs SITE_URL: the Host header is the client's to choose.")
        return self._site_url.rstrip("/") + path


def url_for(
    endpoint: str | Callable[..., Any], /, *, absolute: bool = False, **values: object
) -> str:  # Any: a handler
    """Return the address of a route: `url_for("show", id=1)`, `url_for(show, id=1)`, `url_for("blog.show", id=1)`.

    A name that begins with a dot is looked up in the module of the current request's route. Values that the path does
    not name become the query. `absolute` puts SITE_URL in front, as mail needs it.

    Raises:
        BuildError: no such route, or a value is missing or unfit.
        NoContextError: nothing runs here that has an app.
    """
    table = service(UrlBuilder)
    if flask := next((name for name in values if name in _FLASK_ARGUMENTS), None):
        raise BuildError(f"url_for has no {flask}=. {_FLASK_ARGUMENTS[flask]}")
    if not isinstance(endpoint, str):
        endpoint = cast(UrlTable, table).name_of(endpoint)
    elif endpoint.startswith("."):
        here = getattr(current_scope(), "route_name", "")
        endpoint = f"{here.rpartition('.')[0]}{endpoint}".lstrip(".")
    return table.url_for(endpoint, values, absolute=absolute)
