"""Write values as JSON, for answers, events and WebSocket messages. Reading JSON is in request.py and validation/."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["encode_json"]


def _encode_other(value: Any) -> object:  # Any: whatever msgspec does not know by itself
    if hasattr(type(value), "__pydantic_serializer__"):  # pydantic is not imported, so its class has no name here
        dumped: object = value.model_dump(mode="json")
        return dumped
    if isinstance(value, str):  # markupsafe's, which msgspec takes for none of its own
        return str(value)
    kind = type(value).__name__
    if hasattr(type(value), "make_body"):  # a Response, which is made with what stands here
        remedy = "Return it alone; for the text of a template write render_text(...)."
        raise TypeError(f"A {kind} is a whole answer and cannot stand within another. {remedy}")
    raise TypeError(f"A {kind} has no form in JSON. Make a dict, a list or text of it before it is answered.")


encode_json = msgspec.json.Encoder(enc_hook=_encode_other).encode
"""Return a value as JSON.

Raises:
    TypeError: something in it has no form in JSON.
"""
