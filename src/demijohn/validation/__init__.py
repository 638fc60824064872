"""Turn what clients send into typed values or into FieldErrors: JSON bodies (decoder.py), single texts (text.py)."""

from demijohn.validation.decoder import BodyDecoder
from demijohn.validation.text import InvalidText, TextDecoder

__all__ = ["BodyDecoder", "InvalidText", "TextDecoder"]
