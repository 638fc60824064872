"""Look in the project's templates for places where escaping a value is not enough. Nothing here renders a template.

What an expression can hold is in template_values.py; the HTML around it is followed by templating/markup.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import jinja2
from jinja2 import nodes

from demijohn.checks.finding import Finding
from demijohn.checks.template_values import Values
from demijohn.templating.folders import TemplateFolder, find_template, walk_folder
from demijohn.templating.markup import Attribute, Place, Scanner, StartTag, open_attribute
from demijohn.types import Origin

__all__ = ["template_findings"]

_MARKUP = frozenset({".htm", ".html", ".svg", ".xhtml", ".xml"})
_PLAIN = frozenset({".eml", ".md", ".txt"})
_ENGINE = frozenset({".j2", ".jinja", ".jinja2"})

# A comment on the line names the reason: `{{ page.body|safe }} {# unsafe: sanitized when it was saved #}`.
_EXCUSE = re.compile(r"\{#[-+]?\s*unsafe:\s*(\S.*?)\s*-?#\}")

_ADDRESSES = frozenset({"action", "formaction", "href", "xlink:href"})
_RUNNING_SOURCES = frozenset(
    {("embed", "src"), ("frame", "src"), ("iframe", "src"), ("object", "data"), ("script", "src")}
)

_REMEDIES = {
    "template.safe": "Leave it out, so that the value is escaped, or clean the HTML when it is saved and say so.",
    "template.unquoted": 'Put quotes around the value: title="{{ title }}".',
    "template.json": "Put the attribute in single quotes: data-note='{{ note|tojson }}'.",
    "template.script": "Write {{ value|tojson }}, without quotes around it.",
    "template.handler": "Put the value in an attribute such as data-note and read it in a script.",
    "template.style": "Choose a class by the value, or make a number of it: {{ width|int }}.",
    "template.address": "Make it with url_for, or check the scheme in the handler and say so.",
    "template.srcdoc": "Give the page of the frame an address of its own, and src.",
}


def template_findings(folders: Sequence[Path]) -> Iterator[Finding]:
    """Return what is dangerous in the templates of these folders, in their order; blocks are followed among them.

    All are warnings, as what is no danger by itself; a comment `{# unsafe: reason #}` on the line says why. What
    cannot be read is an error. Files that are neither HTML nor text, by their name, are left alone.
    """
    library = _Library(folders)
    for folder in folders:
        for name in walk_folder(folder):
            if _kind(name) is not None:
                yield from library.scan(folder / name).findings


def _kind(name: str) -> str | None:
    """Return `markup` or `text` for what is a template by its name; None for pictures and whatever else lies there."""
    path = PurePosixPath(name.lower())
    if path.suffix in _ENGINE:
        inner = path.with_suffix("").suffix
        return "markup" if inner in _MARKUP or not inner else "text"
    return "markup" if path.suffix in _MARKUP else "text" if path.suffix in _PLAIN else None


class _Scan:
    """Hold what was found in one file, and where in the HTML each of its blocks begins."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.blocks: dict[str, Place] = {}


