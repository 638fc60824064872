"""Render one block of a template alone: `render("notes.html#list", ...)`. Whole templates are in environment.py.

Jinja's own `template.blocks` knows nothing of what stands above a block. So what a template and its parents import, set
and define at their top level is compiled once more, without all that prints, and run before the block.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn

import msgspec
from jinja2 import Environment, Template, TemplateNotFound, nodes
from jinja2.runtime import Context

from demijohn.templating.diagnosis import Diagnosis
from demijohn.templating.errors import TemplateMissing

__all__ = ["Fragment", "load_fragment"]

_BlockFunction = Callable[[Context], Iterator[str]]

# What leaves names behind for the blocks of a template.
_LEAVES_NAMES = (
    nodes.Import,
    nodes.FromImport,
    nodes.Assign,
    nodes.AssignBlock,
    nodes.Macro,
    nodes.ExprStmt,
)


class Fragment:
    """Be a block of a template, ready to be rendered as often as it is asked for."""

    __slots__ = ("_block", "_blocks", "_preludes", "_template")

    def __init__(
        self, template: Template, block: str, blocks: Mapping[str, list[_BlockFunction]], preludes: Sequence[Template]
    ) -> None:
        self._template = template
        self._block = block
        self._blocks = blocks
        self._preludes = preludes

    def render(self, context: Mapping[str, object]) -> str:
        """Return the text of the block."""
        environment = self._template.environment
        inner = self._template.new_context(dict(context))
        inner.blocks = {name: [*functions] for name, functions in self._blocks.items()}
        try:
            for prelude in self._preludes:
                environment.concat(prelude.root_render_func(inner))
            return environment.concat(inner.blocks[self._block][0](inner))
        except Exception:  # noqa: BLE001  # raised again, with the lines of the templates, as Template.render does
            environment.handle_exception()


class _Level(msgspec.Struct, frozen=True):
    """Hold one template of a line of inheritance."""

    name: str
    path: str | None
    tree: nodes.Template
    template: Template


def load_fragment(environment: Environment, diagnosis: Diagnosis, name: str, block: str) -> Fragment:
    """Compile a block of a template, as it is after inheritance.

    Raises:
        TemplateMissing: there is no such block.
        TemplateError: the block cannot be rendered alone: it stands in a loop, a macro or an `if`, or the template's
            parent is not written out.
    """
    levels = list(_Reader(environment, diagnosis).levels(name))
    found = [(level, node, above) for level in levels for node, above in _places(level.tree, block)]
    if not found:
        raise _no_such_block(levels, block)
    for level, node, above in found:
        _require_standing_alone(level, node, above, diagnosis)
    if found[0][1].required:
        raise diagnosis.refusal(f"The block {block!r} is required and was not filled.", levels[0].path, 1)
    blocks: dict[str, list[_BlockFunction]] = {}
    for level in levels:
        for each, function in level.template.blocks.items():
            blocks.setdefault(each, []).append(function)
    # The last template lays the page out: what it sets below the block comes too late for it.
    around = {node.name for _, _, above in found for node in above if isinstance(node, nodes.Block)}
    bodies = [*(level.tree.body for level in levels[:-1]), _until(levels[-1].tree.body, {block, *around})]
    preludes = [_prelude(environment, level, body) for level, body in zip(levels, bodies, strict=True)]
    return Fragment(levels[0].template, block, blocks, [prelude for prelude in preludes if prelude is not None])


class _Reader:
    """Read a template and its parents, the youngest first."""

    def __init__(self, environment: Environment, diagnosis: Diagnosis) -> None:
        self._environment = environment
        self._diagnosis = diagnosis

    def levels(self, name: str) -> Iterator[_Level]:
        seen: list[str] = []
        wanted: str | None = name
        while wanted is not None:
            seen.append(wanted)
            level = self._level(wanted)
            yield level
            wanted = self._parent(level, seen)

    def _level(self, name: str) -> _Level:
        environment = self._environment
        if environment.loader is None:
            raise TemplateNotFound(name)
        source, path, _ = environment.loader.get_source(environment, name)
        return _Level(name, path, environment.parse(source, name, path), environment.get_template(name))

    def _parent(self, level: _Level, seen: Sequence[str]) -> str | None:
        found = list(level.tree.find_all(nodes.Extends))
        if not found:
            return None
        node = found[0]
        parent = node.template.value if isinstance(node.template, nodes.Const) else None
        if len(found) > 1 or node not in level.tree.body or not isinstance(parent, str):
            self._refuse(
                level,
                node,
                "A block can be rendered alone only where the parent is written out once, at the top: "
                '{% extends "layout.html" %}.',
            )
        if parent in seen:
            self._refuse(level, node, f"{parent!r} is extended by a template that it extends itself.")
        try:
            self._environment.get_template(parent)
        except TemplateNotFound as error:
            spot = self._diagnosis.spot(level.path, node.lineno)
            raise self._diagnosis.no_such_template([str(error.name)], spot) from None
        return parent

    def _refuse(self, level: _Level, node: nodes.Node, message: str) -> NoReturn:
        raise self._diagnosis.refusal(message, level.path, node.lineno)


def _places(
    node: nodes.Node, name: str, above: tuple[nodes.Node, ...] = ()
) -> Iterator[tuple[nodes.Block, tuple[nodes.Node, ...]]]:
    """Give the blocks of a name, each with the nodes that it stands in, the outermost first."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block) and child.name == name:
            yield child, above
        yield from _places(child, name, (*above, child))


