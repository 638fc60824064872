"""Define what a handler writes to say where a parameter comes from: `x: Annotated[str, Header("x-id")]`, `Provided`.

Without a marker the rules of signature.py decide.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

__all__ = ["Body", "Cookie", "File", "FormField", "Header", "Marker", "Provided", "Query"]


class Marker(msgspec.Struct, frozen=True):
    """Be the parent of the markers. `name` is what the client calls the value, the parameter's own name by default."""

    name: str | None = None


class Query(Marker, frozen=True):
    """Take a parameter from the query string, also where the method has a body."""


class Header(Marker, frozen=True):
    """Take a parameter from a header field; by default `x_request_id` is read from `x-request-id`."""


class Cookie(Marker, frozen=True):
    """Take a parameter from a cookie."""


class FormField(Marker, frozen=True):
    """Take a parameter from a field of a submitted form, urlencoded or multipart."""


class File(Marker, frozen=True):
    """Take an `UploadedFile`, or a list of them, from a multipart form: `File(types={"png", "jpeg"}, max="5MB")`.

    A file counts as one of `types` where its name and its first bytes both say so; whatever the client claims is not
    looked at. `max` bounds each file, as bytes or text such as "5MB"; what all may bring together is in `limits`.
    """

    types: frozenset[str] | set[str] | None = None
    max: int | str | None = None


class Body(Marker, frozen=True):
    """Take a parameter from the JSON body: a scalar, or anything with a `name`, from that key; else the whole body."""


class Provided:
    """Mark a class whose instances an extension hands to handlers: `user: User`, `cursor: Cursor`.

    `__demijohn_provided__` is the line that brings the extension in, for the message where it is missing:
    `"app.use(Auth(User))"`. A class that cannot inherit may set that attribute alone.
    """

    __slots__ = ()
    __demijohn_provided__: ClassVar[str] = ""
