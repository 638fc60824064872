"""Hold what mypy --strict, pyright and ty must accept. sample_bad.py holds what they must not."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar, assert_type
from uuid import UUID, uuid4

from tests.spikes.binding.declarations import (
    Computed,
    Field,
    ForeignKey,
    ManyToMany,
    Reverse,
    computed,
    field,
    foreign_key,
    many,
    primary_key,
    reverse,
)
from tests.spikes.binding.expressions import Condition, Expr, Order
from tests.spikes.binding.model import BareModel, Model, QuerySet

T = TypeVar("T")


class Status(Enum):
    DRAFT = "draft"
    PUBLIC = "public"


class Author(Model):
    name: Field[str]
    email: Field[str] = field(unique=True)
    posts: Reverse[Post] = reverse()
    post_count: Computed[int] = computed()


class Timestamped(BareModel, abstract=True):
    created: Field[datetime]

    class Meta:
        ordering = ("created",)


class Owned(BareModel, Generic[T], abstract=True):
    owner: ForeignKey[T] = foreign_key()


class Tag(Model):
    label: Field[str] = field(max_length=40)
    parent: ForeignKey[Tag | None] = foreign_key(default=None)


class Post(Timestamped, Model):
    title: Field[str] = field(max_length=200)
    subtitle: Field[str | None] = field(default=None)
    views: Field[int] = field(default=0)
    status: Field[Status] = field(default=Status.DRAFT)
    words: Field[list[str]] = field(default=list)
    author: ForeignKey[Author] = foreign_key(related_name="posts", on_delete="CASCADE")
    editor: ForeignKey[Author | None] = foreign_key(default=None)
    tags: ManyToMany[Tag] = many(related_name="posts")

    class Meta(Timestamped.Meta):
        ordering = ("-created",)

    @property
    def headline(self) -> str:
        return self.title.upper()


class Country(BareModel):
    code: Field[str] = primary_key(init=True, max_length=2)


class Token(Owned[Author]):
    id: Field[UUID] = primary_key(default=uuid4)


now = datetime(2026, 11, 22)
ann = Author(name="Ann", email="ann@example.org")
post = Post(title="a", author=ann, created=now)
Post(title="a", author=3, created=now, subtitle="b", editor=ann, status=Status.PUBLIC)
Country(code="fr")
Token(owner=ann)
Tag(label="x", parent=Tag(label="y"))


def use(value: object) -> None:
    """Take a value, so that a line is more than an expression."""


def holds() -> None:
    assert_type(Post.title, Expr[str])
    assert_type(Post.subtitle, Expr[str | None])
    assert_type(Post.id, Expr[int])
    assert_type(Post.created, Expr[datetime])
    assert_type(Post.author.name, Expr[str])
    assert_type(Post.editor.name, Expr[str])
    assert_type(Post.tags.to.label, Expr[str])
    assert_type(Author.post_count, Expr[int])
    assert_type(Token.id, Expr[UUID])
    assert_type(post.title, str)
    assert_type(post.subtitle, str | None)
    assert_type(post.id, int)
    assert_type(post.status, Status)
    assert_type(post.author.name, str)
    assert_type(post.editor, Author | None)
    assert_type(ann.post_count, int)
    assert_type([each.title for each in ann.posts], list[str])
    assert_type([each.label for each in post.tags], list[str])
    assert_type(Token(owner=ann).owner.name, str)
    assert_type(Post.title == "a", Condition)
    assert_type(Post.title != None, Condition)  # noqa: E711  # it means IS NOT NULL
    assert_type(Post.views >= 3, Condition)
    assert_type(Post.title == Post.subtitle, Condition)
    assert_type(Post.subtitle == Post.title, Condition)
    assert_type(Post.subtitle.icontains("x"), Condition)
    assert_type(Post.title.icontains("x") & ~Post.views.in_([1, 2]), Condition)
    assert_type(Post.tags.any(Tag.label == "x"), Condition)
    assert_type(Post.created.desc(), Order)
    assert_type(Post.objects, QuerySet[Post])
    assert_type(Post.objects.filter(Post.title == Post.subtitle, views__gt=3).first(), Post | None)
    post.title = "b"
    post.subtitle = None
    post.author = 3
    post.author = ann
    post.editor = None
