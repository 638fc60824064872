from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from demijohn.types import UNDEFINED, Origin, caller_origin, origin_of


def declared() -> None: ...


class Declared:
    x = 1

    def method(self) -> None: ...


class Bare: ...


def test_an_origin_is_shown_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(Origin(str(tmp_path / "shop" / "app.py"), 3)) == f"shop{os.sep}app.py:3"
    assert str(Origin("/elsewhere/app.py", 3)) == "/elsewhere/app.py:3"


def test_an_origin_is_shown_whole_where_the_working_directory_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert str(Origin("/elsewhere/app.py", 3)) == "/elsewhere/app.py:3"


def test_functions_methods_and_wrapped_ones_are_found_where_they_were_written() -> None:
    line = declared.__code__.co_firstlineno
    wrapped = functools.wraps(declared)(lambda: None)
    for thing in (declared, wrapped):
        assert origin_of(thing) == Origin(__file__, line)
    for method in (Declared.method, Declared().method):
        assert origin_of(method) == Origin(__file__, Declared.method.__code__.co_firstlineno)


def test_a_class_is_found_by_its_line_or_its_first_method() -> None:
    found = origin_of(Declared)
    assert found is not None
    assert found.file == __file__
    assert abs(found.line - Declared.method.__code__.co_firstlineno) <= 4
    bare = origin_of(Bare)
    assert bare is not None
    assert bare.file == __file__


@pytest.mark.parametrize("thing", [len, 3, int, functools.partial(declared)])
def test_what_has_no_source_has_no_origin(thing: object) -> None:
    assert origin_of(thing) is None


def test_the_caller_is_the_first_frame_outside_of_the_framework() -> None:
    namespace = {"__name__": "demijohn.somewhere", "caller_origin": caller_origin}
    exec(compile("def declare():\n    return caller_origin()", "inside.py", "exec"), namespace)
    declare = namespace["declare"]
    assert callable(declare)
    found = declare()
    assert found == Origin(__file__, found.line)
    alike = {"__name__": "demijohn_shop", "caller_origin": caller_origin}
    exec(compile("def declare():\n    return caller_origin()", "shop.py", "exec"), alike)
    theirs = alike["declare"]
    assert callable(theirs)
    assert theirs() == Origin("shop.py", 2)


def test_undefined_says_what_it_is() -> None:
    assert repr(UNDEFINED) == "UNDEFINED"
