"""Try how model classes are made: metaclasses, inheritance, mixes, and what is refused with which words."""

from __future__ import annotations

import copy
import inspect
import pickle
from abc import ABC, ABCMeta, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from demijohn.errors import DeclarationError
from tests.spikes.binding.body import RESERVED
from tests.spikes.binding.declarations import (
    Computed,
    Field,
    ForeignKey,
    ManyToMany,
    computed,
    field,
    foreign_key,
    many,
    primary_key,
)
from tests.spikes.binding.expressions import Condition, Expr
from tests.spikes.binding.model import BareModel, Model, ModelMeta, NotLoaded
from tests.spikes.binding.sample_good import Author, Country, Owned, Post, Status, Tag, Timestamped, ann, post

T = TypeVar("T")


class Slugged(BareModel, abstract=True):
    slug: Field[str] = field(max_length=50)


class Page(Timestamped, Slugged, Model):
    title: Field[str]

    @property
    def broken(self) -> str:
        return self.title.no_such_method()  # type: ignore[attr-defined, no-any-return]  # that is what is tried

    @property
    def late(self) -> str:
        return self.slug


def test_two_abstract_mixins_stand_on_one_model() -> None:
    assert set(Page.meta.declared) == {"id", "slug", "created", "title"}
    assert Page.slug.model is Page
    assert {type(Timestamped), type(Slugged)} == {ModelMeta}
    assert type(Page) is not ModelMeta


def test_columns_are_on_the_metaclass_and_not_in_the_class() -> None:
    assert isinstance(Post.title, Expr)
    assert "title" in vars(type(Post))
    assert not any("title" in vars(cls) for cls in Post.__mro__)
    assert vars(post)["title"] == post.title == "a"


def test_two_models_of_one_mixin_have_columns_of_their_own() -> None:
    assert Page.created is not Post.created
    assert (Page.created.model, Post.created.model) == (Page, Post)


def test_an_abstract_model_has_no_columns_and_no_rows() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'slug'"):
        Slugged.slug  # noqa: B018  # reading is the point
    with pytest.raises(TypeError, match="Slugged is abstract"):
        Slugged(slug="x")


def test_one_concrete_parent_is_refused_with_our_words() -> None:
    with pytest.raises(DeclarationError, match="Special derives from Post, which has a table") as caught:

        class Special(Post): ...

    assert "abstract=True" in str(caught.value)


def test_two_concrete_parents_are_refused_by_python_before_any_code_of_ours_runs() -> None:
    with pytest.raises(TypeError, match="metaclass conflict"):

        class Both(Post, Author): ...


def test_a_proxy_shares_the_columns_of_its_parent() -> None:
    class Draft(Post):
        class Meta(Post.Meta):
            proxy = True

    assert Draft.title is Post.title
    assert isinstance(Draft(title="a", author=1, created=post.created), Post)


def test_a_subclass_redefines_a_field_of_an_abstract_parent_in_its_place() -> None:
    class Short(Slugged, Model):
        slug: Field[str] = field(max_length=5)

    assert Short.meta.declared["slug"].spec.max_length == 5
    assert list(Short.meta.declared) == ["id", "slug"]


def test_of_two_parents_the_more_derived_wins_as_in_the_order_of_python() -> None:
    class Longer(Slugged, abstract=True):
        slug: Field[str] = field(max_length=99)

    class Other(Slugged, abstract=True):
        pass

    class One(Longer, Other, Model):
        pass

    class Two(Other, Longer, Model):
        pass

    assert [model.meta.declared["slug"].spec.max_length for model in (One, Two)] == [99, 99]


def test_options_are_inherited_with_and_without_naming_the_parents_meta() -> None:
    assert Page.meta.options == {"ordering": ("created",)}
    assert Post.meta.options == {"ordering": ("-created",)}


def test_a_field_reads_as_an_expression_and_a_row_as_its_value() -> None:
    condition = Post.title == "a"
    assert isinstance(condition, Condition)
    assert str(condition) == "Post.title = 'a'"
    assert post.status is Status.DRAFT
    assert {Post.title: 1}[Post.title] == 1


def test_a_condition_has_no_truth() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(Post.title == "a")


def test_a_path_follows_relations_and_says_where_it_ends() -> None:
    assert repr(Post.author.name) == "Post.author.name"
    assert repr(Post.tags.to.parent.label) == "Post.tags.parent.label"
    with pytest.raises(AttributeError, match="nam"):
        Post.author.nam  # type: ignore[attr-defined]  # noqa: B018  # that is what is tried


