"""Try whose a model is, which table it gets, and what its annotations mean, with packages written to a folder."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest

from demijohn import App, Extension, Module
from demijohn.errors import DeclarationError
from tests.spikes.binding.declarations import Field, ForeignKey, foreign_key
from tests.spikes.binding.model import BareModel, Model
from tests.spikes.binding.owners import bind, models_of, owner_of, resolve

HEAD = "from tests.spikes.binding.declarations import *\nfrom tests.spikes.binding.model import BareModel, Model\n"

Write = Callable[..., ModuleType]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Return a function that writes a module, `write("shop.models", text)`, and imports it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # else a file written again in the same second is not read
    before = set(sys.modules)

    def write(name: str, text: str = "", *, load: bool = True, future: bool = False) -> ModuleType:
        *packages, last = name.split(".")
        folder = tmp_path.joinpath(*packages)
        folder.mkdir(parents=True, exist_ok=True)
        for depth in range(len(packages)):
            tmp_path.joinpath(*packages[: depth + 1], "__init__.py").touch()
        start = "from __future__ import annotations\n" if future else ""
        (folder / f"{last}.py").write_text(start + HEAD + textwrap.dedent(text))
        importlib.invalidate_caches()
        return importlib.import_module(name) if load else ModuleType(name)

    yield write
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


NOTE = """
    class Note(Model):
        text: Field[str]
"""


def test_two_apps_in_one_process_have_models_of_their_own(write: Write) -> None:
    write("shop.models", NOTE)
    write("blog.models", NOTE)
    shop, blog = App("shop"), App("blog")
    (of_shop,), (of_blog,) = models_of(shop), models_of(blog)
    assert (of_shop.__module__, of_blog.__module__) == ("shop.models", "blog.models")
    assert owner_of(of_shop, shop) is shop
    assert owner_of(of_shop, blog) is None
    assert (list(bind(shop)), list(bind(blog))) == (["note"], ["note"])


def test_a_package_whose_name_only_begins_alike_is_not_owned(write: Write) -> None:
    found = write("shopping.models", NOTE)
    write("shop.models", "")
    assert owner_of(found.Note, App("shop")) is None


def test_a_module_of_an_app_owns_what_its_package_holds(write: Write) -> None:
    write("site1.models", NOTE)
    found = write("site1.blog.models", NOTE.replace("Note", "Entry"))
    app, blog = App("site1"), Module("site1.blog")
    app.include(blog)
    assert owner_of(found.Entry, app) is blog
    assert sorted(bind(app)) == ["entry", "note"]


def test_an_app_in_a_file_of_a_package_owns_the_package(write: Write) -> None:
    write("site2.app", "")
    found = write("site2.models", NOTE)
    app = App("site2.app")
    assert owner_of(found.Note, app) is app


def test_a_lone_file_owns_its_own_models_and_not_those_of_the_file_beside(write: Write) -> None:
    found, beside = write("lone_app", NOTE), write("lone_models", NOTE)
    app = App("lone_app")
    assert owner_of(found.Note, app) is app
    assert owner_of(beside.Note, app) is None


def test_an_app_below_the_package_of_another_is_owned_by_both(write: Write) -> None:
    found = write("outer.inner.models", NOTE)
    assert owner_of(found.Note, App("outer")) is not None
    assert owner_of(found.Note, App("outer.inner")) is not None


def test_an_extension_brings_its_models_with_its_prefix(write: Write) -> None:
    found = write("third_party.models", NOTE)
    write("myapp.models", NOTE)

    class Notes(Extension):
        table_prefix = "tp_"

    Notes.__module__ = "third_party.extension"
    app = App("myapp")
    assert owner_of(found.Note, app) is None
    extension = app.use(Notes())
    assert owner_of(found.Note, app) is extension
    assert sorted(bind(app)) == ["note", "tp_note"]


def test_equal_class_names_in_one_app_are_refused_with_both_places(write: Write) -> None:
    write("dup.a", NOTE)
    write("dup.b", NOTE)
    with pytest.raises(DeclarationError, match=r"dup\.a\.Note and dup\.b\.Note both want the table 'note'"):
        bind(App("dup"))


def test_equal_class_names_stand_in_one_app_with_tables_that_differ(write: Write) -> None:
    write("dup2.a", NOTE)
    write("dup2.b", NOTE + "\n        class Meta:\n            table = 'other'\n")
    assert sorted(bind(App("dup2"))) == ["note", "other"]


def test_a_moved_model_keeps_its_table(write: Write) -> None:
    old = write("moved.models", NOTE.replace("Note", "HTTPLogEntry"))
    new = write("moved.parts.models", NOTE.replace("Note", "HTTPLogEntry"))
    assert old.HTTPLogEntry.meta.table == new.HTTPLogEntry.meta.table == "http_log_entry"


def test_a_module_executed_again_leaves_one_model(write: Write) -> None:
    module = write("again.models", NOTE)
    first = module.Note
    write("again.models", NOTE.replace("text: Field[str]", "text: Field[int]"), load=False)
    module = importlib.reload(module)
    assert module.Note is not first
    assert [*bind(App("again")).values()] == [module.Note]
    assert resolve(module.Note, [])["text"].bare is int
    assert not isinstance(first(text="x"), module.Note)


@pytest.mark.parametrize("future", [False, True])
def test_a_relation_leads_to_itself_and_forward_by_text(write: Write, future: bool) -> None:
    found = write(
        "forward.models",
        """
        class Node(Model):
            parent: ForeignKey["Node | None"] = foreign_key(default=None)
            first_leaf: ForeignKey["Leaf"]
            leaves: Reverse["Leaf"] = reverse()

        class Leaf(Model):
            node: ForeignKey[Node]
        """,
        future=future,
    )
    columns = resolve(found.Node, [])
    assert (columns["parent"].target, columns["parent"].nullable) == (found.Node, True)
    assert columns["first_leaf"].target is columns["leaves"].target is found.Leaf
    assert repr(found.Node.first_leaf.node.parent.id) == "Node.first_leaf.node.parent.id"


def test_two_modules_import_each_other_for_checkers_alone(write: Write) -> None:
    for here, there in (("One", "Two"), ("Two", "One")):
        write(
            f"circle.{here.lower()}",
            f"""
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from circle.{there.lower()} import {there}

            class {here}(Model):
                other: ForeignKey[{there}]
            """,
            future=True,
        )
    tables = bind(App("circle"))
    assert {name: resolve(model, [*tables.values()])["other"].target for name, model in tables.items()} == {
        "one": tables["two"],
        "two": tables["one"],
    }


def test_of_equal_names_the_one_in_the_same_package_is_meant_and_a_dotted_name_says_which(write: Write) -> None:
    near, far = write("near1.notes", NOTE), write("far1.notes", NOTE)
    found = write(
        "near1.models",
        """
        class Link(Model):
            near: ForeignKey["Note"]
            far: ForeignKey["far1.notes.Note"]
        """,
    )
    columns = resolve(found.Link, [near.Note, far.Note])
    assert (columns["near"].target, columns["far"].target) == (near.Note, far.Note)


def test_two_equal_names_elsewhere_are_not_guessed_between(write: Write) -> None:
    one, two = write("else1.notes", NOTE), write("else2.notes", NOTE)
    found = write("else3.models", 'class Link(Model):\n    note: ForeignKey["Note"]\n')
    with pytest.raises(DeclarationError, match=r"else3\.models\.Link\.note names `Note`, which cannot be found"):
        resolve(found.Link, [one.Note, two.Note])


def test_a_plain_type_imported_for_checkers_alone_cannot_be_found(write: Write) -> None:
    found = write(
        "hidden.models",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from datetime import datetime
        class Event(Model):
            at: Field[datetime]
        """,
        future=True,
    )
    with pytest.raises(DeclarationError, match=r"Event\.at names `datetime`.*\n.*Import it"):
        bind(App("hidden"))
    assert "at" in found.Event.meta.declared


