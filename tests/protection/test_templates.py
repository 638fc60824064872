"""Security policy, section 10: what a visitor sent is text in every template, and no template is chosen by path."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from demijohn import App

if TYPE_CHECKING:
    from .conftest import Serve

APP = """
from markupsafe import Markup

from demijohn import App, Request, flash, get_flashed_messages, redirect, render

app = App(__name__)

@app.get("/show/<path:name>")
def show(name: str, value: str = ""):
    return render(name, value=value)

@app.get("/nonce")
def nonce(value: str):
    return render("nonce.html", value=value)

@app.post("/flash")
def leave(request: Request):
    value = request.query["value"]
    flash(Markup(value), value[:20])
    return redirect("read")

@app.get("/read")
def read():
    return render("flash.html")

@app.error_handler(404)
def not_found(error, request: Request):
    return render("missing.html", path=request.path), 404
"""

TEMPLATES = {
    "text.html": "<p title=\"{{ value }}\" lang='{{ value }}'>{{ value }}</p>",
    "text.txt": "{{ value }}",
    "text.svg": "<svg><text>{{ value }}</text></svg>",
    "macro.html": "{% macro m(x) %}{{ x }}{{ caller() }}{% endmacro %}{% call m(value) %}{{ value }}{% endcall %}",
    "set.html": "{% set x %}{{ value }}{% endset %}{{ x }}{% set y = value %}{{ y }}{{ 'a' ~ value }}",
    "filters.html": "{{ value|upper|trim }}{{ [value, value]|join('-') }}{{ value|replace('a', value) }}",
    "format.html": "{{ '%s'|format(value) }}{{ value|default('x') }}{{ value|urlize }}{{ {'a': value} }}",
    "include.html": "{% include 'text.txt' %}{% from 'macros.html' import m %}{{ m(value) }}",
    "macros.html": "{% macro m(x) %}{{ x }}{% endmacro %}",
    "template.html": "{{ value }}",
    "json.html": "<script>a({{ value|tojson }})</script>",
    "attribute.html": "<p data-x='{{ value|tojson }}'>x</p>",
    "data.html": "{{ value|json_script('x') }}",
    "nonce.html": "<script>a()</script>{{ value|safe }}<script src='/b.js'></script>",
    "flash.html": (
        "{% for category, text in get_flashed_messages(with_categories=True) %}"
        "<p class='{{ category }}'>{{ text }}</p>{% endfor %}"
    ),
    "missing.html": "<p>{{ path }}</p>",
}

HOSTILE = "</p></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}<!--\u2028"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    folder = tmp_path / "hostile_pages"
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").write_text(APP)
    for name, text in TEMPLATES.items():
        (folder / "templates" / name).write_text(text)
    (folder / "secret.html").write_text("hunter2")
    (folder / "templates" / "linked.html").symlink_to(folder / "secret.html")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "hostile_pages", raising=False)
    module: Any = importlib.import_module("hostile_pages")
    monkeypatch.setitem(sys.modules, "hostile_pages", module)
    made: App = module.app
    return made


ESCAPED = ["text.html", "text.txt", "text.svg", "macro.html", "set.html", "filters.html", "format.html", "include.html"]


@pytest.mark.parametrize("name", [*ESCAPED, "template.html"])
def test_what_a_visitor_sent_is_text_whatever_the_file_is_called(serve: "Serve", app: App, name: str) -> None:
    response = serve(app).get(f"/show/{name}", query={"value": HOSTILE})
    assert response.status == 200
    lowered = response.text.lower()
    assert "<script" not in lowered
    assert "<img" not in lowered
    assert "\"'>" not in lowered
    assert "&lt;script" in lowered
    assert "49" not in lowered  # it is no template either


@pytest.mark.parametrize("name", ["json.html", "attribute.html", "data.html"])
def test_no_value_ends_the_script_or_the_attribute_it_stands_in(serve: "Serve", app: App, name: str) -> None:
    text = serve(app).get(f"/show/{name}", query={"value": HOSTILE}).text
    assert "\\u003cscript\\u003ealert(1)" in text
    assert text.count("<") == 2
    assert text.count("'") == TEMPLATES[name].count("'") - (2 if name == "data.html" else 0)
    assert "\u2028" not in text


def test_an_injected_script_gets_no_nonce(serve: "Serve", app: App) -> None:
    response = serve(app).get("/nonce", query={"value": "<script>steal()</script><style>x</style>"})
    assert "<script>steal()</script><style>x</style>" in response.text  # the developer wrote |safe
    assert response.text.count("nonce=") == 1
    assert "'unsafe-inline'" not in response.headers["content-security-policy"].partition("style-src")[0]


@pytest.mark.parametrize(
    "name",
    [
        "../secret.html",
        "a/../../secret.html",
        "%2e%2e/secret.html",
        "..%2fsecret.html",
        "..\\secret.html",
        "/etc/passwd",
        "//etc/passwd",
        "linked.html",
        "linked.html%23block",
        "secret.html%00.html",
    ],
)
def test_a_name_from_a_visitor_reaches_no_file_outside_the_folders(serve: "Serve", app: App, name: str) -> None:
    response = serve(app, raise_server_errors=False).get(f"/show/{name}")
    assert response.status >= 400
    assert "hunter2" not in response.text
    assert "root:" not in response.text


def test_the_path_that_was_not_found_is_text(serve: "Serve", app: App) -> None:
    response = serve(app).get("/<script>alert(1)</script>")
    assert response.status == 404
    assert response.text == "<p>/&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_flashed_markup_is_text(serve: "Serve", app: App) -> None:
    client = serve(app, browser=True, base_url="https://testserver")  # in production cookies need TLS
    client.post("/flash?value=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E'%3E")
    text = client.get("/read").text
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_production_tells_nothing_of_a_template_that_is_wrong(serve: "Serve", app: App, setup: Any) -> None:
    response = serve(app, raise_server_errors=False).get("/show/nope.html", headers={"accept": "text/html"})
    assert response.status == 500
    if setup.mode == "production":
        assert "nope" not in response.text
        assert "templates" not in response.text


def test_what_an_imported_template_knows_of_one_visitor_is_not_shown_to_the_next(
    serve: "Serve", app: App, tmp_path: Path
) -> None:
    folder = tmp_path / "hostile_pages" / "templates"
    (folder / "visitor.html").write_text("{% set who = request.query.value %}<script>{{ who|tojson }}</script>")
    (folder / "import.html").write_text("{% import 'visitor.html' as visitor %}{{ visitor.who }}")
    (folder / "part.html").write_text("{% include 'visitor.html' without context %}")
    client = serve(app)
    for name in ("import.html", "part.html"):
        assert "alice" in client.get(f"/show/{name}", query={"value": "alice"}).text
        second = client.get(f"/show/{name}", query={"value": "bob"})
        assert "alice" not in second.text
        assert "bob" in second.text
        nonce = second.text.partition('nonce="')[2].partition('"')[0]  # none where only `who` is printed
        assert not nonce or f"'nonce-{nonce}'" in second.headers["content-security-policy"]
