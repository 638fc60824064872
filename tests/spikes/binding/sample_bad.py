"""Hold mistakes. A line marked so is one that mypy --strict, pyright and ty must report, and no other.

A mark with names is reported by those alone; README.md says why.
"""

from __future__ import annotations

from datetime import datetime

from tests.spikes.binding.declarations import Field, field, primary_key
from tests.spikes.binding.model import BareModel, Model
from tests.spikes.binding.sample_good import Author, Country, Post, Tag, Timestamped, Token, use

now = datetime(2026, 11, 22)
ann = Author(name="Ann", email="ann@example.org")
post = Post(title="a", author=ann, created=now)


class Wrong(Model):
    views: Field[int] = field(default="x")  # error
    title: Field[str] = field(default=None)  # error
    words: Field[list[str]] = field(default=dict)  # error
    plain: Field[int] = 0  # error
    size: Field[int] = field(max_lenght=3)  # error


class Note(Timestamped, Model):
    class Meta:  # error: pyright ty
        ordering = ("id",)


class Keyless(BareModel):
    id: Field[int] = primary_key(default="x")  # error


Post(author=ann, created=now)  # error
Post(title=3, author=ann, created=now)  # error
Post(titel="a", title="a", author=ann, created=now)  # error
Post(title="a", author="ann", created=now)  # error
Post(title="a", author=Tag(label="x"), created=now)  # error
Post(title=None, author=ann, created=now)  # error
Post(title="a", author=None, created=now)  # error
Post(id=3, title="a", author=ann, created=now)  # error
Post(title="a", author=ann, created=now, tags=[])  # error
Post("a", author=ann, created=now)  # error
Author(name="a", email="b", posts=[])  # error
Author(name="a", email="b", post_count=3)  # error
Country()  # error
Token(owner=Tag(label="x"))  # error
post.title = 3  # error
post.title = None  # error
post.author = Tag(label="x")  # error
post.titel = "a"  # error
use(post.titel)  # error
use(Post.titel)  # error
use(Post.author.nam)  # error
use(post.author.nam)  # error
use(post.editor.name)  # error
use(Post.views >= "a")  # error
use(Post.views < None)  # error
use(Post.views.in_(["a"]))  # error
use(Post.views.icontains("a"))  # error
use(Post.tags.to.labl)  # error
use(Post.objects.filter("a"))  # error
use(Post.objects.filter(Post.title))  # error
use(Post.objects.filter(Post.views == "a"))  # error
use(Post.views == "a")  # nobody reports it here, only where the result is used: str takes any ==, and gives a bool
use(Post.objects.frist())  # error
use(Token.owner.name)  # error: mypy
ann.post_count = 3  # error
number: int = post.title  # error
label: str = Post.title  # error
