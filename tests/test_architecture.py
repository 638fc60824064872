"""Hold the rules of the house that a tool can check and that neither .importlinter (the floors) nor ruff looks at."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import demijohn

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "demijohn"
INTERNAL = ROOT / "tests" / "internal"

HELLO_WORLD = """
import sys
before = set(sys.modules)

from demijohn import App

app = App(__name__)

@app.get("/hello/<name>")
def hello(name: str):
    return f"Hello, {name}!"

print(*sorted(set(sys.modules) - before), sep="\\n")
"""

# What a program that does not use it must not pay for. asyncio alone costs 0.35 of Flask's whole import and is there
# anyway once a server runs; `typing_extensions` is not named, because msgspec takes it where it is installed.
NOT_IMPORTED = (
    "asyncio",
    "click",
    "email",
    "granian",
    "http.client",
    "http.cookies",
    "jinja2",
    "logging.config",
    "multipart",
    "pydantic",
    "rich",
    "sqlite3",
    "ssl",
    "urllib.request",
)

EXPORTS: tuple[str, ...] = (
    "App",
    "Body",
    "CallNext",
    "Config",
    "ConfigError",
    "Cookie",
    "Cors",
    "DeclarationError",
    "DemijohnError",
    "Event",
    "Extension",
    "FieldError",
    "File",
    "FormField",
    "HTTPError",
    "Header",
    "JSONResponse",
    "Limits",
    "Module",
    "Page",
    "Problem",
    "Provided",
    "Query",
    "Request",
    "Response",
    "Secret",
    "Session",
    "Setup",
    "Signer",
    "Stream",
    "UnsafeRedirect",
    "UploadedFile",
    "View",
    "WebSocket",
    "WebSocketClosed",
    "abort",
    "after_commit",
    "csp",
    "csrf_token",
    "embeddable",
    "flash",
    "get_flashed_messages",
    "html",
    "limits",
    "rate_limit",
    "redirect",
    "redirect_external",
    "render",
    "render_text",
    "request",
    "safe_next",
    "send_file",
    "service",
    "session",
    "static",
    "url_for",
)

# Modules of more than 30 lines without a test file of their own, and where they are tested.
TESTED_ELSEWHERE: dict[str, str] = {
    "gateway/rsgi_protocol": "types without code; tests/live holds them against Granian itself",
}

# A name that could stand over anything says nothing about what is in the file.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "shared", "stuff", "tools"}

# Loading any of these from bytes runs what the bytes say, or trusts their shape.
DANGEROUS_MODULES = {"marshal", "pickle", "shelve", "xml", "yaml"}
DANGEROUS_CALLS = {"eval", "exec"}


def test_hello_world_imports_at_most_200_modules() -> None:
    imported = modules_of_hello_world()
    assert len(imported) <= 200, imported


def test_hello_world_imports_nothing_that_it_does_not_use() -> None:
    unused = [name for name in modules_of_hello_world() if within(name, NOT_IMPORTED)]
    expect_none(unused)


def test_installing_demijohn_brings_seven_distributions() -> None:
    assert distributions_of("demijohn") == {
        "click",
        "demijohn",
        "granian",
        "jinja2",
        "markupsafe",
        "msgspec",
        "multipart",
    }


def test_demijohn_exports_exactly_these_names() -> None:
    assert sorted(demijohn.__all__) == sorted(EXPORTS)


def test_every_export_resolves_and_explains_itself() -> None:
    silent = [name for name in demijohn.__all__ if not inspect.getdoc(getattr(demijohn, name))]
    expect_none(silent)


def test_every_public_member_of_an_export_explains_itself() -> None:
    silent = [
        f"{name}.{member}"
        for name in demijohn.__all__
        if inspect.isclass(exported := getattr(demijohn, name))
        for member, value in vars(exported).items()
        if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
        if not inspect.getdoc(getattr(exported, member))
    ]
    expect_none(silent)


def test_every_module_says_what_it_holds() -> None:
    silent = [short(path) for path in source_files() if not ast.get_docstring(tree_of(path))]
    expect_none(silent)


def test_every_folder_of_the_source_is_a_package() -> None:
    folders = {path.parent for path in source_files()}
    expect_none(short(folder) for folder in folders if not (folder / "__init__.py").exists())


def test_packages_hold_a_docstring_and_exports_only() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path in source_files()
        if path.name == "__init__.py"
        for node in tree_of(path).body[1:]
        if not is_export(node)
    ]
    expect_none(found)


def test_no_module_imports_from_the_root_package() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path, node in nodes_of_source()
        if (isinstance(node, ast.ImportFrom) and node.module == "demijohn" and not node.level)
        or (isinstance(node, ast.Import) and any(alias.name == "demijohn" for alias in node.names))
    ]
    expect_none(found, "import from the module that defines the name; the root package imports everything")


def test_no_file_is_longer_than_500_lines() -> None:
    expect_none(f"{short(path)}: {count}" for path in python_files() if (count := len(lines_of(path))) > 500)


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{short(path)}:{node.lineno} {node.name}: {length}"
        for path in python_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := code_lines(node)) > 40
    ]
    expect_none(long)


def test_no_file_has_a_name_that_says_nothing() -> None:
    expect_none(short(path) for path in python_files() if path.stem.removeprefix("test_") in EMPTY_NAMES)


def test_every_internal_test_belongs_to_a_module() -> None:
    modules = {module_key(path) for path in source_files()}
    strays = [short(path) for path in internal_tests() if not subjects_of(path) & modules]
    expect_none(strays)


def test_every_module_has_its_test() -> None:
    tested = set[str]().union(*(subjects_of(path) for path in internal_tests()))
    modules = (path for path in source_files() if path.name != "__init__.py")
    large = {module_key(path) for path in modules if len(lines_of(path)) > 30}
    expect_none(large - tested - set(TESTED_ELSEWHERE))
    expect_none(set(TESTED_ELSEWHERE) - large, "TESTED_ELSEWHERE names what is gone or small")
    expect_none(set(TESTED_ELSEWHERE) & tested, "TESTED_ELSEWHERE names what has a test")


def test_source_never_asserts() -> None:
    found = [f"{short(path)}:{node.lineno}" for path, node in nodes_of_source() if isinstance(node, ast.Assert)]
    expect_none(found, "python -O removes it: raise instead")


def test_source_swallows_no_unknown_error() -> None:
    found = [f"{short(path)}:{node.lineno}" for path, node in nodes_of_source() if swallows(node)]
    expect_none(found)


def test_source_loads_and_runs_nothing_that_a_client_could_have_written() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path, node in nodes_of_source()
        if DANGEROUS_MODULES & imported_roots(node) or called_name(node) in DANGEROUS_CALLS
    ]
    expect_none(found)


def test_source_prints_in_the_command_line_only() -> None:
    found = [
        f"{short(path)}:{node.lineno}"
        for path, node in nodes_of_source()
        if called_name(node) == "print" and not path.is_relative_to(SOURCE / "cli")
    ]
    expect_none(found)


def test_every_ignore_names_its_code_and_its_reason() -> None:
    marker = re.compile(r"# (type: ignore|noqa)\b(?!(\[[a-z, -]+\]|: [A-Z0-9, ]+)  # \S)")
    expect_none(lines_matching(marker, (path for path in python_files() if path != Path(__file__))))


def test_nothing_is_left_to_do_later() -> None:
    marker = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
    expect_none(lines_matching(marker, python_files()))


def test_no_file_names_a_registry_or_a_folder_of_this_machine() -> None:
    registry = r"pypi\.org|pythonhosted|npmjs\.(org|com)|deb\.debian\.org|archive\.ubuntu|--index-url"
    machine = r"(?<![\w.])/(work|opt|root)/|(?<![\w.])/home/[a-z]|/tmp/(exp|spec)"  # a pattern, not a path
    found = lines_matching(re.compile(f"{registry}|{machine}"), (path for path in tracked() if path != Path(__file__)))
    expect_none(found)


def expect_none(found: Iterable[str], remedy: str = "") -> None:
    if listed := sorted(found):
        pytest.fail("\n".join([remedy, *listed]).lstrip(), pytrace=False)


@functools.cache
def modules_of_hello_world() -> list[str]:
    done = subprocess.run([sys.executable, "-c", HELLO_WORLD], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def distributions_of(name: str) -> set[str]:
    """Return what installing this distribution on Linux brings along, itself included."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        distribution = canonicalize_name(waiting.pop())
        if distribution not in found:
            found.add(distribution)
            needs = map(Requirement, requires(distribution) or ())
            environment = {"extra": "", "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
            waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate(environment)]
    return found


