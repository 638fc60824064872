from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from demijohn.templating.environment import Templates
from demijohn.templating.errors import TemplateError, TemplateMissing
from demijohn.templating.folders import TemplateFolder

Write = Callable[[str, str], Path]

LAYOUT = """<title>{% block title %}Site{% endblock %}</title>
{% import "macros.html" as shared %}
{% set brand = "Demijohn" %}
{% macro badge(text) %}({{ text }}){% endmacro %}
{% block body %}<[body]>layout {{ brand }}</[body]>{% endblock %}
{% set late = "late" %}
"""
MACROS = "{% macro row(note) %}<li>{{ note }}</li>{% endmacro %}"
MIDDLE = """{% extends "layout.html" %}
{% set section = "notes" %}
{% block body %}<[body]>{{ super() }}{% block side %}<[side]>{{ section }} {{ brand }}</[side]>{% endblock %}\
{% block main %}<[main]>middle</[main]>{% endblock %}</[body]>{% endblock %}
"""
LEAF = """{% extends "middle.html" %}
{% from "macros.html" import row %}
{% set greeting %}Hello, {{ visitor }}{% endset %}
{% set box = namespace(n=1) %}{% set box.n = box.n + 1 %}
{% if notes %}{% set count = notes|length %}{% else %}{% set count = 0 %}{% endif %}
{% block main %}<[main]>{{ super() }}{{ greeting }}:{{ count }}:{{ box.n }}{{ badge(section) }}\
{{ late|default("early") }}\
{% block list %}<[list]>{% for note in notes %}{{ row(note) }}{{ shared.row(brand) }}{% endfor %}</[list]>\
{% endblock %}</[main]>{% endblock %}
"""


@pytest.fixture
def pages(write: Write) -> Write:
    write("layout.html", LAYOUT)
    write("macros.html", MACROS)
    write("middle.html", MIDDLE)
    write("leaf.html", LEAF)
    return write


def whole_and_part(templates: Templates, name: str, block: str, **values: object) -> tuple[str, str]:
    """Return what stands between the marks of a block, in the whole page and in the block rendered alone."""
    whole = templates.render(name, values)
    start, end = whole.index(f"<[{block}]>"), whole.rindex(f"</[{block}]>")
    return whole[start : end + len(block) + 5], templates.render(f"{name}#{block}", values)


@pytest.mark.parametrize("block", ["list", "main", "side"])
@pytest.mark.parametrize("notes", [[], ["Milk", "<b>"]])
def test_a_block_alone_is_what_it_is_in_the_whole_page(
    pages: Write, templates: Templates, block: str, notes: list[str]
) -> None:
    whole, part = whole_and_part(templates, "leaf.html", block, visitor="<Ann>", notes=notes)
    assert part.strip() == whole.strip()
    assert block != "main" or "Hello, &lt;Ann&gt;" in part


def test_super_of_a_block_reaches_the_parents(pages: Write, templates: Templates) -> None:
    text = templates.render("leaf.html#main", {"visitor": "Ann", "notes": ["Milk"]})
    assert text.strip().startswith("<[main]><[main]>middle</[main]>Hello, Ann:1:2(notes)early<[list]><li>Milk</li>")


def test_a_block_of_a_parent_is_found_too(pages: Write, templates: Templates) -> None:
    assert templates.render("leaf.html#title", {"visitor": "Ann", "notes": []}) == "Site"


def test_what_does_not_belong_to_the_block_is_not_rendered(write: Write, templates: Templates) -> None:
    write("a.html", "{{ 1 / 0 }}{% block a %}a{% endblock %}{{ 1 / 0 }}{% block b %}{{ 1 / 0 }}{% endblock %}")
    assert templates.render("a.html#a", {}) == "a"


