"""Parse form bodies, urlencoded and multipart, whole or as they arrive. The heads of the parts are read in parts.py.

Finding the parts of a multipart body is the work of the `multipart` package; the limits are here, the same for both
encodings (CVE-2026-54283).
"""

from __future__ import annotations

import re
from typing import Protocol

from demijohn.datastructures import FormData, decode_pairs
from demijohn.errors import HTTPError
from demijohn.http.disposition import clean_filename
from demijohn.http.form_limits import FormLimits
from demijohn.http.parts import Framing, PartHead, checked_boundary, malformed_form, read_part_head
from demijohn.http.uploads import Files, UploadedFile

__all__ = ["FormParser", "parse_form"]

_CHUNK = 65_536
_MAX_PART_HEADERS = 8
_MAX_PART_HEADER_SIZE = 4_096
_PARAMETER = re.compile(r"""[ \t]*;[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"([^"\\]*)"|([^\s;"]+))[ \t]*)?""")


def parse_form(content_type: str, body: bytes, limits: FormLimits) -> tuple[FormData, Files]:
    """Parse a body that is in memory. Close the files when the request ends.

    Raises:
        HTTPError: as `FormParser`.
    """
    parser = FormParser(content_type, limits)
    for start in range(0, len(body), _CHUNK):  # in pieces, so that a large file is not copied whole
        parser.feed(body[start : start + _CHUNK])
    return parser.finish()


