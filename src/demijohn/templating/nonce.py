"""Add the CSP nonce to inline scripts and styles of template sources, so that they run and injected ones do not.

Only what a developer wrote into a template is looked at (markup.py), when it is compiled; values never are. The policy
that names the nonce is in security/csp.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from markupsafe import Markup

from demijohn.context import scope_variable
from demijohn.http.request import Request
from demijohn.templating.markup import EXPRESSION, Place, Scanner, StartTag

__all__ = ["NonceExtension"]

_TAG = "nonce_attribute"

_ATTRIBUTE = re.compile(r"([^\s\"'<>/=\0]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")

# The types of a script that runs or that says what runs; any other type makes it data, which needs no nonce.
_RUNNING_TYPES = frozenset(
    {
        "",
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "importmap",
        "module",
        "speculationrules",
        "text/ecmascript",
        "text/javascript",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
        *(f"text/javascript1.{minor}" for minor in range(6)),
    }
)


class NonceExtension(Extension):
    """Put ` nonce="..."` into the inline `<script>` and `<style>` tags of a template as it is compiled."""

    tags = {_TAG}  # noqa: RUF012  # Jinja's own name for it

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Return the tokens of a template, with a tag of our own where a nonce belongs."""
        pieces: list[Token | tuple[int, StartTag]] = []
        scanner = Scanner()
        branches: list[Place] = []
        begins_block = False
        for token in stream:
            if token.type == "data":
                pieces += _split(scanner, token)
                continue
            if token.type == "variable_begin":
                scanner.expression()
            elif begins_block and token.type == "name":
                _follow(scanner, branches, token.value)
            begins_block = token.type == "block_begin"
            pieces.append(token)
        for piece in pieces:
            if isinstance(piece, Token):
                yield piece
            elif _needs_nonce(piece[1]):
                yield from _nonce_tag(piece[0])

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn our tag into the call that says the nonce when the page is rendered."""
        line = next(parser.stream).lineno
        return nodes.Output([self.call_method("attribute", lineno=line)]).set_lineno(line)

    def attribute(self) -> str:
        """Return the attribute; nothing for what is no answer to a request, such as a mail."""
        request = scope_variable.get(None)
        return Markup(' nonce="{}"').format(request.nonce) if isinstance(request, Request) else ""


def _needs_nonce(tag: StartTag) -> bool:
    """Tell whether a tag of a script or style begins code; only at its `>` is that known."""
    return any(_is_inline_code(tag.name, text) for text in tag.endings)


def _is_inline_code(name: str, text: str) -> bool:
    attributes = {name.lower(): value.strip("\"'") for name, value in _ATTRIBUTE.findall(text)}
    if "nonce" in attributes:
        return False
    kind = attributes.get("type", "").strip().lower()
    runs = kind in _RUNNING_TYPES or EXPRESSION in kind
    # A file of ours runs without, and each nonce makes a page that no cache can keep.
    return name == "style" or ("src" not in attributes and runs)


def _split(scanner: Scanner, token: Token) -> Iterator[Token | tuple[int, StartTag]]:
    line = token.lineno
    for piece in scanner.split(token.value):
        if isinstance(piece, str):
            yield Token(line, "data", piece)
            line += piece.count("\n")
        else:
            yield line, piece


def _follow(scanner: Scanner, branches: list[Place], statement: str) -> None:
    """Begin each branch of an `if` where the first began; go on after a block, macro and the like where it began."""
    if statement in ("if", "for", "block", "macro", "call", "filter"):
        branches.append(scanner.place)
    elif branches and statement in ("elif", "else"):
        scanner.place = branches[-1]
    elif branches and statement in ("endif", "endfor"):
        branches.pop()
    elif branches and statement in ("endblock", "endmacro", "endcall", "endfilter"):
        scanner.place = branches.pop()


def _nonce_tag(line: int) -> Iterator[Token]:
    yield Token(line, "block_begin", "{%")
    yield Token(line, "name", _TAG)
    yield Token(line, "block_end", "%}")
