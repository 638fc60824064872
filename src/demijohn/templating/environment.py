"""Make text of templates with Jinja: everything is escaped, whatever the file is called. Pages are in page.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol, cast

import jinja2
from markupsafe import Markup

from demijohn.errors import DemijohnError, HTTPError
from demijohn.http.current import request, session
from demijohn.http.flash import get_flashed_messages
from demijohn.routing.urls import url_for
from demijohn.templating.diagnosis import Diagnosis
from demijohn.templating.errors import TemplateError
from demijohn.templating.folders import TemplateFolder, sorted_folders
from demijohn.templating.fragments import load_fragment
from demijohn.templating.loader import FolderLoader
from demijohn.templating.missing import Missing
from demijohn.templating.nonce import NonceExtension
from demijohn.templating.script_data import json_script, tojson

__all__ = ["Templates"]


class _Renderable(Protocol):
    """Be a template of Jinja's, or a block of one."""

    def render(self, context: Mapping[str, object], /) -> str: ...


class _Template(jinja2.Template):
    def _get_default_module(self, ctx: jinja2.runtime.Context | None = None) -> jinja2.environment.TemplateModule:
        # Jinja keeps what an imported template has set at its top level, the first visitor's name or nonce as well.
        return self.make_module()


class _Environment(jinja2.Environment):
    template_class = _Template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:  # Any: as Jinja says it
        # Jinja puts a ChainMap around them, whose copying for each page costs more than the rest of a small page.
        return super().make_globals(d) if d else self.globals


class Templates:
    """Render the templates of an app. Fulfils the contract `TemplateRenderer`; may be called from any thread.

    `names` and `filters` come on top of ours, from extensions; where there is a `csrf_token` among the names,
    `csrf_field` is made of it. With `reload` a changed file counts at once; otherwise each is read once.
    """

    def __init__(
        self,
        folders: Sequence[TemplateFolder],
        *,
        names: Mapping[str, object] | None = None,
        filters: Mapping[str, Callable[..., object]] | None = None,
        reload: bool = False,
    ) -> None:
        ordered = sorted_folders(folders)
        self._reload = reload
        self._ready: dict[str, _Renderable] = {}
        self._environment = _Environment(
            loader=FolderLoader(ordered),
            autoescape=True,
            undefined=Missing,
            extensions=[NonceExtension],
            auto_reload=reload,
            cache_size=-1,  # the templates of a project are finite
        )
        self._environment.globals.update(_names(names or {}))
        self._environment.filters.update({"tojson": tojson, "json_script": json_script, **(filters or {})})
        self._environment.policies["urlize.rel"] = "nofollow noopener"
        self._diagnosis = Diagnosis(ordered, self._environment.globals, self._environment.filters)

    def render(self, name: str, context: Mapping[str, object]) -> str:
        """Render a template, or one block of it: `notes.html#list`.

        What the project's own code raises while a template calls it stays as it is, with a note that names the line.

        Raises:
            TemplateError: there is no such template, or something is wrong in it.
        """
        try:
            return (self._ready.get(name) or self._load(name)).render(context)
        except jinja2.TemplateError as error:
            raise self._diagnosis.explain(error) from error
        except (HTTPError, TemplateError):
            raise
        except Exception as error:
            self._diagnosis.note(error)
            raise

    def _load(self, name: str) -> _Renderable:
        file, _, block = name.partition("#")
        found: _Renderable
        if block:
            found = load_fragment(self._environment, self._diagnosis, file, block)
        else:
            found = self._environment.get_template(file)
        if not self._reload:
            self._ready[name] = found
        return found


def _names(added: Mapping[str, object]) -> dict[str, object]:
    """Return what every template has, in imported ones too."""
    own: dict[str, object] = {
        "request": request,
        "session": session,
        "url_for": url_for,
        "get_flashed_messages": get_flashed_messages,
    }
    if "csrf_token" in added:
        own["csrf_field"] = _csrf_field(cast(Callable[[], str], added["csrf_token"]))
    if taken := sorted(own.keys() & added.keys()):
        raise DemijohnError(f"Every template has {', '.join(taken)} already. Give what an extension adds another name.")
    return {**own, **added}


def _csrf_field(csrf_token: Callable[[], str]) -> Callable[[], Markup]:
    def csrf_field() -> Markup:
        """Return the hidden field of a form that proves where the form came from."""
        return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())

    return csrf_field
