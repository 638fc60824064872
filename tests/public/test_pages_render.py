"""Promise: a handler returns `render("page.html", ...)`, and the visitor gets that page, escaped."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demijohn import App, DeclarationError, DemijohnError, Page, render, render_text

from .page_projects import Project, write_project

if TYPE_CHECKING:
    from tests.public.conftest import Serve


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return write_project(tmp_path, monkeypatch)


APP = """
from demijohn import App, HTTPError, Request, abort, render, render_text

app = App(__name__)

class Form:
    response_status = 422

class Note:
    title = "Milk"

    def author(self):
        abort(404, "No such author", code="author.missing")

    def broken(self):
        raise PermissionError("not for you")

@app.get("/notes/<name>")
def blocking(name: str):
    return render("notes.html", name=name, notes=["<b>", "&"])

@app.get("/async/<name>")
async def waiting(name: str):
    return render("notes.html", name=name, notes=["<b>", "&"])

@app.get("/list")
def part():
    return render("notes.html#list", notes=["<b>"])

@app.get("/refused")
def refused():
    return render("plain.html", form=Form())

@app.get("/gone")
def gone():
    return render("plain.html", form=Form()), 410, {"x-why": "gone"}

@app.get("/names")
def names():
    return render("names.html", name="n", status="s", context="c", request="r")

@app.get("/text")
def text():
    return render_text("plain.html").upper()

@app.get("/author")
def author():
    return render("author.html", note=Note())

@app.get("/broken")
def broken():
    return render("broken.html", note=Note())

@app.get("/misspelt")
def misspelt():
    return render("misspelt.html", title="hunter2")

@app.get("/missing")
def missing():
    return render("nots.html")

@app.error_handler(PermissionError)
def forbidden(error, request: Request):
    return render("error.html", error=error), 403

@app.error_handler(404)
def not_found(error, request: Request):
    return render("error.html", error=error.detail), 404
"""

FILES = {
    "app.py": APP,
    "templates/layout.html": "<title>{% block title %}Notes{% endblock %}</title>{% block body %}{% endblock %}",
    "templates/notes.html": """\
        {% extends "layout.html" %}
        {% from "macros.html" import row %}
        {% block body %}<h1 title="{{ name }}">{{ request.path }}</h1>
        <ul>{% block list %}{% for note in notes %}{{ row(note) }}{% endfor %}{% endblock %}</ul>
        <a href="{{ url_for('blocking', name='x y') }}">again</a>{% endblock %}
        """,
    "templates/macros.html": "{% macro row(note) %}<li>{{ note }}</li>{% endmacro %}",
    "templates/plain.html": "<p>plain</p>",
    "templates/names.html": "{{ name }}{{ status }}{{ context }}{{ request }}",
    "templates/author.html": "{{ note.author() }}",
    "templates/broken.html": "\n{{ note.broken() }}",
    "templates/misspelt.html": "\n{{ titel }}",
    "templates/error.html": "<p>{{ error }}</p>",
}

EXPECTED = (
    '<title>Notes</title><h1 title="&lt;Ann&gt;">{path}</h1>\n'
    "<ul><li>&lt;b&gt;</li><li>&amp;</li></ul>\n"
    '<a href="/notes/x%20y">again</a>'
)


@pytest.mark.parametrize(("prefix", "path"), [("notes", "/notes/&lt;Ann&gt;"), ("async", "/async/&lt;Ann&gt;")])
def test_a_page_is_the_same_from_both_kinds_of_handlers(
    serve: "Serve", project: Project, prefix: str, path: str
) -> None:
    response = serve(project(FILES)).get(f"/{prefix}/<Ann>")
    assert (response.status, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.text == EXPECTED.format(path=path)
    assert "script-src 'self';" in response.headers["content-security-policy"]


def test_a_block_can_be_answered_alone(serve: "Serve", project: Project) -> None:
    response = serve(project(FILES)).get("/list")
    assert (response.content_type, response.text) == ("text/html", "<li>&lt;b&gt;</li>")


def test_a_value_can_set_the_status_and_the_handler_wins(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    assert client.get("/refused").status == 422
    gone = client.get("/gone")
    assert (gone.status, gone.headers["x-why"], gone.text) == (410, "gone", "<p>plain</p>")


def test_head_of_a_page_says_what_get_would(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    head = client.request("HEAD", "/refused")
    assert (head.status, head.text, head.content_type) == (422, "", "text/html")


def test_values_may_have_any_name_and_text_is_rendered_at_once(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    assert client.get("/names").text == "nscr"
    assert (client.get("/text").text, client.get("/text").content_type) == ("<P>PLAIN</P>", "text/plain")


def test_text_can_be_rendered_without_a_request(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "testserver")
    app = project(FILES)
    with app.context():
        assert render_text("plain.html") == "<p>plain</p>"
        assert render_text("error.html", error="<x>") == "<p>&lt;x&gt;</p>"


def test_refusals_and_errors_within_a_template_reach_their_handlers(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    author = client.get("/author", headers={"accept": "text/html"})
    assert (author.status, author.text) == (404, "<p>No such author</p>")
    broken = client.get("/broken")
    assert (broken.status, broken.text) == (403, "<p>not for you</p>")


def test_a_misspelt_name_is_told_with_its_line_and_without_values(serve: "Serve", project: Project) -> None:
    client = serve(project(FILES))
    with pytest.raises(DemijohnError, match=r"misspelt\.html:2: 'titel' is undefined\. Did you mean 'title'\?") as told:
        client.get("/misspelt")
    assert "title (str)" in str(told.value)
    assert "hunter2" not in str(told.value)
    with pytest.raises(LookupError, match=r"no template 'nots\.html'\. Did you mean 'notes\.html'\?"):
        client.get("/missing")


def test_a_page_can_be_looked_at_before_it_is_rendered() -> None:
    page = render("notes.html", notes=[1])
    assert isinstance(page, Page)
    assert (page.template, page.context, page.status) == ("notes.html", {"notes": [1]}, 200)


HOOKS = """
from demijohn import App, Page, html, render

