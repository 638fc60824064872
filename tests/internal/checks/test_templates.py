from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from demijohn.checks.finding import Finding
from demijohn.checks.templates import template_findings

Write = Callable[..., list[Finding]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "templates"


@pytest.fixture
def scan(folder: Path) -> Write:
    """Write a template, and others, and return what is found in all of them."""

    def scan(text: str, name: str = "page.html", **others: str) -> list[Finding]:
        for file, source in {name: text, **{f"{stem}.html": source for stem, source in others.items()}}.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(source, "utf-8")
        return list(template_findings([folder]))

    return scan


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


NO_FINDING = [
    "<p>{{ note.text }}</p>",
    "<p title=\"{{ note.text }}\" class='a {{ kind }}'>",
    '<a href="{{ url_for("show", id=note.id) }}">{{ note.title }}</a>',
    '<a href="/notes/{{ note.id }}">',
    '<a href="{{ "/notes/" ~ note.id }}">',
    '<a href="#{{ note.id }}">',
    '<a href="{{ url_for("list") }}{{ page }}">',
    '<a href="mailto:{{ user.mail }}">',
    '<a href="{{ url_for("list") }}?page={{ page }}">',
    '<a href="{% if x %}/a{% else %}/b{% endif %}?page={{ page }}">',
    '<img src="{{ note.picture }}" alt="{{ note.title }}">',
    '<link rel="canonical" href="{{ canonical }}">',
    '<div hx-get="{{ note.more }}"></div>',
    '<input value="{{ x }}" {{ "checked" if note.done }} maxlength={{ size|int }}>',
    "<input {% if note.done %}checked{% endif %} {{ attributes|xmlattr }} {{ field_attributes() }}>",
    "<script>const notes = {{ notes|tojson }}, n = {{ notes|length }}, on = {{ 'true' if on else 'false' }}</script>",
    "<script src=\"{{ static('a.js') }}\"></script>{{ notes|json_script('notes') }}",
    '<script nonce="{{ request.nonce }}">a()</script>',
    "<p data-note='{{ note|tojson }}'>",
    '<p data-note="{{ note|tojson|forceescape }}">',
    "<style>p { width: {{ width|int }}px }</style>",
    '<p style="width: {{ loop.index }}px">',
    "<!-- <script>{{ note.text }} -->",
    "<textarea><script>{{ note.text }}</textarea>",
    "{# <script>{{ note.text }}</script> {{ x|safe }} #}",
    "{% raw %}<script>{{ note.text }}</script>{% endraw %}",
    "<script>a()</script>{{ note.text }}",
    "<script>{% if x %}a()</script>{% else %}b()</script>{% endif %}{{ note.text }}",
    "{{ '<b>'|safe }}{{ x|tojson|safe }}{{ super()|safe }}",
    "{% set x %}<script>{% endset %}{{ y }}",
    "{% autoescape true %}{{ x }}{% endautoescape %}",
    "{% macro m(x) %}<b>{{ x }}</b>{% endmacro %}<script>{{ m(1) }}</script>",
]


@pytest.mark.parametrize("source", NO_FINDING)
def test_a_value_in_a_right_place_is_no_finding(scan: Write, source: str) -> None:
    assert scan(source) == []


FINDINGS = [
    ("{{ note.text|safe }}", "template.safe"),
    ("{{ (note.text|safe) ~ 'a' }}", "template.safe"),
    ("{% set text = note.text|safe %}", "template.safe"),
    ("{% if note.text|safe %}{% endif %}", "template.safe"),
    ("{{ m(note.text|safe) }}", "template.safe"),
    ("{% autoescape false %}{{ x }}{% endautoescape %}", "template.safe"),
    ("{% autoescape trusted %}{{ x }}{% endautoescape %}", "template.safe"),
    ("<p title={{ note.title }}>", "template.unquoted"),
    ("<p title= {{ note.title }}>", "template.unquoted"),
    ("<p class=a-{{ kind }}>", "template.unquoted"),
    ("<p title='it' class={{ kind }}>", "template.unquoted"),
    ("<p {{ attributes }}>", "template.unquoted"),
    ("<p data-{{ key }}='x'>", "template.unquoted"),
    ("<h{{ level }}>", "template.unquoted"),
    ('<p data-note="{{ note|tojson }}">', "template.unquoted"),
    ("<p data-note={{ note|tojson }}>", "template.unquoted"),
    ("<script>const a = '{{ note.title }}'</script>", "template.script"),
    ("<script>go('{{ url_for(\"list\") }}')</script>", "template.script"),
    ("<SCRIPT type='application/json'>\n{{ data }}", "template.script"),
    ("<script>{% for x in notes %}{{ x }}{% endfor %}</script>", "template.script"),
    ("<script>{% macro m(x) %}{{ x }}{% endmacro %}</script>", "template.script"),
    ("{% if x %}<script>{% else %}<script type='module'>{% endif %}{{ y }}</script>", "template.script"),
    ("<a onclick=\"go('{{ note.id }}')\">", "template.handler"),
    ("<a onclick='go({{ note|tojson }})'>", "template.handler"),
    ('<a ONCLICK="{{ code }}">', "template.handler"),
    ('<a hx-on:click="{{ code }}">', "template.handler"),
    ('<a href="javascript:go({{ id }})">', "template.handler"),
    ("<style>p { color: {{ colour }} }</style>", "template.style"),
    ('<p style="color: {{ colour }}">', "template.style"),
    ('<a href="{{ note.url }}">', "template.address"),
    ('<a href=" {{ url }}">', "template.address"),
    ('<a class="x" href="{% if a %}{{ url }}{% else %}/{% endif %}">', "template.address"),
    ('<a href="{% if a %}/{% else %}{{ url }}{% endif %}">', "template.address"),
    ("<form action=\"{{ request.query.get('next') }}\">", "template.address"),
    ('<button formaction="{{ url }}">', "template.address"),
    ('<iframe src="{{ url }}">', "template.address"),
    ('<script src="{{ url }}"></script>', "template.address"),
    ('<object data="{{ url }}">', "template.address"),
    ('<svg><a xlink:href="{{ url }}">', "template.address"),
    ('<iframe srcdoc="<p>{{ text }}">', "template.address"),
]


@pytest.mark.parametrize(("source", "code"), FINDINGS)
def test_a_value_in_a_wrong_place_is_a_warning(scan: Write, source: str, code: str) -> None:
    (finding,) = scan("<p>\n" + source)
    line = 3 if "\n" in source else 2
    assert (finding.level, finding.code, finding.where) == ("W", code, f"templates/page.html:{line}")
    assert finding.message.endswith(".")
    assert finding.remedy.endswith(".")


def test_a_value_can_be_wrong_in_two_ways(scan: Write) -> None:
    assert codes(scan("<a href={{ url }}>")) == ["template.unquoted", "template.address"]
    assert codes(scan("<a onclick={{ code }}>")) == ["template.unquoted", "template.handler"]
    assert codes(scan("<script>{{ data|safe }}</script>")) == ["template.script", "template.safe"]


def test_a_comment_on_the_line_says_why(scan: Write) -> None:
    source = "{{ page.body|safe }} {#- unsafe: cleaned when it was saved -#}\n{{ page.foot|safe }}"
    excused, other = scan(source)
    assert excused.message == "`|safe` puts a value into the page as it is. " + (
        "The template says why: cleaned when it was saved"
    )
    assert (excused.level, excused.remedy) == ("W", "")
    assert other.remedy


@pytest.mark.parametrize("comment", ["{# unsafe: #}", "{# unsafe #}", "<!-- unsafe: I know -->"])
def test_a_comment_without_a_reason_excuses_nothing(scan: Write, comment: str) -> None:
    (finding,) = scan(f"{{{{ page.body|safe }}}} {comment}")
    assert finding.remedy


def test_the_comment_of_a_value_on_several_lines_may_stand_at_its_last(scan: Write) -> None:
    (finding,) = scan("<p>\n{{ page.body\n  |safe }} {# unsafe: ours #}")
    assert finding.where == "templates/page.html:2"
    assert finding.message.endswith("ours")


def test_a_block_is_followed_to_where_its_parent_has_it(scan: Write) -> None:
    found = scan(
        "{% extends 'middle.html' %}{% block code %}{{ x }}{% endblock %}{% block main %}{{ y }}{% endblock %}",
        middle="{% extends 'base.html' %}{% block link %}{{ z }}{% endblock %}",
        base='<script>{% block code %}{% endblock %}</script><a href="{% block link %}/{% endblock %}">'
        "{% block main %}{% endblock %}",
    )
    assert [(it.code, it.where) for it in found] == [
        ("template.address", "templates/middle.html:1"),
        ("template.script", "templates/page.html:1"),
    ]


def test_templates_that_extend_each_other_end_somewhere(scan: Write) -> None:
    found = scan("{% extends 'other.html' %}{% block a %}{{ x|safe }}{% endblock %}", other="{% extends 'page.html' %}")
    assert codes(found) == ["template.safe"]
    assert codes(scan("{% extends 'page.html' %}{% extends name %}{% extends 'gone.html' %}", other="")) == []


def test_a_parent_in_another_folder_counts(folder: Path, tmp_path: Path) -> None:
    for path, text in (
        (folder / "base.html", "<style>{% block css %}{% endblock %}</style>"),
        (tmp_path / "blog" / "blog" / "page.html", "{% extends 'base.html' %}{% block css %}{{ x }}{% endblock %}"),
    ):
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    (finding,) = template_findings([folder, tmp_path / "blog"])
    assert (finding.code, finding.where) == ("template.style", "blog/blog/page.html:1")


def test_a_template_that_cannot_be_parsed_is_an_error(scan: Write) -> None:
    (finding,) = scan("<p>\n{% if x %}\n{{ x }")
    assert (finding.level, finding.code, finding.where) == ("E", "template.syntax", "templates/page.html:3")
    assert finding.message == "unexpected '}'"


def test_a_template_in_another_encoding_is_an_error(scan: Write, folder: Path) -> None:
    folder.mkdir()
    (folder / "old.html").write_bytes("<p>café".encode("latin-1"))
    (finding,) = template_findings([folder])
    assert (finding.level, finding.code) == ("E", "template.syntax")
    assert finding.message == "The template is not UTF-8 (byte 6)."
    assert finding.where.endswith("old.html")
    assert finding.remedy == "Save it as UTF-8."


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("mail.txt", "{% autoescape false %}{{ x|safe }} <script>{{ x }}{% endautoescape %}", []),
        ("mail.txt", "{% if %}", ["template.syntax"]),
        ("mail.txt.j2", "{{ x|safe }}", []),
        ("page.html.j2", "{{ x|safe }}", ["template.safe"]),
        ("page.jinja", "{{ x|safe }}", ["template.safe"]),
        ("PAGE.HTM", "{{ x|safe }}", ["template.safe"]),
        ("drawing.svg", "<style>{{ x }}</style>", ["template.style"]),
        ("a.css", "{% if %}", []),
        ("parts/a.html", "{{ x|safe }}", ["template.safe"]),
        (".hidden.html", "{{ x|safe }}", []),
    ],
)
def test_the_name_says_what_a_file_is(scan: Write, name: str, text: str, expected: list[str]) -> None:
    assert codes(scan(text, name)) == expected


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list(template_findings([tmp_path / "gone"])) == []
