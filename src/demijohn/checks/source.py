"""Look for dangerous calls in the project's own source, by its syntax tree. Nothing here runs the project's code.

Names are followed through imports, so that only our `html` and only pickle's `loads` count. What would have to be
guessed, such as a GET handler that may write, is left alone.
"""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from demijohn.checks.finding import Finding, Level
from demijohn.types import Origin

__all__ = ["SourceFile", "is_own", "project_files", "source_findings"]

_MOST_FILES = 5000
_NOT_OURS = frozenset({"site-packages", "dist-packages", "node_modules", "venv", "tests", "__pycache__"})

# A comment at the end of the line names the reason: `data = pickle.loads(raw)  # unsafe: written by ourselves alone`.
_EXCUSE = re.compile(r"#\s*unsafe:\s*(\S.*)$")

_LOADERS = {
    "pickle.load": "pickle",
    "pickle.loads": "pickle",
    "pickle.Unpickler": "pickle",
    "dill.load": "pickle",
    "dill.loads": "pickle",
    "cloudpickle.load": "pickle",
    "cloudpickle.loads": "pickle",
    "joblib.load": "pickle",
    "shelve.open": "pickle",
    "marshal.load": "marshal",
    "marshal.loads": "marshal",
    "yaml.load": "yaml",
    "yaml.load_all": "yaml",
    "yaml.unsafe_load": "yaml",
    "yaml.unsafe_load_all": "yaml",
    "builtins.eval": "eval",
    "builtins.exec": "eval",
}
_SAFE_YAML = frozenset({"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader", "yaml.CBaseLoader"})
_LOADER_WORDS = {
    "pickle": "runs whatever the bytes say",
    "marshal": "crashes or runs on bytes from elsewhere",
    "yaml": "makes any object the text names",
    "eval": "runs text as a program",
}
_LOADER_REMEDIES = {
    "pickle": "Keep JSON: msgspec.json.decode.",
    "marshal": "Keep JSON: msgspec.json.decode.",
    "yaml": "Call yaml.safe_load.",
    "eval": "Use ast.literal_eval for literals, a dict of functions for choices.",
}
_HTML = frozenset({"demijohn.html", "demijohn.http.html.html"})
_MARKUP = frozenset({"markupsafe.Markup", "jinja2.Markup", "flask.Markup"})


class SourceFile(msgspec.Struct, frozen=True):
    """Hold a file of the project that was read; `tree` is None where it is no Python that this version knows."""

    path: Path
    lines: list[str]
    tree: ast.Module | None

    @classmethod
    def read(cls, path: Path) -> SourceFile:
        """Read a file; what cannot be read has no tree."""
        try:
            with tokenize.open(path) as file:
                text = file.read()
            return cls(path, text.split("\n"), ast.parse(text))
        except (OSError, SyntaxError, ValueError):  # importing it tells more; it need not even be meant to be imported
            return cls(path, [], None)

    def first_import(self, names: Collection[str]) -> Origin | None:
        """Return the place where one of these full names (`demijohn.session`) is imported, None where none is."""
        for node in ast.walk(self.tree) if self.tree is not None else ():
            if isinstance(node, ast.ImportFrom) and any(f"{node.module}.{alias.name}" in names for alias in node.names):
                return self.origin(node.lineno)
        return None

    def origin(self, line: int) -> Origin:
        """Return the place of a line of this file."""
        return Origin(str(self.path), line)


def project_files(root: Path) -> list[Path]:
    """Return the project's own files: loaded modules below `root`, and all files of the packages they are in.

    Installed packages, environments and tests are not among them, and at most 5,000 files are looked at.
    """
    files: set[Path] = set()
    packages: set[Path] = set()
    for name, module in list(sys.modules.items()):
        path = _own_file(getattr(module, "__file__", None), root)
        if path is None or name.partition(".")[0] == "demijohn":
            continue
        files.add(path)
        depth = name.count(".") + (path.name == "__init__.py")
        if 0 < depth < len(path.relative_to(root).parts):
            packages.add(path.parents[depth - 1])
    for package in packages:
        files.update(path for path in package.rglob("*.py") if is_own(path, root))
    return sorted(files)[:_MOST_FILES]