@pytest.mark.parametrize("future", [False, True])
def test_annotations_are_known_by_any_name_they_are_imported_under(write: Write, future: bool) -> None:
    found = write(
        "aliased.models",
        """
        import typing
        from enum import Enum
        from tests.spikes.binding import declarations as db
        from tests.spikes.binding.declarations import Field as F

        class Event(Model):
            kind: typing.ClassVar[str] = "x"
            a: db.Field[int | None]
            b: F["Status"]
            c: "Field[Status | None]" = field(default=None)

        class Status(Enum):
            A = 1
        """,
        future=future,
    )
    columns = resolve(found.Event, [])
    assert [(each.bare, each.nullable) for each in columns.values()] == [
        (int, False),
        (int, True),
        (found.Status, False),
        (found.Status, True),
    ]


def test_field_imported_for_checkers_alone_is_known_by_its_last_word(write: Write) -> None:
    found = write(
        "shy.models",
        """
        del Field
        class Event(Model):
            size: Field[int]
        """,
        future=True,
    )
    assert list(found.Event.meta.declared) == ["id", "size"]


def test_a_model_in_a_function_sees_the_names_of_the_function() -> None:
    class Colour(Enum):
        RED = "red"

    class Owner(Model):
        colour: Field[Colour]

    class Pet(Model):
        owner: ForeignKey[Owner]
        mother: ForeignKey[Pet | None] = foreign_key(default=None)

    columns = resolve(Pet, [])
    assert (columns["owner"].target, columns["mother"].target) == (Owner, Pet)
    assert resolve(Owner, [])["colour"].bare is Colour
    assert repr(Pet.owner.colour) == "Pet.owner.colour"


def test_a_model_in_a_function_belongs_to_nobody_until_it_is_named() -> None:
    class Lonely(Model):
        later: ForeignKey[Later]

    class Later(Model):
        size: Field[int]

    app = App(__name__)
    assert not [model for model in models_of(app) if model in (Lonely, Later)]
    assert set(bind(app, [Lonely, Later])) >= {"lonely", "later"}
    assert resolve(Lonely, [Later])["later"].target is Later


def test_a_relation_to_what_is_no_model_is_refused() -> None:
    class Odd(BareModel):
        other: ForeignKey[int]

    with pytest.raises(DeclarationError, match="leads to <class 'int'>, which is no model"):
        resolve(Odd, [])
