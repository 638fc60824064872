"""Markers are values: they compare, they carry the client's name, and each kind is a kind of its own."""

from __future__ import annotations

import pytest

from demijohn.routing.markers import Body, Cookie, File, FormField, Header, Marker, Provided, Query


@pytest.mark.parametrize("kind", [Body, Cookie, File, FormField, Header, Query])
def test_a_marker_carries_the_name_that_the_client_uses(kind: type[Marker]) -> None:
    assert kind().name is None
    assert kind("x").name == "x"
    assert kind("x") == kind("x")
    assert kind("x") != Marker("x")
    assert repr(kind("x")).startswith(f"{kind.__name__}(name='x'")


def test_provided_leaves_a_class_as_it_is() -> None:
    class User(Provided):
        pass

    assert User.__demijohn_provided__ == ""
    assert not hasattr(Provided(), "__dict__")
