"""Test the reading of the pages itself, on small ones: an example that is not found is an example that is not run."""

from __future__ import annotations

import pytest

from .pages import ROOT, Page


def page(*lines: str) -> Page:
    return Page(ROOT / "docs" / "page.md", "\n".join(lines))


def test_a_block_has_its_language_and_the_line_of_its_content() -> None:
    block, *others = page("# Title", "", "```python", "x = 1", "", "y = 2", "```", "End.").blocks()
    assert others == []
    assert (block.language, block.content, block.line, block.not_run) == ("python", "x = 1\n\ny = 2", 4, None)


def test_a_block_in_a_list_loses_its_indent() -> None:
    (block,) = page("- item", "  ```python", "  if x:", "      y()", "  ```").blocks()
    assert block.content == "if x:\n    y()"


def test_the_reason_for_not_running_stands_right_above() -> None:
    blocks = page("<!-- not run: needs nginx -->", "```python", "```", "<!-- not run: x -->", "", "```python", "```")
    assert [block.not_run for block in blocks.blocks()] == ["needs nginx", None]


def test_a_longer_fence_holds_a_shorter_one() -> None:
    (block,) = page("````markdown", "```python", "```", "````").blocks()
    assert (block.language, block.content) == ("markdown", "```python\n```")


def test_a_block_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="not closed"):
        list(page("```python", "x = 1").blocks())


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("# app.py", "app.py"),
        ("# shop/views.py: the pages", "shop/views.py"),
        ("{# templates/a.html #}", "templates/a.html"),
        ("# An app.py", None),
    ],
)
def test_a_first_line_may_name_a_file(first: str, name: str | None) -> None:
    (block,) = page("```python", first, "```").blocks()
    assert block.file_name == name
