from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, TemplateSyntaxError
from jinja2.parser import Parser

from demijohn.context import enter_scope
from demijohn.http.request import Request
from demijohn.templating.nonce import NonceExtension

ENVIRONMENT = Environment(autoescape=True, extensions=[NonceExtension])


def rendered(source: str, request: Request, **values: object) -> str:
    with enter_scope(request):
        return ENVIRONMENT.from_string(source).render(**values)


NEEDS_ONE = [
    "<script@>a()</script>",
    "<style@>p {}</style>",
    "<SCRIPT@>a()</SCRIPT><StYlE@>p {}</StYlE>",
    "<script@\n  async\n>a()</script>",
    '<script@ type="module">a()</script>',
    "<script@ type=text/javascript>a()</script>",
    "<script@ type='importmap'>{}</script>",
    '<script@ type="speculationrules">{}</script>',
    "<script@ type>a()</script>",
    '<script@ type="{{ kind }}">a()</script>',
    "<script@ {{ kind }}>a()</script>",
    "<script@{% if kind %} async{% endif %}>a()</script>",
    '<script@ data-src="x">a()</script>',
    "<script@ data-x='src=\"y\"'>a()</script>",
    '<script@ data-x="a > b" async>a()</script>',
    "<script@>a()</script>\n<p>x</p>\n<script@>b()</script>",
    '<p title="it\'s">x</p><script@>a()</script>',
    "<a href={{ kind }}>x</a><script@>a()</script>",
    "{% if kind %}<script@>a()</script>{% else %}<script@>b()</script>{% endif %}",
    '{% if kind %}<script@>{% else %}<script@ type="module">{% endif %}a("<script>")</script>',
    "{% if not kind %}<script>a(){% elif kind %}<script@>b(){% else %}c{% endif %}</script>",
    "<script@>{% block js %}a('<script>'){% endblock %}</script><script@>b()</script>",
    "{% block a %}<p{% endblock %}{% block b %}<script@>b()</script>{% endblock %}",
    "{% macro m() %}<script@>a()</script>{% endmacro %}{{ m() }}",
    "{% for x in [1, 2] %}<script@>a()</script>{% endfor %}",
    "{% raw %}<script@>{{ a }}</script>{% endraw %}",
    "{% set x %}<script@>a()</script>{% endset %}{{ x }}",
    "{% autoescape false %}<script@>a()</script>{% endautoescape %}",
]


@pytest.mark.parametrize("source", NEEDS_ONE)
def test_inline_code_gets_the_nonce(source: str, current: Request) -> None:
    plain = Environment(autoescape=True)
    expected = plain.from_string(source).render(kind="module")
    got = rendered(source.replace("@", ""), current, kind="module")
    assert current.has_nonce
    assert got == expected.replace("@", f' nonce="{current.nonce}"')


NEEDS_NONE = [
    "<p>text</p>",
    '<script src="/static/a.js"></script>',
    '<script async src="{{ kind }}"></script>',
    "<script\n SRC=x></script>",
    "<script {% if kind %}src='x'{% endif %}></script>",
    '<script type="application/json">{}</script>',
    '<script type="text/template"><script>x</script>',
    '<script type="text/javascript; charset=utf-8">a()</script>',
    '<script nonce="own">a()</script>',
    "<style nonce='{{ kind }}'>p {}</style>",
    '<link rel="stylesheet" href="/static/a.css">',
    "</script></style>",
    "<scripty>x</scripty><styles>",
    "<!-- <script>a()</script> -->",
    "<!-- <script> {{ kind }} <style> --><p>",
    "<!-- never closed <script>a()</script>",
    '<a title="<script>">x</a>',
    "<a title='<style>' {{ kind }}>x</a>",
    "<textarea><script>a()</script></textarea>",
    "<title><style></title>",
    "{# <script>a()</script> #}",
    "{{ '<script>a()</script>' }}",
    "{{ kind|safe }}",
    "a < script > b",
]


@pytest.mark.parametrize("source", NEEDS_NONE)
@pytest.mark.parametrize("value", ["module", "<script>a()</script>"])
def test_what_needs_none_does_not_ask_for_it(source: str, value: str, current: Request) -> None:
    plain = Environment(autoescape=True).from_string(source).render(kind=value)
    assert rendered(source, current, kind=value) == plain
    assert not current.has_nonce
    assert current.is_plain


def test_only_the_source_gets_it_and_no_value(current: Request) -> None:
    hostile = "<script>steal()</script>"
    got = rendered("<script>a()</script>{{ value|safe }}", current, value=hostile)
    assert got == f'<script nonce="{current.nonce}">a()</script>{hostile}'


def test_a_branch_that_is_not_rendered_asks_for_nothing(current: Request) -> None:
    assert rendered("{% if x %}<script>a()</script>{% endif %}<p>", current, x=False) == "<p>"
    assert not current.has_nonce


def test_each_answer_has_its_own(current: Request) -> None:
    other = Request("GET", "/", "", [], {}, "http", "unix", "1.1", current.transport, None)
    assert rendered("<script>", current) != rendered("<script>", other)


def test_what_is_no_answer_to_a_request_has_none() -> None:
    source = ENVIRONMENT.from_string("<script>a()</script>")
    assert source.render() == "<script>a()</script>"

    class Command:
        services: dict[type, object] = {}  # noqa: RUF012  # the protocol wants an attribute

    with enter_scope(Command()):
        assert source.render() == "<script>a()</script>"


def test_lines_stay_what_they_are() -> None:
    source = "<p>\n<script\n>\n</script>\n{{ x.y }}"
    tokens = list(Parser(ENVIRONMENT, source).stream)
    assert [token.lineno for token in tokens if token.type == "variable_begin"] == [5]
    assert [token.lineno for token in tokens if token.type == "block_begin"] == [2]


def test_a_source_that_cannot_be_read_is_still_said_by_jinja() -> None:
    for source in ("{% else %}<script>", "{% endblock %}", "{% endif %}", "<script>{% if %}"):
        with pytest.raises(TemplateSyntaxError):
            ENVIRONMENT.from_string(source)


PIECES = st.sampled_from(
    [
        *("<script", "<style", "<a", "</script", "</style>", "<!--", "-->", "<textarea", "</textarea>", ">", "<", "/"),
        *(" src=", " type=", " title=", '"', "'", " ", "\n", "=", "x", "{{ v }}", "{% if v %}", "{% else %}"),
        *("{% endif %}", "{% for i in [1, 2] %}", "{% endfor %}", "module", "application/json", " nonce"),
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_nothing_but_the_nonce_is_ever_added(source: str) -> None:
    plain = Environment(autoescape=True)
    try:
        expected = plain.from_string(source).render(v="<v>")
    except TemplateSyntaxError:
        with pytest.raises(TemplateSyntaxError):
            ENVIRONMENT.from_string(source)
        return
    request = Request("GET", "/", "", [], {}, "http", "unix", "1.1", None, None)  # type: ignore[arg-type]  # no gateway
    got = rendered(source, request, v="<v>")
    assert got.replace(f' nonce="{request.nonce}"', "") == expected
