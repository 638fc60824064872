"""Decode JSON bodies into pydantic models, in the house's codes and words. Loaded only for an app that has such models.

Everything else goes through decoder.py and msgspec.
"""

from __future__ import annotations

from inspect import signature
from typing import Any, Final

import msgspec
from pydantic import VERSION, TypeAdapter, ValidationError

from demijohn.errors import FieldError, HTTPError
from demijohn.validation.faults import Fault, shown_key, validation_error

__all__ = ["PydanticDecoder"]

# https://docs.pydantic.dev/latest/errors/validation_errors/: the error types whose meaning has a code of the house.
# Pydantic's own sentences are not used: some repeat what the client sent. `{ge}` and the like come from the context.
_FAULTS: Final[dict[str, Fault]] = {
    "missing": Fault("missing", "This is required."),
    "extra_forbidden": Fault("unknown_field", "There is no such field."),
    "greater_than": Fault("gt", "Must be more than {gt}."),
    "greater_than_equal": Fault("ge", "Must be at least {ge}."),
    "less_than": Fault("lt", "Must be less than {lt}."),
    "less_than_equal": Fault("le", "Must be at most {le}."),
    "multiple_of": Fault("multiple_of", "Must be a multiple of {multiple_of}."),
    "string_too_short": Fault("min_length", "Must have at least {min_length} characters."),
    "string_too_long": Fault("max_length", "Must have at most {max_length} characters."),
    "too_short": Fault("min_length", "Must have at least {min_length} items."),
    "too_long": Fault("max_length", "Must have at most {max_length} items."),
    "string_pattern_mismatch": Fault("pattern", "Does not have the required form."),
    "enum": Fault("enum", "Must be one of: {expected}."),
    "literal_error": Fault("enum", "Must be one of: {expected}."),
    "timezone_aware": Fault("timezone", "Must have an offset from UTC, such as Z or +02:00."),
    "timezone_naive": Fault("timezone", "Must not have an offset from UTC."),
    "finite_number": Fault("type", "Must be a finite number."),
    "value_error": Fault("invalid", "{error}"),
}
_WRONG_TYPE: Final = Fault("type", "Has the wrong type.")
_INVALID: Final = Fault("invalid", "This is not valid.")
_MOST_ERRORS = 100


class PydanticDecoder:
    """Decode bodies into a pydantic model, or a list or union of models; unknown keys are refused.

    Raises:
        TypeError: the installed pydantic is older than 2.12, which cannot refuse unknown keys from outside.
    """

    __slots__ = ("_adapter", "_is_json")

    def __init__(self, declared: Any) -> None:  # Any: a type expression
        if "extra" not in signature(TypeAdapter.validate_json).parameters:
            raise TypeError(f"pydantic {VERSION} cannot refuse unknown keys from outside; install pydantic>=2.12")
        self._adapter: TypeAdapter[object] = TypeAdapter(declared)
        self._is_json = msgspec.json.Decoder(msgspec.Raw).decode

    def decode(self, body: bytes) -> Any:  # Any: the type is known at run time only
        """Return the model.

        Raises:
            HTTPError: 400 `json.malformed` or `json.too_deep`; 422 `validation` with every mistake (100 at most).
        """
        self._is_json(body)  # pydantic's reader takes NaN and Infinity; msgspec's errors are answered by BodyDecoder
        try:
            return self._adapter.validate_json(body, extra="forbid")
        except ValidationError as error:
            raise _refusal(error, body) from None


def _refusal(error: ValidationError, body: bytes) -> HTTPError:
    errors: list[FieldError] = []
    for detail in error.errors(include_url=False, include_input=False)[:_MOST_ERRORS]:
        kind = detail["type"]
        if kind == "json_invalid":
            msgspec.json.decode(body)  # raises for what skimming does not see: bad UTF-8, a number out of range
            return HTTPError(400, "The JSON is nested too deeply.", code="json.too_deep")
        is_type = kind.endswith(("_type", "_parsing", "_from_float", "_size"))
        fault = _FAULTS.get(kind) or (_WRONG_TYPE if is_type else _INVALID)
        message = fault.message.format_map(detail.get("ctx", {}))
        field = ".".join(shown_key(str(part)) for part in detail["loc"])
        errors.append(FieldError("body", field, message, fault.code))
    return validation_error(errors)
