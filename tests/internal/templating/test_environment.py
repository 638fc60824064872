from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from demijohn.context import enter_scope
from demijohn.contracts import TemplateRenderer, UrlBuilder
from demijohn.errors import DemijohnError
from demijohn.http.request import Request
from demijohn.templating.environment import Templates
from demijohn.templating.folders import TemplateFolder

Write = Callable[[str, str], Path]


class Addresses:
    def url_for(self, endpoint: str, values: object, *, absolute: bool = False) -> str:
        return f"/{endpoint}?{values}&{absolute}"


def test_it_fulfils_the_contract(templates: Templates) -> None:
    assert isinstance(templates, TemplateRenderer)


@pytest.mark.parametrize("name", ["a.html", "a.txt", "a", "a.xml", "a.svg", "a.js", "mail/a.txt.jinja"])
def test_everything_is_escaped_whatever_the_file_is_called(write: Write, templates: Templates, name: str) -> None:
    write(name, "<p title='{{ x }}'>{{ x }}</p>{% set y = x %}{{ y }}{% filter lower %}{{ x }}{% endfilter %}")
    text = templates.render(name, {"x": "<\"'&>"})
    assert text.count("&lt;&#34;&#39;&amp;&gt;") == 4


def test_what_is_marked_as_html_is_not_escaped_again(write: Write, templates: Templates) -> None:
    write("a.html", "{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}{{ x }}{{ y|safe }}{{ m(y) }}")
    assert templates.render("a.html", {"x": Markup("<i>"), "y": "<u>"}) == "<i><u><b>&lt;u&gt;</b>"


def test_request_addresses_and_given_names_are_there_in_imported_templates_too(
    write: Write, folders: list[TemplateFolder], current: Request
) -> None:
    templates = Templates(folders, names={"static": lambda name: f"/static/{name}?v=1"})
    line = "{{ request.path }} {{ url_for('show', id=1) }} {{ static('a.css') }} {{ get_flashed_messages() }}\n"
    write("macros.html", f"{{% macro m() %}}{line}{{% endmacro %}}")
    write("part.html", line)
    write("a.html", line + "{% import 'macros.html' as a %}{{ a.m() }}{% include 'part.html' without context %}")
    current.services = {UrlBuilder: Addresses()}
    with enter_scope(current):
        text = templates.render("a.html", {})
    assert text.split("\n") == [Markup("/notes /show?{&#39;id&#39;: 1}&amp;False /static/a.css?v=1 []")] * 3


def test_a_value_may_hide_a_global(write: Write, templates: Templates) -> None:
    write("a.html", "{{ request }}")
    assert templates.render("a.html", {"request": "mine"}) == "mine"


def test_the_field_of_a_form_is_made_of_the_token(write: Write, folders: list[TemplateFolder]) -> None:
    write("a.html", "{{ csrf_field() }}{{ csrf_token() }}")
    templates = Templates(folders, names={"csrf_token": lambda: '"<t>'})
    assert templates.render("a.html", {}) == (
        '<input type="hidden" name="csrf_token" value="&#34;&lt;t&gt;">&#34;&lt;t&gt;'
    )
    write("b.html", "{% if csrf_field is defined %}there{% endif %}")
    assert Templates(folders).render("b.html", {}) == ""


def test_extensions_add_names_and_filters(write: Write, folders: list[TemplateFolder]) -> None:
    write("a.html", "{{ 'a'|twice }} {{ version }}")
    templates = Templates(folders, names={"version": "<1>"}, filters={"twice": lambda text: text * 2})
    assert templates.render("a.html", {}) == "aa &lt;1&gt;"


def test_an_extension_cannot_take_a_name_of_ours(folders: list[TemplateFolder]) -> None:
    with pytest.raises(DemijohnError, match="Every template has session, url_for already"):
        Templates(folders, names={"url_for": 1, "session": 2})


def test_values_for_scripts_and_addresses_in_text(write: Write, templates: Templates) -> None:
    write("a.html", "{{ x|tojson }} {{ x|json_script('x') }} {{ 'see https://example.com'|urlize }}")
    assert templates.render("a.html", {"x": "<"}) == (
        '"\\u003c" <script type="application/json" id="x">"\\u003c"</script> '
        'see <a href="https://example.com" rel="nofollow noopener">https://example.com</a>'
    )


def test_a_file_is_read_once_and_with_reload_again_when_it_changed(write: Write, folders: list[TemplateFolder]) -> None:
    write("a.html", "{% extends 'b.html' %}{% block x %}1{% include 'c.html' %}{% endblock %}")
    write("b.html", "[{% block x %}{% endblock %}]")
    write("c.html", "2")
    kept, reloading = Templates(folders), Templates(folders, reload=True)
    assert [each.render("a.html", {}) for each in (kept, reloading)] == ["[12]", "[12]"]
    write("b.html", "({% block x %}{% endblock %}) ")
    write("c.html", "345")
    assert [each.render("a.html", {}) for each in (kept, reloading)] == ["[12]", "(1345) "]


def test_an_error_leaves_nothing_behind(write: Write, folders: list[TemplateFolder]) -> None:
    templates = Templates(folders)
    with pytest.raises(LookupError):
        templates.render("a.html", {})
    write("a.html", "there now")
    assert templates.render("a.html", {}) == "there now"


def test_many_threads_may_render_at_once(write: Write, templates: Templates) -> None:
    write("macros.html", "{% macro m(x) %}<{{ x }}>{% endmacro %}")
    for number in range(20):
        write(f"{number}.html", "{% from 'macros.html' import m %}{% block b %}{{ m(x) }}{{ x }}{% endblock %}")

    def work(number: int) -> bool:
        name = f"{number % 20}.html" + ("#b" if number % 3 else "")
        return templates.render(name, {"x": number}) == f"<{number}>{number}"

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))


def test_it_renders_what_plain_jinja_renders(write: Write, templates: Templates, tmp_path: Path) -> None:
    write("a.html", "{% for row in rows %}\n  <td>{{ row.id }}</td>{{ loop.index }}\n{% endfor %}\n{{ rows|length }}\n")
    plain = Environment(loader=FileSystemLoader(tmp_path / "templates"), autoescape=True)
    values = {"rows": [{"id": "<1>"}, {"id": 2}]}
    assert templates.render("a.html", values) == plain.get_template("a.html").render(values)