app = App(__name__)

@app.get("/")
async def index():
    return render("index.html")

@app.get("/other")
def other():
    return "text"

@app.after_request
def look(response, request):
    if request.path == "/other":
        return render("index.html")
    assert isinstance(response, Page)
    assert response.text == "<p></p>"
    response.headers["x-template"] = response.template
"""


def test_hooks_see_the_page_rendered_and_may_answer_with_one(serve: "Serve", project: Project) -> None:
    client = serve(project({"app.py": HOOKS, "templates/index.html": "<p>{{ x|default('') }}</p>"}))
    response = client.get("/")
    assert (response.text, response.headers["x-template"]) == ("<p></p>", "index.html")
    assert client.get("/other").text == "<p></p>"


MODULES = {
    "app.py": """
        from demijohn import App
        from .blog import blog
        from .shop import shop
        app = App(__name__)
        app.include(blog, prefix="/blog")
        app.include(shop, prefix="/shop")
        """,
    "blog/__init__.py": """
        from demijohn import Module, render
        blog = Module(__name__)
        @blog.get("/")
        def index():
            return render("blog/index.html")
        @blog.get("/here")
        def here():
            return render("here.html")
        """,
    "shop/__init__.py": """
        from demijohn import Module, render
        shop = Module(__name__)
        @shop.get("/")
        def index():
            return render("shop/index.html")
        """,
    "templates/layout.html": "[{% block body %}{% endblock %}]",
    "templates/blog/index.html": "the app's own",
    "blog/templates/blog/index.html": "the blog's",
    "blog/templates/here.html": "{{ url_for('.here') }}",
    "shop/templates/shop/index.html": "{% extends 'layout.html' %}{% block body %}shop{% endblock %}",
}


def test_a_module_has_its_templates_and_the_app_may_replace_them(serve: "Serve", project: Project) -> None:
    client = serve(project(MODULES))
    assert client.get("/blog").text == "the app's own"
    assert client.get("/blog/here").text == "/blog/here"
    assert client.get("/shop").text == "[shop]"


def test_two_modules_with_a_template_of_one_name_stop_the_start(serve: "Serve", project: Project) -> None:
    files = {**MODULES, "shop/templates/here.html": "x", "shop/templates/blog/index.html": "overridden by the app"}
    with pytest.raises(DeclarationError, match=r"(?s)'here\.html'.*blog.*shop.*templates/shop/here\.html") as stopped:
        serve(project(files))
    assert len(stopped.value.problems) == 1


def test_in_development_a_changed_template_counts_at_once(serve: "Serve", project: Project, tmp_path: Path) -> None:
    app = project({"app.py": HOOKS, "templates/index.html": "<p></p>", "templates/part.html": "1"})
    (template,) = tmp_path.glob("*/templates/index.html")
    client = serve(app, mode="development", base_url="http://localhost")
    assert client.get("/other").text == "<p></p>"
    template.write_text("<p>changed {% include 'part.html' %}</p>")
    assert client.get("/other").text == "<p>changed 1</p>"
    (template.parent / "part.html").write_text("234")
    assert client.get("/other").text == "<p>changed 234</p>"


def test_in_production_a_template_is_read_once(serve: "Serve", project: Project, tmp_path: Path) -> None:
    app = project({"app.py": HOOKS, "templates/index.html": "<p></p>"})
    config = {"secret_key": "kCpCWbDPmS8dLJ4pFE2DQXGb-xYAp2hL8jFWb5VjUKM", "allowed_hosts": ["testserver"]}
    client = serve(app, mode="production", config=config)
    assert client.get("/other").text == "<p></p>"
    (template,) = tmp_path.glob("*/templates/index.html")
    template.write_text("changed")
    assert client.get("/other").text == "<p></p>"


def test_a_page_without_a_status_takes_that_of_its_route_or_error(serve: "Serve", project: Project) -> None:
    app = project(
        {
            "app.py": """\