class FormParser:
    """Parse a body as it arrives: `feed` the chunks, then `finish`; `abort` if the rest will not come.

    Memory is bounded by the limits and one chunk, however the body is cut. Files beyond `spool` are written to disk
    inside `feed`, so call it in a worker thread where `file_parts` is true. A refusal removes temporary files itself.

    Raises:
        HTTPError: 415 `form.content_type`, `form.charset`, `form.files_refused`; 400 `form.boundary`,
            `form.part_headers`, `form.encoding`, `form.malformed`; 413 `body.too_large`, `form.too_many_fields`,
            `form.too_many_files`, `form.field_too_large`, `form.name_too_long`.
    """

    __slots__ = ("_body", "_limits", "_received")

    def __init__(self, content_type: str, limits: FormLimits) -> None:
        media_type, parameters = _parse_content_type(content_type)
        if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
            raise HTTPError(415, "A form must be sent as UTF-8.", code="form.charset")
        self._limits = limits
        self._received = 0
        self._body: _Body
        if media_type == "application/x-www-form-urlencoded":
            self._body = _UrlencodedBody(limits)
        elif media_type == "multipart/form-data":
            self._body = _MultipartBody(checked_boundary(parameters.get("boundary")), limits)
        else:
            raise HTTPError(415, "The body is not a form.", code="form.content_type")

    def feed(self, chunk: bytes) -> None:
        """Parse the next piece of the body, of any length.

        Raises:
            HTTPError: as the class says. The parser is of no use after that.
        """
        self._received += len(chunk)
        try:
            if self._received > self._limits.total:
                raise HTTPError(413, f"The form has more than {self._limits.total:,} bytes.", code="body.too_large")
            self._body.feed(chunk)
        except BaseException:
            self.abort()
            raise

    def finish(self) -> tuple[FormData, Files]:
        """End the body and return its fields and files. Close the files when the request ends.

        Raises:
            HTTPError: as the class says; 400 `form.malformed` also where the body ends too early.
        """
        try:
            return self._body.finish()
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Give up and remove temporary files."""
        self._body.files.close()


class _Body(Protocol):
    files: Files

    def feed(self, chunk: bytes) -> None: ...
    def finish(self) -> tuple[FormData, Files]: ...


class _UrlencodedBody:
    __slots__ = ("_content", "_limits", "_pairs", "files")

    def __init__(self, limits: FormLimits) -> None:
        self.files = Files()
        self._limits = limits
        self._content = bytearray()
        self._pairs = 1

    def feed(self, chunk: bytes) -> None:
        self._content += chunk
        self._pairs += chunk.count(b"&")
        if self._pairs > self._limits.fields:
            raise _too_many("fields", self._limits.fields)

    def finish(self) -> tuple[FormData, Files]:
        try:
            pairs = decode_pairs(self._content.decode())
        except UnicodeError:
            raise malformed_form("it is not valid UTF-8") from None
        except ValueError as error:
            raise malformed_form(str(error)) from None
        for name, value in pairs:
            _check_name(name, self._limits)
            if _is_longer(value, self._limits.field_size):
                raise _field_too_large(self._limits)
        return FormData.from_raw(pairs), self.files


class _MultipartBody:
    __slots__ = (
        "_field_count",
        "_fields",
        "_file",
        "_file_count",
        "_framing",
        "_head",
        "_limits",
        "_parser",
        "_text",
        "files",
    )

    def __init__(self, boundary: bytes, limits: FormLimits) -> None:
        from multipart import PushMultipartParser

        self.files = Files()
        self._limits = limits
        self._framing = Framing(boundary)
        self._parser = PushMultipartParser(
            boundary,
            max_header_count=_MAX_PART_HEADERS,
            max_header_size=_MAX_PART_HEADER_SIZE,
            max_segment_size=limits.total,
            max_segment_count=limits.fields + limits.files + 1,  # one more, so that _begin_part refuses, with a reason
            strict=True,
        )
        self._fields: list[tuple[str, str]] = []
        self._field_count = self._file_count = 0
        self._head = PartHead("", None, "")
        self._text = bytearray()
        self._file: UploadedFile | None = None

    def feed(self, chunk: bytes) -> None:
        from multipart import MultipartError, ParserLimitReached

        chunk = self._framing.pass_on(chunk)
        if not chunk:  # an empty one would tell the parser that the body has ended
            return
        try:
            for event in self._parser.parse(chunk):
                if event is None:
                    self._end_part()
                elif isinstance(event, bytes):
                    self._write(event)
                else:
                    self._begin_part(read_part_head(event))
        except ParserLimitReached:
            raise HTTPError(
                400,
                f"A part of the form has more than {_MAX_PART_HEADERS} headers, one of more than "
                f"{_MAX_PART_HEADER_SIZE:,} bytes, or a length beyond that of any form.",
                code="form.part_headers",
            ) from None
        except MultipartError as error:
            raise malformed_form("its parts are malformed") from error  # its words may quote the client's

    def finish(self) -> tuple[FormData, Files]:
        from multipart import MultipartError

        try:
            self._parser.close()
        except MultipartError:
            raise malformed_form("it ends before its last boundary") from None
        return FormData.from_raw(self._fields), self.files

    def _begin_part(self, head: PartHead) -> None:
        _check_name(head.name, self._limits)
        self._head = head
        if not head.filename:  # "" is what browsers send where no file was chosen: a part that must stay empty
            self._field_count += 1
            if self._field_count > self._limits.fields:
                raise _too_many("fields", self._limits.fields)
            return
        if not self._limits.file_parts:
            raise HTTPError(415, "This form does not take files.", code="form.files_refused")
        self._file_count += 1
        if self._file_count > self._limits.files:
            raise _too_many("files", self._limits.files)
        self._file = self._open_file(head)

    def _open_file(self, head: PartHead) -> UploadedFile:
        from tempfile import SpooledTemporaryFile

        name = clean_filename(head.filename or "")
        spool = SpooledTemporaryFile(max_size=self._limits.spool)  # noqa: SIM115  # Files.close ends it
        file = UploadedFile(spool, filename=name, content_type=head.content_type, size=0)
        self.files.setdefault(head.name, []).append(file)
        return file

    def _write(self, content: bytes) -> None:
        if self._file is not None:
            self._file.file.write(content)
            self._file.size += len(content)
            return
        if self._head.filename is not None:
            raise malformed_form("a file has no name")
        self._text += content
        if len(self._text) > self._limits.field_size:
            raise _field_too_large(self._limits)

    def _end_part(self) -> None:
        if self._file is not None:
            self._file.file.seek(0)
            self._file = None
            return
        if self._head.filename is not None:
            return
        try:
            text = self._text.decode()
        except UnicodeError:
            raise malformed_form("it is not valid UTF-8") from None
        if "\0" in text:
            raise malformed_form("it contains a NUL character")
        self._fields.append((self._head.name, text))
        self._text.clear()


def _parse_content_type(content_type: str) -> tuple[str, dict[str, str]]:
    start = content_type.find(";")
    if start < 0:
        return content_type.strip(" \t").lower(), {}
    parameters: dict[str, str] = {}
    position = start
    while position < len(content_type):
        found = _PARAMETER.match(content_type, position)
        if not found or (name := (found[1] or "").lower()) in parameters:
            raise HTTPError(400, "The Content-Type of the form is malformed.", code="form.malformed")
        if name:
            parameters[name] = found[2] if found[3] is None else found[3]
        position = found.end()
    return content_type[:start].strip(" \t").lower(), parameters


def _check_name(name: str, limits: FormLimits) -> None:
    if _is_longer(name, limits.name_size):
        raise HTTPError(
            413, f"The name of a field has more than {limits.name_size:,} bytes.", code="form.name_too_long"
        )


def _is_longer(text: str, size: int) -> bool:
    return len(text) * 4 > size and len(text.encode()) > size  # a character is at most 4 bytes: mostly no need to look


def _too_many(what: str, limit: int) -> HTTPError:
    return HTTPError(413, f"The form has more than {limit:,} {what}.", code=f"form.too_many_{what}")


def _field_too_large(limits: FormLimits) -> HTTPError:
    return HTTPError(
        413, f"A field of the form has more than {limits.field_size:,} bytes.", code="form.field_too_large"
    )