class _Library:
    """Scan each file once: a parent before the templates that extend it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [TemplateFolder(folder, "", 0, "") for folder in folders]
        self._environment = jinja2.Environment(autoescape=True)
        self._scans: dict[Path, _Scan] = {}

    def scan(self, path: Path) -> _Scan:
        if path not in self._scans:
            scan = self._scans[path] = _Scan()  # what extends itself finds this, empty
            try:
                source = path.read_text("utf-8")
                tree = self._environment.parse(source)
            except UnicodeDecodeError as error:
                message = f"The template is not UTF-8 (byte {error.start})."
                scan.findings.append(_unreadable(message, str(path), "Save it as UTF-8."))
            except OSError as error:
                scan.findings.append(_unreadable(f"The template cannot be read: {error.strerror}.", str(path), ""))
            except jinja2.TemplateSyntaxError as error:
                where = str(Origin(str(path), error.lineno))
                scan.findings.append(_unreadable(error.message or "This cannot be read.", where, ""))
            else:
                if _kind(path.name) == "markup":
                    scan.blocks.update(self._blocks_of_parents(tree))
                    _Walk(path, source.split("\n"), tree, scan).go()
        return self._scans[path]

    def _blocks_of_parents(self, tree: nodes.Template) -> dict[str, Place]:
        found: dict[str, Place] = {}
        for parent in tree.find_all(nodes.Extends):
            if isinstance(parent.template, nodes.Const) and isinstance(parent.template.value, str):
                path = find_template(self._folders, parent.template.value)
                found |= self.scan(path).blocks if path is not None else {}
        return found


def _unreadable(message: str, where: str, remedy: str) -> Finding:
    return Finding("E", "template.syntax", message, where, remedy)


class _Walk:
    """Go through one template from top to bottom, with the place in the HTML always known."""

    def __init__(self, path: Path, lines: list[str], tree: nodes.Template, scan: _Scan) -> None:
        self._path = path
        self._lines = lines
        self._tree = tree
        self._scan = scan
        self._values = Values(tree)
        self._scanner = Scanner()

    def go(self) -> None:
        self._all(self._tree.body)
        for node in self._tree.find_all(nodes.Filter):
            if node.name == "safe" and node.node is not None and not self._is_safe(node.node):
                self._say("template.safe", "`|safe` puts a value into the page as it is.", node)

    def _is_safe(self, node: nodes.Node) -> bool:
        return self._values.is_harmless(node) or self._values.is_json(node) or self._values.is_template(node)

    def _all(self, found: Sequence[nodes.Node]) -> None:
        for node in found:
            self._one(node)

    def _one(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    self._output(part)
            case nodes.If():
                self._branches(node.body, *(branch.body for branch in node.elif_), node.else_)
            case nodes.For():
                self._branches(node.body, node.else_)
            case nodes.Block():
                before = self._scanner.place
                place = self._scan.blocks.setdefault(node.name, before.copy())
                self._scanner.place = place.copy()
                self._all(node.body)
                self._scanner.place = before
            case nodes.Macro() | nodes.CallBlock() | nodes.FilterBlock() | nodes.AssignBlock():
                before = self._scanner.place.copy()
                self._all(node.body)
                self._scanner.place = before
            case nodes.ScopedEvalContextModifier():
                self._modifier(node)
                self._all(node.body)
            case nodes.With() | nodes.Scope():
                self._all(node.body)

    def _branches(self, *branches: Sequence[nodes.Node]) -> None:
        """Begin each where the first began, and go on where the last one that is there ended."""
        before = self._scanner.place.copy()
        for branch in branches:
            if branch:
                self._scanner.place = before.copy()
                self._all(branch)

    def _modifier(self, node: nodes.ScopedEvalContextModifier) -> None:
        for option in node.options:
            if option.key == "autoescape" and not (isinstance(option.value, nodes.Const) and option.value.value):
                self._say("template.safe", "Nothing in this block is escaped.", node)

    def _output(self, node: nodes.Expr) -> None:
        if isinstance(node, nodes.TemplateData):
            self._scanner.follow(node.data)
            return
        if not self._values.is_template(node):
            self._value(node, self._scanner.place)
        self._scanner.expression()

    def _value(self, node: nodes.Expr, place: Place) -> None:
        if place.tag is not None:
            self._value_in_tag(node, place.tag)
        elif self._values.is_harmless(node):
            return
        elif place.element == "script" and not self._values.is_json(node):
            self._say("template.script", "A value stands in a script, where escaping for HTML protects nothing.", node)
        elif place.element == "style":
            self._say("template.style", "A value stands in a style, where it may be more than one value.", node)

    def _value_in_tag(self, node: nodes.Expr, tag: StartTag) -> None:
        attribute = open_attribute(tag.text)
        is_json, is_harmless = self._values.is_json(node), self._values.is_harmless(node)
        if attribute is None:
            if not (is_harmless or isinstance(node, nodes.Call) or _is_attributes(node)):
                self._say("template.unquoted", f"A value stands in <{tag.name}> outside of any quotes.", node)
            return
        shown = attribute.name.replace("\0", "...")
        if is_json and attribute.quote != "'":
            message = f"JSON in {shown}= holds double quotes, which end the attribute."
            self._say("template.unquoted", message, node, _REMEDIES["template.json"])
        elif not attribute.quote and not is_harmless:
            self._say("template.unquoted", f"The value of {shown}= is not in quotes: a space in it ends it.", node)
        if not is_harmless:
            self._meaning(node, tag, attribute, shown)

    def _meaning(self, node: nodes.Expr, tag: StartTag, attribute: Attribute, shown: str) -> None:
        """Judge a value by what the attribute means to the browser, which looks at it after the escapes are undone."""
        name, begun = attribute.name, attribute.value.strip()
        if name.startswith(("on", "hx-on")) or begun.lower().startswith("javascript:"):
            self._say("template.handler", f"A value stands in the script of {shown}=, which undoes its escapes.", node)
        elif name == "style":
            self._say("template.style", "A value stands in style=, where it may be more than one value.", node)
        elif name == "srcdoc":
            message = "A value stands in srcdoc=, which undoes its escapes and reads it as HTML."
            self._say("template.address", message, node, _REMEDIES["template.srcdoc"])
        elif _runs_addresses(tag.name, name) and not begun and self._values.may_be_address(node):
            self._say("template.address", f"{shown}= begins with a value, which may say `javascript:`.", node)

    def _say(self, code: str, message: str, node: nodes.Node, remedy: str = "") -> None:
        lines = [node.lineno]
        if isinstance(node, nodes.Expr):
            lines += [inner.lineno for inner in node.find_all(nodes.Expr)]
        remedy = remedy or _REMEDIES[code]
        if (excuse := self._excuse({min(lines), max(lines)})) is not None:
            message, remedy = f"{message} The template says why: {excuse}", ""
        finding = Finding("W", code, message, str(Origin(str(self._path), min(lines))), remedy)
        self._scan.findings.append(finding)

    def _excuse(self, lines: set[int]) -> str | None:
        for line in lines:
            if (match := _EXCUSE.search(self._lines[line - 1])) is not None:
                return match[1]
        return None


def _is_attributes(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Filter) and node.name == "xmlattr"


def _runs_addresses(element: str, attribute: str) -> bool:
    """Tell whether an address there may be a script; a picture or a style sheet runs none."""
    return (attribute in _ADDRESSES and element != "link") or (element, attribute) in _RUNNING_SOURCES
