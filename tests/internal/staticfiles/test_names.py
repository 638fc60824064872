from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demijohn.staticfiles.names import add_digest, split_digest

DIGEST = "3f2a9c1b8d" + "0" * 54


@pytest.mark.parametrize(
    ("name", "with_digest"),
    [
        ("style.css", "style.3f2a9c1b8d.css"),
        ("a.b/style.min.css", "a.b/style.min.3f2a9c1b8d.css"),
        ("a.b/LICENSE", "a.b/LICENSE.3f2a9c1b8d"),
        ("x.0123456789.css", "x.0123456789.3f2a9c1b8d.css"),
    ],
)
def test_the_digest_stands_before_the_last_suffix(name: str, with_digest: str) -> None:
    assert add_digest(name, DIGEST) == with_digest
    assert split_digest(with_digest) == (name, "3f2a9c1b8d")


@pytest.mark.parametrize(
    "name",
    ["style.css", "3f2a9c1b8d.css", "a/3f2a9c1b8d", "style.3F2A9C1B8D.css", "style.3f2a9c1b8.css", "a.3f2a9c1b8d/b"],
)
def test_other_names_have_none(name: str) -> None:
    assert split_digest(name) is None


@given(st.text(alphabet="ab./0123456789abcdef\n", min_size=1).filter(lambda name: name.rpartition("/")[2].strip(".")))
@example("1.0123456789")
@example("a.")
def test_a_digest_that_was_added_is_found_again(name: str) -> None:
    if not name.rpartition("/")[2].startswith("."):  # hidden files are not served
        assert split_digest(add_digest(name, DIGEST)) == (name, "3f2a9c1b8d")


@given(st.text())
def test_no_name_is_too_odd_to_look_at(name: str) -> None:
    found = split_digest(name)
    assert found is None or len(found[0]) == len(name) - 11
