"""Collect what the debug page shows beside the error: the request, the session, what extensions add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

import msgspec

from demijohn.debug.masking import shown, shown_text, without_passwords
from demijohn.http.request import Request
from demijohn.logs import printable

__all__ = ["Panels", "Section", "sections_of"]

Panels: TypeAlias = Mapping[str, Callable[[Request], Mapping[str, object]]]
"""What extensions show: the title of each panel to a function that gives names and values for one request."""

_MAX_ROWS = 200
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

_Rows = Iterable[tuple[str, str]]


class Section(msgspec.Struct, frozen=True):
    """Hold a titled table of names and values, masked and on one line each."""

    title: str
    rows: tuple[tuple[str, str], ...]


def sections_of(request: Request, panels: Panels) -> list[Section]:
    """Return every section that has something to show. A part that fails shows its error in its place."""
    found = [
        _section("Request", lambda: _request_rows(request)),
        _section("Path parameters", lambda: [(name, shown(name, it)) for name, it in request.path_params.items()]),
        _section("Query", lambda: _texts(request.query.multi_items())),
        _section("Form", lambda: _form_rows(request)),
        _section("Cookies", lambda: _texts(request.cookies.items())),
        _section("Session", lambda: _session_rows(request)),
        _section("Header fields", lambda: _texts(request.raw_headers.multi_items())),
    ]
    found += [_section(title, partial(_panel_rows, rows, request)) for title, rows in panels.items()]
    return [section for section in found if section.rows]


def _section(title: str, rows: Callable[[], _Rows]) -> Section:
    try:
        listed = list(rows())
    except Exception as error:  # noqa: BLE001  # a form that no parser takes, an extension's own code
        listed = [(type(error).__name__, printable(without_passwords(_told(error))))]
    if len(listed) > _MAX_ROWS:
        listed[_MAX_ROWS:] = [("…", f"{len(listed) - _MAX_ROWS} more")]
    return Section(printable(title), tuple(listed))


def _told(error: Exception) -> str:
    try:
        return str(error)
    except Exception as second:  # noqa: BLE001  # as above
        return f"its str raised {type(second).__name__}"


def _request_rows(request: Request) -> _Rows:
    yield "Method", printable(request.method)
    yield "Path", printable(request.path)
    yield "Route", printable(request.route_name) or "none"
    yield "Host", str(request.host)
    yield "Scheme", f"{request.scheme}, HTTP/{request.http_version}"
    yield "Client", printable(request.client)


def _form_rows(request: Request) -> _Rows:
    if request.content_type not in _FORMS:
        return []
    return _texts(request.form.multi_items())


def _session_rows(request: Request) -> _Rows:
    session = request.loaded_session
    if session is None or not session.accessed:  # looking into it would be a touch, and might have to load it
        return []
    return [(printable(name), shown(name, value)) for name, value in session.items()]


def _panel_rows(rows: Callable[[Request], Mapping[str, object]], request: Request) -> _Rows:
    for name, value in rows(request).items():
        yield printable(name), shown_text(name, value) if isinstance(value, str) else shown(name, value)


def _texts(pairs: Iterable[tuple[str, str]]) -> _Rows:
    return [(printable(name), shown_text(name, value)) for name, value in pairs]