def test_it_may_be_rendered_again_with_other_values(pages: Write, templates: Templates) -> None:
    texts = [templates.render("leaf.html#list", {"visitor": "Ann", "notes": [note]}) for note in ("a", "b", "a")]
    assert [text.count("<li>") for text in texts] == [2, 2, 2]
    assert texts[0] == texts[2] != texts[1]


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("{% for x in y %}\n{% block a scoped %}{{ x }}{% endblock %}{% endfor %}", 2, "inside the for of line 1"),
        ("{% if x %}{% block a %}{% endblock %}{% endif %}", 1, "inside the if of line 1"),
        ("{% with x = 1 %}{% block a %}{% endblock %}{% endwith %}", 1, "inside the with of line 1"),
        ("{% macro m() %}{% block a %}{% endblock %}{% endmacro %}", 1, "inside the macro of line 1"),
        ("\n{% block a scoped %}{% endblock %}", 2, "it is scoped"),
        ("{% extends parent %}\n{% block a %}{% endblock %}", 1, "only where the parent is written out"),
        ("{% if x %}{% extends 'b.html' %}{% endif %}{% block a %}{% endblock %}", 1, "only where the parent is"),
        ("\n{% extends 'a.html' %}{% block a %}{% endblock %}", 2, "extends itself"),
        ("{% block a required %}{% endblock %}", 1, "is required"),
    ],
)
def test_a_block_that_cannot_stand_alone_is_refused_with_its_line(
    write: Write, templates: Templates, source: str, line: int, why: str
) -> None:
    write("a.html", source)
    write("b.html", "")
    with pytest.raises(TemplateError, match=why) as caught:
        templates.render("a.html#a", {"y": [1]})
    assert caught.value.template is not None
    assert (caught.value.template.name, caught.value.template.line) == ("a.html", line)


def test_a_loop_in_a_parent_counts_too(write: Write, templates: Templates) -> None:
    write("a.html", "{% extends 'b.html' %}{% block a %}{% endblock %}")
    write("b.html", "{% for x in y %}{% block a scoped %}{% endblock %}{% endfor %}")
    with pytest.raises(TemplateError, match=r"b\.html:1: .*inside the for"):
        templates.render("a.html#a", {})


def test_a_required_block_that_was_filled_can_be_rendered(write: Write, templates: Templates) -> None:
    write("a.html", "{% extends 'b.html' %}{% block a %}x{% endblock %}")
    write("b.html", "{% block a required %}{% endblock %}")
    assert templates.render("a.html#a", {}) == "x"


def test_an_unknown_block_is_told_with_those_that_there_are(pages: Write, templates: Templates) -> None:
    with pytest.raises(TemplateMissing, match=r"leaf\.html has no block 'lst'\. Did you mean 'list'\? It has: body, l"):
        templates.render("leaf.html#lst", {})
    pages("none.html", "")
    with pytest.raises(TemplateMissing, match=r"none\.html has no block 'x'\. It has: none\."):
        templates.render("none.html#x", {})


def test_a_missing_parent_is_told_with_the_line_that_names_it(write: Write, templates: Templates) -> None:
    write("a.html", "\n{% extends 'layuot.html' %}{% block a %}{% endblock %}")
    write("layout.html", "")
    with pytest.raises(TemplateMissing, match=r"a\.html:2: There is no template 'layuot\.html'\. Did you mean 'layo"):
        templates.render("a.html#a", {})


def test_an_error_in_a_block_or_above_it_names_its_line(write: Write, templates: Templates) -> None:
    write("a.html", "\n{% set x = y.z %}\n{% block a %}{{ x }}{% endblock %}\n{% block b %}\n{{ nope }}{% endblock %}")
    with pytest.raises(TemplateError, match=r"a\.html:2: 'y' is undefined"):
        templates.render("a.html#a", {})
    with pytest.raises(TemplateError, match=r"a\.html:5: 'nope' is undefined"):
        templates.render("a.html#b", {"y": {"z": 1}})


def test_a_block_is_compiled_once_and_with_reload_again_when_any_of_its_files_changed(
    pages: Write, folders: list[TemplateFolder]
) -> None:
    kept, reloading = Templates(folders), Templates(folders, reload=True)
    first = [each.render("leaf.html#side", {"visitor": "Ann", "notes": []}) for each in (kept, reloading)]
    pages("layout.html", LAYOUT.replace('"Demijohn"', '"Another name"'))
    pages("middle.html", MIDDLE.replace("{{ section }}", "changed"))
    second = [each.render("leaf.html#side", {"visitor": "Ann", "notes": []}) for each in (kept, reloading)]
    assert first == ["<[side]>notes Demijohn</[side]>"] * 2
    assert second == ["<[side]>notes Demijohn</[side]>", "<[side]>changed Another name</[side]>"]
