"""Offer `static("style.css")`, the address of a file of the project. Finding the files is in files.py."""

from __future__ import annotations

from demijohn.context import current_scope
from demijohn.contracts import StaticUrls
from demijohn.staticfiles.errors import StaticFileError

__all__ = ["static"]


def static(name: str) -> str:
    """Return the address of a static file: `static("style.css")`, or of the module blog, `static("blog/post.css")`.

    The address changes with the content of the file, so browsers keep it for good and still see every change.

    Raises:
        StaticFileError: there is no such file; the message names near ones.
        NoContextError: nothing runs here that has an app.
    """
    services = current_scope("the address of a static file").services
    if StaticUrls not in services:
        raise StaticFileError(
            f"static({name!r}): this app has no static files. Put them into a folder `static` beside the app's module."
        )
    files = services[StaticUrls]
    if not isinstance(files, StaticUrls):  # what type checkers cannot know of a table of services
        raise StaticFileError(f"{files!r} is registered for static files and has no url(name).")
    return files.url(name)
