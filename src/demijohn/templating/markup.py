"""Follow the HTML that stands in the source of a template, to know what is around a value. The values are never seen.

The nonce (nonce.py) and `demijohn check` (checks/templates.py) ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["EXPRESSION", "Attribute", "Place", "Scanner", "StartTag", "open_attribute"]

EXPRESSION = "\0"  # stands for the value of an expression inside a tag

_OPENING = re.compile(r"<!--|<([a-zA-Z][^\s/>]*)")
_END_OF_TAG = re.compile(r">|=\s*([\"'])")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z)|[^\s\"'>]*))?")

# In these elements `<script>` is text (HTML, sections 13.1.2 and 13.2.5.2 to 13.2.5.4).
_TEXT_ELEMENTS = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})


class StartTag:
    """Gather a start tag: its name, the text after that, and that text at each `>`; branches may end a tag twice."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.text = ""
        self.endings: list[str] = []


class Place(NamedTuple):
    """Say where in the HTML the text stands: in a tag, in the text of an element, in a comment, or between all these.

    Inside a tag, `quote` is the one that ends the value of an attribute.
    """

    tag: StartTag | None = None
    quote: str = ""
    element: str = ""
    is_comment: bool = False

    def copy(self) -> Place:
        """Return the same place in a tag of its own, which goes on without the text of this one."""
        if self.tag is None:
            return self
        tag = StartTag(self.tag.name)
        tag.text = self.tag.text
        return self._replace(tag=tag)


class Attribute(NamedTuple):
    """Hold an attribute whose value has not ended: `quote` is empty where there is none."""

    name: str
    quote: str
    value: str


def open_attribute(text: str) -> Attribute | None:
    """Return the attribute within whose value the text of a tag ends; None where it ends between attributes."""
    last = next((found for found in _ATTRIBUTE.finditer(text) if found.end() == len(text)), None)
    if last is None or last[2] is None:
        return None
    name, value = last[1].lower(), last[2]
    quote = value[:1] if value[:1] in ("'", '"') else ""
    if quote and len(value) > 1 and value.endswith(quote):
        return None
    return Attribute(name, quote, value[len(quote) :])


class Scanner:
    """Follow the HTML through the literal parts of a template."""

    def __init__(self) -> None:
        self.place = Place()

    def expression(self) -> None:
        """Take note that a value stands here."""
        if self.place.tag is not None:
            self.place.tag.text += EXPRESSION

    def follow(self, text: str) -> None:
        """Go through a literal part."""
        position = 0
        while position < len(text):
            position = self._step(text, position)

    def split(self, text: str) -> Iterator[str | StartTag]:
        """Give the text in pieces, and between them the tags of scripts and styles, right after their names."""
        given = position = 0
        while position < len(text):
            was_outside = self.place.tag is None
            position = self._step(text, position)
            tag = self.place.tag
            if was_outside and tag is not None and tag.name in ("script", "style"):
                yield text[given:position]
                yield tag
                given = position
        if given < len(text):
            yield text[given:]

    def _step(self, text: str, position: int) -> int:
        """Move to the next place in the text and return where it begins."""
        tag, _, element, is_comment = self.place
        if tag is not None:
            return self._in_tag(tag, text, position)
        if element:
            return self._in_element(element, text, position)
        return self._in_comment(text, position) if is_comment else self._between(text, position)

    def _between(self, text: str, position: int) -> int:
        found = _OPENING.search(text, position)
        if found is None:
            return len(text)
        if found[1] is None:
            self.place = Place(is_comment=True)
        else:
            self.place = Place(StartTag(found[1].lower()))
        return found.end()

    def _in_comment(self, text: str, position: int) -> int:
        end = text.find("-->", position)
        if end < 0:
            return len(text)
        self.place = Place()
        return end + len("-->")

    def _in_tag(self, tag: StartTag, text: str, position: int) -> int:
        if quote := self.place.quote:
            end = text.find(quote, position) + 1
            self.place = self.place._replace(quote="" if end else quote)
        else:
            found = _END_OF_TAG.search(text, position)
            end = 0 if found is None else found.end()
            if found is not None and found[1] is not None:
                self.place = self.place._replace(quote=found[1])
            elif found is not None:
                self.place = Place(element=tag.name if tag.name in _TEXT_ELEMENTS else "")
        end = end or len(text)
        tag.text += text[position:end]
        if self.place.tag is None:
            tag.endings.append(tag.text)
        return end

    def _in_element(self, element: str, text: str, position: int) -> int:
        found = re.compile(rf"</{element}(?![^\s/>])", re.IGNORECASE).search(text, position)
        if found is None:
            return len(text)
        self.place = Place()
        return found.end()
