"""Each fill by itself, where test_parameters.py does not look: what is left out, what is refused, who is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from demijohn.errors import HTTPError
from demijohn.http.request import Request
from demijohn.routing.sources import Loader, Parameter, Provider, fill_body_keys, fill_text
from demijohn.types import UNDEFINED
from demijohn.validation import TextDecoder


class Asked:
    """Stand for a request of which only the query is looked at, and count the looks."""

    def __init__(self, *texts: str) -> None:
        self.query_string = "&".join(texts)
        self.texts = list(texts)
        self.looks = 0

    @property
    def query(self) -> Asked:
        self.looks += 1
        return self

    def getlist(self, key: str) -> list[str]:
        return self.texts


def filled(parameter: Parameter, asked: Any) -> dict[str, object]:
    values: dict[str, object] = {}
    fill_text(parameter, "query", TextDecoder(parameter.declared))(asked, values)
    return values


def test_an_empty_query_is_not_parsed() -> None:
    asked = Asked()
    assert filled(Parameter("page", "p", int, default=1), asked) == {}
    assert asked.looks == 0


def test_what_was_not_sent_is_left_out_none_or_refused() -> None:
    assert filled(Parameter("page", "p", int, default=1), Asked()) == {}
    assert filled(Parameter("page", "p", int | None, nullable=True), Asked()) == {"page": None}
    assert filled(Parameter("page", "p", int | None, nullable=True, default=3), Asked()) == {}
    assert filled(Parameter("page", "p", list[int]), Asked()) == {"page": []}
    with pytest.raises(HTTPError) as raised:
        filled(Parameter("page", "p", int), Asked())
    assert [(error.location, error.field, error.code) for error in raised.value.errors] == [("query", "p", "missing")]


def test_a_parameter_is_required_without_default_and_none() -> None:
    assert Parameter("x", "x", int).required
    assert not Parameter("x", "x", int | None, nullable=True).required
    assert not Parameter("x", "x", int, default=None).required
    assert Parameter("x", "x", int, default=UNDEFINED).required


def test_mistakes_go_by_the_clients_name_and_the_place_in_the_list() -> None:
    with pytest.raises(HTTPError) as raised:
        filled(Parameter("ids", "id", list[int]), Asked("1", "x"))
    assert [error.field for error in raised.value.errors] == ["id.1"]


def test_keys_of_a_body_may_have_any_name() -> None:
    fill_body_keys([Parameter("first", "content-type", str), Parameter("second", "class", int, default=1)])


@pytest.mark.parametrize("required_by", [None, "`user: User` of show"])
def test_a_loader_asks_the_provider_of_its_world(required_by: str | None) -> None:
    async def aload(request: Request) -> str:
        return "later"

    request: Any = object()
    both = Loader(Provider(lambda request: "at once", aload), required_by)
    assert both.is_async
    assert both.load(request) == "at once"
    assert asyncio.run(both.aload(request)) == "later"
    one = Loader(Provider(lambda request: "at once"), required_by)
    assert not one.is_async
    assert asyncio.run(one.aload(request)) == "at once"
