from __future__ import annotations

import os
from pathlib import Path

import pytest

from demijohn.templating import folders as folders_module
from demijohn.templating.folders import (
    TemplateFolder,
    find_template,
    is_template_name,
    sorted_folders,
    template_conflicts,
    walk_folder,
)


def make(root: Path, owner: str, rank: int, *names: str) -> TemplateFolder:
    folder = root / owner
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(owner)
    return TemplateFolder(folder, owner, rank, f"{owner}.py:1")


@pytest.mark.parametrize("name", ["notes.html", "blog/notes.html", "a.b/c", ".hidden", "...", "mail/ä.txt"])
def test_a_name_below_a_folder_is_one(name: str) -> None:
    assert is_template_name(name)


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "./a", "a\\b", "..\\x", "a\0", "..", "a/.."]
)
def test_a_name_that_leads_elsewhere_is_none(name: str, tmp_path: Path) -> None:
    assert not is_template_name(name)
    assert find_template([make(tmp_path, "app", 0, "b")], name) is None


def test_the_app_comes_before_modules_and_these_before_extensions(tmp_path: Path) -> None:
    extension = make(tmp_path, "extension", 2, "a", "b", "c")
    module = make(tmp_path, "module", 1, "a", "b")
    app = make(tmp_path, "app", 0, "a")
    ordered = sorted_folders([extension, module, app])
    found = [find_template(ordered, name) for name in "abcd"]
    assert [path and path.read_text() for path in found] == ["app", "module", "extension", None]


def test_a_folder_is_no_template(tmp_path: Path) -> None:
    assert find_template([make(tmp_path, "app", 0, "blog/a")], "blog") is None


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = make(tmp_path, "app", 0, "a")
    (tmp_path / "secret").write_text("x")
    os.symlink(tmp_path / "secret", folder.path / "b")
    os.symlink(folder.path / "a", folder.path / "c")
    assert find_template([folder], "b") is None
    assert find_template([folder], "c") == folder.path / "c"


def test_walking_leaves_out_what_begins_with_a_dot(tmp_path: Path) -> None:
    folder = make(tmp_path, "app", 0, "b", "a/x", ".git/config", ".swp")
    assert list(walk_folder(folder.path)) == ["b", "a/x"]
    assert list(walk_folder(tmp_path / "nowhere")) == []


@pytest.mark.parametrize("rank", [1, 2])
def test_the_same_name_in_two_of_a_rank_is_a_problem_that_names_both(tmp_path: Path, rank: int) -> None:
    blog = make(tmp_path, "blog", rank, "index.html", "own.html")
    shop = make(tmp_path, "site.shop", rank, "index.html")
    (problem,) = template_conflicts([blog, shop])
    assert problem.message == (
        f"Two templates are called 'index.html': {blog.path / 'index.html'} of blog, and "
        f"{shop.path / 'index.html'} of site.shop."
    )
    assert problem.where == "site.shop.py:1"
    assert problem.remedy == "Put them in a folder of their module's name: templates/shop/index.html"


def test_what_the_app_has_itself_is_no_conflict(tmp_path: Path) -> None:
    rivals = [make(tmp_path, "blog", 1, "a", "b"), make(tmp_path, "shop", 1, "a", "b")]
    (problem,) = template_conflicts([make(tmp_path, "app", 0, "a"), *rivals])
    assert "'b'" in problem.message


def test_ranks_and_one_folder_named_twice_are_no_conflict(tmp_path: Path) -> None:
    blog = make(tmp_path, "blog", 1, "a")
    extension = make(tmp_path, "extension", 2, "a")
    again = TemplateFolder(blog.path, "news", 1, "news.py:1")
    gone = TemplateFolder(tmp_path / "nowhere", "gone", 1, "gone.py:1")
    assert template_conflicts([blog, extension, again, gone]) == []


def test_one_folder_of_a_rank_is_not_walked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders_module, "walk_folder", lambda folder: pytest.fail("walked"))
    assert template_conflicts([make(tmp_path, "app", 0, "a"), make(tmp_path, "blog", 1, "a")]) == []


def test_a_name_that_is_too_long_for_a_file_is_that_of_none(tmp_path: Path) -> None:
    assert find_template([make(tmp_path, "app", 0, "a")], "a" * 300) is None