from demijohn import App, render

app = App(__name__)

@app.post("/made", status=201)
def make():
    return render("page.html")

@app.get("/kept")
async def keep():
    return render("page.html"), 200

@app.error_handler(404)
def missing():
    return render("page.html")
""",
            "templates/page.html": "page",
        }
    )
    client = serve(app)
    assert (client.post("/made").status, client.post("/made").text) == (201, "page")
    assert client.get("/kept").status == 200
    assert (client.get("/nowhere").status, client.get("/nowhere").text) == (404, "page")


def test_functions_of_app_and_modules_are_known_to_all_templates(serve: "Serve", project: Project) -> None:
    app = project(
        {
            "app.py": """\
from demijohn import App, Module, render

app = App(__name__)
shop = Module(__name__, name="shop")
app.include(shop)

@app.template_global("version")
def current_version():
    return "1.<2>"

@shop.template_filter()
def euros(cents):
    return f"{cents / 100:.2f} EUR"

@app.get("/")
def show():
    return render("page.html", cents=1250)
""",
            "templates/page.html": "{{ version() }} {{ cents|euros }}",
        }
    )
    assert serve(app).get("/").text == "1.&lt;2&gt; 12.50 EUR"
    with pytest.raises(DeclarationError, match=r"Write @app.template_filter\(\), with parentheses."):
        App("other").template_filter(len)  # type: ignore[arg-type]  # the mistake under test


def test_a_page_that_a_module_holds_is_made_anew_for_each_visitor(serve: "Serve", project: Project) -> None:
    app = project(
        {
            "app.py": """\
from demijohn import App, render

app = App(__name__)
SHARED = render("page.html")

@app.get("/<name>")
def show(name: str):
    return SHARED
""",
            "templates/page.html": "{{ request.path_params.name }} {{ csrf_token() }}",
        }
    )
    client, other = serve(app), serve(app)
    first, second = client.get("/ann"), other.get("/bob")
    assert (first.text.split()[0], second.text.split()[0]) == ("ann", "bob")
    assert first.headers["set-cookie"] != second.headers["set-cookie"]