def _require_standing_alone(
    level: _Level, block: nodes.Block, above: Sequence[nodes.Node], diagnosis: Diagnosis
) -> None:
    around = next((node for node in above if not isinstance(node, nodes.Block)), None)
    if around is not None:
        why = f"it stands inside the {type(around).__name__.lower()} of line {around.lineno}"
    elif block.scoped:
        why = "it is scoped, so it takes names from around it"
    else:
        return
    message = (
        f"The block {block.name!r} cannot be rendered alone: {why}. Name a block around that, or include a template."
    )
    raise diagnosis.refusal(message, level.path, block.lineno)


def _no_such_block(levels: Sequence[_Level], name: str) -> TemplateMissing:
    known = sorted({each for level in levels for each in level.template.blocks})
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return TemplateMissing(f"{levels[0].name} has no block {name!r}.{hint} It has: {', '.join(known) or 'none'}.")


def _until(body: Sequence[nodes.Node], names: set[str]) -> list[nodes.Node]:
    """Return what stands above the blocks of these names; everything where none of them is there."""
    before = []
    for node in body:
        if any(block.name in names for block in nodes.Template([node]).find_all(nodes.Block)):
            break
        before.append(node)
    return before


def _prelude(environment: Environment, level: _Level, body: Sequence[nodes.Node]) -> Template | None:
    """Compile what leaves names behind at the top level of a template; None where nothing does."""
    quiet = _quiet(body)
    if not quiet:
        return None
    tree = nodes.Template(quiet, lineno=1)
    tree.set_environment(environment)
    code = environment.compile(tree, level.name, level.path)
    return Template.from_code(environment, code, environment.make_globals(None))


def _quiet(body: Sequence[nodes.Node]) -> list[nodes.Node]:
    kept: list[nodes.Node] = []
    for node in body:
        if isinstance(node, _LEAVES_NAMES):
            kept.append(node)
        elif isinstance(node, nodes.If):  # no scope of its own, so what it sets stays
            inner, other = _quiet(node.body), _quiet(node.else_)
            branches = [nodes.If(each.test, _quiet(each.body), [], [], lineno=each.lineno) for each in node.elif_]
            if inner or other or any(branch.body for branch in branches):
                kept.append(nodes.If(node.test, inner, branches, other, lineno=node.lineno))
    return kept
