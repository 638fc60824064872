from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demijohn import App, Module
from demijohn.assembly.folders import make_templates, static_files, template_problems
from demijohn.assembly.template_names import TemplateNames
from demijohn.assembly.tree import places


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root.joinpath(*name.split("__"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix("").with_suffix(".html" if "templates" in name else ".css").write_text(text)


def package(root: Path, name: str) -> str:
    folder = root / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    importlib.invalidate_caches()
    importlib.import_module(name)
    return name


def test_templates_are_looked_for_in_the_app_then_in_its_modules(project: Path) -> None:
    app, blog = App(package(project, "site_one")), Module(package(project, "blog_one"))
    app.include(blog)
    write(project, site_one__templates__page="app's", blog_one__templates__page="blog's")
    write(project, blog_one__templates__post="post")
    found, _ = places(app, ())
    templates = make_templates(app, found, TemplateNames({}, {}, []), reload=False)()
    assert templates.render("page.html", {}) == "app's"
    assert templates.render("post.html", {}) == "post"
    assert template_problems(app, found) == []


def test_a_template_of_two_modules_is_a_problem_that_names_both_files(project: Path) -> None:
    app = App(package(project, "site_two"))
    for name in ("blog_two", "shop_two"):
        app.include(Module(package(project, name)))
    write(project, blog_two__templates__index="blog's", shop_two__templates__index="shop's")
    (problem,) = template_problems(app, places(app, ())[0])
    shown = f"{problem.message} {problem.where}"
    assert "blog_two/templates/index.html" in shown
    assert "shop_two/templates/index.html" in shown


def test_a_module_beside_the_app_shares_its_folders(project: Path) -> None:
    name = package(project, "site_three")
    app, beside = App(name), Module(name, name="beside")
    app.include(beside)
    write(project, site_three__static__style="body {}", site_three__templates__page="page")
    found, _ = places(app, ())
    assert template_problems(app, found) == []
    files = static_files(app, found, "/static", reload=False)
    assert files is not None
    assert files.url("style.css").startswith("/static/style.")


def test_static_files_of_a_module_stand_below_its_name(project: Path) -> None:
    app, blog = App(package(project, "site_four")), Module(package(project, "blog_four"))
    app.include(blog)
    write(project, blog_four__static__post="p {}")
    files = static_files(app, places(app, ())[0], "/assets", reload=False)
    assert files is not None
    assert files.url("blog_four/post.css").startswith("/assets/blog_four/post.")


def test_an_app_without_a_folder_has_no_static_files(project: Path) -> None:
    app = App(package(project, "site_five"))
    assert static_files(app, places(app, ())[0], "/static", reload=False) is None
