"""Measure what reads and writes cost beside a plain class: `python -m tests.spikes.binding.measure`."""

from __future__ import annotations

import sys
from abc import ABCMeta
from timeit import repeat
from typing import Any

from tests.spikes.binding.declarations import Field, ForeignKey, foreign_key
from tests.spikes.binding.model import BareModel, Model, ModelMeta


class Plain:
    kind = "x"

    def __init__(self, title: str) -> None:
        self.title = title


class Described:
    """Be the usual layout: a non-data descriptor in the class."""

    class Column:
        def __get__(self, obj: object, owner: type) -> object:
            return self

    title: Any = Column()  # Any: the layout that is not typed


class Author(Model):
    name: Field[str]


class Post(Model):
    title: Field[str]
    author: ForeignKey[Author] = foreign_key()


class WatchedMeta(ModelMeta):
    """Try what explaining missing names of classes would cost."""

    def __getattr__(cls, name: str) -> object:  # noqa: N805  # a metaclass, which ruff does not see
        raise AttributeError(name)


class Watched(BareModel, abstract=True, metaclass=WatchedMeta): ...


class WatchedPost(Watched, Model):
    title: Field[str]


class AbstractModelMeta(ModelMeta, ABCMeta): ...


class AbcModel(Model, abstract=True, metaclass=AbstractModelMeta): ...


class AbcPost(AbcModel): ...


class BarePost:
    """Be a model without `__getattr__`, which loads missing columns."""


def cost(statement: str, **names: object) -> float:
    """Return nanoseconds for one of eight equal statements, the least of many runs."""
    loops = 40_000
    return min(repeat("; ".join([statement] * 8), repeat=15, number=loops, globals=names)) / loops / 8 * 1e9


def main() -> None:
    print(sys.version.split()[0])  # noqa: T201  # a script that people run
    for what, found in (*attributes().items(), *classes().items()):
        first = found[0][1]
        text = "; ".join(f"{name} {ns:.1f} ns ({ns / first:.1f})" for name, ns in found)
        print(f"{what}: {text}")  # noqa: T201  # as above


def attributes() -> dict[str, list[tuple[str, float]]]:
    plain, bare, described = Plain("x"), BarePost(), Described()
    post, linked, ann = Post.__new__(Post), Post.__new__(Post), Author(name="a")
    post.__dict__ = {"id": 1, "title": "x", "author_id": 3}
    bare.__dict__ = {"id": 1, "title": "x"}
    described.__dict__ = {"title": "x"}
    ann.id = 3
    linked.author = ann
    return {
        "instance read": [
            ("plain", cost("p.title", p=plain)),
            ("ours", cost("p.title", p=post)),
            ("ours, without __getattr__", cost("p.title", p=bare)),
            ("descriptor in the class", cost("p.title", p=described)),
            ("relation, loaded", cost("p.author", p=linked)),
        ],
        "instance write": [
            ("plain", cost("p.title = 'y'", p=plain)),
            ("ours", cost("p.title = 'y'", p=post)),
            ("descriptor in the class", cost("p.title = 'y'", p=described)),
            ("relation", cost("p.author = a", p=linked, a=ann)),
        ],
    }


def classes() -> dict[str, list[tuple[str, float]]]:
    post = Post.__new__(Post)
    return {
        "class read": [
            ("plain", cost("P.kind", P=Plain)),
            ("ours", cost("P.title", P=Post)),
            ("descriptor in the class", cost("P.title", P=Described)),
            ("ours, metaclass with __getattr__", cost("P.title", P=WatchedPost)),
            ("relation", cost("P.author", P=Post)),
        ],
        "isinstance that fails": [
            ("plain", cost("isinstance(p, P)", p=post, P=Plain)),
            ("ours", cost("isinstance(p, P)", p=post, P=Author)),
            ("with ABCMeta", cost("isinstance(p, P)", p=post, P=AbcPost)),
        ],
        "class statement": [
            ("plain", creation("class X:\n    a: str")),
            ("ours", creation("class X(M):\n    a: F[str]")),
        ],
    }


def creation(text: str) -> float:
    names = {"M": Model, "F": Field, "__name__": __name__}
    return min(repeat(text, repeat=5, number=200, globals=names)) / 200 * 1e9


if __name__ == "__main__":
    main()
