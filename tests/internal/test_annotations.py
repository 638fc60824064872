"""Annotations in every way in which they can be written, and what is said of those that cannot be resolved."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, NewType, Optional, TypeVar, Union

import msgspec
import pytest
from typing_extensions import TypeAliasType

from demijohn.annotations import hints_of, read_hints, signature_of, spell, unwrap
from demijohn.errors import DeclarationError

if TYPE_CHECKING:
    from decimal import Decimal as Money

T = TypeVar("T")
UserId = NewType("UserId", int)
Name = TypeAliasType("Name", Annotated[str, "short"])
Pair = TypeAliasType("Pair", tuple[T, T], type_params=(T,))


class Parent:
    kept: int
    changed: Money


class Child(Parent):
    changed: str  # type: ignore[assignment]  # what overrides is what counts
    constant: ClassVar[int] = 3
    node: Child | None


class Endpoint:
    def method(self, key: int) -> None: ...

    def __call__(self, slug: str) -> None: ...


def with_text(key: int, name: Annotated[str, "short"], later: Child) -> None: ...


def with_hidden(price: Money, count: int) -> None: ...


def with_typo(child: Chlid) -> None: ...  # type: ignore[name-defined]  # noqa: F821  # the mistake under test


def test_text_becomes_types_with_annotated_kept() -> None:
    hints = hints_of(with_text)
    assert hints == {"key": int, "name": Annotated[str, "short"], "later": Child, "return": type(None)}


def test_bound_methods_partials_wrappers_and_callables_are_read() -> None:
    @functools.wraps(with_text)
    def wrapper(*args: Any, **kwargs: Any) -> None: ...

    assert hints_of(Endpoint().method)["key"] is int
    assert hints_of(Endpoint())["slug"] is str
    assert hints_of(functools.partial(with_text, key=1))["later"] is Child
    assert hints_of(wrapper)["key"] is int


def test_a_builtin_has_no_hints() -> None:
    assert hints_of(len) == {}


def test_classes_inherit_and_override_annotations() -> None:
    hints = hints_of(Child)
    assert (hints["kept"], hints["changed"], hints["node"]) == (int, str, Child | None)
    assert hints["constant"] == ClassVar[int]


def test_a_field_named_like_its_type_means_the_type(tmp_path: Path) -> None:
    module = load_module(
        tmp_path, "from __future__ import annotations\nfrom datetime import date\nclass A:\n    date: date = None\n"
    )
    assert hints_of(module.A)["date"] is module.date


def test_types_of_the_surrounding_function_are_seen_where_it_closes_over_them() -> None:
    class Local: ...

    def handler(item: Local) -> type:
        return Local

    assert hints_of(handler)["item"] is Local


def test_a_type_checking_import_is_named_with_its_line_and_the_remedy() -> None:
    hints = read_hints(with_hidden)
    assert hints.types == {"count": int, "return": type(None)}
    problem = hints.problems["price"]
    line = Path(__file__).read_text().splitlines().index("    from decimal import Decimal as Money") + 1
    assert "`price` of with_hidden names `Money`, which cannot be found" in problem.message
    assert f"(line {line})" in problem.remedy
    assert "outside that block" in problem.remedy
    assert problem.where.startswith(str(Path(__file__).relative_to(Path.cwd())) + ":")


def test_a_misspelt_name_is_answered_with_the_near_one() -> None:
    with pytest.raises(DeclarationError, match="Did you mean `Child`") as raised:
        hints_of(with_typo)
    assert len(raised.value.problems) == 1


def test_a_name_inside_a_function_is_explained() -> None:
    def handler() -> Callable[..., object]:
        class Qxyz: ...

        def inner(item: Qxyz) -> None: ...

        return inner

    problem = read_hints(handler()).problems["item"]
    assert "only inside a function are not seen" in problem.remedy


@pytest.mark.parametrize(("text", "error"), [("int |", "SyntaxError"), ("int.gone", "AttributeError")])
def test_an_annotation_that_cannot_be_evaluated_is_a_problem(tmp_path: Path, text: str, error: str) -> None:
    problem = read_hints(load_module(tmp_path, f"def f(value: {text!r}): ...\n").f).problems["value"]
    assert f"`value` of f, `{text}`, cannot be evaluated: {error}: " in problem.message


def test_all_unresolved_annotations_of_a_class_are_reported(tmp_path: Path) -> None:
    source = "from __future__ import annotations\nclass A:\n    x: Missing\n    y: Gone\n    z: int\n"
    with pytest.raises(DeclarationError) as raised:
        hints_of(load_module(tmp_path, source).A)
    assert [problem.message.split("`")[3] for problem in raised.value.problems] == ["Missing", "Gone"]


def test_objects_rather_than_text_are_read_too(tmp_path: Path) -> None:
    source = "class B: ...\ndef f(a: int, b: 'B', c: list['B']): ...\n"
    module = load_module(tmp_path, source)
    hints = hints_of(module.f)
    assert (hints["a"], hints["b"], unwrap(hints["c"]).bare) == (int, module.B, list.__class_getitem__(module.B))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax is Python 3.12's")
def test_type_statements_and_type_parameters_are_read(tmp_path: Path) -> None:
    source = (
        "type Id = int\ntype Both[T] = tuple[T, T]\n"
        "def f[T](a: Id, b: Both[str], c: T): ...\nclass C[T]:\n    x: 'list[T]'\n"
    )
    module = load_module(tmp_path, source)
    hints = hints_of(module.f)
    assert spell(hints_of(module.C)["x"]) == "list[T]"
    assert unwrap(hints["a"]).bare is int
    assert unwrap(hints["b"]).bare == tuple[str, str]


def test_signature_names_the_parameters_without_evaluating_annotations() -> None:
    assert list(signature_of(with_hidden).parameters) == ["price", "count"]
    with pytest.raises(ValueError, match="signature"):
        signature_of(type)


@pytest.mark.parametrize(
    ("declared", "bare", "nullable", "metadata"),
    [
        (int, int, False, ()),
        (Optional[int], int, True, ()),  # noqa: UP045  # the old spellings are read as well
        (Union[int, None, str], int | str, True, ()),  # noqa: UP007  # as above
        (int | None, int, True, ()),
        (Annotated[Annotated[int, "in"], "out"], int, False, ("in", "out")),
        (Annotated[str, "x"] | None, str, True, ("x",)),
        (Annotated[str | None, "x"], str, True, ("x",)),
        (UserId, int, False, ()),
        (Name, str, False, ("short",)),
        (Pair[int], tuple[int, int], False, ()),
        (Annotated[UserId, "x"] | None, int, True, ("x",)),
        (list[int] | None, list[int], True, ()),
        (Literal["a", "b"], Literal["a", "b"], False, ()),
    ],
)
def test_unwrap_takes_an_annotation_apart(
    declared: object, bare: object, nullable: bool, metadata: tuple[object, ...]
) -> None:
    found = unwrap(declared)
    assert (found.bare, found.nullable, found.metadata) == (bare, nullable, metadata)


class Page(msgspec.Struct, Generic[T]):
    items: list[T]


@pytest.mark.parametrize(
    ("annotation", "spelt"),
    [
        (int, "int"),
        (None, "None"),
        (list[int], "list[int]"),
        (Child | None, "Child | None"),
        (Annotated[dict[str, Child], "x"], "dict[str, Child]"),
        (Page[Child], "Page[Child]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (Literal["a", 1], "Literal['a', 1]"),
        (Any, "Any"),
        (UserId, "UserId"),
        (with_text, "with_text"),
    ],
)
def test_spell_writes_types_as_people_do(annotation: object, spelt: str) -> None:
    assert spell(annotation) == spelt


def load_module(folder: Path, source: str) -> ModuleType:
    """Import a module from its source, so that it may have other imports and flags than this one."""
    file = folder / "loaded_for_annotations.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module
