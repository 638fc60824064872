from __future__ import annotations

import functools

from demijohn.marks import add_mark, marks_of


def values_of(target: object) -> list[object]:
    return [mark.value for mark in marks_of(target)]


def test_marks_are_kept_in_the_order_in_which_they_were_applied() -> None:
    def handler() -> str:
        return "x"

    assert add_mark(add_mark(handler, "one"), "two") is handler
    assert values_of(handler) == ["one", "two"]
    assert handler() == "x"


def test_a_mark_knows_where_it_was_made() -> None:
    def handler() -> None: ...

    add_mark(handler, "one")
    [mark] = marks_of(handler)
    assert mark.origin.file == __file__


def test_a_bound_method_has_the_marks_of_its_function() -> None:
    class View:
        def get(self) -> None: ...

    add_mark(View.get, "one")
    assert values_of(View().get) == ["one"]


def test_a_wrapper_takes_over_the_marks_of_what_it_wraps() -> None:
    def handler() -> None: ...

    add_mark(handler, "inner")
    wrapper = functools.wraps(handler)(lambda: None)
    add_mark(wrapper, "outer")
    assert values_of(wrapper) == ["inner", "outer"]
    assert values_of(handler) == ["inner"]


def test_a_class_has_its_parents_marks_and_does_not_change_them() -> None:
    class Parent: ...

    class Child(Parent): ...

    add_mark(Parent, "parent")
    add_mark(Child, "child")
    add_mark(Parent, "late")
    assert values_of(Child) == ["parent", "late", "child"]
    assert values_of(Parent) == ["parent", "late"]


def test_what_was_never_marked_has_none() -> None:
    assert marks_of(print) == marks_of(object) == marks_of(3) == ()
