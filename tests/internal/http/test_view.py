from __future__ import annotations

from demijohn.http.view import VIEW_METHODS, View


class Parent(View):
    def get(self) -> str:
        return ""


class Child(Parent):
    delete = None

    def post(self) -> str:
        return ""

    def helper(self) -> str:
        return ""


def test_a_view_answers_what_it_and_its_parents_define() -> None:
    assert Child.http_methods() == ["GET", "POST"]
    assert Parent.http_methods() == ["GET"]
    assert View.http_methods() == []


def test_head_and_options_are_left_to_the_router() -> None:
    assert not {"head", "options"} & {*VIEW_METHODS}
