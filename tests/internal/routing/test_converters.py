"""Hold the converters to what patterns and handlers expect of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demijohn.errors import DeclarationError
from demijohn.routing.converters import Converter, Converters, check_converter, is_multi_segment, text_test


@dataclass(frozen=True)
class Sample:
    """Be a converter whose every attribute a test may choose."""

    name: str = "sample"
    regex: str = "[a-z]+"
    rank: int = 45
    multi_segment: bool = False

    def parse(self, text: str) -> str:
        return text

    def format(self, value: str) -> str:
        return value


class Year:
    name = "year"
    regex = "[0-9]{4}"
    rank = 15

    def parse(self, text: str) -> int:
        return int(text)

    def format(self, value: int) -> str:
        return f"{value:04}"


def read(name: str, text: str) -> object:
    """Return the value, or "no match" as the router would see it."""
    converter = Converters()[name]
    fits = text_test(converter)
    if fits is not None and fits(text) is None:
        return "no match"
    try:
        return converter.parse(text)
    except ValueError:
        return "no match"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("str", "Ünï cödé", "Ünï cödé"),
        ("int", "0", 0),
        ("int", "007", 7),
        ("int", "9223372036854775807", 2**63 - 1),
        ("float", "1.5", 1.5),
        ("float", "3", 3.0),
        ("path", "a/b.txt", "a/b.txt"),
        ("slug", "A_b-9", "A_b-9"),
        ("uuid", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
    ],
)
def test_a_text_becomes_its_value(name: str, text: str, value: object) -> None:
    assert read(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("int", "-1"),
        ("int", "+1"),
        ("int", "1_0"),
        ("int", " 1"),
        ("int", "٣"),
        ("int", "9223372036854775808"),
        ("int", "0" * 20),
        ("int", "1" * 8000),
        ("float", "1e5"),
        ("float", "nan"),
        ("float", "inf"),
        ("float", ".5"),
        ("float", "5."),
        ("float", "9" * 400),
        ("float", "٣.٣"),
        ("slug", "a b"),
        ("slug", "é"),
        ("uuid", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}"),
        ("uuid", "6ba7b8109dad11d180b400c04fd430c8"),
        ("uuid", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    ],
)
def test_a_text_that_is_no_value_does_not_match(name: str, text: str) -> None:
    assert read(name, text) == "no match"


@given(st.floats(min_value=0, allow_nan=False, allow_infinity=False))
def test_every_float_comes_back_from_its_text(value: float) -> None:
    text = Converters()["float"].format(value)
    assert read("float", text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value) or value == 0


@pytest.mark.parametrize(("name", "value"), [("int", True), ("int", 1.0), ("float", False), ("float", [1])])
def test_a_value_of_another_type_has_no_text(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="it is not"):
        Converters()[name].format(value)


def test_an_annotation_names_the_converter_of_a_bare_parameter() -> None:
    converters = Converters()
    names = {annotation: converters.for_type(annotation) for annotation in (str, int, float, UUID, bytes, bool)}
    assert {annotation: converter and converter.name for annotation, converter in names.items()} == {
        str: "str",
        int: "int",
        float: "float",
        UUID: "uuid",
        bytes: None,
        bool: None,
    }
    assert converters.for_type([]) is None


def test_a_custom_converter_may_be_a_class_or_an_instance() -> None:
    converters = Converters({"year": Year, "sample": Sample()})
    assert converters["year"].parse("1999") == 1999
    assert converters["sample"] == Sample()
    assert set(converters) == {"str", "int", "float", "path", "uuid", "slug", "year", "sample"}


@pytest.mark.parametrize(
    ("name", "converter", "message"),
    [
        ("int", Sample("int"), "built in"),
        ("other", Sample(), "calls itself 'sample'"),
        ("Ä", Sample("Ä"), "cannot stand in a pattern"),
        ("sample", Sample(rank=1000), "rank 1000"),
        ("sample", Sample(rank=-1), "rank -1"),
        ("sample", Sample(regex="[a-z"), "does not compile"),
        ("sample", Sample(regex="a)|(b"), "does not compile"),
        ("sample", Sample(regex="[a-z]*"), "fits an empty text"),
        ("sample", Sample(regex="(?i)[a-z]+"), "sets flags"),
        ("sample", Sample(regex="(?x)a+ # and nothing else"), "sets flags"),
        ("sample", Sample(regex="^[a-z]+"), "anchored"),
        ("sample", Sample(regex="[a-z]+$"), "anchored"),
        ("sample", Sample(regex=r"[a-z]+\Z"), "anchored"),
    ],
)
def test_a_converter_that_cannot_work_stops_the_start(name: str, converter: Converter, message: str) -> None:
    with pytest.raises(DeclarationError, match=message) as caught:
        Converters({name: converter})
    assert caught.value.problems[0].remedy


def test_all_mistakes_in_converters_are_reported_together_with_their_place() -> None:
    with pytest.raises(DeclarationError) as caught:
        Converters({"int": Sample("int"), "sample": Sample(regex="(", rank=-5)})
    assert len(caught.value.problems) == 3
    assert all("test_converters.py:" in problem.where for problem in caught.value.problems)


@pytest.mark.parametrize("regex", [r"\$[0-9]+", r"[0-9]+\$", "[0-9]+[$]", "(a|b)+", r"(\w)\1", "(?i:[a-z]+)"])
def test_a_regex_that_only_looks_dangerous_is_taken(regex: str) -> None:
    check_converter(Sample(regex=regex))


@pytest.mark.parametrize(("multi_segment", "limit"), [(False, 255), (True, 1024)])
def test_a_custom_regex_sees_no_long_text(multi_segment: bool, limit: int) -> None:
    fits = text_test(Sample(multi_segment=multi_segment))
    assert fits is not None
    assert fits("a" * limit)
    assert not fits("a" * (limit + 1))


def test_a_converter_covers_one_segment_unless_it_says_otherwise() -> None:
    assert not is_multi_segment(Year())
    assert is_multi_segment(Sample(multi_segment=True))
