"""Finding the app, and what is said where there is none. The user's own mistakes in it are in test_blame.py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from demijohn.cli.errors import CommandError
from demijohn.cli.location import find_app, load_app

APP = "from demijohn.app import App\napp = App(__name__)\n"


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def test_app_py_comes_before_main_py(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    assert str(find_app(None, tmp_path)) == "main"

    (tmp_path / "app.py").write_text(APP)
    assert str(find_app(None, tmp_path)) == "app"


def test_pyproject_names_a_package(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "pyproject.toml").write_text('[tool.demijohn]\napp = "shop.web:site"\n')

    assert str(find_app(None, tmp_path)) == "shop.web:site"


def test_a_package_below_src_is_found(tmp_path: Path) -> None:
    package = tmp_path / "src" / "srcshop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(APP)

    assert load_app(find_app("srcshop", tmp_path)).import_name == "srcshop"


def test_a_path_names_the_module_in_its_package(tmp_path: Path) -> None:
    package = tmp_path / "code" / "pathshop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "web.py").write_text(APP.replace("app =", "site ="))

    location = find_app("code/pathshop/web.py:site", tmp_path)

    assert str(location) == "pathshop.web:site"
    assert location.folder == tmp_path / "code"
    assert load_app(location).import_name == "pathshop.web"


def test_nothing_at_all_says_what_was_looked_at_and_shows_five_lines(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        find_app(None, tmp_path)

    text = str(caught.value)
    assert caught.value.status == 2
    assert f"app.py and main.py in {tmp_path}" in text
    assert "    app = App(__name__)" in text


@pytest.mark.parametrize("target", ["a b", "shop:", "shop:1", "1shop", "nowhere/app.py", "shop:a.b"])
def test_what_does_not_name_an_app_is_refused(tmp_path: Path, target: str) -> None:
    if target == "shop:":  # nothing behind the colon is the same as no colon
        assert str(find_app(target, tmp_path)) == "shop"
        return
    with pytest.raises(CommandError) as caught:
        find_app(target, tmp_path)
    assert caught.value.status == 2


def test_a_missing_module_is_told_with_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "shopping.py").write_text(APP)

    with pytest.raises(CommandError) as caught:
        load_app(find_app("shoping:app", tmp_path))

    assert caught.value.message == "There is no module 'shoping'. Did you mean 'shopping'?"


def test_a_name_that_python_has_taken_is_told(tmp_path: Path) -> None:
    (tmp_path / "site.py").write_text(APP)

    with pytest.raises(CommandError, match="there is another module 'site'") as caught:
        load_app(find_app("site.py", tmp_path))
    assert caught.value.remedy == "Give yours another name."


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        (APP.replace("app =", "site ="), "{}", ""),
        (APP + "other = app\n", "{}", ""),
        (APP.replace("app =", "one =") + "two = App(__name__)\n", "{}", "has several apps: one, two."),
        ("x = 1\n", "{}", "has no app."),
        ("def create_app():\n    pass\n", "{}", "app = create_app()"),
        (APP, "{}:appp", "has no 'appp'. Did you mean 'app'?"),
        ("x = 1\n", "{}:app", "Write `app = App(__name__)` in it."),
        ("app = 3\n", "{}", "is no demijohn.App but a builtins.int"),
        ("class Flask:\n    def __call__(self): ...\napp = Flask()\n", "{}", 'app.mount("/", other)'),
    ],
)
def test_what_a_module_holds(
    tmp_path: Path, request: pytest.FixtureRequest, source: str, target: str, says: str
) -> None:
    module = f"held{abs(hash(request.node.name))}"
    (tmp_path / f"{module}.py").write_text(source)
    location = find_app(target.format(module), tmp_path)
    if not says:
        assert load_app(location).import_name == module
        return
    with pytest.raises(CommandError) as caught:
        load_app(location)
    assert says in str(caught.value)
    assert caught.value.status == 2
