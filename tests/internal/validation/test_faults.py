"""The codes and sentences of what can be wrong with a value."""

from __future__ import annotations

from msgspec import Meta

from demijohn.errors import FieldError
from demijohn.validation.faults import compile_checks, one_of, shown_key, validation_error


def failed(meta: Meta, value: object, unit: str = "") -> list[tuple[str, str]]:
    return [(fault.code, fault.message) for passes, fault in compile_checks(meta, unit) if not passes(value)]


def test_every_bound_is_a_check_of_its_own() -> None:
    assert failed(Meta(ge=1, multiple_of=2), -1) == [
        ("ge", "Must be at least 1."),
        ("multiple_of", "Must be a multiple of 2."),
    ]
    assert failed(Meta(ge=1, le=5, multiple_of=2), 4) == []
    assert failed(Meta(min_length=2, pattern="^a"), "b", "character") == [
        ("min_length", "Must have at least 2 characters."),
        ("pattern", "Does not have the required form."),
    ]
    assert failed(Meta(max_length=1), [1, 2], "item") == [("max_length", "Must have at most 1 item.")]


def test_choices_are_named_as_json_writes_them() -> None:
    assert one_of(["a"]).message == "Must be a."
    assert one_of([1, True, "x"]).message == "Must be one of: 1, true, x."
    assert one_of(range(25)).message.endswith("19 and 5 more.")


def test_keys_are_shown_in_a_form_that_fits_a_log_line() -> None:
    assert shown_key("title") == "title"
    assert shown_key("a\r\nb\u2028") == "a\ufffd\ufffdb\ufffd"
    assert len(shown_key("x" * 10_000)) == len(shown_key("\n" * 10_000)) == 67


def test_the_refusal_carries_its_errors() -> None:
    error = FieldError("query", "page", "Must be a whole number.", "type")
    refusal = validation_error([error])
    assert (refusal.status, refusal.code, refusal.errors) == (422, "validation", (error,))
