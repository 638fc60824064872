from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from markupsafe import Markup

from demijohn.templating.script_data import json_script, tojson


@dataclass
class Point:
    x: int


class Note(msgspec.Struct):
    title: str


HOSTILE = "</script><!-- <script> & ' \u2028 \u2029 ]]>"


@pytest.mark.parametrize("value", [HOSTILE, [HOSTILE], {HOSTILE: HOSTILE}, Note(HOSTILE)])
def test_nothing_ends_the_script_it_stands_in(value: object) -> None:
    text = tojson(value)
    assert isinstance(text, Markup)
    assert not set("<>&'\u2028\u2029") & set(text)
    assert HOSTILE in json.dumps(json.loads(text), ensure_ascii=False)


def test_it_encodes_what_json_answers_encode() -> None:
    moment = datetime(2026, 11, 22, 12, tzinfo=UTC)
    value = {
        "d": date(2026, 11, 22),
        "t": moment,
        "u": UUID(int=1),
        "n": Decimal("1.50"),
        "p": Point(1),
        "s": Note("x"),
    }
    assert json.loads(tojson(value)) == {
        "d": "2026-11-22",
        "t": "2026-11-22T12:00:00Z",
        "u": "00000000-0000-0000-0000-000000000001",
        "n": "1.50",
        "p": {"x": 1},
        "s": {"title": "x"},
    }


def test_what_is_marked_as_html_is_text_to_a_script() -> None:
    assert tojson(Markup("<b>")) == '"\\u003cb\\u003e"'


def test_it_may_be_laid_out() -> None:
    assert tojson({"a": [1]}, indent=2) == '{\n  "a": [\n    1\n  ]\n}'


def test_what_has_no_form_in_json_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="has no form in JSON"):
        tojson(object())


def test_a_script_of_data_holds_value_and_id_escaped() -> None:
    text = json_script({"a": HOSTILE}, '"><script>')
    assert isinstance(text, Markup)
    assert text.startswith('<script type="application/json" id="&#34;&gt;&lt;script&gt;">{"a":')
    assert text.count("<") == 2
    assert json.loads(text.partition(">")[2].removesuffix("</script>")) == {"a": HOSTILE}
