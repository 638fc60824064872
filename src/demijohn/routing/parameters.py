"""Bind the parameters of a handler: compiled once from its signature (signature.py), filled for each request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from demijohn.errors import DeclarationError, FieldError, HTTPError
from demijohn.http.request import Request
from demijohn.routing.converters import Converter
from demijohn.routing.route import RouteKind
from demijohn.routing.signature import ParameterInfo, SignatureReader
from demijohn.routing.sources import Fill, Provider, SelfBinding, Source
from demijohn.validation.faults import validation_error

__all__ = ["ParameterInfo", "ParameterPlan", "Provider", "SelfBinding", "Source", "compile_parameters"]


def compile_parameters(
    handler: Callable[..., object],
    *,
    path_params: Mapping[str, Converter | None],
    methods: Collection[str],
    providers: Mapping[type, Provider],
    kind: RouteKind = "http",
) -> ParameterPlan:
    """Decide where each parameter of a handler comes from.

    `path_params` maps the names in the path to their converters, None for a bare `<id>`.

    Raises:
        DeclarationError: the signature cannot be served; every mistake in it is listed.
    """
    reader = SignatureReader(handler, path_params, frozenset(methods), providers, kind)
    reader.read()
    if reader.problems:
        raise DeclarationError(reader.problems)
    return ParameterPlan(reader)


class ParameterPlan:
    """Know how to make the arguments of one handler.

    `is_empty`: there are none, call it as it is. `only_path`: they are exactly the values from the path. `needs_body`,
    `needs_form` and `file_parts` tell what the body has to be read for. `path_converters` gives the type of each bare
    `<id>`, so that the router can choose its converter.
    """

    __slots__ = (
        "_fills",
        "_infos",
        "_provided",
        "_requests",
        "file_parts",
        "is_empty",
        "needs_body",
        "needs_form",
        "only_path",
        "path_converters",
    )

    def __init__(self, reader: SignatureReader) -> None:
        self._fills: tuple[Fill, ...] = tuple(reader.fills)
        self._provided = tuple(reader.provided)
        self._requests = tuple(reader.requests)
        self._infos = tuple(reader.infos)
        self.is_empty = not reader.infos
        self.only_path = not (self._fills or self._provided or self._requests)
        self.needs_body = reader.needs_body
        self.needs_form = reader.needs_form
        self.file_parts = reader.file_parts
        self.path_converters: Mapping[str, type] = reader.path_types

    def bind(self, request: Request, path_params: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments by name, for a handler that runs in a worker.

        Raises:
            HTTPError: 422 `validation` with the mistakes of path, query, headers, cookies and body together; 415
                `body.media_type`, 400 `json.malformed` or `json.too_deep` for a body that is no JSON; 404 for a part of
                the path that is no value.
        """
        values = self._fill(request, path_params)
        for name, loader in self._provided:
            values[name] = loader.load(request)
        return values

    async def abind(self, request: Request, path_params: Mapping[str, object]) -> dict[str, object]:
        """Return the arguments by name, for a handler that runs on the event loop.

        Raises:
            HTTPError: as `bind`.
        """
        values = self._fill(request, path_params)
        for name, loader in self._provided:
            values[name] = await loader.aload(request) if loader.is_async else loader.load(request)
        return values

    def describe(self) -> tuple[ParameterInfo, ...]:
        """Return what the parameters are, in the order of the signature."""
        return self._infos

    def _fill(self, request: Request, path_params: Mapping[str, object]) -> dict[str, object]:
        values = {**path_params}
        for name in self._requests:
            values[name] = request
        errors: list[FieldError] | None = None
        for fill in self._fills:
            try:
                fill(request, values)
            except HTTPError as refusal:
                if refusal.code != "validation":
                    raise
                errors = [*(errors or ()), *refusal.errors]
        if errors is not None:
            raise validation_error(errors)
        return values
