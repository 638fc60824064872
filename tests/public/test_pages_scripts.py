"""Promise: scripts that stand in a template run and get their data safely; a page without any names no nonce."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .page_projects import Project, write_project

if TYPE_CHECKING:
    from demijohn.testing import ClientResponse
    from tests.public.conftest import Serve

FILES = {
    "app.py": """
        from datetime import date
        from msgspec import Struct
        from demijohn import App, render

        app = App(__name__)

        class Note(Struct):
            title: str
            due: date

        @app.get("/<page>")
        def show(page: str, value: str = "</script><script>steal()</script>"):
            return render(f"{page}.html", value=value, note=Note(value, date(2026, 11, 22)))
        """,
    "templates/inline.html": "<script>a()</script><style>p {}</style><script src='/a.js'></script>{{ value|safe }}",
    "templates/child.html": "{% extends 'layout.html' %}{% block body %}{{ button() }}{% endblock %}",
    "templates/layout.html": (
        "{% from 'macros.html' import button with context %}{% block body %}{% endblock %}{% include 'part.html' %}"
    ),
    "templates/macros.html": "{% macro button() %}<script>b()</script>{% endmacro %}",
    "templates/part.html": "<style>p {}</style>",
    "templates/plain.html": "<script src='/a.js'></script><p>{{ value|safe }}</p><!-- <script> -->",
    "templates/data.html": "<script>show({{ note|tojson }})</script>{{ note|json_script('note') }}",
    "templates/form.html": "<form method='post'>{{ csrf_field() }}</form>",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return write_project(tmp_path, monkeypatch)


def nonce_of(response: "ClientResponse") -> str:
    found = re.search(r"script-src 'self' 'nonce-([0-9a-f]{32})';", response.headers["content-security-policy"])
    assert found is not None, response.headers["content-security-policy"]
    return found[1]


def test_inline_code_of_a_template_carries_the_nonce_of_the_policy(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    response = client.get("/inline", query={"value": "<script>steal()</script>"})
    nonce = nonce_of(response)
    assert response.text == (
        f'<script nonce="{nonce}">a()</script><style nonce="{nonce}">p {{}}</style><script src=\'/a.js\'></script>'
        "<script>steal()</script>"
    )
    assert nonce_of(client.get("/inline")) != nonce


def test_it_reaches_macros_blocks_and_included_templates(serve: "Serve", project: Project) -> None:
    files = {
        **FILES,
        "templates/child.html": FILES["templates/child.html"].replace(
            "{% block", "{% from 'macros.html' import button %}{% block"
        ),
    }
    response = serve(project(files)).get("/child")
    nonce = nonce_of(response)
    assert response.text == f'<script nonce="{nonce}">b()</script><style nonce="{nonce}">p {{}}</style>'


def test_a_page_without_inline_code_has_none_and_stays_the_same(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    first, second = client.get("/plain"), client.get("/plain")
    assert "nonce" not in first.headers["content-security-policy"]
    assert "nonce" not in first.text
    assert (first.text, first.headers["content-security-policy"]) == (
        second.text,
        second.headers["content-security-policy"],
    )


def test_values_for_scripts_keep_to_their_script(serve: "Serve", project: Project) -> None:
    text = serve(project(FILES)).get("/data").text
    assert text.count("</script>") == 2
    assert "steal()</script>" not in text
    inline = re.search(r"show\((.*?)\)</script>", text)
    data = re.search(r'<script type="application/json" id="note">(.*?)</script>', text)
    assert inline is not None
    assert data is not None
    expected = {"title": "</script><script>steal()</script>", "due": "2026-11-22"}
    assert json.loads(inline[1]) == json.loads(data[1]) == expected


def test_a_form_gets_its_hidden_field(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES), config={"secret_key": "kCpCWbDPmS8dLJ4pFE2DQXGb-xYAp2hL8jFWb5VjUKM"})
    text = client.get("/form").text
    assert re.fullmatch(
        r"<form method='post'><input type=\"hidden\" name=\"csrf_token\" value=\"[^\"<>]{20,}\"></form>", text
    )
