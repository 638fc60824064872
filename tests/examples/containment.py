"""Tell whether one version of a program contains an earlier one, so that growing from it to this one only added lines.

Python files are compared as syntax trees: comments and layout do not count. Imports are merged, so a name may join an
import line. A decorator line above a function and a statement in a class are additions; the signature and the body of a
function, the bases of a class and every other statement stay as they were, in their order. A name that the earlier
version defined is not defined a second time, which would replace it. Other files are compared line by line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

__all__ = ["missing_from_folder", "missing_lines", "missing_statements"]

_IGNORED_FOLDERS = frozenset({"__pycache__", ".demijohn", ".pytest_cache"})
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def missing_from_folder(lower: Path, upper: Path) -> list[str]:
    """Return what of the files of `lower` is not in those of `upper`, one sentence each; empty where nothing is."""
    found = []
    for path in sorted(_files(lower)):
        other = upper / path.relative_to(lower)
        name = path.relative_to(lower).as_posix()
        if not other.is_file():
            found.append(f"{name} is gone.")
            continue
        compare = missing_statements if path.suffix == ".py" else missing_lines
        found += [f"{name}: {missing}" for missing in compare(path.read_text("utf-8"), other.read_text("utf-8"))]
    return found


def missing_lines(lower: str, upper: str) -> list[str]:
    """Return the lines of `lower` that do not stand in `upper`, in the same order."""
    rest = iter(upper.splitlines())
    return [f"line {n}: {line.strip()!r}" for n, line in enumerate(lower.splitlines(), 1) if line not in rest]


def missing_statements(lower: str, upper: str) -> list[str]:
    """Return what of the program `lower` the program `upper` has changed, moved or dropped.

    Raises:
        SyntaxError: one of them is no Python.
    """
    return list(_missing_from_block(ast.parse(lower).body, ast.parse(upper).body))


def _missing_from_block(lower: Sequence[ast.stmt], upper: Sequence[ast.stmt]) -> Iterator[str]:
    gone = _imported(lower) - _imported(upper)
    yield from sorted(f"the import of {'.'.join(filter(None, names))} is gone." for _, *names in gone)
    position = 0
    kept = [statement for statement in upper if not isinstance(statement, ast.Import | ast.ImportFrom)]
    for statement in lower:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            continue
        place = next((at for at in range(position, len(kept)) if not list(_changes(statement, kept[at]))), None)
        if place is not None:
            position = place + 1
            continue
        yield from _explain(statement, kept)
    yield from _defined_again(lower, kept)


def _imported(block: Iterable[ast.stmt]) -> set[tuple[str, ...]]:
    """Return each imported name with where it comes from; the first item tells the two kinds of import apart."""
    found = set[tuple[str, ...]]()
    for statement in block:
        if isinstance(statement, ast.Import):
            found |= {("import", alias.name, alias.asname or "") for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            found |= {("from", module, alias.name, alias.asname or "") for alias in statement.names}
    return found


def _changes(lower: ast.stmt, upper: ast.stmt) -> Iterator[str]:
    """Say how `upper` differs from `lower`, in ways that are no additions."""
    if not isinstance(lower, _Definition) or type(lower) is not type(upper) or lower.name != upper.name:
        if ast.dump(lower) != ast.dump(upper):
            yield "changed"
        return
    if not _is_within(map(ast.dump, lower.decorator_list), map(ast.dump, upper.decorator_list)):
        yield "has other decorators"
    if isinstance(lower, ast.ClassDef) and isinstance(upper, ast.ClassDef):
        if _header(lower) != _header(upper):
            yield "has other bases"
        yield from _missing_from_block(lower.body, upper.body)
    elif _without_decorators(lower) != _without_decorators(upper):
        yield "has another signature or body"


def _explain(statement: ast.stmt, upper: Sequence[ast.stmt]) -> Iterator[str]:
    first_line = ast.unparse(statement).partition("\n")[0]
    where = f"line {statement.lineno}: `{first_line}`"
    if any(not list(_changes(statement, other)) for other in upper):
        yield f"{where} has moved."
        return
    name = getattr(statement, "name", None)
    namesake = next((other for other in upper if name is not None and getattr(other, "name", None) == name), None)
    if namesake is None:
        yield f"{where} is gone or changed."
        return
    for change in _changes(statement, namesake):
        yield f"{where}: {change.removesuffix('.')}."


def _defined_again(lower: Iterable[ast.stmt], upper: Iterable[ast.stmt]) -> Iterator[str]:
    before = [statement.name for statement in lower if isinstance(statement, _Definition)]
    after = [statement.name for statement in upper if isinstance(statement, _Definition)]
    for name in dict.fromkeys(before):
        if after.count(name) > before.count(name):
            yield f"`{name}` is defined again, which replaces the first."


def _header(cls: ast.ClassDef) -> list[str]:
    return [ast.dump(part) for part in (*cls.bases, *cls.keywords)]


def _without_decorators(function: ast.stmt) -> list[str]:
    return [
        ast.dump(part)
        for field, value in ast.iter_fields(function)
        if field != "decorator_list"
        for part in (value if isinstance(value, list) else [value])
        if isinstance(part, ast.AST)
    ]


def _is_within(lower: Iterable[str], upper: Iterable[str]) -> bool:
    rest = iter(upper)
    return all(item in rest for item in lower)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not _IGNORED_FOLDERS & set(path.relative_to(folder).parts):
            yield path