def _own_file(file: str | None, root: Path) -> Path | None:
    if file is None or not file.endswith(".py"):
        return None
    path = Path(file).resolve()
    return path if is_own(path, root) else None


def is_own(path: Path, root: Path) -> bool:
    """Tell whether a file or folder below `root` is the project's own: not installed, not hidden, no test."""
    if not path.is_relative_to(root):
        return False
    parts = path.relative_to(root).parts
    return not _NOT_OURS.intersection(parts) and not any(part.startswith(".") for part in parts)


def source_findings(source: SourceFile, *, deploy: bool) -> Iterator[Finding]:
    """Return what is dangerous in one file, in the order of its lines.

    What runs foreign data is an error of a deployment, unless a comment `# unsafe: reason` at its line excuses it.
    """
    if source.tree is None:
        return
    names = _imported_names(source.tree)
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        found = _judge(call, _full_name(call.func, names), names)
        if found is None:
            continue
        code, message, remedy, is_grave = found
        level: Level = "E" if is_grave and deploy else "W"
        if (excuse := _excuse(source, call)) is not None:
            level, message, remedy = "W", f"{message} The source says why: {excuse}", ""
        yield Finding(level, code, message, str(source.origin(call.lineno)), remedy)


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """Return what the names that a file imports stand for: `loads` for `pickle.loads`, `pickle` for `pickle`."""
    names = {"eval": "builtins.eval", "exec": "builtins.exec"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.pop(node.name, None)  # the file's own
    return names


def _full_name(function: ast.expr, names: dict[str, str]) -> str:
    """Return the dotted name of what is called, as far as imports tell; empty where they do not."""
    attributes: list[str] = []
    while isinstance(function, ast.Attribute):
        attributes.insert(0, function.attr)
        function = function.value
    if not isinstance(function, ast.Name) or function.id not in names:
        return ""
    return ".".join([names[function.id], *attributes])


def _judge(call: ast.Call, name: str, names: dict[str, str]) -> tuple[str, str, str, bool] | None:
    """Return code, message, remedy, and whether it is grave; None where nothing is to be said."""
    shown = ast.unparse(call.func)
    kind = _LOADERS.get(name)
    if kind is not None and not (kind == "yaml" and _is_safe_yaml(call, names)):
        return f"source.{kind}", f"{shown}() {_LOADER_WORDS[kind]}.", _LOADER_REMEDIES[kind], True
    if name in _HTML and call.args and not _is_written_out(call.args[0]):
        remedy = 'Write the page in the call and pass the values: html("<p>{name}</p>", name=name).'
        message = f"{shown}() is given text that was put together before, so nothing in it is escaped."
        return "source.html", message, remedy, False
    if name in _MARKUP and call.args and not _is_written_out(call.args[0]):
        remedy = 'Let values be escaped: Markup("<b>{}</b>").format(value).'
        return "source.markup", f"{shown}() marks text as safe that is not written out there.", remedy, False
    return None


def _is_written_out(argument: ast.expr) -> bool:
    """Tell whether the text stands in the call, as a literal or (Python 3.14) as a t-string."""
    if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Add):
        return _is_written_out(argument.left) and _is_written_out(argument.right)
    return isinstance(argument, ast.Constant) or type(argument).__name__ == "TemplateStr"


def _is_safe_yaml(call: ast.Call, names: dict[str, str]) -> bool:
    loaders = [keyword.value for keyword in call.keywords if keyword.arg == "Loader"] or call.args[1:2]
    return bool(loaders) and _full_name(loaders[0], names) in _SAFE_YAML


def _excuse(source: SourceFile, call: ast.Call) -> str | None:
    for line in {call.lineno, call.end_lineno or call.lineno}:
        if (match := _EXCUSE.search(source.lines[line - 1])) is not None:
            return match[1]
    return None
