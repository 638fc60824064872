from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demijohn.errors import HTTPError
from demijohn.templating.environment import Templates
from demijohn.templating.errors import TemplateError, TemplateMissing
from demijohn.templating.folders import TemplateFolder

Write = Callable[[str, str], Path]


class Secretive:
    password = "hunter2"

    def fail(self) -> str:
        raise PermissionError("not for you")

    def refuse(self) -> str:
        raise HTTPError(404, "No such note")


def test_a_mistake_is_told_with_place_lines_and_names(
    write: Write, templates: Templates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write("blog/a.html", "1\n2\n{% for note in notes %}\n4\n{{ nots }}\n6\n7\n8\n9\n{% endfor %}")
    with pytest.raises(TemplateError) as caught:
        templates.render("blog/a.html", {"notes": ["hunter2"], "_hidden": 1})
    first, *lines, last = str(caught.value).splitlines()
    assert first == (
        "templates/blog/a.html:5: 'nots' is undefined. Did you mean 'notes'? Pass it to render(), "
        "or say what else: {{ nots|default('') }}."
    )
    assert [int(line[4:8]) for line in lines] == [2, 3, 4, 5, 6, 7, 8]
    assert lines[3] == "  >    5 | {{ nots }}"
    assert last == "  There were: note (str), notes (list)."
    spot = caught.value.template
    assert spot is not None
    assert (spot.name, spot.path, spot.line) == ("blog/a.html", str(path), 5)
    assert spot.source_lines[3] == (5, "{{ nots }}")
    assert spot.context_names["notes"] == "list"
    assert "hunter2" not in str(caught.value)


def test_a_global_is_suggested_but_not_listed(write: Write, templates: Templates) -> None:
    write("a.html", "{{ url_fro('a') }}")
    with pytest.raises(TemplateError, match=r"Did you mean 'url_for'\?") as caught:
        templates.render("a.html", {"x": 1})
    assert caught.value.template is not None
    assert caught.value.template.context_names == {"x": "int"}


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("a\n{% if x %}\nb", 2, "Unexpected end of template"),
        ("a\n{{ x | uper }}", 2, r"No filter named 'uper'\. Did you mean 'upper'\?"),
        ("{{ x | zzzzz }}", 1, r"No filter named 'zzzzz'\. @app\.template_filter\(\) makes one\."),
        ("a\n\n{% nope %}", 3, "unknown tag 'nope'"),
        ("{{ 'a }}", 1, "unexpected char"),
        ("{% if x %}{{ 'a'|truncate(leeway='b') }}{% endif %}\n{{ notes.titel }}", 2, "Secretive has no 'titel'"),
    ],
)
def test_mistakes_of_any_kind_name_the_line(
    write: Write, templates: Templates, source: str, line: int, message: str
) -> None:
    write("a.html", source)
    with pytest.raises(TemplateError, match=message) as caught:
        templates.render("a.html", {"notes": Secretive()})
    assert caught.value.template is not None
    assert (caught.value.template.name, caught.value.template.line) == ("a.html", line)


def test_the_innermost_template_is_named(write: Write, templates: Templates) -> None:
    write("a.html", "{% extends 'b.html' %}{% block x %}\n{% include 'c.html' %}{% endblock %}")
    write("b.html", "{% block x %}{% endblock %}")
    write("c.html", "\n\n{{ nope }}")
    with pytest.raises(TemplateError, match=r"c\.html:3"):
        templates.render("a.html", {})


def test_a_mistake_in_an_included_template_names_that(write: Write, templates: Templates) -> None:
    write("a.html", "\n{% include 'b.html' %}")
    write("b.html", "{% if %}")
    with pytest.raises(TemplateError, match=r"b\.html:1: ") as caught:
        templates.render("a.html", {})
    assert caught.value.template is not None
    assert caught.value.template.source_lines == ((1, "{% if %}"),)


@pytest.mark.parametrize("call", ["{{ thing.fail() }}", "{{ thing.fail()|upper }}"])
def test_an_error_of_the_project_stays_what_it_is_and_gets_a_note(
    write: Write, templates: Templates, call: str
) -> None:
    write("a.html", f"\n{call}")
    with pytest.raises(PermissionError, match="not for you") as caught:
        templates.render("a.html", {"thing": Secretive()})
    assert str(caught.value) == "not for you"
    (note,) = caught.value.__notes__
    assert "a.html:2: raised while this line of a template was rendered" in note
    assert "There were: thing (Secretive)." in note
    assert "hunter2" not in note
    assert [
        frame.lineno for frame in traceback.extract_tb(caught.value.__traceback__) if "a.html" in frame.filename
    ] == [2]


def test_a_refusal_passes_through_unharmed(write: Write, templates: Templates) -> None:
    write("a.html", "{{ thing.refuse() }}")
    with pytest.raises(HTTPError, match="404 No such note") as caught:
        templates.render("a.html", {"thing": Secretive()})
    assert not hasattr(caught.value, "__notes__")


def test_an_error_through_two_templates_is_noted_once(write: Write, templates: Templates) -> None:
    write("a.html", "{{ again('b.html') }}")
    write("b.html", "\n{{ thing.fail() }}")
    values: dict[str, Any] = {"thing": Secretive()}
    with pytest.raises(PermissionError) as caught:
        templates.render("a.html", {"again": lambda name: templates.render(name, values)})
    (note,) = caught.value.__notes__
    assert "b.html:2" in note


def test_a_missing_template_is_told_with_near_names_and_folders(
    write: Write, templates: Templates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write("notes.html", "")
    expected = r"^There is no template 'nots\.html'\. Did you mean 'notes\.html'\? Looked in: templates \(the app\)\.$"
    with pytest.raises(TemplateMissing, match=expected) as caught:
        templates.render("nots.html", {})
    assert caught.value.template is None


@pytest.mark.parametrize("asked", ["blog/show", "templates/blog/show.html", "templates/blog/show"])
def test_an_ending_that_was_left_out_and_a_folder_that_was_not_are_recognized(
    write: Write, templates: Templates, asked: str
) -> None:
    write("blog/show.html", "")
    with pytest.raises(TemplateMissing, match=r"Did you mean 'blog/show\.html'\?"):
        templates.render(asked, {})


def test_a_missing_include_names_the_template_that_asks(write: Write, templates: Templates) -> None:
    write("a.html", "\n{% include 'nope.html' %}")
    with pytest.raises(TemplateMissing, match=r"a\.html:2: There is no template 'nope\.html'") as caught:
        templates.render("a.html", {})
    assert caught.value.template is not None
    assert caught.value.template.line == 2
    write("b.html", "{% include ['x.html', 'y.html'] %}")
    with pytest.raises(TemplateMissing, match=r"no template 'x\.html' or 'y\.html'"):
        templates.render("b.html", {})
    write("c.html", "{% include 'nope.html' ignore missing %}{% include ['x.html', 'd.html'] %}")
    write("d.html", "d")
    assert templates.render("c.html", {}) == "d"


def test_names_that_lead_elsewhere_and_no_folders_are_told_apart(templates: Templates) -> None:
    with pytest.raises(TemplateMissing, match=r"relative to a templates folder"):
        templates.render("../a.html", {})
    with pytest.raises(TemplateMissing, match="Make one called templates beside the file of the app"):
        Templates([]).render("a.html", {})


def test_a_folder_outside_the_working_directory_is_named_in_full(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    with pytest.raises(TemplateMissing, match=f"Looked in: {folder} "):
        Templates([TemplateFolder(folder, "the app", 0, "")]).render("a.html", {})
