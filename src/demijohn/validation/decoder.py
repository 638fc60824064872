"""Decode a JSON body into a typed value, or refuse it with all its mistakes. Texts of queries and forms: text.py.

Good input costs one msgspec decode and a little: twins.py makes msgspec as strict as the house is. Only what is refused
is looked at a second time, by collector.py.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any, Final

import msgspec

from demijohn.annotations import hints_of, spell, unwrap
from demijohn.errors import DeclarationError, HTTPError
from demijohn.validation.faults import Refused, validation_error

__all__ = ["BodyDecoder", "is_pydantic"]

_REFUSALS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refused)


class BodyDecoder:
    """Decode bodies into one type: a Struct, a dataclass, a TypedDict, a pydantic model, whatever msgspec reads.

    `decode(body)` returns the value or raises HTTPError: 400 `json.malformed` or `json.too_deep`, 422 `validation` with
    every mistake (100 at most). Unknown keys are refused at every depth, integers have at most 64 bits, Decimals are
    finite. What a ValueError in `__post_init__` says is told to the client.

    Raises:
        TypeError: JSON cannot carry the type, or msgspec cannot tell the members of a union apart.
        DeclarationError: an annotation inside the type cannot be resolved.
    """

    __slots__ = ("_node", "decode")

    def __init__(self, declared: object) -> None:
        # An attribute rather than a method, made to measure: each step that a type does not need would cost its users.
        self.decode: Callable[[bytes], Any]  # Any: the type is known at run time only
        if is_pydantic(declared):
            from demijohn.validation.pydantic_models import PydanticDecoder  # only where the app's own type is one

            self.decode = self._finishing(PydanticDecoder(declared).decode, {})
        else:
            self.decode = self._compile(declared)

    def _compile(self, declared: object) -> Callable[[bytes], Any]:
        from demijohn.validation.nodes import read_type  # these here, because an app that reads no JSON needs none
        from demijohn.validation.policy import policy_tests
        from demijohn.validation.twins import NoTwin, StrictType

        try:
            self._node = read_type(declared)
        except NameError as error:
            raise _unresolved(declared, error) from None
        try:
            strict = StrictType(self._node)
        except NoTwin:
            return self._testing(msgspec.json.Decoder(declared).decode, policy_tests(self._node))
        decode = msgspec.json.Decoder(strict.decoded).decode
        if strict.label is not None:
            return self._labelling(decode, strict.label)
        return self._finishing(decode, strict.finishes)

    def _labelling(self, decode: Callable[[bytes], Any], label: type) -> Callable[[bytes], Any]:
        def decode_and_label(body: bytes) -> Any:
            try:
                value = decode(body)
            except _REFUSALS:
                raise self._refusal(body) from None
            value.__class__ = label
            return value

        return decode_and_label

    def _finishing(
        self, decode: Callable[[bytes], Any], finishes: dict[type, Callable[[Any], Any]]
    ) -> Callable[[bytes], Any]:
        def decode_only(body: bytes) -> Any:
            try:
                return decode(body)
            except _REFUSALS:
                raise self._refusal(body) from None

        def decode_and_finish(body: bytes) -> Any:
            try:
                value = decode(body)
                finish = finishes.get(type(value))
                return value if finish is None else finish(value)
            except _REFUSALS:
                raise self._refusal(body) from None

        return decode_and_finish if finishes else decode_only

    def _testing(
        self, decode: Callable[[bytes], Any], tests: dict[type, Callable[[Any], bool]]
    ) -> Callable[[bytes], Any]:
        decode_untyped = msgspec.json.Decoder().decode

        def decode_and_test(body: bytes) -> Any:
            try:
                value = decode(body)
                untyped = decode_untyped(body)
                if (test := tests.get(type(untyped))) is not None and not test(untyped):
                    raise Refused
            except _REFUSALS:
                raise self._refusal(body) from None
            return value

        return decode_and_test

    def _refusal(self, body: bytes) -> HTTPError:
        from demijohn.validation.collector import collect_errors

        try:
            return validation_error(collect_errors(msgspec.json.decode(body), self._node))
        except RecursionError:
            return HTTPError(400, "The JSON is nested too deeply.", code="json.too_deep")
        except (msgspec.DecodeError, UnicodeDecodeError):  # msgspec lets Python's own error for bad UTF-8 through
            return HTTPError(400, "The body is not valid JSON.", code="json.malformed")


def is_pydantic(declared: object) -> bool:
    """Say whether a type is a pydantic model or a list, tuple, dict or union of such; without importing pydantic."""
    bare = unwrap(declared).bare
    if isinstance(bare, type) and hasattr(bare, "__pydantic_core_schema__"):
        return True
    return any(is_pydantic(argument) for argument in typing.get_args(bare) if argument is not ...)


def _unresolved(declared: object, error: NameError) -> DeclarationError:
    bare = unwrap(declared).bare
    if isinstance(bare, type):
        try:
            hints_of(bare)
        except DeclarationError as found:
            return found
    return DeclarationError(
        f"A field inside {spell(declared)} names `{error.name}`, which cannot be found when the program runs. "
        "Import or define it at the top level of its module, outside `if TYPE_CHECKING:`."
    )
