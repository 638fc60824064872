from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import Environment, TemplateNotFound

from demijohn.templating.errors import TemplateError
from demijohn.templating.folders import TemplateFolder
from demijohn.templating.loader import FolderLoader

Write = Callable[[str, str], Path]


def test_a_source_comes_with_its_file(write: Write, folders: list[TemplateFolder]) -> None:
    path = write("blog/a.html", "ä\n")
    source, file, is_up_to_date = FolderLoader(folders).get_source(Environment(autoescape=True), "blog/a.html")
    assert (source, file, is_up_to_date()) == ("ä\n", str(path), True)


def test_a_changed_and_a_vanished_file_are_noticed(write: Write, folders: list[TemplateFolder]) -> None:
    path = write("a.html", "1")
    loader = FolderLoader(folders)
    *_, before = loader.get_source(Environment(autoescape=True), "a.html")
    write("a.html", "12")
    *_, after = loader.get_source(Environment(autoescape=True), "a.html")
    assert (before(), after()) == (False, True)
    path.unlink()
    assert not after()


def test_a_file_that_appears_in_an_earlier_folder_is_noticed(
    write: Write, folders: list[TemplateFolder], tmp_path: Path
) -> None:
    write("a.html", "1")
    first = TemplateFolder(tmp_path / "first", "the app", 0, "")
    *_, is_up_to_date = FolderLoader([first, *folders]).get_source(Environment(autoescape=True), "a.html")
    assert is_up_to_date()
    first.path.mkdir()
    (first.path / "a.html").write_text("1")
    assert not is_up_to_date()


@pytest.mark.parametrize("name", ["b.html", "../a.html", ""])
def test_what_is_not_there_is_said_in_the_words_of_jinja(
    write: Write, folders: list[TemplateFolder], name: str
) -> None:
    write("a.html", "")
    with pytest.raises(TemplateNotFound):
        FolderLoader(folders).get_source(Environment(autoescape=True), name)


def test_a_file_that_is_not_utf_8_is_a_mistake_that_names_it(write: Write, folders: list[TemplateFolder]) -> None:
    write("a.html", "").write_bytes(b"ab\xe4")
    with pytest.raises(TemplateError, match=r"a\.html is not UTF-8 \(byte 2\)"):
        FolderLoader(folders).get_source(Environment(autoescape=True), "a.html")
