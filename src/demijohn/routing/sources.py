"""Read the parameters of a handler from a request. Which source feeds which parameter is decided in parameters.py.

A *fill* takes the request and the arguments gathered so far and adds its own; what was not sent and has a default is
left out. All of them raise HTTPError 422 `validation` for values that do not fit, so that the plan can report the
mistakes of several together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

from demijohn.errors import DemijohnError, FieldError, HTTPError, Location
from demijohn.http.request import Request, require_json
from demijohn.http.uploads import UploadedFile
from demijohn.routing.upload_rule import UploadRule
from demijohn.types import UNDEFINED
from demijohn.validation import BodyDecoder, InvalidText, TextDecoder
from demijohn.validation.faults import MISSING, REPEATED, Check, validation_error

__all__ = [
    "Fill",
    "Loader",
    "Parameter",
    "Provider",
    "SelfBinding",
    "Source",
    "TextLocation",
    "fill_body",
    "fill_body_keys",
    "fill_checked_path",
    "fill_file",
    "fill_files",
    "fill_path_text",
    "fill_source",
    "fill_text",
]

TextLocation: TypeAlias = Literal["query", "header", "cookie", "form"]
Fill: TypeAlias = Callable[[Request, dict[str, object]], None]


class Provider(msgspec.Struct, frozen=True):
    """Say how instances of a Provided class are had for a request.

    `load` runs in the worker of a `def` handler; for an `async def` one `aload` is awaited or, without it, `load` is
    called on the event loop and must not block. A handler that takes `| None` may be given None; any other is not
    called then: `absent` makes the refusal, such as 401 for a user who is not there.
    """

    load: Callable[[Request], object]
    aload: Callable[[Request], Awaitable[object]] | None = None
    absent: Callable[[Request], HTTPError] | None = None


class Loader:
    """Load one provided parameter: with `aload` where `is_async` says so and the handler is async, else with `load`."""

    __slots__ = ("_provider", "_required_by", "is_async", "load")

    def __init__(self, provider: Provider, required_by: str | None) -> None:
        """Take the provider and, where None will not do, the name of the parameter for the message."""
        self._provider = provider
        self._required_by = required_by
        self.is_async = provider.aload is not None
        self.load = provider.load if required_by is None else self._load

    def _load(self, request: Request) -> object:
        value = self._provider.load(request)
        if value is None:
            raise self._refusal(request)
        return value

    async def aload(self, request: Request) -> object:
        """Return the value, awaited."""
        value = self.load(request) if self._provider.aload is None else await self._provider.aload(request)
        if value is None and self._required_by is not None:
            raise self._refusal(request)
        return value

    def _refusal(self, request: Request) -> DemijohnError:
        if self._provider.absent is not None:
            return self._provider.absent(request)
        return DemijohnError(
            f"The provider has nothing for {self._required_by}. Write `| None` there, or let the provider raise."
        )


class Source(Protocol):
    """Read one parameter of a class that binds itself."""

    @property
    def needs_form(self) -> bool:
        """Tell whether `read` looks at the form of the request."""
        ...

    @property
    def file_parts(self) -> bool:
        """Tell whether that form may have files."""
        ...

    def read(self, request: Request) -> object:
        """Return the parameter.

        Raises:
            HTTPError: 422 `validation` is reported together with the mistakes in the other parameters.
        """
        ...


class SelfBinding(Protocol):
    """Be a class that knows how its instances are made from a request, as forms do."""

    @classmethod
    def __demijohn_bind__(cls, name: str, *, siblings: Sequence[str], methods: frozenset[str]) -> Source:
        """Return the source of the parameter `name`; `siblings` are the handler's other self-binding parameters.

        Raises:
            DeclarationError: the class cannot be bound there.
        """
        ...


class Parameter(msgspec.Struct, frozen=True):
    """Name a parameter of a handler, what the client calls it, and what holds where nothing is sent."""

    name: str
    key: str
    declared: object
    nullable: bool = False
    default: object = UNDEFINED

    @property
    def required(self) -> bool:
        """Tell whether a request without a value is refused; `| None` alone makes it None."""
        return self.default is UNDEFINED and not self.nullable


def fill_text(parameter: Parameter, location: TextLocation, decoder: TextDecoder) -> Fill:
    """Read a scalar, or a list of them, from what was sent as text under one name."""
    name, key, decode = parameter.name, parameter.key, decoder.decode
    texts_of = _TEXTS.get(location)
    leave_out = _leaving_out(parameter, location)
    if decoder.is_list and parameter.required:
        # A list that was not sent is an empty one: that is all a form says of boxes that nobody ticked.
        leave_out = _decoding_nothing(name, key, location, decoder)

    def fill(request: Request, values: dict[str, object]) -> None:
        if texts_of is not None:
            texts = texts_of(request, key)
        else:  # the query, the usual case, costs no call, and nothing at all where there is none
            texts = request.query.getlist(key) if request.query_string else ()
        if not texts:
            leave_out(values)
            return
        try:
            values[name] = decode(texts)
        except InvalidText as refused:
            raise validation_error(_field_errors(location, key, refused)) from None

    return fill


def fill_path_text(name: str, decoder: TextDecoder) -> Fill:
    """Read a part of the path that no converter reads, a date or an Enum: 404 for what is none, 422 past a bound."""

    def fill(request: Request, values: dict[str, object]) -> None:
        text = values[name]
        try:
            values[name] = decoder.decode([str(text)])
        except InvalidText as refused:
            if any(fault.code in ("type", "enum") for _, fault in refused.faults):
                raise HTTPError(404) from None
            raise validation_error(_field_errors("path", name, refused)) from None

    return fill


def fill_checked_path(name: str, checks: Sequence[Check]) -> Fill:
    """Check a part of the path that a converter has read."""

    def fill(request: Request, values: dict[str, object]) -> None:
        faults = [fault for passes, fault in checks if not passes(values[name])]
        if faults:
            raise validation_error(FieldError("path", name, fault.message, fault.code) for fault in faults)

    return fill


def fill_file(parameter: Parameter, rule: UploadRule) -> Fill:
    """Read one uploaded file."""
    name, key = parameter.name, parameter.key
    leave_out = _leaving_out(parameter, "file")

    def fill(request: Request, values: dict[str, object]) -> None:
        files = request.files.get(key)
        if not files:
            leave_out(values)
        elif len(files) > 1:
            raise validation_error([FieldError("file", key, REPEATED.message, REPEATED.code)])
        else:
            _check_files(files, key, rule)
            values[name] = files[0]

    return fill


def fill_files(parameter: Parameter, rule: UploadRule) -> Fill:
    """Read all files uploaded under one name; there may be none."""
    name, key = parameter.name, parameter.key

    def fill(request: Request, values: dict[str, object]) -> None:
        files = request.files.get(key, [])
        _check_files(files, key, rule)
        values[name] = list(files)

    return fill


def _check_files(files: Sequence[UploadedFile], key: str, rule: UploadRule) -> None:
    errors = [error for file in files if (error := rule.error_for(file, key)) is not None]
    if errors:
        raise validation_error(errors)


def fill_body(parameter: Parameter) -> Fill:
    """Read the whole JSON body.

    Raises:
        TypeError: the type cannot be read from JSON.
        DeclarationError: an annotation inside it cannot be resolved.
    """
    name, decode = parameter.name, BodyDecoder(parameter.declared).decode
    leave_out = _leaving_out(parameter, "body")

    def fill(request: Request, values: dict[str, object]) -> None:
        body = request.body
        if not body:
            leave_out(values)
            return
        if request.fields_by_name.get("content-type") != "application/json":  # the usual spelling needs no parsing
            require_json(request.content_type)
        values[name] = decode(body)

    return fill


def fill_body_keys(parameters: Sequence[Parameter]) -> Fill:
    """Read several parameters from the keys of one JSON object; other keys are refused.

    Raises:
        TypeError: a type cannot be read from JSON.
        DeclarationError: an annotation inside one cannot be resolved.
    """
    fields = [(parameter.name, parameter.declared, _body_field(parameter)) for parameter in parameters]
    decode = BodyDecoder(msgspec.defstruct("Body", fields, kw_only=True)).decode
    keys = [(one.name, _leaving_out(one, "body")) for one in parameters]
    missing = [FieldError("body", one.key, MISSING.message, MISSING.code) for one in parameters if one.required]

    def fill(request: Request, values: dict[str, object]) -> None:
        body = request.body
        if not body and missing:
            raise validation_error(missing)
        if body:
            require_json(request.content_type)
        read = decode(body or b"{}")
        for name, leave_out in keys:
            value = getattr(read, name)
            if value is msgspec.UNSET:
                leave_out(values)
            else:
                values[name] = value

    return fill


def fill_source(name: str, source: Source) -> Fill:
    """Read a parameter whose class binds itself."""

    def fill(request: Request, values: dict[str, object]) -> None:
        values[name] = source.read(request)

    return fill


def _leaving_out(parameter: Parameter, location: Location) -> Callable[[dict[str, object]], None]:
    """Return what is done for a request without a value: refuse it, leave the default in force, or say None."""
    name = parameter.name
    missing = [FieldError(location, parameter.key, MISSING.message, MISSING.code)]

    def refuse(values: dict[str, object]) -> None:
        raise validation_error(missing)

    def keep_default(values: dict[str, object]) -> None:
        pass

    def set_none(values: dict[str, object]) -> None:
        values[name] = None

    if parameter.required:
        return refuse
    return set_none if parameter.default is UNDEFINED else keep_default


def _decoding_nothing(
    name: str, key: str, location: TextLocation, decoder: TextDecoder
) -> Callable[[dict[str, object]], None]:
    """Return what is done for a list of which nothing was sent; its least length may refuse it."""

    def decode_nothing(values: dict[str, object]) -> None:
        try:
            values[name] = decoder.decode(())
        except InvalidText as refused:
            raise validation_error(_field_errors(location, key, refused)) from None

    return decode_nothing


def _body_field(parameter: Parameter) -> Any:  # Any: as msgspec types it, so that it can stand for any default
    if parameter.required:
        return msgspec.field(name=parameter.key)
    return msgspec.field(default=msgspec.UNSET, name=parameter.key)


def _field_errors(location: Location, key: str, refused: InvalidText) -> list[FieldError]:
    return [
        FieldError(location, f"{key}.{place}" if place else key, fault.message, fault.code)
        for place, fault in refused.faults
    ]


def _header_texts(request: Request, key: str) -> Sequence[str]:
    return request.headers.getlist(key)


def _form_texts(request: Request, key: str) -> Sequence[str]:
    return request.form.getlist(key)


def _cookie_texts(request: Request, key: str) -> Sequence[str]:
    value = request.cookies.get(key)
    return () if value is None else (value,)


_TEXTS: Mapping[TextLocation, Callable[[Request, str], Sequence[str]]] = {  # all but the query: fill_text
    "header": _header_texts,
    "form": _form_texts,
    "cookie": _cookie_texts,
}
