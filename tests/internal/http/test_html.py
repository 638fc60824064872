from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from demijohn.context import starting_mode
from demijohn.http import html as html_module
from demijohn.http.html import UnsafeHTML, html
from demijohn.http.response import HTML, Response


@pytest.fixture
def development() -> Iterator[None]:
    token = starting_mode.set("development")
    yield
    starting_mode.reset(token)


@pytest.fixture
def page_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Response]:
    """Run a function `page(name)` whose source is given, so that its call can be looked at."""

    def run(body: str, name: str = "<b>") -> Response:
        source = f"def page(name):\n    {body}\n"
        file = f"page_{abs(hash(source))}.py"
        lines = source.splitlines(keepends=True)
        monkeypatch.setitem(linecache.cache, file, (len(source), None, lines, file))
        monkeypatch.setattr(html_module, "_checked", set())
        namespace: dict[str, Any] = {"html": html, "html_module": html_module, "PAGE": "<p>{name}</p>"}
        exec(compile(source, file, "exec"), namespace)
        answer: Response = namespace["page"](name)
        return answer

    return run


class Part:
    """Be markupsafe's protocol."""

    def __html__(self) -> str:
        return "<i>x</i>"


class Interpolation:
    def __init__(self, value: object, conversion: str | None = None, format_spec: str = "") -> None:
        self.value = value
        self.conversion = conversion
        self.format_spec = format_spec


class Template:
    """Be what a t-string gives on Python 3.14, as far as html() looks at it."""

    def __init__(self, *parts: str | Interpolation) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[str | Interpolation]:
        return iter(self.parts)


def test_a_page_is_html_with_the_values_escaped() -> None:
    response = html("<p>{a} {b}</p>", 201, a="<", b=Part())
    assert (response.text, response.status, response.content_type) == ("<p>&lt; <i>x</i></p>", 201, HTML)


def test_a_source_without_values_is_left_alone() -> None:
    assert html("<p>{a}</p>").text == "<p>{a}</p>"


def test_a_t_string_is_rendered_with_its_values_escaped() -> None:
    template = Template(
        "<p>", Interpolation("<b>"), " ", Interpolation(1.5, None, ".2f"), Interpolation("a", "r"), "</p>"
    )
    assert html(template).text == "<p>&lt;b&gt; 1.50&#39;a&#39;</p>"
    assert html(Template(Interpolation(Part()))).text == "<i>x</i>"


@pytest.mark.parametrize("source", [3, b"<p>", ["<p>"], Part()])
def test_other_sources_are_refused(source: object) -> None:
    with pytest.raises(UnsafeHTML, match=type(source).__name__):
        html(source)


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize(
    "body",
    [
        "return html(f'<p>{name}</p>')",
        "return html('<p>' + name + '</p>')",
        "return html('<p>%s</p>' % name)",
        "return html('<p>{}</p>'.format(name))",
        "return html(PAGE, name=name)",
        "return html_module.html(f'<p>{name}</p>')",
        "return html(\n        f'<p>{name}</p>',\n    )",
        "return html(('<p>', name)[0])",
    ],
)
def test_text_that_was_put_together_is_refused_in_development(page_of: Callable[..., Response], body: str) -> None:
    with pytest.raises(UnsafeHTML, match=r"page_\d+\.py:\d"):
        page_of(body)


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize(
    "body",
    [
        "return html('<p>{name}</p>', name=name)",
        "return html('<p>' '{name}</p>', name=name)",
        "return html(\n        '''<p>{name}</p>''',\n        name=name,\n    )",
        "return html_module.html('<p>{name}</p>', name=name)",
        "return html('<p>{name}</p>', name=str(html('{name}', name=name).text) and name)",
    ],
)
def test_text_that_is_written_out_is_taken(page_of: Callable[..., Response], body: str) -> None:
    assert page_of(body).text == "<p>&lt;b&gt;</p>"


def test_production_does_not_look_at_the_source(page_of: Callable[..., Response]) -> None:
    token = starting_mode.set("production")
    try:
        assert page_of("return html(f'<p>{name}</p>')", "x").text == "<p>x</p>"
    finally:
        starting_mode.reset(token)


@pytest.mark.usefixtures("development")
def test_a_call_without_a_source_to_look_at_is_let_through() -> None:
    namespace: dict[str, Any] = {"html": html}
    exec("def page(text):\n    return html(text)", namespace)
    assert namespace["page"]("<p>").text == "<p>"