@functools.cache
def tracked() -> list[Path]:
    """Return every text file that is, or is about to be, in the repository."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    files = [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [path for path in files if b"\0" not in path.read_bytes()]


def python_files() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py"]


def source_files() -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(SOURCE)]


def internal_tests() -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(INTERNAL) and path.name.startswith("test_")]


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes_of_source() -> Iterator[tuple[Path, ast.stmt | ast.expr | ast.excepthandler]]:
    for path in source_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.stmt | ast.expr | ast.excepthandler):
                yield path, node


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def lines_matching(pattern: re.Pattern[str], files: Iterable[Path]) -> list[str]:
    return [
        f"{short(path)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(lines_of(path), 1)
        if pattern.search(line)
    ]


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def module_key(path: Path) -> str:
    """Return `http/cookies` for src/demijohn/http/cookies.py and `http` for its package."""
    return path.relative_to(SOURCE).with_suffix("").as_posix().removesuffix("/__init__")


def subjects_of(path: Path) -> set[str]:
    """Return what a test may belong to: `http/test_cookies_limits.py` to `http/cookies` or `http/cookies_limits`."""
    words = path.stem.removeprefix("test_").split("_")
    folder = path.relative_to(INTERNAL).parent
    return {(folder / "_".join(words[:count])).as_posix() for count in range(1, len(words) + 1)}


def is_export(node: ast.stmt) -> bool:
    """Say whether a statement of an `__init__.py` only hands names on: imports, `__all__`, and a lazy `__getattr__`."""
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.FunctionDef(name="__dir__"):
            return True
        case ast.If(
            test=ast.UnaryOp(op=ast.Not(), operand=ast.Name(id="TYPE_CHECKING")),
            body=[ast.FunctionDef(name="__getattr__")],
            orelse=[],
        ):  # out of the sight of type checkers, which would take every misspelt name for what it returns
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in {"__all__", "__version__"} or re.fullmatch("_[A-Z_]+", name) is not None
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body, orelse=[]):
            return all(map(is_export, body))
    return False


def swallows(node: ast.AST) -> bool:
    """Say whether an error of any kind ends here in silence."""
    match node:
        case ast.ExceptHandler(type=None | ast.Name(id="Exception" | "BaseException"), body=body):
            return all(isinstance(each, ast.Pass | ast.Continue | ast.Expr) and not has_call(each) for each in body)
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=kinds):
            return any(isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"} for kind in kinds)
    return False


def has_call(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call | ast.Await) for each in ast.walk(node))


def imported_roots(node: ast.AST) -> set[str]:
    match node:
        case ast.Import(names=names):
            return {alias.name.partition(".")[0] for alias in names}
        case ast.ImportFrom(module=str(module), level=0):
            return {module.partition(".")[0]}
    return set()


def called_name(node: ast.AST) -> str | None:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name
    return None