def test_a_relation_and_its_key_stay_in_step() -> None:
    written = Post(title="a", author=3, created=post.created)
    values = vars(written)
    assert (values["author_id"], written.author.id) == (3, 3)
    with pytest.raises(NotLoaded, match=r"Author\.name is not loaded"):
        written.author.name  # noqa: B018  # reading is the point
    other = Author(name="Bo", email="b")
    other.id = 7
    written.author = other
    assert (values["author_id"], written.author) == (7, other)
    values["author_id"] = 9  # what `written.author_id = 9` does
    assert written.author.id == 9
    assert written.author is not other


def test_an_error_in_a_property_keeps_its_message() -> None:
    page = Page(title="x", slug="x", created=post.created)
    with pytest.raises(AttributeError, match="'str' object has no attribute 'no_such_method'"):
        page.broken  # noqa: B018  # reading is the point
    del page.__dict__["slug"]
    with pytest.raises(NotLoaded, match=r"Page\.slug is not loaded"):
        page.late  # noqa: B018  # as above
    with pytest.raises(AttributeError, match="'Page' object has no attribute 'titel'"):
        page.titel  # type: ignore[attr-defined]  # noqa: B018  # as above


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))])
def test_rows_are_copied_and_pickled_without_their_batch(how: Any) -> None:  # Any: each has a signature of its own
    row = Post(title="a", author=ann, created=post.created)
    row.__dict__["_batch"] = object
    twin = how(row)
    assert twin is not row
    assert type(twin) is Post
    assert "_batch" not in vars(twin)
    assert (twin.title, twin.author.name) == ("a", "Ann")


def test_classes_are_pickled_by_name_and_copied_as_themselves() -> None:
    assert pickle.loads(pickle.dumps(Post)) is Post
    assert copy.copy(Post) is copy.deepcopy(Post) is Post


def test_dir_shows_the_columns_so_that_consoles_complete_them_and_python_suggests_them() -> None:
    assert {"title", "author", "created", "id", "objects"} <= set(dir(Post))
    assert "slug" not in dir(Slugged)
    assert {"name", "email"} <= set(dir(Post.author))


def test_the_signature_is_that_of_the_constructor() -> None:
    signature = inspect.signature(Post)
    assert list(signature.parameters) == [
        *("created", "title", "subtitle", "views", "status", "words", "author", "editor"),
    ]
    assert signature.parameters["views"].default == 0
    assert signature.parameters["title"].default is inspect.Parameter.empty
    assert list(inspect.signature(Country).parameters) == ["code"]


def test_the_constructor_refuses_what_checkers_refuse() -> None:
    with pytest.raises(TypeError, match=r"takes no 'titel'. Did you mean 'title'\?"):
        Post(titel="a", title="a", author=1, created=post.created)  # type: ignore[call-arg]  # that is what is tried
    with pytest.raises(TypeError, match="Post needs created, title, author"):
        Post()  # type: ignore[call-arg]  # as above
    with pytest.raises(TypeError, match="takes no 'id'"):
        Author(id=3, name="a", email="b")  # type: ignore[call-arg]  # as above


def test_init_subclass_runs_with_its_keywords_and_sees_the_columns() -> None:
    seen = []

    class Audited(BareModel, abstract=True):
        def __init_subclass__(cls, *, trail: str = "", **keywords: Any) -> None:  # Any: as object has it
            super().__init_subclass__(**keywords)
            seen.append((trail, repr(getattr(cls, "amount", None)), cls.meta.table))

    class Bill(Audited, Model, trail="money"):
        amount: Field[int]

    assert seen == [("money", "Bill.amount", "bill")]


def test_an_abc_needs_a_metaclass_joined_once_on_an_abstract_parent() -> None:
    class Priced(ABC):
        @abstractmethod
        def price(self) -> int: ...

    with pytest.raises(TypeError, match="metaclass conflict"):

        class Thing(Model, Priced): ...  # type: ignore[metaclass]  # that is what is tried

    class AbstractModelMeta(ModelMeta, ABCMeta): ...

    class PricedModel(Model, Priced, abstract=True, metaclass=AbstractModelMeta): ...

    class Ware(PricedModel):
        cents: Field[int]

        def price(self) -> int:
            return self.cents

    class Unpriced(PricedModel): ...

    assert Ware(cents=3).price() == 3  # type: ignore[call-arg]  # mypy wants dataclass_transform again
    assert isinstance(Ware.cents, Expr)
    with pytest.raises(TypeError, match="abstract"):
        Unpriced()  # type: ignore[abstract]  # that is what is tried


