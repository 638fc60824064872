"""Put values into scripts: `{{ notes|tojson }}` inside one, `{{ notes|json_script("notes") }}` beside it."""

from __future__ import annotations

from typing import Any

import msgspec
from jinja2 import Undefined
from markupsafe import Markup, escape

from demijohn.http.encoding import encode_json

__all__ = ["json_script", "tojson"]

# `<` could end the script or begin a comment in it, `&` and `'` matter in attributes, and older browsers take the last
# two for ends of lines.
_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&'\u2028\u2029"})


def tojson(value: Any, indent: int | None = None) -> Markup:  # Any: whatever has a form in JSON
    """Return a value as JSON that may stand in a script, or in an attribute in single quotes.

    Raises:
        TypeError: something in it has no form in JSON.
    """
    if isinstance(value, Undefined | str):
        value = str(value)  # Markup is text to JSON; what is missing says so
    data = encode_json(value)
    if indent is not None:
        data = msgspec.json.format(data, indent=indent)
    return Markup(data.decode().translate(_ESCAPES))  # noqa: S704  # nothing is left in it that HTML would look at


def json_script(value: Any, element_id: str) -> Markup:  # Any: as in tojson
    """Return a value in a `<script type="application/json">` of its own; it is data, so it needs no nonce.

    A script reads it: `JSON.parse(document.getElementById("notes").textContent)`.

    Raises:
        TypeError: something in it has no form in JSON.
    """
    start = Markup('<script type="application/json" id="{}">').format(escape(element_id))
    return start + tojson(value) + Markup("</script>")
