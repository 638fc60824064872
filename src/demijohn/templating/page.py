"""Answer with a page: `render("notes.html", notes=notes)`. environment.py makes the text, in a worker."""

from __future__ import annotations

from collections.abc import Iterable

from demijohn.context import service
from demijohn.contracts import TemplateRenderer
from demijohn.http.response import HTML, Response, allows_body

__all__ = ["Page", "render", "render_text"]


class Page(Response):
    """Answer with a template, rendered after the handler has returned. `render` makes one.

    `template` is the template's name and `context` what it was given; hooks may change both until it is rendered. The
    status is 200, or the `response_status` of a value of the context: a refused form says 422. Setting one wins.
    """

    is_unmade = True

    def __init__(self, template: str, context: dict[str, object]) -> None:
        super().__init__(b"", _status(context.values()), content_type=HTML)
        self.template = template
        self.context = context

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status} {self.template}>"

    def make_body(self) -> None:
        """Render the template. The pipeline calls this in a worker.

        Raises:
            TemplateError: there is no such template, or something is wrong in it.
        """
        if allows_body(self.status):
            self.body = service(TemplateRenderer).render(self.template, self.context).encode()
        self.is_unmade = False


def _status(values: Iterable[object]) -> int:
    for value in values:
        status = getattr(value, "response_status", 200)
        if type(status) is int and status != 200:
            return status
    return 200


def render(name: str, /, **context: object) -> Page:
    """Return a page made of a template, or of one block of it: `render("notes.html#list", notes=notes)`.

    The template is rendered after the handler has returned, in a worker, so it may read what takes time. Every value is
    escaped. For a status write `(render(...), 404)`, or set `page.status`.

    Raises:
        TypeError: the name is no text.
    """
    return Page(_checked(name, "render"), context)


def render_text(name: str, /, **context: object) -> str:
    """Render a template now and return the text: for mail, for tests, for a part of another answer.

    It may block: in an `async def` handler return `render(...)` instead.

    Raises:
        TemplateError: there is no such template, or something is wrong in it.
        NoContextError: nothing runs here that has an app; `with app.context():` helps.
    """
    name = _checked(name, "render_text")
    return service(TemplateRenderer).render(name, context)


def _checked(name: object, function: str) -> str:
    if not isinstance(name, str):
        raise TypeError(
            f"{function}() takes the template's name first, not {type(name).__name__}, and the rest by name: "
            f'{function}("notes.html", notes=notes).'
        )
    return name
