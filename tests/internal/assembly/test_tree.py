from __future__ import annotations

import sys
from pathlib import Path

import pytest

from demijohn.app import App
from demijohn.assembly.tree import Place, import_convention_files, places
from demijohn.module import Module


def tree_of(app: App, *only: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found, problems = places(app, only)
    assert problems == []
    return [(place.module.name, place.prefix, tuple(module.name for module in place.ancestors)) for place in found]


def problem_of(app: App, *only: str) -> str:
    (problem,) = places(app, only)[1]
    assert problem.remedy
    return f"{problem.where}: {problem.message}"


def test_modules_stand_below_the_prefixes_of_those_around_them() -> None:
    app, shop, cart, blog = App("app"), Module("shop"), Module("cart"), Module("blog")
    app.include(shop, prefix="/shop")
    shop.include(cart, prefix="/cart")
    app.include(blog)
    assert tree_of(app) == [
        ("app", "", ("app",)),
        ("shop", "/shop", ("app", "shop")),
        ("cart", "/shop/cart", ("app", "shop", "cart")),
        ("blog", "", ("app", "blog")),
    ]


def test_the_name_of_a_route_holds_those_of_its_modules_but_not_the_apps() -> None:
    app, shop, cart = App("app"), Module("shop"), Module("cart")
    app.include(shop)
    shop.include(cart)
    for module in (app, shop, cart):
        module.add_route("/", lambda: "", name="show")
    found, _ = places(app, ())
    assert [place.full_name(place.module.records.routes[0]) for place in found] == [
        "show",
        "shop.show",
        "shop.cart.show",
    ]
    assert [place.is_root for place in found] == [True, False, False]


def test_a_module_may_be_included_in_several_places() -> None:
    app, one, two, shared = App("app"), Module("one"), Module("two"), Module("shared")
    for module in (one, two):
        module.include(shared, prefix="/shared")
        app.include(module, prefix=f"/{module.name}")
    assert [prefix for name, prefix, _ in tree_of(app) if name == "shared"] == ["/one/shared", "/two/shared"]


def test_some_modules_alone_keep_what_they_include() -> None:
    app, shop, cart, blog = App("app"), Module("shop"), Module("cart"), Module("blog")
    app.include(shop, prefix="/shop")
    shop.include(cart)
    app.include(blog)
    assert [name for name, _, _ in tree_of(app, "shop")] == ["shop", "cart"]
    assert [name for name, _, _ in tree_of(app, "cart", "blog")] == ["cart", "blog"]


def test_a_module_that_is_not_there_cannot_be_served_alone() -> None:
    app = App("app")
    app.include(Module("shop"))
    assert "'ship'" in problem_of(app, "ship")


def test_modules_that_include_each_other_are_told_once() -> None:
    app, one, two = App("app"), Module("one"), Module("two")
    app.include(one)
    one.include(two)
    two.include(one)
    assert "test_tree.py:" in problem_of(app)
    assert "includes itself" in problem_of(app)


@pytest.mark.parametrize("prefix", ["shop", "/shop/", "shop/", "/"])
def test_a_prefix_has_a_leading_and_no_closing_slash(prefix: str) -> None:
    app = App("app")
    app.include(Module("shop"), prefix=prefix)
    assert repr(prefix) in problem_of(app)


def test_two_modules_of_one_name_in_one_place_are_a_conflict() -> None:
    app = App("app")
    app.include(Module("one", name="shop"), prefix="/one")
    app.include(Module("two", name="shop"), prefix="/two")
    assert "Two modules named 'shop'" in problem_of(app)


def test_the_files_that_belong_to_a_package_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "convention_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "views.py").write_text("")
    (package / "other.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("convention_package")
    import_convention_files(Module("convention_package"))
    loaded = {name for name in sys.modules if name.startswith("convention_package")}
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    assert loaded == {"convention_package", "convention_package.views"}


def test_a_plain_module_or_none_at_all_has_no_such_files() -> None:
    import_convention_files(Module("string"))
    import_convention_files(Module("never_imported"))


def test_a_place_is_compared_by_what_it_holds() -> None:
    module = Module("shop")
    assert Place(module, "/a", (module,)) == Place(module, "/a", (module,))
