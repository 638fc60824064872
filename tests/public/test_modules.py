"""Promise: a module collects routes before any app exists, stands anywhere in an app, and can be served alone."""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from demijohn import App, DeclarationError, Module, request, url_for
from demijohn.testing import Client

if TYPE_CHECKING:
    from tests.public.conftest import Serve

Interface = Literal["rsgi", "asgi"]


def module_with(name: str, path: str = "/", text: str = "") -> Module:
    module = Module(name)

    @module.get(path)
    def show() -> str:
        return text or name

    return module


def test_a_module_is_included_under_a_prefix(serve: "Serve") -> None:
    app = App(__name__)
    blog = module_with("blog", "/posts")
    app.include(blog, prefix="/blog")
    client = serve(app)
    assert client.get("/blog/posts").text == "blog"
    assert client.get("/posts").status == 404


def test_a_module_is_included_without_a_prefix(serve: "Serve") -> None:
    app = App(__name__)
    app.include(module_with("blog", "/posts"))
    assert serve(app).get("/posts").text == "blog"


def test_the_root_of_a_module_is_its_prefix_and_the_slash_redirects(serve: "Serve") -> None:
    app = App(__name__)
    app.include(module_with("blog"), prefix="/blog")
    client = serve(app)
    assert client.get("/blog").text == "blog"
    assert client.get("/blog/").location == "/blog"


def test_modules_include_modules(serve: "Serve") -> None:
    outer, inner = Module("outer"), Module("inner")

    @inner.get("/<int:id>")
    def show(id: int) -> str:
        return url_for("outer.inner.show", id=id + 1)

    outer.include(inner, prefix="/inner")
    app = App(__name__)
    app.include(outer, prefix="/outer")
    assert serve(app).get("/outer/inner/1").text == "/outer/inner/2"


def test_what_is_declared_after_the_include_counts_too(serve: "Serve") -> None:
    app, blog = App(__name__), Module("blog")
    app.include(blog, prefix="/blog")

    @blog.get("/late")
    def late() -> str:
        return "late"

    assert serve(app).get("/blog/late").text == "late"


def test_a_prefix_may_hold_parameters(serve: "Serve") -> None:
    app, notes = App(__name__), Module("notes")

    @notes.get("/<int:id>")
    def show(team: str, id: int) -> list[object]:
        return [team, id, url_for(".show", team="b", id=2)]

    app.include(notes, prefix="/teams/<slug:team>")
    assert serve(app).get("/teams/a/1").json() == ["a", 1, "/teams/b/2"]


def test_a_module_takes_its_name_from_its_import_name() -> None:
    assert Module("shop.blog").name == "blog"
    assert Module("shop.blog", name="news").name == "news"


def test_one_module_in_two_apps(serve: "Serve") -> None:
    blog = module_with("blog")
    one, two = App("one"), App("two")
    one.include(blog, prefix="/blog")
    two.include(blog, prefix="/news")
    assert serve(one).get("/blog").text == "blog"
    assert serve(two).get("/news").text == "blog"


class Alone:
    """Serve some modules of an app, as `demijohn run --only` does."""

    def __init__(self, app: App, *only: str) -> None:
        self.app = app
        self.only = only

    def freeze(self, mode: Any, *, config: Mapping[str, object] | None, private: bool) -> Any:
        return self.app.freeze(mode, config=config, only=self.only)


@pytest.fixture
def town() -> App:
    """Hold three modules, one of them inside another, and a route and a mount of the app itself."""
    app = App(__name__)
    outer = module_with("outer")
    outer.include(module_with("inner"), prefix="/inner")
    app.include(outer, prefix="/outer")
    app.include(module_with("other"), prefix="/other")

    @app.get("/")
    def home() -> str:
        return "home"

    @app.before_request
    def stamp() -> None:
        request.state["stamp"] = "of the app"

    @outer.get("/stamp")
    def show_stamp() -> str:
        return str(request.state["stamp"])

    return app


def test_one_module_is_served_alone_with_what_it_includes(town: App, interface: Interface) -> None:
    with Client(Alone(town, "outer"), interface=interface) as client:
        assert [client.get(path).status for path in ("/outer", "/outer/inner", "/up")] == [200] * 3
        assert [client.get(path).status for path in ("/", "/other")] == [404] * 2


def test_a_module_that_is_served_alone_keeps_the_hooks_of_the_app(town: App, interface: Interface) -> None:
    with Client(Alone(town, "outer"), interface=interface) as client:
        assert client.get("/outer/stamp").text == "of the app"


def test_several_modules_are_served_without_the_others(town: App, interface: Interface) -> None:
    with Client(Alone(town, "inner", "other"), interface=interface) as client:
        told = [client.get(path).status for path in ("/outer/inner", "/other", "/outer", "/")]
        assert told == [200, 200, 404, 404]


def test_only_a_module_that_is_there_can_be_served_alone() -> None:
    app = App(__name__)
    app.include(module_with("blog"))
    app.include(module_with("shop"), prefix="/shop")
    with pytest.raises(DeclarationError, match=r"(?s)no module 'blogg'.*blog, shop"):
        app.freeze("test", only=["blogg"])


def test_a_mistake_in_another_module_does_not_stop_one_that_is_served_alone() -> None:
    app = App(__name__)
    broken = Module("broken")

    @broken.get("/<id>")
    def show() -> str:
        return ""

    app.include(broken, prefix="/broken")
    app.include(module_with("blog"), prefix="/blog")
    app.freeze("test", only=["blog"])
    with pytest.raises(DeclarationError):
        app.freeze("test")


@pytest.fixture
def shop_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a package with convention files, as a project of some size has them."""
    package = tmp_path / "gift_shop"
    package.mkdir()
    (package / "__init__.py").write_text("from demijohn import Module\nshop = Module(__name__, name='shop')\n")
    (package / "models.py").write_text("imported = True\n")
    (package / "views.py").write_text(
        "from gift_shop import shop\n\n@shop.get('/tea')\ndef tea():\n    return 'tea'\n",
    )
    (package / "admin.py").write_text("raise RuntimeError('imported where no admin is used')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "gift_shop"]:
        monkeypatch.delitem(sys.modules, name)
    return "gift_shop"


def test_convention_files_are_imported_when_the_app_freezes(serve: "Serve", shop_package: str) -> None:
    app = App(__name__)
    app.include(importlib.import_module(shop_package).shop)
    assert f"{shop_package}.views" not in sys.modules
    assert serve(app).get("/tea").text == "tea"
    assert f"{shop_package}.models" in sys.modules


def test_an_app_that_is_a_package_has_convention_files_too(serve: "Serve", shop_package: str) -> None:
    importlib.import_module(shop_package)
    serve(App(shop_package))
    assert f"{shop_package}.models" in sys.modules
