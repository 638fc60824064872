"""Hold a multipart body to one reading: its frame and the head of each part. The body is parsed in multipart.py.

What a scanner in front of us could read in another way than the handler is refused: text around the parts, repeated
headers or parameters, `filename*` (forbidden by RFC 7578 section 4.2), encodings and charsets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from demijohn.errors import HTTPError

if TYPE_CHECKING:  # the package is loaded with the first multipart body
    from multipart import MultipartSegment

__all__ = ["Framing", "PartHead", "checked_boundary", "malformed_form", "read_part_head"]

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  # RFC 9110 section 5.6.2
_VALUE = rf'(?:{_TOKEN}|"(?:\\.|[^\\"])*")'
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046 section 5.1.1
_DISPOSITION = re.compile(rf"form-data(?: *; *[\w-]+ *= *{_VALUE})+", re.ASCII | re.IGNORECASE)
_PARAMETER = re.compile(rf"; *([\w-]+) *= *{_VALUE}", re.ASCII)
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}")
_ENCODINGS = ("7bit", "8bit", "binary")  # those that change nothing


class PartHead(NamedTuple):
    """Say what a part is: a field, or a file where `filename` is not None; that may be empty, for no file chosen."""

    name: str
    filename: str | None
    content_type: str


def checked_boundary(boundary: str | None) -> bytes:
    """Return the boundary of a multipart body as bytes.

    Raises:
        HTTPError: 400 `form.boundary` for none, a forbidden character, or more than 70 (RFC 2046 section 5.1.1).
    """
    if boundary is None or not _BOUNDARY.fullmatch(boundary):
        raise HTTPError(400, "The multipart boundary is missing or malformed.", code="form.boundary")
    return boundary.encode()


def malformed_form(reason: str) -> HTTPError:
    """Make the refusal of a body that cannot be read."""
    return HTTPError(400, f"The form cannot be read: {reason}.", code="form.malformed")


def read_part_head(segment: MultipartSegment) -> PartHead:
    """Read the headers of a part.

    Raises:
        HTTPError: 400 `form.part_headers` where they can be read in two ways, 400 `form.encoding` for base64 and its
            like (CVE-2026-33033), 415 `form.charset` for text that is not UTF-8.
    """
    headers = dict(segment.headerlist)
    if len(headers) != len(segment.headerlist):
        raise _bad_head("a header is repeated")
    disposition = headers["Content-Disposition"].strip(" \t")
    parameters = [name.lower() for name in _PARAMETER.findall(disposition)]
    if not _DISPOSITION.fullmatch(disposition) or len(set(parameters)) != len(parameters):
        raise _bad_head("Content-Disposition is malformed or has parameters that a form does not have")
    if headers.get("Content-Transfer-Encoding", "binary").strip(" \t").lower() not in _ENCODINGS:
        raise HTTPError(400, "The parts of a form must be sent as they are, not encoded.", code="form.encoding")
    name, filename, content_type = segment.name or "", segment.filename, segment.content_type or ""
    if "\0" in name or "\0" in (filename or ""):
        raise _bad_head("a name has a NUL character")
    if filename is None and segment.charset and segment.charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise HTTPError(415, "A form must be sent as UTF-8.", code="form.charset")
    return PartHead(name, filename, content_type if _MEDIA_TYPE.fullmatch(content_type) else "application/octet-stream")


class Framing:
    """Watch that a body begins with its first boundary and that nothing but line ends follows the last one.

    RFC 2046 has readers skip text before and after the parts; no browser sends any, and the package skips or refuses
    it depending on how the body is cut into chunks. Here the cuts make no difference.
    """

    __slots__ = ("_closing", "_is_closed", "_is_open", "_opening", "_waiting")

    def __init__(self, boundary: bytes) -> None:
        self._opening = b"--" + boundary
        self._closing = b"\r\n--" + boundary + b"--"
        self._is_open = self._is_closed = False
        self._waiting = b""  # before the first boundary what came so far, after it the end of what was passed on

    def pass_on(self, chunk: bytes) -> bytes:
        """Return what the parser may see of a chunk.

        Raises:
            HTTPError: 400 `form.malformed`.
        """
        if self._is_closed:
            self._check_end(chunk)
            return b""
        if not self._is_open:
            chunk = self._waiting + chunk
            if len(chunk) < len(self._opening) + 2:
                self._waiting = chunk
                return b""
            if not chunk.startswith((self._opening, b"\r\n" + self._opening)):
                raise malformed_form("it does not begin with its boundary")
            self._is_open = True
            self._waiting = b"\r\n"  # the body may begin with the closing boundary, which has a line end before it
        window = self._waiting + chunk
        end = window.find(self._closing)
        if end < 0:
            self._waiting = window[1 - len(self._closing) :]
            return chunk
        end += len(self._closing)
        self._is_closed = True
        self._check_end(window[end:])
        return chunk[: end - len(self._waiting)]

    def _check_end(self, rest: bytes) -> None:
        if rest.strip(b" \t\r\n"):
            raise malformed_form("something follows its last boundary")


def _bad_head(reason: str) -> HTTPError:
    return HTTPError(400, f"The headers of a part of the form cannot be read: {reason}.", code="form.part_headers")