def test_a_generic_mixin_takes_its_type_from_the_model() -> None:
    class Labelled(BareModel, Generic[T], abstract=True):
        value: Field[T | None]
        values: Field[list[T]] = field(default=list)

    class Named(Labelled[str], Model): ...

    from tests.spikes.binding.owners import resolve

    columns = resolve(Named, [])
    assert (columns["value"].bare, columns["value"].nullable) == (str, True)
    assert columns["values"].bare == list[str]


def test_a_generic_model_of_another_module_leads_to_the_given_class() -> None:
    class Paper(Owned[Tag], Model): ...

    assert repr(Paper.owner.label) == "Paper.owner.label"  # type: ignore[misc]  # pyright and ty know it


def test_slots_named_as_a_field_are_refused_and_others_work() -> None:
    class Plain:
        __slots__ = ("slug",)

    with pytest.raises(DeclarationError, match=r"Plain\.slug stands in the way of the field 'slug'"):

        class Slotted(Plain, Slugged, Model): ...

    with pytest.raises(DeclarationError, match=r"Own\.slug stands in the way"):

        class Own(Slugged, Model):
            __slots__ = ("slug",)

    class Cached(Slugged, Model):
        __slots__ = ("cached",)

    assert Cached(slug="x").slug == "x"


def test_methods_and_properties_named_as_an_inherited_field_are_refused() -> None:
    with pytest.raises(DeclarationError, match=r"Shout\.slug stands in the way"):

        class Shout(Slugged, Model):
            def slug(self) -> str:  # type: ignore[misc, override]  # that is what is tried
                return "X"


@pytest.mark.parametrize("name", [*sorted(RESERVED - {"Meta"}), "a__b", "_hidden", "ends_"])
def test_reserved_names_are_refused(name: str) -> None:
    body = {"__module__": __name__, "__qualname__": "X", "__annotations__": {name: Field[str]}, name: field()}
    with pytest.raises(DeclarationError, match=f"cannot be called '{name}'"):
        ModelMeta("X", (Model,), body)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (None, field(), "'x' has no annotation.*\n.*Write x: Field"),
        (Field[int], 0, r"'x' is set to 0.\n.*field\(default=0\)"),
        (int, 0, r"'x' is annotated int, which is no column.\n.*Field\[int\]"),
        ("int", None, r"'x' is annotated int"),
        (Field[int], many(), r"'x' is Field by its annotation and many\(\) by its value"),
        (ManyToMany[Tag], None, r"'x' has no value.\n.*= many\(\)"),
        (Computed[int], None, r"'x' has no value.\n.*= computed\(\)"),
    ],
)
def test_what_is_no_field_is_refused_with_what_to_write(annotation: object, value: object, message: str) -> None:
    body: dict[str, object] = {"__module__": __name__, "__qualname__": "X", "__annotations__": {}}
    body |= {"x": value} if value is not None else {}
    body["__annotations__"] = {"x": annotation} if annotation is not None else {}
    with pytest.raises(DeclarationError, match=message):
        ModelMeta("X", (Model,), body)


def test_class_variables_and_plain_values_are_left_alone() -> None:
    class Box(Model):
        limit: ClassVar[int] = 3
        colour = "red"
        size: Field[int]

    assert (Box.limit, Box.colour, list(Box.meta.declared)) == (3, "red", ["id", "size"])


def test_all_mistakes_of_a_body_are_reported_at_once_with_the_line() -> None:
    with pytest.raises(DeclarationError, match=r"test_classes\.py:\d+") as caught:

        class Bad(Model):
            size: Field[int] = 0  # type: ignore[assignment]  # that is what is tried
            count: int = 0

            class Meta:
                orderng = ()

    assert len(caught.value.problems) == 3
    assert "Did you mean 'ordering'?" in str(caught.value)


def test_a_key_that_a_relation_needs_is_refused_as_a_field() -> None:
    with pytest.raises(DeclarationError, match="keeps its key in 'author_id'"):

        class Double(Model):
            author: ForeignKey[Author] = foreign_key()
            author_id: Field[int]


def test_a_computed_value_is_not_in_the_constructor_and_not_a_column() -> None:
    class Counted(Model):
        total: Computed[int] = computed()

    assert isinstance(Counted.total, Expr)
    assert "total" not in Counted.meta.columns
    with pytest.raises(AttributeError, match="has no attribute 'total'"):
        Counted().total  # noqa: B018  # reading is the point


def test_a_default_may_be_a_function_called_for_each_row() -> None:
    class Keyed(BareModel):
        id: Field[int] = primary_key(default=iter([1, 2]).__next__)

    assert [Keyed().id, Keyed().pk] == [1, 2]
