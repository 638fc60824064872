"""Decide where each parameter of a handler comes from, by the seven rules. Reading it then is done in sources.py.

In their order: the path; the request; what extensions provide; classes that bind themselves; one model, the JSON body;
scalars, the query string; markers, which override the others.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from demijohn.annotations import Annotation, Hints, read_hints, signature_of, spell, unwrap
from demijohn.errors import DeclarationError, Problem
from demijohn.http.request import Request
from demijohn.http.uploads import UploadedFile
from demijohn.routing.converters import Converter
from demijohn.routing.kinds import default_of, is_body_type, item_type, markers_of
from demijohn.routing.markers import Cookie, File, FormField, Header, Marker, Query
from demijohn.routing.route import RouteKind
from demijohn.routing.sources import (
    Fill,
    Loader,
    Parameter,
    Provider,
    SelfBinding,
    TextLocation,
    fill_body,
    fill_body_keys,
    fill_checked_path,
    fill_file,
    fill_files,
    fill_path_text,
    fill_source,
    fill_text,
)
from demijohn.routing.upload_rule import UploadRule
from demijohn.types import origin_of
from demijohn.validation import TextDecoder
from demijohn.validation.faults import compile_checks
from demijohn.validation.text import is_text_type

__all__ = ["ParameterInfo", "SignatureReader", "SourceName"]

SourceName: TypeAlias = Literal[
    "path", "query", "header", "cookie", "form", "file", "body", "request", "provided", "bound"
]

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_WRITING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_TEXT_MARKERS: Final[Mapping[type[Marker], TextLocation]] = {
    Query: "query",
    Header: "header",
    Cookie: "cookie",
    FormField: "form",
}
_PRODUCED: Final[Mapping[str, type]] = {"str": str, "path": str, "slug": str, "int": int, "float": float, "uuid": UUID}
_ANYTHING: Final = (inspect.Parameter.empty, Any, object)


class ParameterInfo(msgspec.Struct, frozen=True):
    """Describe one parameter of a handler, for OpenAPI, `demijohn routes` and checks.

    `key` is what the client calls the value, empty for a whole body. `type` is the annotation as it was written, and
    `default` is UNDEFINED where there is none.
    """

    name: str
    source: SourceName
    key: str
    type: object
    required: bool
    default: object


class SignatureReader(msgspec.Struct):
    """Read the signature of a handler; afterwards the fields without a default hold what its plan is made of."""

    handler: Callable[..., object]
    path_params: Mapping[str, Converter | None]
    methods: frozenset[str]
    providers: Mapping[type, Provider]
    kind: RouteKind
    infos: list[ParameterInfo] = []
    fills: list[Fill] = []
    requests: list[str] = []
    provided: list[tuple[str, Loader]] = []
    path_types: dict[str, type] = {}
    problems: list[Problem] = []
    needs_form: bool = False
    file_parts: bool = False
    _hints: Hints = msgspec.field(default_factory=Hints)
    _bodies: list[Parameter] = []
    _body_keys: list[Parameter] = []
    _binding: list[tuple[str, type[SelfBinding]]] = []

    def read(self) -> None:
        """Fill the fields; all mistakes of the signature are in `problems` then."""
        try:
            parameters = signature_of(self.handler).parameters
        except (ValueError, TypeError):
            self._add(f"{spell(self.handler)} has no signature that can be read.", "Wrap it in a function of your own.")
            return
        self._hints = read_hints(self.handler)
        self._check_names(parameters)
        for parameter in parameters.values():
            if parameter.name in self._hints.problems:
                self.problems.append(self._hints.problems[parameter.name])
            elif self._is_readable(parameter):
                self._classify(parameter)
        self._bind_classes()
        self._bind_body()

    def _add(self, message: str, remedy: str) -> None:
        self.problems.append(Problem(message, str(origin_of(self.handler) or ""), remedy))

    def _named(self, name: str) -> str:
        """Write a parameter for a message: `id: int` of show."""
        declared = self._hints.types.get(name)
        annotation = "" if declared is None else f": {spell(declared)}"
        return f"`{name}{annotation}` of {spell(self.handler)}"

    def _check_names(self, parameters: Mapping[str, inspect.Parameter]) -> None:
        for name in self.path_params:
            if name not in parameters:
                self._add(
                    f"The path has <{name}>, but {spell(self.handler)} has no parameter of that name.",
                    _near(name, parameters, f"Add `{name}` to its parameters."),
                )

    def _is_readable(self, parameter: inspect.Parameter) -> bool:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            self._add(
                f"`{stars}{parameter.name}` of {spell(self.handler)} takes anything; nothing says what to put into it.",
                "Name the parameters one by one, or take `request: Request`.",
            )
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            self._add(
                f"{self._named(parameter.name)} is positional-only, but handlers are called with names.",
                "Take the `/` out of the signature.",
            )
        elif isinstance(parameter.default, Marker):
            marker = type(parameter.default).__name__
            self._add(
                f"{self._named(parameter.name)} has {marker}(...) for its default.",
                f"Markers stand in the annotation: `{parameter.name}: Annotated[str, {marker}()]`.",
            )
        else:
            return True
        return False

    def _classify(self, parameter: inspect.Parameter) -> None:
        name = parameter.name
        declared = self._hints.types.get(name, inspect.Parameter.empty)
        annotation = unwrap(declared)
        bare = annotation.bare
        if name in self.path_params:
            self._read_path(parameter, declared, annotation)
        elif bare is Request or (bare is inspect.Parameter.empty and name == "request"):
            self.requests.append(name)
            self._note(parameter, "request", "", required=False)
        elif bare is inspect.Parameter.empty:
            self._add(
                f"{self._named(name)} has no annotation, and the path has no <{name}>.",
                f"Write its type, `{name}: int`, or put <{name}> into the path.",
            )
        elif (marker := self._marker(name, annotation)) is not None:
            self._read_marked(parameter, declared, annotation, marker)
        elif not self._read_provided(parameter, annotation):
            self._read_unmarked(parameter, declared, annotation)

    def _note(self, parameter: inspect.Parameter, source: SourceName, key: str, *, required: bool) -> None:
        declared = self._hints.types.get(parameter.name, Any)
        self.infos.append(ParameterInfo(parameter.name, source, key, declared, required, default_of(parameter)))

    def _read_path(self, parameter: inspect.Parameter, declared: object, annotation: Annotation) -> None:
        name, bare, converter = parameter.name, annotation.bare, self.path_params[parameter.name]
        self._note(parameter, "path", name, required=True)
        if markers_of(annotation):
            self._add(f"{self._named(name)} has a marker, but it is a part of the path.", "Take the marker out.")
        elif converter is None:
            self.path_types[name] = bare if bare in (int, float, UUID) else str
            self._read_converted(name, declared, annotation, self.path_types[name])
        elif converter.name in _PRODUCED:
            produced = _PRODUCED[converter.name]
            if bare in _ANYTHING or produced is str or bare is produced or (produced is int and bare is float):
                self._read_converted(name, declared, annotation, produced)
            else:
                self._add(
                    f"The path gives {spell(produced)} with <{converter.name}:{name}>, which is not what "
                    f"{self._named(name)} takes.",
                    f"Write `{name}: {spell(produced)}`, or <{name}> in the path.",
                )
        else:  # a converter of the project's own: whatever it gives is right
            self._check_bounds(name, annotation)

    def _check_bounds(self, name: str, annotation: Annotation) -> None:
        if checks := [check for meta in annotation.metadata for check in compile_checks(meta, "character")]:
            self.fills.append(fill_checked_path(name, checks))

    def _read_converted(self, name: str, declared: object, annotation: Annotation, produced: type) -> None:
        """Add what is left to do when the converter has run: read a text that is more than a str, check bounds."""
        bare = annotation.bare
        if bare in _ANYTHING:
            return
        if not is_text_type(declared) or typing.get_origin(bare) not in (None, Literal):
            self._add(
                f"{self._named(name)} cannot be read from a part of the path.",
                "Use str, int, float, UUID, date, an Enum or a Literal; for more than that, a converter of your own.",
            )
            return
        decoder = self._text_decoder(name, declared)
        if produced is str and bare is not str and decoder is not None:
            self.fills.append(fill_path_text(name, decoder))
        elif decoder is not None:
            self._check_bounds(name, annotation)

    def _text_decoder(self, name: str, declared: object) -> TextDecoder | None:
        try:
            return TextDecoder(declared)
        except TypeError as error:
            self._refuse_type(name, error)
            return None

    def _refuse_type(self, name: str, error: TypeError) -> None:
        self._add(f"{self._named(name)} cannot be bound: {error}.", "Change its annotation.")

    def _marker(self, name: str, annotation: Annotation) -> Marker | None:
        markers = markers_of(annotation)
        if len(markers) > 1:
            self._add(
                f"{self._named(name)} has {len(markers)} markers.", "Leave the one that says where it comes from."
            )
        return markers[0] if markers else None

    def _read_marked(
        self, parameter: inspect.Parameter, declared: object, annotation: Annotation, marker: Marker
    ) -> None:
        location = _TEXT_MARKERS.get(type(marker))
        if location is not None:
            name = parameter.name.replace("_", "-") if location == "header" else parameter.name
            self._read_text(parameter, declared, annotation, location, marker.name or name)
        elif isinstance(marker, File):
            self._read_file(parameter, annotation, marker.name or parameter.name)
        elif marker.name is None and not is_text_type(declared):
            self._read_body(parameter, declared, annotation)
        else:
            key = marker.name or parameter.name
            self._body_keys.append(self._parameter(parameter, declared, annotation, key))
            self._note(parameter, "body", key, required=self._body_keys[-1].required)

    def _read_provided(self, parameter: inspect.Parameter, annotation: Annotation) -> bool:
        bare, name = annotation.bare, parameter.name
        if not isinstance(bare, type):
            return False
        provider = self.providers.get(bare)
        hint = getattr(bare, "__demijohn_provided__", None)
        if provider is None and hint is None:
            return False
        self._note(parameter, "provided", "", required=not annotation.nullable)
        if provider is not None:
            self.provided.append((name, Loader(provider, None if annotation.nullable else self._named(name))))
            return True
        self._add(
            f"{self._named(name)} is something that an extension provides, but none in this app does.",
            f"Add {hint}." if hint else "Add the extension with app.use(...).",
        )
        return True

    def _read_unmarked(self, parameter: inspect.Parameter, declared: object, annotation: Annotation) -> None:
        name, bare = parameter.name, annotation.bare
        if isinstance(bare, type) and hasattr(bare, "__demijohn_bind__"):
            self._binding.append((name, bare))
            self._note(parameter, "bound", "", required=False)
        elif item_type(bare) is UploadedFile:
            self._read_file(parameter, annotation, name)
        elif is_text_type(declared):
            if self.methods & _WRITING:
                shown = spell(declared)
                self._add(
                    f"{self._named(name)} could come from the query string, a form or a JSON body: the route takes "
                    f"{', '.join(sorted(self.methods & _WRITING))}.",
                    f"Say which: Annotated[{shown}, Query()], Annotated[{shown}, FormField()] or "
                    f"Annotated[{shown}, Body()].",
                )
            else:
                self._read_text(parameter, declared, annotation, "query", name)
        elif is_body_type(bare):
            self._read_body(parameter, declared, annotation)
        else:
            remedy = "Use a scalar, a Struct or dataclass for a JSON body, or a class that an extension provides."
            if (typing.get_origin(bare) or bare) in (dict, list):
                shown = spell(declared)
                remedy = f"Name a Struct or dataclass, or take any JSON body: Annotated[{shown}, Body()]."
            self._add(f"{self._named(name)} has a type that no rule knows.", remedy)

    def _parameter(self, parameter: inspect.Parameter, declared: object, annotation: Annotation, key: str) -> Parameter:
        return Parameter(parameter.name, key, declared, annotation.nullable, default_of(parameter))

    def _read_text(
        self,
        parameter: inspect.Parameter,
        declared: object,
        annotation: Annotation,
        location: TextLocation,
        key: str,
    ) -> None:
        name = parameter.name
        if not is_text_type(declared):
            self._add(
                f"{self._named(name)} cannot be read from the {location}, where everything is text.",
                "Use a scalar or a list of scalars there, or read it from the JSON body.",
            )
            return
        if (decoder := self._text_decoder(name, declared)) is None:
            return
        read = self._parameter(parameter, declared, annotation, key)
        required = read.required and not decoder.is_list
        if location == "form":
            self.needs_form = True
            self._check_method(name, required=required)
        self.fills.append(fill_text(read, location, decoder))
        self._note(parameter, location, key, required=required)

    def _read_file(self, parameter: inspect.Parameter, annotation: Annotation, key: str) -> None:
        if item_type(annotation.bare) is not UploadedFile:
            self._add(
                f"{self._named(parameter.name)} is marked as a file, but is no UploadedFile.",
                "Write UploadedFile or list[UploadedFile].",
            )
            return
        self.needs_form = self.file_parts = True
        read = self._parameter(parameter, annotation.bare, annotation, key)
        is_list = annotation.bare is not UploadedFile
        self._check_method(parameter.name, required=read.required and not is_list)
        marker = next((meta for meta in annotation.metadata if isinstance(meta, File)), File())
        try:
            rule = UploadRule.of(marker)
        except ValueError as error:
            self._add(f"{self._named(parameter.name)}: {error}", 'Write File(types={"png"}, max="5MB").')
            return
        self.fills.append(fill_files(read, rule) if is_list else fill_file(read, rule))
        self._note(parameter, "file", key, required=read.required and not is_list)

    def _read_body(self, parameter: inspect.Parameter, declared: object, annotation: Annotation) -> None:
        self._bodies.append(self._parameter(parameter, declared, annotation, ""))
        self._note(parameter, "body", "", required=self._bodies[-1].required)

    def _check_method(self, name: str, *, required: bool) -> None:
        """Refuse to read a body where a request has none."""
        without = sorted(self.methods & _BODILESS - {"OPTIONS"})
        if self.kind == "websocket" or not self.methods - _BODILESS:
            whose = "a WebSocket" if self.kind == "websocket" else " and ".join(without)
            self._add(
                f"{self._named(name)} is read from a body, which {whose} does not have.",
                "Read it from the query string, or let the route take POST.",
            )
        elif without and required:
            self._add(
                f"{self._named(name)} is required and read from a body, but the route takes {without[0]}, too, "
                "which has none.",
                f"Give it a default, such as `{name}: ... | None = None`, or make two routes of it.",
            )

    def _bind_classes(self) -> None:
        for name, cls in self._binding:
            siblings = [other for other, _ in self._binding if other != name]
            try:
                source = cls.__demijohn_bind__(name, siblings=siblings, methods=self.methods)
            except DeclarationError as error:
                self.problems.extend(error.problems)
                continue
            self.fills.append(fill_source(name, source))
            self.needs_form |= source.needs_form
            self.file_parts |= source.file_parts

    def _bind_body(self) -> None:
        parameters = [*self._bodies, *self._body_keys]
        for parameter in parameters:
            self._check_method(parameter.name, required=parameter.required)
        names = ", ".join(f"`{parameter.name}`" for parameter in parameters)
        if self._bodies and len(parameters) > 1:
            first = self._bodies[0]
            self._add(
                f"{names} of {spell(self.handler)} would each be the JSON body, and a request has one.",
                f'Give each a key of its own: Annotated[{spell(first.declared)}, Body("{first.name}")].',
            )
            return
        if parameters and self.needs_form:
            self._add(
                f"{spell(self.handler)} reads {names} from a JSON body and others from a form; a request has one body.",
                "Read all of them from the form, or all from JSON.",
            )
        try:
            if self._bodies:
                self.fills.append(fill_body(self._bodies[0]))
            elif self._body_keys:
                self.fills.append(fill_body_keys(self._body_keys))
        except TypeError as error:
            self._refuse_type(parameters[0].name, error)
        except DeclarationError as error:
            self.problems.extend(error.problems)

    @property
    def needs_body(self) -> bool:
        """Tell whether the handler needs the body read, as JSON or as a form."""
        return self.needs_form or bool(self._bodies or self._body_keys)


def _near(name: str, others: Collection[str], otherwise: str) -> str:
    from difflib import get_close_matches  # here, because only a mistake needs it

    near = get_close_matches(name, others, 1)
    return f"Did you mean `{near[0]}`?" if near else otherwise
