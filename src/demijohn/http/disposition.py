"""Clean the names of files that clients send, and write Content-Disposition for those that are sent to them."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

__all__ = ["clean_filename", "content_disposition", "is_device_name"]

_MAX_BYTES = 255  # what ext4, APFS and NTFS take
_MAX_READ = 1024  # characters; normalising is quadratic in a run of combining marks
_HIDDEN = re.compile(  # C0, DEL, C1, marks that turn the direction of text, line separators, BOM, lone surrogates
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])[ ]*(?:[.:]|$)", re.IGNORECASE)
_NOT_PLAIN = re.compile(r'[^\x20-\x7e]|["%\\]')  # browsers decode % and read \ in different ways, so neither is sent
_ATTR_CHAR = "!#$&+-.^_`|~"  # RFC 8187 section 3.2.1, beside letters and digits


def clean_filename(name: str) -> str:
    """Return a name fit to be shown and to be offered as the name of a download; never a path to write to.

    The last part after `/` or `\\`, without control characters and marks that turn the direction of text, in NFC, at
    most 255 bytes of UTF-8 with its extension kept. Dots and spaces at the ends go, `:` becomes `_`, names of Windows
    devices get a `_` in front, and what leaves nothing is called `file`.
    """
    last = name[-_MAX_READ * 4 :].replace("\\", "/").rpartition("/")[2][-_MAX_READ:]
    clean = _trim(unicodedata.normalize("NFC", _HIDDEN.sub("", last)).replace(":", "_"))
    clean = _trim(_shorten(clean, _MAX_BYTES - 1)) or "file"
    return f"_{clean}" if is_device_name(clean) else clean


def is_device_name(name: str) -> bool:
    """Tell whether Windows would open a device for this name, with or without an extension: `NUL`, `com1.txt`."""
    return _DEVICE.match(name) is not None


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """Write a Content-Disposition header that offers a file under this name, cleaned by `clean_filename`.

    Names that are not plain ASCII are sent twice (RFC 6266 section 5): approximated in `filename`, exact in
    `filename*` (RFC 8187). Nothing in the name can end the quotes or the line (CVE-2022-36359).
    """
    name = clean_filename(filename)
    kind = "inline" if inline else "attachment"
    plain = _NOT_PLAIN.sub("_", _without_accents(name))
    header = f'{kind}; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe=_ATTR_CHAR)}"


def _without_accents(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name) if not unicodedata.combining(letter))


def _trim(name: str) -> str:
    return name.strip(". ")


def _shorten(name: str, size: int) -> str:
    if len(name.encode()) <= size:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = (dot + extension).encode()
    if not stem or len(tail) > 20:  # no extension worth keeping
        return name.encode()[:size].decode(errors="ignore")
    return stem.encode()[: size - len(tail)].decode(errors="ignore") + dot + extension
