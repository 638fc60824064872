from __future__ import annotations

import dataclasses
import json

import pydantic
import pytest
from markupsafe import Markup

from demijohn import Response, render
from demijohn.http.encoding import encode_json


class Note(pydantic.BaseModel):
    title: str
    parts: list[Note] = []


@dataclasses.dataclass
class Page:
    notes: list[Note]


def test_pydantic_models_are_written_wherever_they_stand() -> None:
    note = Note(title="a", parts=[Note(title="b")])
    told = {"title": "a", "parts": [{"title": "b", "parts": []}]}
    assert json.loads(encode_json([note, {"note": note}, Page([note])])) == [told, {"note": told}, {"notes": [told]}]


def test_what_has_no_form_is_named() -> None:
    with pytest.raises(TypeError, match="A complex has no form in JSON"):
        encode_json({"a": [1j]})


@pytest.mark.parametrize("answer", [Response("a"), render("a.html")])
def test_an_answer_within_another_is_told_from_a_value(answer: Response) -> None:
    with pytest.raises(TypeError, match=r"is a whole answer and cannot stand within another\. .* render_text"):
        encode_json({"html": answer})


def test_text_that_is_marked_as_html_is_text() -> None:
    assert encode_json({"a": Markup("<b>")}) == b'{"a":"<b>"}'
