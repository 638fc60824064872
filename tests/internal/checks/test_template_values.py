from __future__ import annotations

import pytest
from jinja2 import Environment, nodes

from demijohn.checks.template_values import Values


def parsed(source: str) -> tuple[Values, nodes.Node]:
    """Return what judges a template, and its last expression."""
    template = Environment(autoescape=True).parse(source)
    outputs = [part for output in template.find_all(nodes.Output) for part in output.nodes]
    return Values(template), [part for part in outputs if not isinstance(part, nodes.TemplateData)][-1]


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' }}",
        "{{ 3 * 4 }}",
        "{{ -1 }}",
        "{{ notes|length }}",
        "{{ note.width|int }}",
        "{{ note.width|int + 2 }}",
        "{{ 'checked' if note.done }}",
        "{{ 'a' if note.done else 'b' }}",
        "{{ note.size > 3 }}",
        "{{ note is defined }}",
        "{{ 'a' ~ notes|count }}",
        "{{ 'a'|upper }}",
        "{% for note in notes %}{{ loop.index }}{% endfor %}",
        "{% for n in [1, 2] %}{{ n }}{% endfor %}",
        "{% for n in range(5) %}{{ n }}{% endfor %}",
        "{% set width = 3 %}{{ width }}",
        "{% if a %}{% set kind = 'a' %}{% else %}{% set kind = 'b' %}{% endif %}{{ kind }}",
    ],
)
def test_what_is_written_out_or_a_number_is_harmless(source: str) -> None:
    values, node = parsed(source)
    assert values.is_harmless(node)
    assert not values.may_be_address(node)


@pytest.mark.parametrize(
    "source",
    [
        "{{ url }}",
        "{{ note.url }}",
        "{{ note['url'] }}",
        "{{ notes[0] }}",
        "{{ request.query.get('next') }}",
        "{{ request.query['next'] }}",
        "{{ url|trim }}",
        "{{ url|default('/') }}",
        "{{ url or '/' }}",
        "{{ url if url else '/' }}",
        "{{ '/' if not url else url }}",
        "{{ url ~ '/edit' }}",
        "{{ url + '/edit' }}",
        "{% set url = note.url %}{{ url }}",
        "{% set url = url %}{{ url }}",
        "{% set url = '/' %}{% set url = note.url %}{{ url }}",
        "{% set url %}{{ note.url }}{% endset %}{{ url }}",
        "{% for url in urls %}{{ url }}{% endfor %}",
        "{% for name, url in links.items() %}{{ url }}{% endfor %}",
        "{% for url in ['/', other] %}{{ url }}{% endfor %}",
        "{% macro link(url) %}{{ url }}{% endmacro %}",
        "{% set url = '/' %}{% macro link(url) %}{{ url }}{% endmacro %}",
    ],
)
def test_what_the_template_does_not_say_may_be_any_address(source: str) -> None:
    values, node = parsed(source)
    assert values.may_be_address(node)
    assert not values.is_harmless(node)


@pytest.mark.parametrize(
    "source",
    [
        "{{ url_for('show', id=note.id) }}",
        "{{ static('a.css') }}",
        "{{ note.address() }}",
        "{{ '/notes/' ~ note.id }}",
        "{{ '/notes/' + note.id }}",
        "{{ '/notes/%s'|format(note.id) }}",
        "{{ request.path }}",
        "{{ word|urlencode }}",
        "{% set url = url_for('show') %}{{ url }}",
        "{% set url = url_for('show') %}{% set shown = url %}{{ shown }}",
        "{% for url, text in [(url_for('a'), 'A'), ('/b', 'B')] %}{{ url }}{% endfor %}",
    ],
)
def test_what_is_made_or_begun_by_the_project_is_its_own_address(source: str) -> None:
    values, node = parsed(source)
    assert not values.may_be_address(node)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ x|tojson }}", True),
        ("{{ x|tojson(2) }}", True),
        ("{{ x|tojson|safe }}", True),
        ("{{ x|tojson if x else y|tojson }}", True),
        ("{{ x|json_script('x') }}", True),
        ("{{ x|tojson if x else y }}", False),
        ("{{ x|tojson if x }}", False),
        ("{{ x|tojson|forceescape }}", False),
        ("{{ x|tojson ~ y }}", False),
        ("{{ x }}", False),
    ],
)
def test_json_is_what_the_filter_made_last(source: str, expected: bool) -> None:
    values, node = parsed(source)
    assert values.is_json(node) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ super() }}", True),
        ("{{ caller() }}", True),
        ("{{ self.title() }}", True),
        ("{% macro row(x) %}{% endmacro %}{{ row(1) }}", True),
        ("{% import 'm.html' as m %}{{ m.row(1) }}", True),
        ("{% from 'm.html' import row, cell as c %}{{ row(c(1)) }}", True),
        ("{% from 'm.html' import row, cell as c %}{{ c(1) }}", True),
        ("{% from 'm.html' import row, cell as c %}{{ cell(1) }}", False),
        ("{{ row(1) }}", False),
        ("{{ note.title() }}", False),
        ("{{ super }}", False),
    ],
)
def test_what_a_macro_or_a_block_writes_is_of_a_template(source: str, expected: bool) -> None:
    values, node = parsed(source)
    assert values.is_template(node) is expected
