"""Promise: a page of a few lines needs no template and cannot be broken by what a visitor sent."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import Markup

from demijohn import App, Response, html

if TYPE_CHECKING:
    from tests.public.conftest import Serve


def test_values_are_escaped_in_text_and_attributes(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    def page(name: str) -> Response:
        return html('<p title="{name}">{name}</p>', name=name)

    response = serve(app).get("/", query={"name": "<script>\"'&"})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.text == '<p title="&lt;script&gt;&#34;&#39;&amp;">&lt;script&gt;&#34;&#39;&amp;</p>'


def test_other_braces_are_literal() -> None:
    told = html("<style>p { color: red }</style><script>if (a) { b({c: 1}) }</script>{}{0}{a.b}{a[0]}{ a }{{a}}", a="A")
    assert told.text == "<style>p { color: red }</style><script>if (a) { b({c: 1}) }</script>{}{0}{a.b}{a[0]}{ a }{A}"


def test_no_value_is_put_in_twice_and_none_reaches_into_an_object() -> None:
    class Secret:
        password = "hunter2"

        def __str__(self) -> str:
            return "{other}"

    told = html("{thing} {thing.password} {other}", thing=Secret(), other="x").text
    assert told == "{other} {thing.password} x"


def test_what_is_marked_as_html_is_not_escaped_again() -> None:
    assert html("<ul>{items}</ul>", items=Markup("<li>one</li>")).text == "<ul><li>one</li></ul>"


@pytest.mark.parametrize(
    ("value", "text"), [(3, "3"), (None, "None"), (1.5, "1.5"), ("", ""), (["<"], "[&#39;&lt;&#39;]")]
)
def test_values_of_any_type_are_shown_as_text(value: object, text: str) -> None:
    assert html("{value}", value=value).text == text


def test_a_page_has_a_status_and_may_hold_a_value_of_that_name_otherwise() -> None:
    assert html("<p>gone</p>", 410).status == 410
    assert html("<p>{source}</p>", source="x").text == "<p>x</p>"


def test_a_name_without_a_value_is_a_mistake_that_names_it() -> None:
    with pytest.raises(KeyError, match=r"nmae.*name"):
        html("{nmae}", name="x")


def test_a_page_carries_the_policy_of_pages(serve: "Serve") -> None:
    app = App(__name__)

    @app.get("/")
    async def page() -> Response:
        return html("<p>x</p>")

    headers = serve(app).get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"


ASSEMBLED = """
from demijohn import App, html

app = App(__name__)

@app.get("/naive")
def naive(name: str):
    return html(f"<p>{name}</p>")

@app.get("/careful")
def careful(name: str):
    return html("<p>{name}</p>", name=name)

@app.get("/long")
def long(name: str):
    return html(
        "<p>{name}</p>"
        "<p>more</p>",
        name=name,
    )
"""


def test_development_refuses_text_that_was_put_together(
    serve: "Serve", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assembled_pages.py").write_text(ASSEMBLED)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "assembled_pages", raising=False)
    app: Any = importlib.import_module("assembled_pages").app
    client = serve(app, mode="development", base_url="http://localhost")
    with pytest.raises(ValueError, match=r"(?s)assembled_pages\.py:8 .*name=name"):
        client.get("/naive?name=x")
    assert client.get("/careful?name=<b>").text == "<p>&lt;b&gt;</p>"
    assert client.get("/long?name=x").text == "<p>x</p><p>more</p>"


@pytest.mark.parametrize("source", [7, b"<p>", None, ["<p>"]])
def test_a_source_that_is_no_text_is_a_mistake(source: object) -> None:
    with pytest.raises(ValueError, match="written out in the call"):
        html(source)
