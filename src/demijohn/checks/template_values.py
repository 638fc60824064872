"""Tell from the syntax tree of a template what its expressions can hold, as far as the template alone tells.

Where they stand, and what follows from that, is in templates.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jinja2 import nodes

__all__ = ["Values"]

_NUMBERS = frozenset({"abs", "count", "float", "int", "length", "round"})  # filters that leave nothing but a number
_LOOP_NUMBERS = frozenset({"depth", "depth0", "first", "index", "index0", "last", "length", "revindex", "revindex0"})
_MADE_ADDRESS = frozenset({"urlencode", *_NUMBERS})  # filters after which no scheme is left
_OF_TEMPLATES = frozenset({"caller", "super"})
_AROUND_JSON = frozenset({"e", "escape", "indent", "safe", "trim"})  # filters that leave it as it is


class Values:
    """Judge the expressions of one template. What `set` and loops over literals give a name is followed."""

    def __init__(self, template: nodes.Template) -> None:
        self._written = {*_OF_TEMPLATES, *_names_of_macros(template)}
        self._assigned: dict[str, list[nodes.Node]] = {}
        for name, value in _assignments(template):
            self._assigned.setdefault(name, []).append(value)

    def is_template(self, node: nodes.Node) -> bool:
        """Tell whether this is what a template has written: the call of a macro, `super()`, `self.title()`."""
        if not isinstance(node, nodes.Call):
            return False
        called = node.node
        if isinstance(called, nodes.Getattr):
            called = called.node
            return isinstance(called, nodes.Name) and called.name in {"self", *self._written}
        return isinstance(called, nodes.Name) and called.name in self._written

    def is_json(self, node: nodes.Node) -> bool:
        """Tell whether this is `tojson`: with filters after it that leave it so, or in both branches of an `if`."""
        match node:
            case nodes.Filter(name="tojson" | "json_script"):
                return True
            case nodes.Filter(name=name, node=nodes.Node() as inner):
                return name in _AROUND_JSON and self.is_json(inner)
            case nodes.CondExpr(expr1=first, expr2=second):
                return self.is_json(first) and second is not None and self.is_json(second)
        return False

    def is_harmless(self, node: nodes.Node) -> bool:
        """Tell whether this is written out in the template, or is a number or a truth value."""
        return _is_harmless(node, self._assigned)

    def may_be_address(self, node: nodes.Node) -> bool:
        """Tell whether this may begin with a scheme such as `javascript:`.

        It may where it is a name, or is looked up in something, and the template does not say what that is. What a
        function returns, such as `url_for`, is believed to be an address of the project.
        """
        return _may_be_address(node, self._assigned)


def _is_harmless(node: nodes.Node, names: Mapping[str, Sequence[nodes.Node]]) -> bool:
    match node:
        case nodes.Const() | nodes.TemplateData() | nodes.Compare() | nodes.Test() | nodes.Not():
            return True
        case nodes.Filter(name=name, node=inner):
            return name in _NUMBERS or (isinstance(inner, nodes.Const) and not node.args)
        case nodes.Getattr(node=nodes.Name(name="loop"), attr=attr):
            return attr in _LOOP_NUMBERS
        case nodes.Call(node=nodes.Name(name=name)):
            return name == "range"
        case nodes.Name(name=name):
            rest = _without(names, name)
            return bool(names.get(name)) and all(_is_harmless(value, rest) for value in names[name])
        case nodes.CondExpr(expr1=first, expr2=second):
            return _is_harmless(first, names) and (second is None or _is_harmless(second, names))
        case nodes.BinExpr() | nodes.UnaryExpr() | nodes.Concat() | nodes.List() | nodes.Tuple():
            return all(_is_harmless(part, names) for part in node.iter_child_nodes())
    return False


def _may_be_address(node: nodes.Node, names: Mapping[str, Sequence[nodes.Node]]) -> bool:
    match node:
        case nodes.Getattr(node=nodes.Name(name="request"), attr="path"):
            return False
        case nodes.Getattr(node=nodes.Name(name="loop"), attr=attr):
            return attr not in _LOOP_NUMBERS
        case nodes.Getattr() | nodes.Getitem():
            return True
        case nodes.Name(name=name):
            rest = _without(names, name)
            return not names.get(name) or any(_may_be_address(value, rest) for value in names[name])
        case nodes.Call(node=nodes.Getattr(attr=attr)):
            return attr == "get"  # of a mapping: looking up in other words
        case nodes.Filter(name=name, node=nodes.Node() as inner):
            return name not in _MADE_ADDRESS and _may_be_address(inner, names)
        case nodes.CondExpr(expr1=first, expr2=second):
            return _may_be_address(first, names) or (second is not None and _may_be_address(second, names))
        case nodes.Or(left=left, right=right) | nodes.And(left=left, right=right):
            return _may_be_address(left, names) or _may_be_address(right, names)
        case nodes.Concat(nodes=[first, *_]) | nodes.Add(left=first):
            return _may_be_address(first, names)
        case nodes.List() | nodes.Tuple():
            return any(_may_be_address(part, names) for part in node.items)
    return False


def _without(names: Mapping[str, Sequence[nodes.Node]], name: str) -> dict[str, Sequence[nodes.Node]]:
    """Return the names without one, so that `{% set url = url %}` leads nowhere rather than round."""
    return {known: values for known, values in names.items() if known != name}


def _names_of_macros(template: nodes.Template) -> Iterator[str]:
    for macro in template.find_all(nodes.Macro):
        yield macro.name
    for module in template.find_all(nodes.Import):
        yield module.target
    for names in template.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in names.names)


def _assignments(template: nodes.Template) -> Iterator[tuple[str, nodes.Node]]:
    """Give what each name is set to; the name itself where that is unknown, so that it stays so."""
    for assign in template.find_all(nodes.Assign):
        yield from _targets(assign.target, assign.node)
    for block in template.find_all(nodes.AssignBlock):
        yield from _targets(block.target, None)
    for loop in template.find_all(nodes.For):
        written = isinstance(loop.iter, nodes.List | nodes.Tuple) or _is_harmless(loop.iter, {})
        yield from _targets(loop.target, loop.iter if written else None)
    takers: list[nodes.Macro | nodes.CallBlock] = [*template.find_all(nodes.Macro), *template.find_all(nodes.CallBlock)]
    for taker in takers:
        for argument in taker.args:
            yield argument.name, argument


def _targets(target: nodes.Node, value: nodes.Node | None) -> Iterator[tuple[str, nodes.Node]]:
    for name in [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name):
        yield name.name, name if value is None else value
